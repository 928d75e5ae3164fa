"""Fold the reads of one usage point into determinants: days, slots, classes, netting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.intervals.quality import ESTIMATED, ReadingQuality
from gridhall.engines.intervals.series import UWH_PER_KWH, ReadSeries
from gridhall.engines.rating.chronological import fold_tiers
from gridhall.engines.rating.determinants import Determinants
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.terms import Terms

DAY_S = 86_400
EPOCH = date(1970, 1, 1)
SAFE_SUM = 2**61
LONGEST_SLOT_S = DAY_S


@dataclass(frozen=True)
class Reads:
    """
    Reads ready to fold: even steps that divide the day, netted by interval where the tariff says so, multiplied.

    :param day: int64[n], days since 1970-01-01, local.
    :param second: int64[n], second of the local day at which the interval starts.
    """

    day: NDArray[np.int64]
    second: NDArray[np.int64]
    duration_s: int
    imported: NDArray[np.int64]
    exported: NDArray[np.int64]
    gross_import: NDArray[np.int64]
    gross_export: NDArray[np.int64]
    reactive: NDArray[np.int64] | None
    quality: NDArray[np.uint8]
    offset: NDArray[np.int32] | None
    warnings: tuple[str, ...] = ()

    @property
    def slots_a_day(self) -> int:
        """Intervals a day of 24 hours."""
        return DAY_S // self.duration_s


def prepare(series: ReadSeries, *, multiplier: int = 1, net_by_interval: bool = False) -> Reads:
    """
    Make reads ready.

    Accumulated reads of several days are spread evenly over their days, in whole units, and the warning says so.

    :raises FaultyInput: if the intervals divide no day.
    """
    if not len(series):
        raise FaultyInput(
            [Fault(series.usage_point or "reads", None, None, "there are no reads", "give a file with reads")]
        )
    warnings: list[str] = []
    zeros = np.zeros(len(series), np.int64)
    columns = {
        "import": _scaled(np.asarray(series.import_uwh), multiplier),
        "export": _scaled(np.asarray(series.export_uwh), multiplier) if series.export_uwh is not None else zeros,
    }
    if series.reactive_uvarh is not None:
        columns["reactive"] = _scaled(np.asarray(series.reactive_uvarh), multiplier)
    start, quality, offset, duration = series.local_start_s, series.quality, series.utc_offset_s, series.duration_s
    if duration > LONGEST_SLOT_S:
        start, quality, columns = _spread(start, quality, columns, duration)
        offset, duration = None, DAY_S
        warnings.append(f"reads of {series.duration_s // DAY_S} days were spread evenly over their days")
    if duration <= 0 or DAY_S % duration:
        problem = f"intervals of {duration} s do not divide a day"
        raise FaultyInput([Fault(series.usage_point or "reads", None, None, problem, "use 5, 15, 30 or 60 minutes")])
    missing = quality == ReadingQuality.MISSING
    if missing.any():
        columns = {name: np.where(missing, 0, column) for name, column in columns.items()}
    gross_import, gross_export = columns["import"], columns["export"]
    imported, exported = gross_import, gross_export
    if net_by_interval:
        imported = np.maximum(gross_import - gross_export, 0)
        exported = np.maximum(gross_export - gross_import, 0)
    return Reads(
        day=start // DAY_S,
        second=start % DAY_S,
        duration_s=duration,
        imported=imported,
        exported=exported,
        gross_import=gross_import,
        gross_export=gross_export,
        reactive=columns.get("reactive"),
        quality=np.asarray(quality),
        offset=offset,
        warnings=tuple(warnings),
    )


def _scaled(column: NDArray[np.int64], multiplier: int) -> NDArray[Any]:
    if column.size and int(np.abs(column).max()) * multiplier * max(len(column), 1) >= SAFE_SUM:
        return column.astype(object) * multiplier
    return column.astype(np.int64) * multiplier


def _spread(
    start: NDArray[np.int64], quality: NDArray[np.uint8], columns: dict[str, NDArray[Any]], duration: int
) -> tuple[NDArray[np.int64], NDArray[np.uint8], dict[str, NDArray[Any]]]:
    days = max(1, round(duration / DAY_S))
    steps = np.arange(days)
    spread = {}
    for name, column in columns.items():
        whole, rest = column // days, column % days
        spread[name] = (whole[:, None] + (steps[None, :] < rest[:, None])).reshape(-1)
    starts = ((start // DAY_S * DAY_S)[:, None] + steps[None, :] * DAY_S).reshape(-1)
    return starts, np.repeat(quality, days), spread


def fold(plan: MonthPlan, reads: Reads, first: date, end: date, terms: Terms) -> Determinants:
    """
    Fold the reads of [first, end) into determinants of one row, in micro watt hours as Python integers.

    :param terms: one row; only looked at where tiers are filled in order of time.
    """
    low, high = (first - EPOCH).days, (end - EPOCH).days
    inside = (reads.day >= low) & (reads.day < high)
    slot = reads.second[inside] // reads.duration_s
    classes = plan.slot_class[reads.day[inside] - (plan.month.first_day - EPOCH).days, slot]
    imported, exported = reads.imported[inside], reads.exported[inside]
    reactive = 0 if reads.reactive is None else int(reads.reactive[inside].sum())
    quality = reads.quality[inside]
    estimated = int(np.isin(quality, [int(q) for q in ESTIMATED]).sum())
    present = int((quality != ReadingQuality.MISSING).sum())
    expected = expected_slots(reads, first, end)
    determinants = Determinants(
        import_energy=_by_class(imported, classes, plan.class_count, "sum"),
        export_energy=_by_class(exported, classes, plan.class_count, "sum"),
        peak_energy=_by_class(imported, classes, plan.class_count, "max"),
        reactive_energy=np.array([reactive], dtype=object),
        measured_slots=np.array([present - estimated], np.int32),
        estimated_slots=np.array([estimated], np.int32),
        missing_slots=np.array([max(0, expected - present)], np.int32),
        interval_s=reads.duration_s,
        units_per_kwh=UWH_PER_KWH,
    )
    if plan.needs_order:
        tiers = fold_tiers(
            plan,
            determinants,
            terms,
            classes=classes,
            import_energy=imported[None, :].astype(np.int64),
            export_energy=exported[None, :].astype(np.int64),
        )
        determinants = replace(determinants, tier_energy=tiers)
    return determinants


def _by_class(values: NDArray[Any], classes: NDArray[np.uint8], count: int, how: str) -> NDArray[Any]:
    out = np.array([[0] * count], dtype=object)
    for index in range(count):
        chosen = values[classes == index]
        if len(chosen):
            out[0, index] = int(chosen.sum() if how == "sum" else max(0, int(chosen.max())))
    return out


def expected_slots(reads: Reads, first: date, end: date) -> int:
    """Tell how many intervals the days hold; days on which clocks change are 23 or 25 hours where offsets tell it."""
    slots = (end - first).days * reads.slots_a_day
    if reads.offset is None or not len(reads.day):
        return slots
    shift = _offset_on(reads, end) - _offset_on(reads, first)
    return slots - shift // reads.duration_s


def _offset_on(reads: Reads, day: date) -> int:
    """Give the UTC offset at the start of a day: that of the first read at or after it, else of the last."""
    assert reads.offset is not None
    number = (day - EPOCH).days
    index = int(np.searchsorted(reads.day, number))
    return int(reads.offset[min(index, len(reads.offset) - 1)])


def span_of(reads: Reads) -> tuple[date, date]:
    """Give the first and the last local day that have reads."""
    return EPOCH + timedelta(days=int(reads.day.min())), EPOCH + timedelta(days=int(reads.day.max()))
