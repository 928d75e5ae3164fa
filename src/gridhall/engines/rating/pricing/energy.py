"""Energy charges and credits: by period, by tier, by both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gridhall.engines.rating.arithmetic import Column, scaled, share_rounded, zeros
from gridhall.engines.rating.compile import fills_in_order
from gridhall.engines.rating.pricing.sheet import Sheet, period_label
from gridhall.engines.rating.pricing.tiers import before, below, limits
from gridhall.engines.rating.tariff import DemandCharge, EnergyCharge, Tier


def price_energy(sheet: Sheet, component: EnergyCharge) -> None:
    """Price an energy charge: a line a period, a tier, or a tier and period."""
    metering = sheet.plan.tariff.metering
    if component.direction == "export" and metering == "net_month":
        return  # energy credits stand in for money
    parts = sheet.energy(component.direction, component.schedule)
    if set(component.ladders) == {""}:
        total = sum((energy for _, _, energy in parts[1:]), parts[0][2])
        parts = [("", [c for _, classes, _ in parts for c in classes], total)]
    if all(len(ladder_for(component, period)) == 1 for period, _, _ in parts):
        for period, _, used in parts:
            _add(sheet, component, ladder_for(component, period), period, 1, used, "product", {})
    elif fills_in_order(component, sheet.plan.class_count, sheet.plan.class_periods):
        _in_order(sheet, component, parts)
    else:
        _in_proportion(sheet, component, parts)


def ladder_for(component: EnergyCharge | DemandCharge, period: str) -> tuple[Tier, ...]:
    """Give the tiers of a period."""
    return component.ladders.get(period) or component.ladders.get("") or next(iter(component.ladders.values()))


def unit_price(component: EnergyCharge, tier: Tier) -> Decimal:
    """Give a tier's price, capped and signed."""
    price = tier.prices[""]
    return component.sign * (price if component.cap is None else min(price, component.cap))


def _add(
    sheet: Sheet,
    component: EnergyCharge,
    ladder: tuple[Tier, ...],
    period: str,
    tier: int,
    quantity: Column,
    rule: str,
    operands: dict[str, Any],
) -> None:
    price = scaled(unit_price(component, ladder[tier - 1]), sheet.plan.price_scale)
    suffix = (f".tier{tier}" if len(ladder) > 1 else "") + (f".{period}" if period else "")
    # Under money credits the export is told, and its money is set against charges as a line of its own.
    counts = not (component.direction == "export" and sheet.plan.tariff.metering.endswith("_money"))
    sheet.add(
        component,
        quantity,
        price,
        unit="kWh",
        quantity_scale=sheet.units,
        suffix=suffix,
        label=period_label(sheet, component, period, tier, len(ladder)),
        period=period,
        tier=tier,
        rule=rule,
        operands=operands,
        counts=counts,
    )


def _in_proportion(sheet: Sheet, component: EnergyCharge, parts: list[tuple[str, list[int], Column]]) -> None:
    """Fill tiers with the whole month's energy; each period has the same share of a tier as it has of the month."""
    month = sum((energy for _, _, energy in parts[1:]), parts[0][2])
    start = before(sheet, component)
    for period, _, energy in parts:
        ladder = ladder_for(component, period)
        tops = limits(sheet, component, ladder)
        done = zeros(sheet.n, sheet.like)
        month_done: Column = done
        for tier, top in enumerate(tops, 1):
            month_below = below(top, start, month)
            if len(parts) == 1:
                filled, rule = month_below, "tier"
            else:
                filled, rule = (energy if top is None else share_rounded(energy, month_below, month)), "tier_share"
            operands = {"from": tops[tier - 2] if tier > 1 else 0, "to": top, "before": start, "energy": month}
            if rule == "tier_share":
                operands |= {"period_energy": energy, "below_from": month_done, "below_to": month_below}
            _add(sheet, component, ladder, period, tier, filled - done, rule, operands)
            done, month_done = filled, month_below


def _in_order(sheet: Sheet, component: EnergyCharge, parts: list[tuple[str, list[int], Column]]) -> None:
    """Fill tiers read by read; the fold has already told tiers and classes apart."""
    folded = (sheet.determinants.tier_energy or {}).get(component.code)
    if folded is None:
        raise ValueError(f"{component.code} fills tiers in order of time: fold the reads with fold_tiers first")
    start = before(sheet, component)
    for period, classes, _ in parts:
        ladder = ladder_for(component, period)
        tops = limits(sheet, component, ladder)
        for tier in range(1, len(ladder) + 1):
            quantity = sum((folded[:, tier - 1, c] for c in classes[1:]), folded[:, tier - 1, classes[0]])
            operands = {"from": tops[tier - 2] if tier > 1 else 0, "to": tops[tier - 1], "before": start}
            _add(sheet, component, ladder, period, tier, quantity, "tier_order", operands)
