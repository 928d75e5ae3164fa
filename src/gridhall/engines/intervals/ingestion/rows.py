"""Reads into rows of one series and one day, and those into the store: whole months, whole days, or single reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numba
import numpy as np
from numpy.typing import NDArray

from gridhall.core.periods import Month
from gridhall.engines.intervals.ingestion.report import Flagged, IngestReport
from gridhall.engines.intervals.ingestion.usual import usual_days
from gridhall.engines.intervals.layout import MONTH_ROWS, SLOTS
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.intervals.validation import Rule, validate_matrix

_MISSING = int(ReadingQuality.MISSING)
_SUSPECT = int(ReadingQuality.SUSPECT)
_EPOCH = date(1970, 1, 1)
_SUSPICIOUS = int(Rule.SPIKE | Rule.NEGATIVE | Rule.STUCK | Rule.OVER_LIMIT)
_DENSE, _WHOLE = 0.5, 0.95
"""So much of a month makes a month shard: in a file by meter, and in one by time, where the rest is still to come."""
_ENOUGH = 100_000
"""Rows of a day that are stored together: some 50 MB."""
_LARGEST_TABLE = 1 << 25
_FEWEST_DAYS_TO_LEARN = 7
NO_LIMIT = 2**31 - 1


@dataclass(frozen=True)
class DayRows:
    """
    Reads by series and day.

    :param series: int64[k]. day: int64[k], days since 1970. Each pair once.
    :param values: int32[c, k, 96], Wh; channels as in `told`. quality: uint8[k, 96].
    :param told: which of import, export, reactive the c channels are.
    """

    series: NDArray[np.int64]
    day: NDArray[np.int64]
    values: NDArray[np.int32]
    quality: NDArray[np.uint8]
    told: tuple[int, ...] = (0,)

    def __len__(self) -> int:
        return len(self.series)

    def take(self, which: NDArray) -> DayRows:
        """Give some rows."""
        return DayRows(self.series[which], self.day[which], self.values[:, which], self.quality[which], self.told)

    @staticmethod
    def joined(pieces: list[DayRows]) -> DayRows:
        """Give the rows of all."""
        if len(pieces) == 1:
            return pieces[0]
        return DayRows(
            np.concatenate([piece.series for piece in pieces]), np.concatenate([piece.day for piece in pieces]),
            np.concatenate([piece.values for piece in pieces], axis=1),
            np.concatenate([piece.quality for piece in pieces]), pieces[0].told,
        )  # fmt: skip


@numba.njit(nogil=True, cache=True)
def _number_rows(series, day, least_series, least_day, days, table, row_of, keys):  # type: ignore[no-untyped-def]
    """
    Give every read the number of its (series, day); `keys` gets the first read of each. Returns how many there are.
    """
    count = 0
    last_series = np.int64(-1)
    last_day = np.int64(-1)
    last = np.int32(0)
    for index in range(series.size):
        if series[index] != last_series or day[index] != last_day:
            last_series = series[index]
            last_day = day[index]
            at = (last_series - least_series) * days + last_day - least_day
            if table[at] == 0:
                keys[count] = index
                count += 1
                table[at] = count
            last = table[at] - 1
        row_of[index] = last
    return count


@numba.njit(nogil=True, cache=True)
def _scatter(row_of, slot, values, codes, out, quality):  # type: ignore[no-untyped-def]
    """Put the reads in their places; of two the larger stays, SUSPECT. Returns (repeated, conflicting)."""
    repeated = 0
    conflicting = 0
    for index in range(row_of.size):
        row = row_of[index]
        at = slot[index]
        if quality[row, at] == _MISSING:
            quality[row, at] = codes[index]
            for channel in range(values.shape[0]):
                out[channel, row, at] = values[channel, index]
            continue
        same = True
        for channel in range(values.shape[0]):
            same &= out[channel, row, at] == values[channel, index]
            out[channel, row, at] = max(out[channel, row, at], values[channel, index])
        if same:
            repeated += 1
        else:
            conflicting += 1
            quality[row, at] = _SUSPECT
    return repeated, conflicting


def gather(
    series: NDArray[np.int64], day: NDArray[np.int64], slot: NDArray[np.int64], values: NDArray[np.int32],
    codes: NDArray[np.uint8], told: tuple[int, ...],
) -> tuple[DayRows | None, int, int]:  # fmt: skip
    """
    Gather single reads into rows of a series and a day.

    :param values: int32[c, n].
    :returns: the rows; how many reads came twice, and how many with another value.
    """
    if not series.size:
        return None, 0, 0
    least_series, least_day = int(series.min()), int(day.min())
    days = int(day.max()) - least_day + 1
    span = (int(series.max()) - least_series + 1) * days
    row_of = np.empty(series.size, np.int32)
    if span <= max(_LARGEST_TABLE, series.size):
        table = np.zeros(span, np.int32)
        keys = np.empty(min(series.size, span), np.int64)
        count = _number_rows(series, day, least_series, least_day, days, table, row_of, keys)
        keys = keys[:count]
    else:  # few reads spread far apart
        _, keys, inverse = np.unique(
            (series - least_series) * days + day - least_day, return_index=True, return_inverse=True
        )
        row_of[:] = inverse
        count = len(keys)
    out = np.zeros((len(told), count, SLOTS), np.int32)
    quality = np.full((count, SLOTS), _MISSING, np.uint8)
    repeated, conflicting = _scatter(row_of, slot, values, codes, out, quality)
    return DayRows(series[keys], day[keys], out, quality, told), int(repeated), int(conflicting)


class RowStore:
    """
    Takes rows batch by batch and stores them in the largest pieces they make; holds back what the next batch may
    complete.

    :param limit_wh: most that a quarter hour can hold; more is OVER_LIMIT.
    """

    def __init__(self, store: IntervalStore, known_at: datetime, limit_wh: int, report: IngestReport) -> None:
        self.store = store
        self.known_at = known_at
        self.limit_wh = limit_wh
        self.report = report
        self._held: DayRows | None = None
        self._waiting: list[DayRows] = []

    def add(self, rows: DayRows | None) -> None:
        """Take a batch; store when there is enough for large pieces."""
        if rows is None:
            return
        self._waiting.append(rows)
        if sum(len(batch) for batch in self._waiting) >= _ENOUGH:
            self._store(is_last=False)

    def finish(self) -> None:
        """Store all that is left."""
        self._store(is_last=True)

    def _store(self, *, is_last: bool) -> None:
        pieces = [*([self._held] if self._held is not None else []), *self._waiting]
        self._waiting, self._held = [], None
        if not pieces:
            return
        rows = _merge_repeated(DayRows.joined(pieces), self.report)
        held = np.zeros(len(rows), bool) if is_last else self._unfinished(rows)
        if held.any() and len(rows) < 2 * _ENOUGH and not held.all():
            self._held = rows.take(held)
            rows = rows.take(~held)
        self._save(rows)

    @staticmethod
    def _unfinished(rows: DayRows) -> NDArray[np.bool_]:
        """
        Say which rows the next batch may go on with: the last chunk of series in a file by series, else the last day.
        """
        chunk = rows.series // MONTH_ROWS
        if (np.diff(chunk) >= 0).all():
            return chunk == chunk[-1]
        if (np.diff(rows.day) >= 0).all():
            return rows.day == rows.day[-1]
        return np.zeros(len(rows), bool)

    def _save(self, rows: DayRows) -> None:
        if not len(rows):
            return
        month_of = rows.day.astype("datetime64[D]").astype("datetime64[M]")
        months = np.unique(month_of)
        by_series = bool((np.diff(rows.series) >= 0).all())
        for month_start in months:
            mine = rows if len(months) == 1 else rows.take(month_of == month_start)
            month = Month.parse(str(month_start))
            ids = np.unique(mine.series)
            if len(mine) >= (_DENSE if by_series else _WHOLE) * len(ids) * month.days:
                self._save_month(month, ids, mine)
            else:
                self._save_days(mine)

    def _save_month(self, month: Month, ids: NDArray[np.int64], rows: DayRows) -> None:
        first = (month.first_day - _EPOCH).days
        shape = (len(ids), month.days, SLOTS)
        at = np.searchsorted(ids, rows.series), rows.day - first
        quality = np.full(shape, _MISSING, np.uint8)
        quality[at] = rows.quality
        channels: list[NDArray[np.int32] | None] = [None, None, None]
        for index, channel in enumerate(rows.told):
            matrix = np.zeros(shape, np.int32)
            matrix[at] = rows.values[index]
            channels[channel] = matrix
        imports = channels[0] if channels[0] is not None else np.zeros(shape, np.int32)
        self._validate(month, ids, imports, quality)
        self.report.reads += int((quality != _MISSING).sum())
        self.store.write_month(
            month, ids, imports, channels[1], channels[2], quality if quality.any() else None, known_at=self.known_at
        )

    def _validate(
        self, month: Month, ids: NDArray[np.int64], imports: NDArray[np.int32], quality: NDArray[np.uint8]
    ) -> None:
        """Set SUSPECT where a rule says so, series by series in two threads."""
        flat = imports.reshape(len(ids), -1)
        codes = quality.reshape(len(ids), -1)

        def check(begin: int) -> list[tuple[int, NDArray[np.uint16]]]:
            part, its = flat[begin : begin + 256], codes[begin : begin + 256]
            history = usual_days(part, its) if flat.shape[1] >= _FEWEST_DAYS_TO_LEARN * SLOTS else None
            flags = validate_matrix(part, limit_wh=self.limit_wh, history=history, quality=its)
            if (its == _MISSING).any():  # a day without any read is not in the file; that is no gap
                absent = (its.reshape(len(its), -1, SLOTS) == _MISSING).all(axis=2)
                flags.reshape((*absent.shape, SLOTS))[absent] &= ~np.uint16(Rule.MISSING)
            its[(flags & _SUSPICIOUS).astype(bool) & (its < _SUSPECT)] = _SUSPECT
            return [(begin + int(row), flags[row]) for row in np.flatnonzero(flags.any(axis=1))]

        flagged = []
        for found in self.store.pool.map(check, range(0, len(ids), 256)):
            for row, flags in found:
                flagged.append(Flagged(int(ids[row]), month, flags))
                for rule in Rule:
                    if count := int(np.count_nonzero(flags & int(rule))):
                        self.report.findings[rule.name or ""] += count
        if self.report.on_flagged is not None and flagged:
            self.report.on_flagged(flagged)

    def _save_days(self, rows: DayRows) -> None:
        for day in np.unique(rows.day):
            mine = rows.take(rows.day == day)
            on = _EPOCH + timedelta(days=int(day))
            channels: list[NDArray[np.int32] | None] = [None, None, None]
            for index, channel in enumerate(mine.told):
                channels[channel] = np.ascontiguousarray(mine.values[index])
            imports = channels[0] if channels[0] is not None else np.zeros((len(mine), SLOTS), np.int32)
            quality = mine.quality.copy()
            self._validate(Month.of(on), mine.series, imports, quality)
            self.report.reads += int((quality != _MISSING).sum())
            self.store.write_days(
                on, mine.series, imports, channels[1], channels[2], quality if quality.any() else None,
                known_at=self.known_at,
            )  # fmt: skip


def _merge_repeated(rows: DayRows, report: IngestReport) -> DayRows:
    """Make one row of those that tell the same series and day."""
    key = rows.series * 100_000 + rows.day
    unique, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    if len(unique) == len(key):
        return rows
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    to = rank[inverse.reshape(-1)]
    merged = rows.take(first[order])
    quality, values = merged.quality.copy(), merged.values.copy()
    again = np.ones(len(key), bool)
    again[first] = False
    for row in np.flatnonzero(again).tolist():
        there = rows.quality[row] != _MISSING
        old = quality[to[row]] != _MISSING
        both = there & old
        same = both & (values[:, to[row]] == rows.values[:, row]).all(axis=0)
        report.repeated += int(same.sum())
        report.conflicting += int((both & ~same).sum())
        values[:, to[row]][:, there] = np.where(
            old[there],
            np.maximum(values[:, to[row]][:, there], rows.values[:, row][:, there]),
            rows.values[:, row][:, there],
        )
        quality[to[row]][there & ~old] = rows.quality[row][there & ~old]
        quality[to[row]][both & ~same] = _SUSPECT
    return DayRows(merged.series, merged.day, values, quality, rows.told)
