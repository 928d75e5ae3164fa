"""One day of an account by the quarter hour, beside other days; each meter; demand and power factor of a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.queries.access import check_access
from gridhall.apps.billing.queries.looking import asked_once
from gridhall.apps.billing.queries.usage import find_day_periods
from gridhall.apps.billing.queries.views import UsageDay
from gridhall.apps.metering import queries as metering
from gridhall.core.periods import Month
from gridhall.core.units import kwh_from_wh

AVERAGED_DAYS = 28
QUARTERS = 4
_FACTOR = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class CurveSlot:
    """
    A quarter hour of a day.

    :param energy_kwh, export_kwh: None where no meter gave a read.
    :param is_partial: some of several meters gave none: the value is of the others.
    """

    energy_kwh: Decimal | None
    export_kwh: Decimal | None
    period: str
    is_estimated: bool
    is_partial: bool

    @property
    def power_kw(self) -> Decimal | None:
        """The mean power of the quarter hour."""
        return None if self.energy_kwh is None else self.energy_kwh * QUARTERS


@dataclass(frozen=True, slots=True)
class CurveBeside:
    """
    Another day, or the mean of many, beside a day.

    :param kind: YESTERDAY, LAST_WEEK or AVERAGE. :param days: of how many days it is the mean.
    :param energies_kwh: 96, None where it has no read.
    :param own_kwh, energy_kwh: the day's energy and its own in the quarter hours that both have.
    """

    kind: str
    day: date | None
    days: int
    energies_kwh: list[Decimal | None]
    own_kwh: Decimal
    energy_kwh: Decimal


@dataclass(frozen=True, slots=True)
class MeterUsage:
    """What one usage point took and gave on some days; `serials` are the meters that hung there."""

    usage_point_code: str
    serials: list[str]
    energy_kwh: Decimal
    export_kwh: Decimal
    missing_slots: int
    estimated_slots: int


@dataclass(frozen=True, slots=True)
class UsageCurve:
    """
    A local day by the quarter hour.

    :param slots: 96; none when nothing may be seen or no meter hung there. :param by_period: kWh by period.
    :param peak_slot: where the highest mean power lies. :param power_factor: of the day; None without reactive reads.
    :param first_day, last_day: the first and last day that may be looked at and had a meter; None without any.
    """

    day: date
    slots: list[CurveSlot]
    energy_kwh: Decimal
    export_kwh: Decimal
    reactive_kvarh: Decimal
    by_period: dict[str, Decimal]
    missing_slots: int
    estimated_slots: int
    peak_kw: Decimal | None
    peak_slot: int | None
    power_factor: Decimal | None
    beside: list[CurveBeside]
    meters: list[MeterUsage]
    first_day: date | None
    last_day: date | None

    @property
    def is_empty(self) -> bool:
        """Whether no quarter hour has a value."""
        return all(slot.energy_kwh is None for slot in self.slots)

    @property
    def complete_slots(self) -> int:
        """How many quarter hours from midnight on are complete: until then the day is all there."""
        broken = (index for index, slot in enumerate(self.slots) if slot.energy_kwh is None or slot.is_partial)
        return next(broken, len(self.slots))


@dataclass(frozen=True, slots=True)
class SupplyMonth:
    """
    What enterprises watch in a month: the highest mean power of a quarter hour, and the power factor.

    :param peak_day, peak_slot: where the highest lies. :param day_peaks_kw: by day, None without reads.
    """

    month: Month
    peak_kw: Decimal | None
    peak_day: date | None
    peak_slot: int | None
    reactive_kvarh: Decimal
    power_factor: Decimal | None
    day_peaks_kw: dict[date, Decimal]


@asked_once
def _stretches(account_id: int, days: tuple[date, date | None], today: date) -> list[metering.MeterStretch]:
    end = today + timedelta(days=1) if days[1] is None else min(days[1], today + timedelta(days=1))
    return metering.list_stretches(account_ids=[account_id], first_day=days[0], end_day=end)


def get_usage_curve(
    *, account: CustomerAccount, viewer: Any, day: date, at: datetime, usage_point_code: str = ""
) -> UsageCurve:
    """
    Give a day by the quarter hour with the day before, a week before and the mean of four weeks; of one meter or all.

    :raises AccessDenied: for a viewer without access.
    """
    days = check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    every = _stretches(account.pk, days, timezone.localdate(at))
    chosen = [one for one in every if not usage_point_code or one.usage_point_code == usage_point_code]
    first = day - timedelta(days=AVERAGED_DAYS)
    curve = metering.add_up(chosen, first_day=first, end_day=day + timedelta(days=1))
    periods = find_day_periods(account.pk, day)
    slots = _lay_slots(curve, periods)
    own = curve.import_wh[-1]
    there = curve.expected[-1] > curve.missing[-1]
    peak = int(np.argmax(np.where(there, own, -1))) if there.any() else None
    reactive = int(curve.reactive_varh[-1].sum())
    return UsageCurve(
        day=day,
        slots=slots if curve.expected[-1].any() else [],
        energy_kwh=kwh_from_wh(int(own.sum())),
        export_kwh=kwh_from_wh(int(curve.export_wh[-1].sum())),
        reactive_kvarh=kwh_from_wh(reactive),
        by_period=_split(own, periods),
        missing_slots=int((~there).sum()) if curve.expected[-1].any() else 0,
        estimated_slots=int((curve.estimated[-1] > 0).sum()),
        peak_kw=None if peak is None else kwh_from_wh(int(own[peak]) * QUARTERS),
        peak_slot=peak,
        power_factor=_power_factor(int(own.sum()), reactive),
        beside=_lay_beside(curve, day),
        meters=sum_meters(every, first_day=day, end_day=day + timedelta(days=1)),
        first_day=min((one.first_day for one in every), default=None),
        last_day=max((one.end_day - timedelta(days=1) for one in every), default=None),
    )


def _lay_slots(curve: metering.Curve, periods: tuple[str, ...]) -> list[CurveSlot]:
    found = []
    for index, period in enumerate(periods):
        expected, missing = int(curve.expected[-1, index]), int(curve.missing[-1, index])
        is_there = expected > missing
        found.append(
            CurveSlot(
                energy_kwh=kwh_from_wh(int(curve.import_wh[-1, index])) if is_there else None,
                export_kwh=kwh_from_wh(int(curve.export_wh[-1, index])) if is_there else None,
                period=period,
                is_estimated=bool(curve.estimated[-1, index]),
                is_partial=is_there and missing > 0,
            )
        )
    return found


def _split(energies: NDArray[np.int64], periods: tuple[str, ...]) -> dict[str, Decimal]:
    found: dict[str, int] = {}
    for period, energy in zip(periods, energies.tolist(), strict=True):
        found[period] = found.get(period, 0) + energy
    return {period: kwh_from_wh(energy) for period, energy in found.items() if energy}


def _lay_beside(curve: metering.Curve, day: date) -> list[CurveBeside]:
    """Lay out the day before, the day a week before and the mean of the days before, where they have reads."""
    there = (curve.expected > 0) & (curve.missing == 0)
    found = []
    for kind, back in (("YESTERDAY", 1), ("LAST_WEEK", 7)):
        row = AVERAGED_DAYS - back
        if there[row].any():
            found.append(_beside(kind, day - timedelta(days=back), 1, curve.import_wh[row], there[row], curve, there))
    counts = there[:-1].sum(axis=0)
    whole_days = int(there[:-1].any(axis=1).sum())
    if whole_days > 1:
        sums = (curve.import_wh[:-1] * there[:-1]).sum(axis=0)
        means = (sums + counts // 2) // np.maximum(counts, 1)
        found.append(_beside("AVERAGE", None, whole_days, means, counts > 0, curve, there))
    return found


def _beside(
    kind: str, day: date | None, days: int, energies: NDArray[np.int64], has: NDArray[np.bool_],
    curve: metering.Curve, there: NDArray[np.bool_],
) -> CurveBeside:  # fmt: skip
    both = has & there[-1]
    return CurveBeside(
        kind=kind,
        day=day,
        days=days,
        energies_kwh=[
            kwh_from_wh(energy) if is_there else None
            for energy, is_there in zip(energies.tolist(), has.tolist(), strict=True)
        ],
        own_kwh=kwh_from_wh(int(curve.import_wh[-1][both].sum())),
        energy_kwh=kwh_from_wh(int(energies[both].sum())),
    )


def _power_factor(active_wh: int, reactive_varh: int) -> Decimal | None:
    """Give P / sqrt(P² + Q²) of the energies of a stretch of time."""
    if not reactive_varh or not active_wh:
        return None
    apparent = (Decimal(active_wh) ** 2 + Decimal(reactive_varh) ** 2).sqrt()
    return (Decimal(active_wh) / apparent).quantize(_FACTOR, ROUND_HALF_UP)


def sum_meters(stretches: list[metering.MeterStretch], *, first_day: date, end_day: date) -> list[MeterUsage]:
    """Sum the days [first_day, end_day) of each usage point up."""
    found: dict[str, MeterUsage] = {}
    for stretch in stretches:
        first, end = max(stretch.first_day, first_day), min(stretch.end_day, end_day)
        if first >= end:
            continue
        daily = metering.get_store().read_daily(stretch.series_id, first, end)
        before = found.get(stretch.usage_point_code)
        times = stretch.multiplier
        energy, export = int(daily.import_wh.sum()) * times, int(daily.export_wh.sum()) * times
        found[stretch.usage_point_code] = MeterUsage(
            stretch.usage_point_code,
            [*(before.serials if before else []), stretch.meter_serial],
            kwh_from_wh(energy) + (before.energy_kwh if before else Decimal(0)),
            kwh_from_wh(export) + (before.export_kwh if before else Decimal(0)),
            int(daily.missing_slots.sum()) + (before.missing_slots if before else 0),
            int(daily.estimated_slots.sum()) + (before.estimated_slots if before else 0),
        )
    return list(found.values())


def list_meter_usage(
    *, account: CustomerAccount, viewer: Any, first_day: date, end_day: date, at: datetime
) -> list[MeterUsage]:
    """
    List what each usage point of an account took on the days [first_day, end_day) that may be looked at.

    :raises AccessDenied: for a viewer without access.
    """
    days = check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    return sum_meters(_stretches(account.pk, days, timezone.localdate(at)), first_day=first_day, end_day=end_day)


def list_meter_days(
    *, account: CustomerAccount, viewer: Any, month: Month, usage_point_code: str, at: datetime
) -> list[UsageDay]:
    """
    List the days of a month of one usage point that have reads.

    :raises AccessDenied: for a viewer without access.
    """
    days = check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    every = _stretches(account.pk, days, timezone.localdate(at))
    chosen = [one for one in every if one.usage_point_code == usage_point_code]
    curve = metering.add_up(chosen, first_day=month.first_day, end_day=month.next().first_day)
    return [
        UsageDay(
            day=day,
            energy_kwh=kwh_from_wh(int(curve.import_wh[index].sum())),
            by_period=_split(curve.import_wh[index], find_day_periods(account.pk, day)),
            is_estimated=bool(curve.estimated[index].any()),
            export_kwh=kwh_from_wh(int(curve.export_wh[index].sum())),
        )
        for index, day in enumerate(month.first_day + timedelta(days=count) for count in range(month.days))
        if (curve.expected[index] > curve.missing[index]).any()
    ]


def get_supply_month(*, account: CustomerAccount, viewer: Any, month: Month, at: datetime) -> SupplyMonth:
    """
    Give demand and power factor of a month, all meters together.

    :raises AccessDenied: for a viewer without access.
    """
    days = check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    stretches = _stretches(account.pk, days, timezone.localdate(at))
    curve = metering.add_up(stretches, first_day=month.first_day, end_day=month.next().first_day)
    there = curve.expected > curve.missing
    powers = np.where(there, curve.import_wh, -1)
    highest = int(np.argmax(powers))
    row, slot = divmod(highest, powers.shape[1])
    reactive = int(curve.reactive_varh.sum())
    peaks = powers.max(axis=1)
    return SupplyMonth(
        month=month,
        peak_kw=kwh_from_wh(int(powers[row, slot]) * QUARTERS) if there.any() else None,
        peak_day=month.first_day + timedelta(days=row) if there.any() else None,
        peak_slot=slot if there.any() else None,
        reactive_kvarh=kwh_from_wh(reactive),
        power_factor=_power_factor(int(curve.import_wh.sum()), reactive),
        day_peaks_kw={
            month.first_day + timedelta(days=index): kwh_from_wh(int(peak) * QUARTERS)
            for index, peak in enumerate(peaks.tolist())
            if peak >= 0
        },
    )
