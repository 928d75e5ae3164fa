"""Rows of reads in the order of a file into whole days of usage points, until there is enough to store at once."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.formats.assemble import RawReads
from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.intervals.quality import ReadingQuality

ENOUGH_ROWS = 100_000
"""Days that are stored together: some 50 MB of one channel."""
MOST_ROWS = 400_000
_MISSING = int(ReadingQuality.MISSING)
_TELLING_READS = 5
_DAY_BITS = 17  # days since 1970 fit
_FIRST_ROWS = 16_384


@dataclass(frozen=True)
class DayRows:
    """
    Days of usage points, n rows.

    :param names: identifiers of the file; `name` int[n] points into them.
    :param day: int64[n], days since 1970.
    :param line: int64[n], the first line of the file that tells of the day.
    :param values: int32[c, n, 96], Wh; channels as in `told` (0 import, 1 export, 2 reactive).
    :param quality: uint8[n, 96]; MISSING where there is no read.
    """

    names: list[str]
    name: NDArray[np.int64]
    day: NDArray[np.int64]
    line: NDArray[np.int64]
    values: NDArray[np.int32]
    quality: NDArray[np.uint8]
    told: tuple[int, ...] = (0,)

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: NDArray) -> DayRows:
        """Give some of the rows."""
        return DayRows(
            self.names, self.name[rows], self.day[rows], self.line[rows], self.values[:, rows], self.quality[rows],
            self.told,
        )  # fmt: skip


class NotDaily(Exception):
    """The order of the file is such that whole days do not come together in memory."""


@dataclass(frozen=True)
class Left:
    """
    Rows of a batch that were not taken, by their place in it.

    :param conflicting: another value stands for the interval. repeated: how many told the same again.
    :param too_large: the value does not fit a quarter hour. off_grid: begins in the middle of a quarter hour.
    """

    conflicting: NDArray[np.int64]
    too_large: NDArray[np.int64]
    off_grid: NDArray[np.int64]
    repeated: int


class DayGatherer:
    """
    Takes batches of rows and gives days that are whole as far as the file goes.

    :param told: the channels of the batches.
    :param most_rows: days held at once; more is NotDaily.
    """

    def __init__(self, names: list[str], told: tuple[int, ...], *, most_rows: int = MOST_ROWS) -> None:
        self.names, self.told, self.most_rows = names, told, most_rows
        self._batch = 0
        self._table = np.zeros(4 * _FIRST_ROWS, np.int32)
        self._start(_FIRST_ROWS)

    def _start(self, rows: int) -> None:
        self.count = 0
        self._key = np.empty(rows, np.int64)
        self._line = np.empty(rows, np.int64)
        self._last = np.empty(rows, np.int32)
        self._values = np.empty((len(self.told), rows, SLOTS), np.int32)
        self._quality = np.empty((rows, SLOTS), np.uint8)
        self._table[:] = 0

    def add(self, raw: RawReads) -> Left:
        """Take the rows of a batch. :raises NotDaily: when too many days are unfinished."""
        self._batch += 1
        conflicts, large, off = (np.empty(len(raw), np.int64) for _ in range(3))
        counts = np.zeros(4, np.int64)
        at, count = 0, self.count
        while True:
            at, count = _place(
                at, count, raw.point, raw.start_s, raw.values, raw.quality, raw.line, self._batch, self._table,
                self._key, self._line, self._last, self._values, self._quality, conflicts, large, off, counts,
            )  # fmt: skip
            self.count = count
            if at == len(raw):
                break
            self._grow()
        found = counts.tolist()
        return Left(conflicts[: found[0]], large[: found[1]], off[: found[2]], found[3])

    def _grow(self) -> None:
        rows = len(self._key) * 2
        if rows > self.most_rows:
            raise NotDaily
        for name in ("_key", "_line", "_last", "_quality"):
            old = getattr(self, name)
            new = np.empty((rows, *old.shape[1:]), old.dtype)
            new[: self.count] = old[: self.count]
            setattr(self, name, new)
        values = np.empty((len(self.told), rows, SLOTS), np.int32)
        values[:, : self.count] = self._values[:, : self.count]
        self._values = values
        self._table = np.zeros(4 * rows, np.int32)
        _fill_table(self._key, self.count, self._table)

    def take(self, *, is_last: bool = False) -> DayRows | None:
        """
        Give the days that the last batch no longer told of; all of them after the last batch; None if not enough.

        Of a file by usage point those of the last one wait whole, so that its month comes in one piece.
        """
        if not self.count or (not is_last and self.count < ENOUGH_ROWS):
            return None
        count = self.count
        point = self._key[:count] >> _DAY_BITS
        waits = np.zeros(count, bool)
        if not is_last:
            waits = self._last[:count] == self._batch
            of_point = np.isin(point, np.unique(point[waits]))
            if 2 * np.count_nonzero(of_point) < count:
                waits = of_point
            if waits.all():
                return None
        day = self._key[:count] & ((1 << _DAY_BITS) - 1)
        found = DayRows(
            self.names, point, day, self._line[:count], self._values[:, :count], self._quality[:count], self.told
        )
        rest = np.flatnonzero(waits)
        given = found.take(np.flatnonzero(~waits)) if rest.size else found
        last = self._last[rest]
        held = found.take(rest)
        key = self._key[rest]
        self._start(len(self._key) if not is_last else 1)
        self._key[: len(rest)], self._line[: len(rest)], self._last[: len(rest)] = key, held.line, last
        self._values[:, : len(rest)], self._quality[: len(rest)] = held.values, held.quality
        self.count = len(rest)
        _fill_table(self._key, self.count, self._table)
        return given


def is_quarter_hourly(rows: DayRows) -> NDArray[np.bool_]:
    """Tell of which days the reads may be those of quarter hours: of half hours and hours only every other one is."""
    has = rows.quality != _MISSING
    return (has.sum(axis=1) < _TELLING_READS) | has[:, 1::2].any(axis=1)


@numba.njit(nogil=True, cache=True, inline="always")
def _hash(key, mask):  # type: ignore[no-untyped-def]
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed >> np.uint64(29)) & np.uint64(mask))


@numba.njit(nogil=True, cache=True)
def _fill_table(keys, count, table):  # type: ignore[no-untyped-def]
    mask = table.size - 1
    table[:] = 0
    for row in range(count):
        place = _hash(keys[row], mask)
        while table[place] != 0:
            place = (place + 1) & mask
        table[place] = row + 1


@numba.njit(nogil=True, cache=True)
def _find_row(key, count, table, key_of):  # type: ignore[no-untyped-def]
    """Give the row of a key, or `count` after making it the key's; -1 when there is no room."""
    mask = table.size - 1
    place = _hash(key, mask)
    while table[place] != 0 and key_of[table[place] - 1] != key:
        place = (place + 1) & mask
    if table[place] != 0:
        return np.int64(table[place]) - 1
    if count == key_of.size:
        return np.int64(-1)
    table[place] = count + 1
    key_of[count] = key
    return np.int64(count)


