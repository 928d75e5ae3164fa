"""Tiers: where the limits lie for each account, and how much energy falls between them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from gridhall.engines.rating.arithmetic import Column, fitting, multiply
from gridhall.engines.rating.pricing.sheet import Sheet
from gridhall.engines.rating.tariff import EnergyCharge, Tier

FINE = 10**6


def limits(sheet: Sheet, component: EnergyCharge, ladder: tuple[Tier, ...]) -> list[Column | int | None]:
    """
    Give the upper limit of each tier in energy units, None for the last.

    Annual limits are shared out over the months that the account holds the agreement; households of many people get
    their allowance in every limited tier.
    """
    return [_limit(sheet, component, tier.up_to) for tier in ladder]


def _limit(sheet: Sheet, component: EnergyCharge, up_to: Decimal | None) -> Column | int | None:
    if up_to is None:
        return None
    terms, units = sheet.terms, sheet.units
    if component.tier_unit in ("kWh/kW", "kWh/kW/day"):
        days = sheet.plan.month.days if component.tier_unit == "kWh/kW/day" else 1
        demand = sheet.demand(list(range(sheet.plan.class_count)))
        return multiply(demand, int(up_to * FINE) * days) // FINE
    days = sheet.plan.month.days if component.tier_unit == "kWh/day" else 1
    limit: Column | int = fitting(int(up_to * units) * days, sheet.like)
    months = 12 if component.tier_basis == "year" else 1
    alone = limit
    for allowance in component.allowances:
        if terms.household_size is not None:
            extra = fitting(int(allowance.extra_kwh_per_month * units) * months, sheet.like)
            large = (terms.household_size >= allowance.from_size).astype(sheet.like.dtype)
            limit = limit + large * extra
    if component.tier_basis != "year":
        return limit
    if component.prorate_limits and terms.year_months is not None:
        share = terms.year_months.astype(np.int64 if sheet.like.dtype != object else object)
        limit, alone = multiply(share, limit) // 12, multiply(share, alone) // 12
    if component.allowances and terms.household_by_month is not None:
        limit = _by_month(sheet, component, alone, limit)
    return limit


def _by_month(sheet: Sheet, component: EnergyCharge, alone: Column | int, limit: Column | int) -> Column:
    """Give annual limits with the allowance of each month in which the household was large enough for it."""
    by_month = sheet.terms.household_by_month
    assert by_month is not None
    grown: Column | int = alone
    for allowance in component.allowances:
        extra = fitting(int(allowance.extra_kwh_per_month * sheet.units), sheet.like)
        grown = grown + (by_month >= allowance.from_size).sum(axis=1).astype(sheet.like.dtype) * extra
    return np.where(by_month[:, 0] >= 0, grown, limit)


def before(sheet: Sheet, component: EnergyCharge) -> Column | int:
    """Give the energy of this year or month that came before this part."""
    if component.direction != "import":
        return 0
    column = sheet.terms.year_to_date if component.tier_basis == "year" else sheet.terms.month_to_date
    return 0 if column is None else column


def below(limit: Column | int | None, start: Column | int, energy: Column) -> Column:
    """Give how much of this part's energy lies below a limit."""
    if limit is None:
        return energy
    return np.minimum(np.maximum(limit - start, 0), energy)
