"""Energy by day and month of usage points and accounts, with what is estimated or missing; ratios applied, exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.queries.segments import (
    AccountInstallations,
    MeterSegments,
    list_day_segments,
    list_segments,
)
from gridhall.apps.metering.queries.store import get_store
from gridhall.core.periods import Month, months_between
from gridhall.core.units import kwh_from_wh
from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.rating.determinants import Determinants, Segments

Ids = Sequence[int] | NDArray[np.int64] | None


@dataclass(frozen=True)
class Coverage:
    """
    How complete a month is: n usage points, by account and usage point.

    :param expected_slots: slots on which a meter hung there; the others of the month are nobody's to measure.
    :param measured_slots, estimated_slots, missing_slots: int64[n], which add up to them.
    """

    account_id: NDArray[np.int64]
    usage_point_id: NDArray[np.int64]
    expected_slots: NDArray[np.int64]
    measured_slots: NDArray[np.int64]
    estimated_slots: NDArray[np.int64]
    missing_slots: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.usage_point_id)


@dataclass(frozen=True)
class DayEnergy:
    """What a usage point or account took on a local day. `is_complete` says that no slot is missing."""

    day: date
    energy_kwh: Decimal
    export_kwh: Decimal
    expected_slots: int
    estimated_slots: int
    missing_slots: int

    @property
    def is_complete(self) -> bool:
        """Whether every slot on which a meter hung there has a read."""
        return self.expected_slots > 0 and self.missing_slots == 0


@dataclass(frozen=True)
class MonthEnergy:
    """
    What a usage point or account took in a month.

    :param estimated_share: estimated slots among those that have a value, 0 to 1.
    :param complete_until: the first day that is not complete; None before the first read.
    """

    month: Month
    energy_kwh: Decimal
    export_kwh: Decimal
    estimated_share: Decimal
    expected_slots: int
    missing_slots: int
    complete_until: date | None


def fold_month(month: Month, segments: MeterSegments) -> Determinants:
    """Fold segments of a month into one slot class: sums, and slots by quality, in the order of the segments."""
    calendar = np.zeros((1, month.days, SLOTS), np.uint8)
    rows = Segments(
        segments.series_id, segments.first_day, segments.end_day,
        np.zeros(len(segments), np.int16), segments.multiplier,
    )  # fmt: skip
    return get_store().fold_segments(month, rows, calendar)


def get_coverage(*, month: Month, account_ids: Ids = None, usage_point_ids: Ids = None) -> Coverage:
    """Tell how complete a month is, of some accounts, some usage points, or all."""
    segments = list_segments(month=month, account_ids=account_ids, usage_point_ids=usage_point_ids)
    folded = fold_month(month, segments)
    points, first, which = np.unique(segments.usage_point_id, return_index=True, return_inverse=True)
    counts = [
        np.bincount(which, column, minlength=len(points)).astype(np.int64)
        for column in (
            (segments.end_day - segments.first_day).astype(np.int64) * SLOTS,
            folded.measured_slots, folded.estimated_slots, folded.missing_slots,
        )
    ]  # fmt: skip
    coverage = Coverage(segments.account_id[first], points, *counts)
    order = np.lexsort((coverage.usage_point_id, coverage.account_id))
    return Coverage(*(column[order] for column in vars(coverage).values()))


def list_energy_days(
    *,
    first_day: date,
    end_day: date,
    account_id: int | None = None,
    usage_point_id: int | None = None,
    installed: AccountInstallations | None = None,
) -> list[DayEnergy]:
    """
    List the energy of each local day of [first_day, end_day) of one account or one usage point.

    :param installed: what measured the account, from one who knows it already; it is not asked for again.
    """
    count = (end_day - first_day).days
    if count <= 0:
        return []
    segments = installed.cut_days(first_day, end_day) if installed is not None else list_day_segments(
        first_day=first_day, end_day=end_day,
        account_ids=None if account_id is None else [account_id],
        usage_point_ids=None if usage_point_id is None else [usage_point_id],
    )  # fmt: skip
    sums = sum_days(segments, first_day, end_day)
    return [
        DayEnergy(
            day=first_day + timedelta(days=at),
            energy_kwh=kwh_from_wh(int(sums[0, at])), export_kwh=kwh_from_wh(int(sums[1, at])),
            expected_slots=int(sums[2, at]), missing_slots=int(sums[3, at]), estimated_slots=int(sums[4, at]),
        )
        for at in range(count)
    ]  # fmt: skip


def sum_days(segments: MeterSegments, first_day: date, end_day: date) -> NDArray[np.int64]:
    """Give int64[5, days]: import and export Wh with ratios, slots expected, missing, estimated."""
    store = get_store()
    sums = np.zeros((5, (end_day - first_day).days), np.int64)
    for row in range(len(segments)):
        low, high = int(segments.first_day[row]), int(segments.end_day[row])
        daily = store.read_daily(
            int(segments.series_id[row]), first_day + timedelta(days=low), first_day + timedelta(days=high)
        )
        times = int(segments.multiplier[row])
        sums[0, low:high] += daily.import_wh * times
        sums[1, low:high] += daily.export_wh * times
        sums[2, low:high] += SLOTS
        sums[3, low:high] += daily.missing_slots
        sums[4, low:high] += daily.estimated_slots
    return sums


def list_energy_months(
    *, first: Month, last: Month, account_id: int | None = None, usage_point_id: int | None = None
) -> list[MonthEnergy]:
    """List the energy of each month from `first` to `last`, both included, of one account or one usage point."""
    found = []
    for month in months_between(first, last):
        days = list_energy_days(
            first_day=month.first_day, end_day=month.next().first_day,
            account_id=account_id, usage_point_id=usage_point_id,
        )  # fmt: skip
        expected, missing = sum(day.expected_slots for day in days), sum(day.missing_slots for day in days)
        estimated = sum(day.estimated_slots for day in days)
        there = expected - missing
        found.append(
            MonthEnergy(
                month=month,
                energy_kwh=sum((day.energy_kwh for day in days), Decimal(0)),
                export_kwh=sum((day.export_kwh for day in days), Decimal(0)),
                estimated_share=(Decimal(estimated) / there).quantize(Decimal("0.0001")) if there else Decimal(0),
                expected_slots=expected, missing_slots=missing, complete_until=_complete_until(days),
            )
        )  # fmt: skip
    return found


def _complete_until(days: list[DayEnergy]) -> date | None:
    begun = [day for day in days if day.missing_slots < day.expected_slots]
    if not begun:
        return None
    for day in days:
        if day.day >= begun[0].day and day.expected_slots and not day.is_complete:
            return day.day
    return days[-1].day + timedelta(days=1)


def complete_until(*, account_id: int, month: Month) -> date | None:
    """Give the first local day of a month for which an account's reads are not complete; None if it has none yet."""
    return list_energy_months(first=month, last=month, account_id=account_id)[0].complete_until


def list_energy_all(*, month: Month, account_ids: Ids = None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the account of each and its import Wh of a month, int64[n] both; one pass of the store for any number."""
    segments = list_segments(month=month, account_ids=account_ids)
    energy = fold_month(month, segments).import_energy.sum(axis=1)
    accounts, which = np.unique(segments.account_id, return_inverse=True)
    totals = np.zeros(len(accounts), np.int64)
    np.add.at(totals, which, energy)
    return accounts, totals