@numba.njit(nogil=True, cache=True, inline="always")
def _fits(values, index):  # type: ignore[no-untyped-def]
    fits = True
    for channel in range(values.shape[1]):
        fits &= abs(values[index, channel]) < 2_147_483_647_500_000
    return fits


@numba.njit(nogil=True, cache=True, inline="always")
def _put(values, index, code, out, quality, row, slot):  # type: ignore[no-untyped-def]
    """Round micro watt hours and put them in their place; 0 is new, 1 the same again, 2 another value."""
    is_new = quality[row, slot] == 255
    is_same = True
    for channel in range(values.shape[1]):
        value = values[index, channel]
        size = (abs(value) + 500_000) // 1_000_000
        wh = np.int32(-size if value < 0 else size)
        if is_new:
            out[channel, row, slot] = wh
        else:
            is_same &= out[channel, row, slot] == wh
    if is_new:
        quality[row, slot] = code
        return 0
    return 1 if is_same else 2


@numba.njit(nogil=True, cache=True)
def _place(  # type: ignore[no-untyped-def]
    at, count, point, start_s, values, codes, line, batch, table, key_of, line_of, last_of, out, quality,
    conflicts, large, off, counts,
):  # fmt: skip
    """Put rows from `at` on in their places until no row is left or no place is; returns where it stopped."""
    last_key = np.int64(-1)
    row = np.int64(-1)
    for index in range(at, point.size):
        quarter = start_s[index] // 900
        if quarter * 900 != start_s[index]:
            off[counts[2]] = index
            counts[2] += 1
            continue
        if codes[index] == 255:
            continue
        if not _fits(values, index):
            large[counts[1]] = index
            counts[1] += 1
            continue
        day = quarter // 96
        key = (np.int64(point[index]) << 17) | day
        if key != last_key:
            row = _find_row(key, count, table, key_of)
            if row < 0:
                return index, count
            if row == count:
                line_of[row] = line[index]
                quality[row, :] = 255
                out[:, row, :] = 0
                count += 1
            last_key = key
            last_of[row] = batch
        told = _put(values, index, codes[index], out, quality, row, quarter - day * 96)
        if told == 2:
            conflicts[counts[0]] = index
            counts[0] += 1
        counts[3] += told == 1
    return point.size, count
