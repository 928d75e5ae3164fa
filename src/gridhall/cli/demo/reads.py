"""Fourteen months of reads of every meter of the county, made month by month and written to the interval store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from gridhall.cli.demo.county import SEED, CountyPlan
from gridhall.core.periods import Month
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.profiles.synthesis import SHAPES, outdoor_temperature_c, synthesize

EPOCH = date(1970, 1, 1)
BATCH = 2_048
SLOTS = 96
# Lines and transformers lose a little always and more when they carry more (shares of a feeder's load).
STANDING_LOSS_WH = 2_500
LOAD_LOSS_PER_MILLE = 31
# Of that, what is lost behind a transformer's check meter: long village lines lose more than short ones in town.
AREA_STANDING_LOSS_WH = 15
AREA_LOSS_PER_MILLE = (9, 27)
# In few areas some customers hang on the next transformer in truth: the desk sees one area lose, the other gain.
MISPLACED_EVERY, MISPLACED_POINTS = 61, 3


@dataclass(frozen=True)
class Loads:
    """The plan of the county as columns that the load maker takes, one row a supply point."""

    kinds: NDArray[np.int8]
    seeds: NDArray[np.int64]
    mean_kw: NDArray[np.float64]
    pv_kw: NDArray[np.float64]
    reactive_ratio: NDArray[np.float64]
    multiplier: NDArray[np.int64]
    feeder: NDArray[np.int64]
    fed_by: NDArray[np.int64]  # the transformer that feeds it in truth; -1 for a line's own customers


@dataclass
class MonthReads:
    """Reads of one month: series first_series … in order, int32[n, days, 96]."""

    first_series: int
    imported: NDArray[np.int32]
    exported: NDArray[np.int32]
    reactive: NDArray[np.int32]
    quality: NDArray[np.uint8]
    lost_wh: dict[int, int] = field(default_factory=dict)  # series -> energy that no read tells of; its register does


def lay_out_loads(plan: CountyPlan) -> Loads:
    """Lay the plan out as columns."""
    points = plan.points
    return Loads(
        kinds=np.array([point.load for point in points], np.int8),
        seeds=np.array([SEED + point.index * 104_729 for point in points], np.int64),
        mean_kw=np.array([point.mean_kw for point in points]),
        pv_kw=np.array([point.pv_kw for point in points]),
        reactive_ratio=np.array([point.reactive_ratio for point in points]),
        multiplier=np.array([point.ct_ratio * point.pt_ratio for point in points], np.int64),
        feeder=np.array([point.feeder for point in points], np.int64),
        fed_by=_find_feeding(plan),
    )


def _find_feeding(plan: CountyPlan) -> NDArray[np.int64]:
    """Give the transformer that feeds each supply point: the one in the books, but for a few."""
    fed_by = np.array([-1 if point.transformer is None else point.transformer for point in plan.points], np.int64)
    for area in range(MISPLACED_EVERY // 2, len(plan.transformers) - 1, MISPLACED_EVERY):
        if plan.transformers[area][2] == plan.transformers[area + 1][2]:  # behind the same line
            fed_by[np.flatnonzero(fed_by == area)[-MISPLACED_POINTS:]] = area + 1
    return fed_by


def area_loss_wh(carried_wh: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give what each area loses behind its transformer's check meter in a quarter hour: int64[areas, days, 96]."""
    low, high = AREA_LOSS_PER_MILLE
    per_mille = low + np.arange(len(carried_wh)) * 7 % (high - low)
    return AREA_STANDING_LOSS_WH + np.abs(carried_wh) * per_mille[:, None, None] // 1_000


