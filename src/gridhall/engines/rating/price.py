"""Price determinants under a compiled month: one pass over columns, integers only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

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

BLOCK_ROWS = 8_192
"""Rows whose columns stay in the processor's cache; larger tables take half as long again."""

Columns = TypeVar("Columns", Determinants, Terms)

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


def price_blocks(
    plan: MonthPlan, determinants: Determinants, terms: Terms, *, rows: int = BLOCK_ROWS
) -> Iterator[tuple[slice, LineTable]]:
    """Price many parts block by block: the same results, faster than all at once, and memory stays flat."""
    for first in range(0, len(determinants), rows):
        block = slice(first, min(first + rows, len(determinants)))
        own = replace(rows_of(terms, block), n=block.stop - block.start)
        yield block, price(plan, rows_of(determinants, block), own)


def rows_of(columns: Columns, rows: slice) -> Columns:
    """Give some rows of determinants or terms; columns are views, not copies."""
    changed: dict[str, Any] = {}
    for field in fields(columns):
        value = getattr(columns, field.name)
        if isinstance(value, np.ndarray):
            changed[field.name] = value[rows]
        elif isinstance(value, dict):
            changed[field.name] = {name: column[rows] for name, column in value.items()}
    return replace(columns, **changed)
