"""Price determinants under a compiled month: one pass over columns, integers only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gridhall.engines.rating.determinants import Determinants
from gridhall.engines.rating.plan import LineTable, MonthPlan
from gridhall.engines.rating.pricing import adjustments, demand
from gridhall.engines.rating.pricing.credits import apply_credits, pay_out_credits
from gridhall.engines.rating.pricing.energy import price_energy
from gridhall.engines.rating.pricing.sheet import Sheet
from gridhall.engines.rating.tariff import (
    AverageCap,
    CapacityCharge,
    Component,
    DemandCharge,
    EnergyCharge,
    FixedCharge,
    FreeAllowance,
    MinimumCharge,
    PowerFactorAdjustment,
    Tax,
)
from gridhall.engines.rating.terms import Terms

PRICERS: dict[type[Component], Callable[[Sheet, Any], None]] = {
    EnergyCharge: price_energy,
    FixedCharge: adjustments.price_fixed,
    CapacityCharge: demand.price_capacity,
    DemandCharge: demand.price_demand,
    PowerFactorAdjustment: adjustments.price_power_factor,
    MinimumCharge: adjustments.price_minimum,
    FreeAllowance: adjustments.price_allowance,
    AverageCap: adjustments.price_cap,
    Tax: adjustments.price_tax,
}


def price(plan: MonthPlan, determinants: Determinants, terms: Terms) -> LineTable:
    """
    Price n parts (account-months or stretches of them) under one plan.

    Components are priced in the tariff's order. int64 columns go over to Python integers where a product would not fit,
    so results are exact at any size; object columns come in and go out the same way.

    :raises ValueError: if the plan needs order and the determinants do not bring `tier_energy`.
    """
    sheet = Sheet(plan, determinants, terms)
    last_energy = max((i for i, c in enumerate(plan.components) if isinstance(c, EnergyCharge)), default=-1)
    for index, component in enumerate(plan.components):
        PRICERS[type(component)](sheet, component)
        if index == last_energy:
            apply_credits(sheet)
    pay_out_credits(sheet)
    return sheet.finish()
