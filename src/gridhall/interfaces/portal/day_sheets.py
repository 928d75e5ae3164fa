"""A day laid out for reading: the curve, the way to other days, hours as a table, other days beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gridhall.apps.billing import queries as billing
from gridhall.interfaces.portal import words
from gridhall.interfaces.portal.usage_sheets import Share
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.day_curve import Line, Slot

HOUR_SLOTS = 4
MOST_METERS = 20
"""So many meters are offered as a choice; more stand in the list below."""


@dataclass(frozen=True, slots=True)
class HourRow:
    """A quarter hour of the table; `values` are the other days, in the order of the sheet."""

    clock: str
    label: Any
    css_class: str
    power_kw: Decimal | None
    energy_kwh: Decimal | None
    export_kwh: Decimal | None
    values: list[Decimal | None]
    is_estimated: bool
    is_partial: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """Another day beside this one, in words and figures; `change` in percent."""

    kind: str
    label: str
    energy_kwh: Decimal
    change: Decimal | None
    is_part: bool


@dataclass(frozen=True, slots=True)
class DaySheet:
    """A page of one day."""

    day: date
    title: str
    curve: billing.UsageCurve
    slots: list[Slot]
    lines: list[Line]
    rows: list[HourRow]
    legend: list[Share]
    beside: list[Beside]
    earlier: str
    later: str
    complete_until: str
    has_periods: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return self.curve.is_empty

    @property
    def has_export(self) -> bool:
        """Whether energy was fed in."""
        return bool(self.curve.export_kwh)

    @property
    def peak_clock(self) -> str:
        """When the highest quarter hour began and ended."""
        slot = self.curve.peak_slot
        return "" if slot is None else f"{clock(slot)}–{clock(slot + 1)}"

    @property
    def has_partial(self) -> bool:
        """Whether some of several meters gave no read."""
        return any(slot.is_partial for slot in self.curve.slots)


def clock(slot: int) -> str:
    """
    Give the time at which a quarter hour begins.

    >>> clock(0), clock(31), clock(96)
    ('00:00', '07:45', '24:00')
    """
    return f"{slot // HOUR_SLOTS:02d}:{slot % HOUR_SLOTS * 15:02d}"


def make_day_sheet(curve: billing.UsageCurve, *, today: date, point: str = "") -> DaySheet:
    """Lay a day out; the way leads to no day before the first that may be seen, and to none ahead."""
    has_periods = {slot.period for slot in curve.slots} > {"FLAT"} or bool(
        {slot.period for slot in curve.slots} - {"FLAT"}
    )
    return DaySheet(
        day=curve.day,
        title=formats.day_with_weekday(curve.day),
        curve=curve,
        slots=[_make_slot(slot, has_periods) for slot in curve.slots],
        lines=[Line(one.kind.lower().replace("_", "-"), _powers(one.energies_kwh)) for one in curve.beside],
        rows=[_make_row(index, slot, curve) for index, slot in enumerate(curve.slots)],
        legend=_make_legend(curve) if has_periods else [],
        beside=[_make_beside(one, curve) for one in curve.beside],
        earlier=_address(curve.day - timedelta(days=1), point) if _may_go_back(curve) else "",
        later=_address(curve.day + timedelta(days=1), point) if curve.day < min(today, curve.last_day or today) else "",
        complete_until="" if not 0 < curve.complete_slots < len(curve.slots) else clock(curve.complete_slots),
        has_periods=has_periods,
    )


def _may_go_back(curve: billing.UsageCurve) -> bool:
    return curve.first_day is not None and curve.day > curve.first_day


def _address(day: date, point: str) -> str:
    return reverse("portal:usage-day", args=[day]) + (f"?point={point}" if point else "")


def _make_slot(slot: billing.CurveSlot, has_periods: bool) -> Slot:
    value = None if slot.power_kw is None else float(slot.power_kw)
    colour = words.PERIODS[slot.period][1] if has_periods else "total"
    hanging = float(slot.export_kwh * HOUR_SLOTS) if slot.export_kwh else 0.0
    return Slot(value, colour, slot.is_estimated or slot.is_partial, hanging)


def _powers(energies: list[Decimal | None]) -> tuple[float | None, ...]:
    return tuple(None if energy is None else float(energy) * HOUR_SLOTS for energy in energies)


def _make_row(index: int, slot: billing.CurveSlot, curve: billing.UsageCurve) -> HourRow:
    label, css_class = words.PERIODS[slot.period]
    return HourRow(
        clock=clock(index),
        label=label,
        css_class=css_class,
        power_kw=slot.power_kw,
        energy_kwh=slot.energy_kwh,
        export_kwh=slot.export_kwh,
        values=[_power(one.energies_kwh[index]) for one in curve.beside],
        is_estimated=slot.is_estimated,
        is_partial=slot.is_partial,
    )


def _power(energy_kwh: Decimal | None) -> Decimal | None:
    return None if energy_kwh is None else energy_kwh * HOUR_SLOTS


def _make_legend(curve: billing.UsageCurve) -> list[Share]:
    whole = curve.energy_kwh or Decimal(1)
    return [
        Share(label, css_class, curve.by_period[kind], curve.by_period[kind] / whole)
        for kind, (label, css_class) in words.PERIODS.items()
        if curve.by_period.get(kind)
    ]


def _make_beside(one: billing.CurveBeside, curve: billing.UsageCurve) -> Beside:
    if one.day is not None:
        label = f"{words.BESIDE[one.kind]} {formats.short_day(one.day)}"
    else:
        label = _("前 %(days)s 天平均") % {"days": one.days}
    change = (one.own_kwh - one.energy_kwh) * 100 / one.energy_kwh if one.energy_kwh else None
    return Beside(
        kind=one.kind.lower().replace("_", "-"),
        label=label,
        energy_kwh=one.energy_kwh,
        change=change,
        is_part=one.own_kwh != curve.energy_kwh,
    )
