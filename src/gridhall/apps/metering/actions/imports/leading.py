"""Days of a file led to the meters that measured them; each identifier is looked up once an import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.actions.imports.days import Sink
from gridhall.apps.metering.actions.imports.parts import MeterReads
from gridhall.apps.metering.queries.identifiers import Stretch, identify
from gridhall.core.errors import Fault
from gridhall.core.periods import Month
from gridhall.engines.intervals.ingestion import DayRows
from gridhall.engines.intervals.layout import SLOTS

_EPOCH = date(1970, 1, 1).toordinal()
_MISSING = 255
_UNKNOWN, _HUNG, _SEVERAL = 0, 1, 2


@dataclass(frozen=True)
class MonthDays:
    """
    Days of meters in one month, n rows, each meter and day once.

    :param day: int64[n], 0 is the first day of the month.
    :param line: int64[n], the first line that tells of the day.
    :param values: int32[c, n, 96], channels as in `told`; quality: uint8[n, 96].
    """

    month: Month
    meter_id: NDArray[np.int64]
    series_id: NDArray[np.int64]
    day: NDArray[np.int64]
    line: NDArray[np.int64]
    values: NDArray[np.int32]
    quality: NDArray[np.uint8]
    told: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: NDArray) -> MonthDays:
        """Give some of the rows."""
        return MonthDays(
            self.month, self.meter_id[rows], self.series_id[rows], self.day[rows], self.line[rows],
            self.values[:, rows], self.quality[rows], self.told,
        )  # fmt: skip

    def channels(self) -> list[NDArray[np.int32] | None]:
        """Give import, export and reactive, None where the file does not tell."""
        found: list[NDArray[np.int32] | None] = [None, None, None]
        for index, channel in enumerate(self.told):
            found[channel] = self.values[index]
        return found

    def as_reads(self) -> MeterReads:
        """Give them read by read, by series and slot."""
        order = np.lexsort((self.day, self.series_id))
        quality = self.quality[order]
        row, slot = np.nonzero(quality != _MISSING)
        values = np.zeros((3, len(row)), np.int32)
        for index, channel in enumerate(self.told):
            values[channel] = self.values[index][order][row, slot]
        return MeterReads(
            month=self.month, meter_id=self.meter_id[order][row], series_id=self.series_id[order][row],
            cell=(self.day[order][row] * SLOTS + slot).astype(np.int16), values=values, quality=quality[row, slot],
            told=(0 in self.told, 1 in self.told, 2 in self.told), line=self.line[order][row],
        )  # fmt: skip


class MeterBook:
    """
    What the identifiers of one file mean.

    :param usage_point: whose the reads are that name none.
    """

    def __init__(self, file: str, usage_point: str | None, sink: Sink) -> None:
        self.file, self.usage_point, self.sink = file, usage_point, sink
        self._stretches: list[list[Stretch]] = []
        self._problems: list[tuple[str, str]] = []
        self._table = np.empty((5, 0), np.int64)

    def look_up(self, names: list[str]) -> None:
        """Look those up that are new; a name keeps its place in the list."""
        new = [name.strip() or self.usage_point or "" for name in names[len(self._stretches) :]]
        if not new:
            return
        identified = identify(new)
        table = np.full((5, len(new)), -1, np.int64)
        table[4] = _UNKNOWN
        for index, name in enumerate(new):
            stretches = identified.stretches.get(name, [])
            if len(stretches) == 1:
                one = stretches[0]
                table[:4, index] = one.meter_id, one.series_id, one.first_day - _EPOCH, one.end_day - _EPOCH
            is_known = name in identified.stretches
            table[4, index] = _UNKNOWN if not is_known else _HUNG if len(stretches) == 1 else _SEVERAL
            self._stretches.append(stretches)
            self._problems.append(("", "") if is_known else _why_unknown(name, identified.ambiguous))
        self._table = np.concatenate([self._table, table], axis=1)

    def is_known(self, names: list[str]) -> NDArray[np.bool_]:
        """Tell which names mean a meter at all."""
        self.look_up(names)
        return self._table[4, : len(names)] != _UNKNOWN

    def why_unknown(self, at: int) -> tuple[str, str]:
        """Say what is wrong with a name, and what mends it."""
        return self._problems[at]

    def lead(self, rows: DayRows) -> tuple[list[MonthDays], int]:
        """Lead rows to meters, by month; also gives how many reads had to be left out beyond the faults with a line."""
        self.look_up(rows.names)
        meter, series = self._meters_of(rows)
        is_known = meter >= 0
        left_out = 0
        lost = np.flatnonzero(~is_known)
        for name in np.unique(rows.name[lost]).tolist():
            mine = lost[rows.name[lost] == name]
            reads = int((rows.quality[mine] != _MISSING).sum())
            first = int(rows.line[mine].min())
            problem, remedy = self._problems[name]
            if not problem:
                problem = f"{reads:,} reads of {rows.names[name]} lie on days on which no meter hung there"
                remedy = "record the installation of the meter, then import the file again"
            self.sink(Fault(self.file, first, "usage_point", problem, remedy))
            left_out += reads - 1
        is_again = self._find_repeats(rows, series, is_known)
        return list(_by_month(rows, meter, series, np.flatnonzero(is_known & ~is_again))), left_out

    def _meters_of(self, rows: DayRows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The meter and the series of each row; -1 where none hung there on that day."""
        found = self._table[:, rows.name]
        hung = (found[4] == _HUNG) & (rows.day >= found[2]) & (rows.day < found[3])
        meter, series = np.where(hung, found[0], -1), np.where(hung, found[1], -1)
        for row in np.flatnonzero(found[4] == _SEVERAL).tolist():
            day = int(rows.day[row]) + _EPOCH
            for stretch in self._stretches[int(rows.name[row])]:
                if stretch.first_day <= day < stretch.end_day:
                    meter[row], series[row] = stretch.meter_id, stretch.series_id
        return meter, series

    def _find_repeats(self, rows: DayRows, series: NDArray[np.int64], is_known: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Rows that tell a meter's day again; those that tell it differently are faults."""
        is_again = np.zeros(len(rows), bool)
        key = series * 100_000 + rows.day
        if (np.diff(key) > 0).all():
            return is_again
        order = np.lexsort((rows.line, key))
        same = (np.diff(key[order]) == 0) & is_known[order][1:]
        for at in np.flatnonzero(same).tolist():
            first, again = order[at], order[at + 1]
            is_again[again] = True
            has_same_reads = np.array_equal(rows.quality[first], rows.quality[again])
            if not (has_same_reads and np.array_equal(rows.values[:, first], rows.values[:, again])):
                problem = f"line {rows.line[first]} tells the same day with other values"
                self.sink(Fault(self.file, int(rows.line[again]), None, problem, "keep the right one"))
        return is_again


def _why_unknown(name: str, ambiguous: dict[str, int]) -> tuple[str, str]:
    if not name:
        return "the rows name no meter", "add a column with the meter, or say which one with --meter"
    if name in ambiguous:
        return f"customer {name} has {ambiguous[name]} usage points", "name the usage point or the meter"
    return f"no meter, usage point or customer is called {name}", "register the meter, then import the file again"


def _by_month(
    rows: DayRows, meter: NDArray[np.int64], series: NDArray[np.int64], kept: NDArray[np.intp]
) -> list[MonthDays]:
    if not len(kept):
        return []
    months = rows.day[kept].astype("datetime64[D]").astype("datetime64[M]")
    found = []
    for start in np.unique(months):
        mine = kept[months == start]
        month = Month.parse(str(start))
        first = month.first_day.toordinal() - _EPOCH
        is_all = len(mine) == len(rows)
        values = rows.values if is_all else rows.values[:, mine]
        quality = rows.quality if is_all else rows.quality[mine]
        found.append(
            MonthDays(month, meter[mine], series[mine], rows.day[mine] - first, rows.line[mine], values, quality,
                      rows.told)
        )  # fmt: skip
    return found
