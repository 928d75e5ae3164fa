"""Compile a tariff for one month: slot classes and the components in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from gridhall.core.errors import Fault, FaultyInput
from gridhall.core.periods import Month, days_between
from gridhall.engines.rating.calendar import TariffCalendar
from gridhall.engines.rating.determinants import SLOT_CLASSES
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.schedule import UNCOVERED, lay_days
from gridhall.engines.rating.tariff import Component, DemandCharge, EnergyCharge, Tariff, TariffVersion

FEWEST_PLACES = 6
ROLLOVER_HOURS = (0, 5, 11, 17)


def compile_month(
    tariff: Tariff,
    month: Month,
    calendar: TariffCalendar | None = None,
    *,
    slots_a_day: int = 96,
    on: date | None = None,
    most_classes: int = SLOT_CLASSES,
) -> MonthPlan:
    """
    Compile a tariff for a month.

    :param calendar: holidays and special days; None takes the holiday calendar that the tariff names.
    :param slots_a_day: 24, 48, 96, 288 …; a slot belongs to the period in which it starts.
    :param on: the day whose version counts, where versions change within the month; None is the first day priced.
    :raises FaultyInput: if the tariff has no version then, or tells apart more classes of slots than `most_classes`.
    """
    version = _version(tariff, month, on)
    calendar = (calendar or TariffCalendar(tariff.holidays)).with_special_days(tariff.special_days)
    components = tuple(c for c in version.components if not c.months or month.month in c.months)
    used = [c.schedule for c in components if isinstance(c, EnergyCharge | DemandCharge) and c.schedule]
    schedules = list(dict.fromkeys(used))
    days = list(days_between(month.first_day, month.next().first_day))
    slot_class, class_periods = _classes(tariff, schedules, days, calendar, slots_a_day)
    count = int(slot_class.max()) + 1
    if count > most_classes:
        problem = f"tells apart {count} kinds of slots in {month}; at most {most_classes} can be kept apart"
        raise FaultyInput([Fault(tariff.code, None, "schedules", problem, "let energy and demand share periods")])
    weekday = next(row for row, day in enumerate(days) if day.weekday() < 5)
    starts = [hour * slots_a_day // 24 for hour in ROLLOVER_HOURS]
    rollover = {s: tuple(p[int(slot_class[weekday, slot])] for slot in starts) for s, p in class_periods.items()}
    return MonthPlan(
        tariff=tariff,
        version=version,
        month=month,
        components=components,
        slot_class=slot_class,
        class_count=count,
        class_periods=class_periods,
        price_scale=10 ** _places(components),
        needs_order=any(fills_in_order(c, count, class_periods) for c in components),
        rollover_periods=rollover,
    )


def fills_in_order(component: Component, class_count: int, class_periods: dict[str, tuple[int, ...]]) -> bool:
    """Tell whether the order of reads matters for a component in this month."""
    if not isinstance(component, EnergyCharge) or component.allocation != "chronological" or len(component.ladders) < 2:
        return False
    periods = set(class_periods.get(component.schedule, ()))
    return len(periods) > 1 and any(len(ladder) > 1 for ladder in component.ladders.values())


def _version(tariff: Tariff, month: Month, on: date | None) -> TariffVersion:
    day = on or month.first_day
    version = tariff.version_on(day)
    if version is None and on is None:
        later = [v for v in tariff.versions if month.first_day <= v.first_day < month.next().first_day]
        version = later[0] if later else None
    if version is None:
        spans = ", ".join(f"{v.first_day} to {v.end_day or 'today and on'}" for v in tariff.versions[:4])
        problem = f"has no prices for {on or month}; it has {spans}"
        remedy = "add a version, or price days that it covers with --from and --to"
        raise FaultyInput([Fault(tariff.code, None, "versions", problem, remedy)])
    return version


def _classes(
    tariff: Tariff, schedules: list[str], days: list[date], calendar: TariffCalendar, slots_a_day: int
) -> tuple[NDArray[np.uint8], dict[str, tuple[int, ...]]]:
    if not schedules:
        return np.zeros((len(days), slots_a_day), np.uint8), {}
    layers = []
    for code in schedules:
        layer = lay_days(tariff.schedules[code], days, calendar, slots_a_day)
        if (layer == UNCOVERED).any():
            day = days[int((layer == UNCOVERED).any(axis=1).argmax())]
            problem = f"no rule of schedule {code!r} reaches all hours of {day}"
            raise FaultyInput(
                [Fault(tariff.code, None, f"schedules.{code}", problem, "begin with a rule for all hours")]
            )
        layers.append(layer.reshape(-1))
    combined = np.stack(layers)
    unique, inverse = np.unique(combined, axis=1, return_inverse=True)
    slot_class = inverse.reshape(len(days), slots_a_day)
    if slot_class.max() > 255:
        raise FaultyInput([Fault(tariff.code, None, "schedules", "tells apart over 256 kinds of slots", "simplify it")])
    return slot_class.astype(np.uint8), {code: tuple(int(p) for p in unique[i]) for i, code in enumerate(schedules)}


def _places(components: tuple[Component, ...]) -> int:
    """Give the decimals that prices need."""
    places = FEWEST_PLACES
    for component in components:
        prices: list[Decimal] = [
            price
            for ladder in getattr(component, "ladders", {}).values()
            for tier in ladder
            for price in tier.prices.values()
        ]
        prices += [p for part in getattr(component, "parts", ()) for p in part.prices.values()]
        prices += [
            value for name in ("price", "amount", "cap") if isinstance(value := getattr(component, name, None), Decimal)
        ]
        for price in prices:
            exponent = price.normalize().as_tuple().exponent
            places = max(places, -exponent if isinstance(exponent, int) else 0)
    return places
