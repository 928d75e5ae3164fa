"""Whole days of many meters into the store: straight where nothing is held yet, read by read where something is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.actions.imports.days import DayRows, Sink
from gridhall.apps.metering.actions.imports.parts import MeterReads
from gridhall.apps.metering.queries.identifiers import Identified, identify
from gridhall.apps.metering.queries.store import get_store, read_state
from gridhall.core.errors import Fault
from gridhall.core.periods import Month
from gridhall.engines.intervals.layout import MONTH_ROWS, SLOTS
from gridhall.engines.intervals.state import MonthState

_EPOCH = date(1970, 1, 1).toordinal()
_LONG_MONTH_DAYS = 20
_MISSING = 255


@dataclass(frozen=True)
class MonthDays:
    """
    Days of meters in one month, n rows, each meter and day once.

    :param day: int64[n], 0 is the first day of the month.
    :param import_wh: int32[n, 96]; quality: uint8[n, 96].
    """

    month: Month
    meter_id: NDArray[np.int64]
    series_id: NDArray[np.int64]
    day: NDArray[np.int64]
    import_wh: NDArray[np.int32]
    quality: NDArray[np.uint8]

    def take(self, rows: NDArray[np.bool_]) -> MonthDays:
        """Give some of the rows."""
        if rows.all():
            return self
        return MonthDays(
            self.month, self.meter_id[rows], self.series_id[rows], self.day[rows], self.import_wh[rows],
            self.quality[rows],
        )  # fmt: skip

    def as_reads(self) -> MeterReads:
        """Give them read by read, by series and slot."""
        order = np.lexsort((self.day, self.series_id))
        quality = self.quality[order]
        row, slot = np.nonzero(quality != _MISSING)
        values = np.zeros((3, len(row)), np.int32)
        values[0] = self.import_wh[order][row, slot]
        return MeterReads(
            month=self.month, meter_id=self.meter_id[order][row], series_id=self.series_id[order][row],
            cell=(self.day[order][row] * SLOTS + slot).astype(np.int16), values=values, quality=quality[row, slot],
            told=(True, False, False),
        )  # fmt: skip


def lead_days_to_meters(rows: DayRows, *, file: str, sink: Sink) -> tuple[list[MonthDays], int]:
    """Find the meters of rows; gives them by month, and how many reads had to be left out."""
    identified = identify(rows.names)
    meter, series = _meters_of(rows, identified)
    is_known = meter >= 0
    left_out = int((rows.quality[~is_known] != _MISSING).sum())
    for name in np.unique(rows.name[~is_known]).tolist():
        sink(Fault(file, None, "usage_point", *_why_unknown(rows.names[name], identified)))
    is_again = _repeats(rows, series, is_known, file, sink)
    kept = np.flatnonzero(is_known & ~is_again)
    return list(_by_month(rows, meter, series, kept)), left_out


def _meters_of(rows: DayRows, identified: Identified) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The meter and the series of each row; -1 where none hung there on that day."""
    meter, series = np.full(len(rows.day), -1, np.int64), np.full(len(rows.day), -1, np.int64)
    count = len(rows.names)
    table = np.full((4, count), -1, np.int64)
    several = np.zeros(count, bool)
    for index, name in enumerate(rows.names):
        stretches = identified.stretches.get(name, [])
        if len(stretches) == 1:
            one = stretches[0]
            table[:, index] = (one.meter_id, one.series_id, one.first_day - _EPOCH, one.end_day - _EPOCH)
        several[index] = len(stretches) > 1
    found = table[:, rows.name]
    hung = (found[0] >= 0) & (rows.day >= found[2]) & (rows.day < found[3])
    meter[hung], series[hung] = found[0][hung], found[1][hung]
    for row in np.flatnonzero(several[rows.name]).tolist():
        day = int(rows.day[row]) + _EPOCH
        for stretch in identified.stretches[rows.names[rows.name[row]]]:
            if stretch.first_day <= day < stretch.end_day:
                meter[row], series[row] = stretch.meter_id, stretch.series_id
    return meter, series


