"""Load as it was metered, slot by slot: the curve of some days, and what an own meter tells of charging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.queries.access import check_access
from gridhall.apps.billing.queries.usage import list_account_segments
from gridhall.apps.metering import queries as metering
from gridhall.core.periods import Month, local_midnight, months_between
from gridhall.core.units import kwh_from_wh
from gridhall.engines.intervals.quality import ESTIMATED, ReadingQuality

SLOTS = 96
SLOT_MINUTES = 15
CHARGING_WH = 250
"""So much in a quarter hour (1 kW) tells charging from what a charging post uses by itself."""
PAUSE_SLOTS = 2
"""A pause shorter than so many quarter hours does not end a charge."""


@dataclass(frozen=True)
class LoadCurve:
    """
    The load of an account over whole local days; ratios applied, all usage points together.

    :param import_wh, export_wh: int64[D, 96]. :param is_missing, is_estimated: bool[D, 96], of any usage point.
    """

    first_day: date
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    is_missing: NDArray[np.bool_]
    is_estimated: NDArray[np.bool_]

    @property
    def days(self) -> int:
        """How many days."""
        return len(self.import_wh)

    @property
    def has_reads(self) -> bool:
        """Whether there is a single read."""
        return not bool(self.is_missing.all())

    @property
    def peak_kw(self) -> Decimal:
        """The highest mean power of a quarter hour, all usage points together."""
        return kwh_from_wh(int(self.import_wh.max(initial=0)) * 4)

    @property
    def peak_at(self) -> datetime:
        """When the quarter hour with the highest power began."""
        return self.moment(int(self.import_wh.argmax()))

    def moment(self, slot: int) -> datetime:
        """Give when a slot begins, counted from the first midnight."""
        day, place = divmod(slot, SLOTS)
        start = local_midnight(self.first_day + timedelta(days=day), ZoneInfo(settings.TIME_ZONE))
        return start + timedelta(minutes=place * SLOT_MINUTES)

    def hourly_kwh(self, *, export: bool = False) -> list[Decimal]:
        """Give the energy of every hour, which is its mean power in kW."""
        table = self.export_wh if export else self.import_wh
        return [kwh_from_wh(int(value)) for value in table.reshape(-1, 4).sum(axis=1)]


@dataclass(frozen=True, slots=True)
class ChargingSession:
    """A stretch in which the meter of a charging post saw charging; `end` is when its last quarter hour was over."""

    start: datetime
    end: datetime
    energy_kwh: Decimal
    peak_kw: Decimal


def get_load_curve(
    *, account: CustomerAccount, viewer: Any, first_day: date, end_day: date, at: datetime
) -> LoadCurve | None:
    """
    Give the load of the days [first_day, end_day) that the viewer may look at; None if there are none.

    :raises AccessDenied: for a viewer without access.
    """
    first, end = check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    first_day = max(first_day, first)
    end_day = min(end_day, end or end_day)
    days = (end_day - first_day).days
    if days <= 0:
        return None
    measured = list(_list_measured(account.pk, first_day, end_day))
    curve = LoadCurve(
        first_day,
        *(np.zeros((days, SLOTS), np.int64) for _ in range(2)),
        is_missing=np.full((days, SLOTS), not measured),
        is_estimated=np.zeros((days, SLOTS), bool),
    )
    store = metering.get_store()
    estimated = [int(code) for code in ESTIMATED]
    for series_id, low, high, times in measured:
        reads = store.read_days(series_id, first_day + timedelta(days=low), first_day + timedelta(days=high))
        curve.import_wh[low:high] += reads.import_wh.astype(np.int64) * times
        curve.export_wh[low:high] += reads.export_wh.astype(np.int64) * times
        curve.is_missing[low:high] |= reads.quality == int(ReadingQuality.MISSING)
        curve.is_estimated[low:high] |= np.isin(reads.quality, estimated)
    return curve


def _list_measured(account_id: int, first_day: date, end_day: date) -> Iterator[tuple[int, int, int, int]]:
    """Walk what measured an account: series, days [low, high) counted from `first_day`, ratio."""
    for month in months_between(Month.of(first_day), Month.of(end_day - timedelta(days=1))):
        segments = list_account_segments(account_id, month)
        offset = (month.first_day - first_day).days
        for row in range(len(segments)):
            low = max(int(segments.first_day[row]) + offset, 0)
            high = min(int(segments.end_day[row]) + offset, (end_day - first_day).days)
            if high > low:
                yield int(segments.series_id[row]), low, high, int(segments.multiplier[row])


def find_sessions(curve: LoadCurve) -> list[ChargingSession]:
    """
    Find the charges in the curve of a meter that measures nothing but charging, oldest first.

    A charge is a run of quarter hours of 1 kW and more; a single quarter hour below does not end it. What began before
    the curve or goes on after it is told as far as it is seen.
    """
    load = curve.import_wh.reshape(-1)
    on = np.flatnonzero((load >= CHARGING_WH) & ~curve.is_missing.reshape(-1))
    if not len(on):
        return []
    cuts = np.flatnonzero(np.diff(on) > PAUSE_SLOTS)
    starts = np.r_[on[0], on[cuts + 1]]
    ends = np.r_[on[cuts], on[-1]] + 1
    return [
        ChargingSession(
            start=curve.moment(int(start)),
            end=curve.moment(int(end)),
            energy_kwh=kwh_from_wh(int(load[start:end].sum())),
            peak_kw=kwh_from_wh(int(load[start:end].max()) * 4),
        )
        for start, end in zip(starts, ends, strict=True)
    ]