def feeder_loss_wh(carried_wh: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give what a feeder loses while it carries some energy in a quarter hour, whole Wh."""
    return STANDING_LOSS_WH + np.abs(carried_wh) * LOAD_LOSS_PER_MILLE // 1_000


def make_month(
    plan: CountyPlan, loads: Loads, month: Month, days: list[date], *, leave_gaps: bool
) -> Iterator[MonthReads]:
    """
    Make one month's reads, batch by batch: the meters that hang now, the exchanged ones, then the check meters of
    feeders and of transformers.

    :param days: the days of the month that have passed.
    :param leave_gaps: leave some reads missing for staff to mend; otherwise gaps are already filled by estimates.
    """
    points = len(plan.points)
    carried = np.zeros((len(plan.feeders), len(days), SLOTS), np.int64)
    areas = np.zeros((len(plan.transformers), len(days), SLOTS), np.int64)
    exchanged = [point for point in plan.points if point.exchange_on]
    slot_of_exchanged = {point.index: position for position, point in enumerate(exchanged)}
    former = _empty(points, len(exchanged), len(days))
    day_numbers = np.array([(day - EPOCH).days for day in days])
    rest_day = np.array([day.weekday() >= 5 for day in days])
    temperature = outdoor_temperature_c(np.array([day.timetuple().tm_yday for day in days]))
    for first in range(0, points, BATCH):
        part = slice(first, min(first + BATCH, points))
        imported, exported, reactive = synthesize(
            loads.kinds[part], loads.seeds[part], loads.mean_kw[part], loads.pv_kw[part], loads.reactive_ratio[part],
            day_numbers, rest_day, temperature, SHAPES,
        )  # fmt: skip
        _add_to_network(carried, areas, loads, part, imported, exported)
        reads = MonthReads(first, imported, exported, reactive, np.zeros(imported.shape, np.uint8))
        for point in plan.points[part]:
            if point.exchange_on:
                _divide(reads, former, point.index - first, slot_of_exchanged[point.index], point.exchange_on, days)
        _make_gaps(reads, month, leave_gaps=leave_gaps)
        yield reads
    yield former
    np.add.at(carried, [feeder for *_names, feeder, _capacity in plan.transformers], areas)
    yield _make_check(points + len(exchanged), carried + feeder_loss_wh(carried))
    yield _make_check(points + len(exchanged) + len(plan.feeders), areas + area_loss_wh(areas))


def _make_check(first_series: int, supplied_wh: NDArray[np.int64]) -> MonthReads:
    """Give the reads of check meters that saw some energy pass, out or back."""
    check = _empty(first_series, *supplied_wh.shape[:2])
    check.imported[:] = np.maximum(supplied_wh, 0)
    check.exported[:] = np.maximum(-supplied_wh, 0)
    check.quality[:] = ReadingQuality.MEASURED
    return check


def _empty(first_series: int, count: int, days: int) -> MonthReads:
    shape = (count, days, SLOTS)
    zeros = [np.zeros(shape, np.int32) for _ in range(3)]
    return MonthReads(first_series, *zeros, np.full(shape, ReadingQuality.MISSING, np.uint8))


def _add_to_network(
    carried: NDArray[np.int64], areas: NDArray[np.int64], loads: Loads, part: slice, imported: NDArray[np.int32],
    exported: NDArray[np.int32],
) -> None:  # fmt: skip
    """Add what the customers of each transformer, and those of a feeder itself, took, less what they gave."""
    feeders, fed_by = loads.feeder[part], loads.fed_by[part]
    for sums, places, here in ((areas, fed_by, fed_by >= 0), (carried, feeders, fed_by < 0)):
        for place in np.unique(places[here]):
            rows = here & (places == place)
            factor = loads.multiplier[part][rows]
            net = imported[rows].astype(np.int64) - exported[rows]
            sums[place] += np.einsum("nds,n->ds", net, factor)


def _divide(reads: MonthReads, former: MonthReads, row: int, old_row: int, exchange_on: date, days: list[date]) -> None:
    """Give the days before an exchange to the meter that hung there then."""
    before = sum(day < exchange_on for day in days)
    for name in ("imported", "exported", "reactive"):
        now, old = getattr(reads, name), getattr(former, name)
        old[old_row, :before] = now[row, :before]
        now[row, :before] = 0
    former.quality[old_row, :before] = ReadingQuality.MEASURED
    reads.quality[row, :before] = ReadingQuality.MISSING


def _make_gaps(reads: MonthReads, month: Month, *, leave_gaps: bool) -> None:
    """A few meters lose an hour or an afternoon: estimated since, or still missing in the newest month."""
    random = np.random.default_rng([SEED, month.year, month.month, reads.first_series])
    count, days, _ = reads.imported.shape
    for row in np.flatnonzero(random.random(count) < 0.004):
        day, start = int(random.integers(days)), int(random.integers(0, 80))
        gap = slice(start, start + int(random.integers(2, 16)))
        if reads.quality[row, day, 0] == ReadingQuality.MISSING:
            continue
        if leave_gaps and random.random() < 0.3:
            reads.quality[row, day, gap] = ReadingQuality.MISSING
            reads.lost_wh[reads.first_series + int(row)] = int(reads.imported[row, day, gap].sum())
            for values in (reads.imported, reads.exported, reads.reactive):
                values[row, day, gap] = 0
        else:
            reads.quality[row, day, gap] = ReadingQuality.ESTIMATED_PROFILE


def write_month(
    store: IntervalStore, plan: CountyPlan, loads: Loads, month: Month, *, end_day: date, known_at: datetime
) -> Iterator[MonthReads]:
    """
    Make and write one month.

    A month that is not over yet is as a night leaves it: its days in month shards, and yesterday's as a day chunk.

    :returns: each batch once it is written.
    """
    days = [month.first_day + timedelta(days=offset) for offset in range(month.days)]
    passed = [day for day in days if day < end_day]
    whole = len(passed) == len(days)
    newest_whole = whole and month.next().first_day + timedelta(days=month.next().days) > end_day
    for reads in make_month(plan, loads, month, passed, leave_gaps=newest_whole):
        if not len(reads.imported):
            continue
        if whole:
            _write_whole_month(store, month, reads, known_at)
        else:
            _write_begun_month(store, month, reads, known_at)
        yield reads


def _write_whole_month(store: IntervalStore, month: Month, reads: MonthReads, known_at: datetime) -> None:
    store.write_month(
        month,
        reads.first_series,
        reads.imported,
        export_wh=reads.exported,
        reactive_varh=reads.reactive,
        quality=reads.quality,
        known_at=known_at,
    )


def _write_begun_month(store: IntervalStore, month: Month, reads: MonthReads, known_at: datetime) -> None:
    count, passed, _ = reads.imported.shape
    series = np.arange(reads.first_series, reads.first_series + count, dtype=np.int64)
    columns = (reads.imported, reads.exported, reads.reactive, reads.quality)
    if passed > 1:
        empty = (0, 0, 0, ReadingQuality.MISSING)
        whole = [
            np.full((count, month.days, SLOTS), nothing, column.dtype)
            for nothing, column in zip(empty, columns, strict=True)
        ]
        for room, column in zip(whole, columns, strict=True):
            room[:, : passed - 1] = column[:, : passed - 1]
        store.write_month(month, series, *whole, known_at=known_at)
    yesterday = [np.ascontiguousarray(column[:, passed - 1]) for column in columns]
    store.write_days(month.first_day + timedelta(days=passed - 1), series, *yesterday, known_at=known_at)