def _why_unknown(name: str, identified: Identified) -> tuple[str, str]:
    if not name:
        return "the rows name no meter", "add a column with the meter, or say which one with --meter"
    if name in identified.ambiguous:
        return f"customer {name} has {identified.ambiguous[name]} usage points", "name the usage point or the meter"
    if name in identified.stretches:
        return f"days of {name} on which no meter hung there", "record the installation, then import the file again"
    return f"no meter, usage point or customer is called {name}", "register the meter, then import the file again"


def _repeats(
    rows: DayRows, series: NDArray[np.int64], is_known: NDArray[np.bool_], file: str, sink: Sink
) -> NDArray[np.bool_]:
    """Rows that tell a meter's day again; those that tell it differently are faults."""
    is_again = np.zeros(len(rows.day), bool)
    order = np.lexsort((rows.line, rows.day, series))
    same = (np.diff(series[order]) == 0) & (np.diff(rows.day[order]) == 0) & is_known[order][1:]
    for at in np.flatnonzero(same).tolist():
        first, again = order[at], order[at + 1]
        is_again[again] = True
        if not (
            np.array_equal(rows.import_wh[first], rows.import_wh[again])
            and np.array_equal(rows.quality[first], rows.quality[again])
        ):
            problem = f"line {rows.line[first]} tells the same day with other values"
            sink(Fault(file, int(rows.line[again]), None, problem, "keep the right one"))
    return is_again


def _by_month(
    rows: DayRows, meter: NDArray[np.int64], series: NDArray[np.int64], kept: NDArray[np.intp]
) -> Iterator[MonthDays]:
    months = rows.day[kept].astype("datetime64[D]").astype("datetime64[M]")
    for start in np.unique(months):
        mine = kept[months == start]
        month = Month.parse(str(start))
        first = month.first_day.toordinal() - _EPOCH
        is_all = len(mine) == len(rows.day)
        values = rows.import_wh if is_all else rows.import_wh[mine]
        quality = rows.quality if is_all else rows.quality[mine]
        yield MonthDays(month, meter[mine], series[mine], rows.day[mine] - first, values, quality)


def find_held(days: MonthDays) -> NDArray[np.bool_]:
    """Tell of which rows the store may hold something already."""

    def look(state: MonthState) -> NDArray[np.bool_]:
        held = np.zeros(len(days.day), bool)
        touched = state.touched_chunks()
        if len(touched):
            held |= np.isin(days.series_id // MONTH_ROWS, touched)
        for part in state.manifest.parts:
            is_inside = (days.series_id >= part.first_series) & (days.series_id < part.end_series)
            held |= is_inside if part.day < 0 else is_inside & (days.day == part.day)
        return held

    return read_state(days.month, look)


def write_untouched(days: MonthDays, *, known_at: datetime) -> None:
    """Write days of which nothing is held: a month shard when it is most of a month, else day shards."""
    order = np.argsort(days.series_id, kind="stable")
    ids, row = np.unique(days.series_id, return_inverse=True)
    which = np.unique(days.day)
    store = get_store()
    if len(which) >= _LONG_MONTH_DAYS:
        values = np.zeros((len(ids), days.month.days, SLOTS), np.int32)
        quality = np.full(values.shape, _MISSING, np.uint8)
        values[row, days.day], quality[row, days.day] = days.import_wh, days.quality
        store.write_month(days.month, ids, values, quality=quality, known_at=known_at)
        return
    for day in which.tolist():
        mine = order[days.day[order] == day]
        quality = days.quality[mine] if days.quality[mine].any() else None
        store.write_days(
            days.month.first_day + timedelta(days=day), days.series_id[mine], days.import_wh[mine], quality=quality,
            known_at=known_at,
        )  # fmt: skip
