"""Charges for capacity and demand."""

from __future__ import annotations

from dataclasses import replace
from math import gcd
from typing import Any

import numpy as np

from gridhall.engines.rating.arithmetic import Column, fitting, largest, scaled, zeros
from gridhall.engines.rating.pricing.energy import ladder_for
from gridhall.engines.rating.pricing.sheet import Sheet, period_label
from gridhall.engines.rating.tariff import CapacityCharge, DemandCharge, Label

VA_PER_KVA = 1_000
THOUSAND = 1_000


def price_capacity(sheet: Sheet, component: CapacityCharge) -> None:
    """Price contract capacity: kVA x price a month, shared out by days."""
    capacity = sheet.terms.capacity_va
    quantity = zeros(sheet.n, sheet.like) if capacity is None else capacity
    days, of_days = sheet.shared(component.prorate)
    operands: dict[str, Any] = {"capacity_va": quantity}
    if days is not None:
        quantity = quantity * days
        operands |= {"days": days, "of_days": of_days}
    price = scaled(component.price, sheet.plan.price_scale)
    scale = VA_PER_KVA * of_days
    sheet.add(component, quantity, price, unit="kVA", quantity_scale=scale, rule="capacity", operands=operands)


def price_demand(sheet: Sheet, component: DemandCharge) -> None:
    """Price demand: as measured by window and tier, or by the rules of a contracted maximum demand."""
    if component.basis == "measured":
        _measured(sheet, component)
    else:
        _contracted(sheet, component)


def _measured(sheet: Sheet, component: DemandCharge) -> None:
    days, of_days = sheet.shared(component.prorate)
    windows = sheet.plan.periods(component.schedule)
    if len(component.ladders) == 1 and "" in component.ladders:
        windows = [("", [c for _, classes in windows for c in classes])]
    for window, classes in windows:
        ladder = ladder_for(component, window)
        demand = sheet.demand(classes)
        done = zeros(sheet.n, sheet.like)
        for tier, step in enumerate(ladder, 1):
            top = None if step.up_to is None else fitting(int(step.up_to * sheet.units), sheet.like)
            filled = demand if top is None else np.minimum(demand, top)
            quantity = filled - done
            operands: dict[str, Any] = {"demand": demand, "demand_from": done, "demand_to": filled}
            if days is not None:
                quantity = quantity * days
                operands |= {"days": days, "of_days": of_days}
            sheet.add(
                component,
                quantity,
                scaled(step.prices[""], sheet.plan.price_scale),
                unit="kW",
                quantity_scale=sheet.units * of_days,
                suffix=(f".tier{tier}" if len(ladder) > 1 else "") + (f".{window}" if window else ""),
                label=period_label(sheet, component, window, tier, len(ladder)),
                period=window,
                tier=tier,
                rule="demand",
                operands=operands,
            )
            done = filled


def _contracted(sheet: Sheet, component: DemandCharge) -> None:
    """
    Price a contracted maximum demand after 发改办价格〔2016〕1583号.

    Charged is the contract, or `floor_percent` of the capacity if that is more; what was measured above
    `over_percent` of it is charged `over_multiple` times. Basis "actual" charges what was measured, same floor.
    Quantities are in 1/100 of the energy unit's kW so that percentages stay exact.
    """
    units = sheet.units
    none = zeros(sheet.n, sheet.like)
    capacity = none if sheet.terms.capacity_va is None else sheet.terms.capacity_va
    contract = none if sheet.terms.contract_demand_w is None else sheet.terms.contract_demand_w * (units // THOUSAND)
    measured = sheet.demand(list(range(sheet.plan.class_count)))
    floor = capacity * (units // THOUSAND) * component.floor_percent
    agreed = (contract if component.basis == "contract" else measured) * 100
    billed = np.maximum(agreed, floor)
    price, price_scale, discounted = _discounted(sheet, component)
    days, of_days = sheet.shared(component.prorate)
    operands: dict[str, Any] = {
        "capacity_va": capacity,
        "floor_percent": component.floor_percent,
        "agreed": agreed,
        "floor": floor,
        "discounted": discounted,
        "discount_percent": component.discount_percent,
    }
    excess = none
    if component.basis == "contract":
        excess = np.maximum(measured * 10_000 - billed * component.over_percent, 0)
    if days is not None:
        billed, excess = billed * days, excess * days
        operands |= {"days": days, "of_days": of_days}
    scale = units * 100 * of_days
    sheet.add(
        component,
        billed,
        price,
        price_scale=price_scale,
        unit="kW",
        quantity_scale=scale,
        rule="contract",
        operands=operands,
    )
    if component.basis == "contract":
        over = Label(f"{component.label.zh} · 超合同部分", f"{component.label.en}, above contract")
        more = operands | {
            "measured": measured * 100,
            "over_percent": component.over_percent,
            "over_multiple": component.over_multiple,
        }
        sheet.add(
            replace(component),
            excess,
            price * component.over_multiple,
            price_scale=price_scale,
            unit="kW",
            quantity_scale=scale * 100,
            suffix=".excess",
            label=over,
            rule="excess",
            operands=more,
        )


def _discounted(sheet: Sheet, component: DemandCharge) -> tuple[Column | int, int, Any]:
    """Give the price, its scale, and for whom it is reduced: use of so many kWh a kVA and more."""
    price = scaled(component.ladders[""][0].prices[""], sheet.plan.price_scale)
    capacity = sheet.terms.capacity_va
    if not component.discount_percent or component.discount_kwh_per_kva is None or capacity is None:
        return price, sheet.plan.price_scale, False
    used = sheet.total("import")
    threshold = int(component.discount_kwh_per_kva * THOUSAND)
    if largest(used) * THOUSAND * VA_PER_KVA >= 2**62 or largest(capacity) * threshold * sheet.units >= 2**62:
        used, capacity = used.astype(object), capacity.astype(object)
    holds = (capacity > 0) & (used * THOUSAND * VA_PER_KVA >= capacity * threshold * sheet.units)
    full, lowered, scale = price * 100, price * (100 - component.discount_percent), sheet.plan.price_scale * 100
    common = gcd(gcd(full, lowered), scale)  # small integers keep products within int64
    return np.where(holds, lowered // common, full // common), scale // common, holds
