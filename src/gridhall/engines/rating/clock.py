"""What a kilowatt hour costs at each moment of a day under a compiled tariff, and which period it falls in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np

from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.pricing.energy import ladder_for, unit_price
from gridhall.engines.rating.tariff import Component, Direction, EnergyCharge

MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class PriceStretch:
    """
    Minutes [start, end) of a day in which one price holds.

    :param period: as the tariff calls it, such as `peak`; empty where it tells no hours apart.
    :param price: currency per kWh of all energy charges (or credits) together, before adjustments and taxes on top.
    """

    start: int
    end: int
    period: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Used:
    """What was used so far, kWh, which decides the tier of the next kilowatt hour; None counts as nothing."""

    year_kwh: Decimal | None = None
    month_kwh: Decimal | None = None
    year_tier: int | None = None


def holds(component: Component, facts: Mapping[str, str]) -> bool:
    """Tell whether a component is charged to an account of which these facts are true, such as `demand_basis`."""
    return all(facts.get(condition.term, "") in condition.allowed for condition in component.when)


def energy_charges(
    plan: MonthPlan, facts: Mapping[str, str], *, direction: Direction = "import"
) -> tuple[EnergyCharge, ...]:
    """Give the energy charges of an account under a plan, in order."""
    found = (c for c in plan.components if isinstance(c, EnergyCharge) and c.direction == direction)
    return tuple(component for component in found if holds(component, facts))


def find_schedule(plan: MonthPlan, facts: Mapping[str, str], *, direction: Direction = "import") -> str:
    """Give the schedule whose periods tell an account's energy apart; empty if none does."""
    return next((c.schedule for c in energy_charges(plan, facts, direction=direction) if c.schedule), "")


def lay_prices(
    plan: MonthPlan, day: int, facts: Mapping[str, str], used: Used = Used(), *, direction: Direction = "import"
) -> tuple[PriceStretch, ...]:
    """
    Lay the prices of one day out, midnight to midnight; empty where there are no energy charges.

    :param day: index of the day in the plan's month. :param used: which tier comes next.
    """
    charges = energy_charges(plan, facts, direction=direction)
    if not charges:
        return ()
    main = find_schedule(plan, facts, direction=direction)
    slots = plan.slot_class[day]
    edges = [0, *(np.flatnonzero(np.diff(slots.astype(np.int16))) + 1).tolist(), len(slots)]
    minutes = MINUTES_A_DAY // len(slots)
    found: list[PriceStretch] = []
    for first, end in pairwise(edges):
        slot_class = int(slots[first])
        period = _period(plan, main, slot_class)
        price = sum((_price(plan, charge, slot_class, used) for charge in charges), Decimal(0))
        start = first * minutes
        if found and (found[-1].period, found[-1].price) == (period, price):
            start = found.pop().start
        found.append(PriceStretch(start, end * minutes, period, price))
    return tuple(found)


def _period(plan: MonthPlan, schedule: str, slot_class: int) -> str:
    if not schedule:
        return ""
    return plan.tariff.schedules[schedule].periods[plan.class_periods[schedule][slot_class]]


def _price(plan: MonthPlan, charge: EnergyCharge, slot_class: int, used: Used) -> Decimal:
    ladder = ladder_for(charge, _period(plan, charge.schedule, slot_class))
    return unit_price(charge, ladder[_tier(charge, used, len(ladder)) - 1])


def _tier(charge: EnergyCharge, used: Used, tiers: int) -> int:
    """Give the tier of the next kilowatt hour, 1 where what was used is not known."""
    if tiers == 1:
        return 1
    if charge.tier_basis == "year" and used.year_tier is not None:
        return min(used.year_tier, tiers)
    have = used.year_kwh if charge.tier_basis == "year" else used.month_kwh
    if have is None or charge.tier_unit != "kWh":
        return 1
    ladder = next(steps for steps in charge.ladders.values() if len(steps) == tiers)
    return next((i for i, step in enumerate(ladder, 1) if step.up_to is None or have < step.up_to), tiers)
