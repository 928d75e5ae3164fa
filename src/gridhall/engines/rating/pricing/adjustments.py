"""What builds on other charges: power factor, minimum, free allowance, cap, tax; and fixed charges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.rating.arithmetic import (
    Column,
    amount_of,
    divide_rounded,
    fitting,
    multiply,
    narrow,
    scaled,
    zeros,
)
from gridhall.engines.rating.pricing.sheet import Sheet
from gridhall.engines.rating.tariff import (
    AverageCap,
    EnergyCharge,
    FixedCharge,
    FreeAllowance,
    MinimumCharge,
    PowerFactorAdjustment,
    Tax,
)

NEAR = 1e-6
DAYS_A_YEAR = 365


def price_fixed(sheet: Sheet, component: FixedCharge) -> None:
    """Price an amount a month, a day or a year."""
    scale = sheet.plan.price_scale
    whole = zeros(sheet.n, sheet.like) + 1
    days, of_days = sheet.shared(component.prorate or component.per == "day")
    price = scaled(component.amount, scale)
    if component.per == "day":
        quantity, quantity_scale = _days_charged(sheet, component)
        sheet.add(component, quantity, price, unit="day", quantity_scale=quantity_scale)
        return
    of_months = 12 if component.per == "year" else 1
    quantity = whole if days is None else days
    operands: dict[str, Any] = {} if days is None else {"days": days, "of_days": of_days}
    sheet.add(component, quantity, price, unit=component.per, quantity_scale=of_days * of_months, operands=operands)


def _days_charged(sheet: Sheet, component: FixedCharge | MinimumCharge) -> tuple[Column, int]:
    """Give the days that an amount per day is charged for, and what the figure is to be divided by."""
    days, of_days = sheet.shared(component.prorate)
    whole = zeros(sheet.n, sheet.like) + 1
    if component.even_days:
        return (whole if days is None else days) * DAYS_A_YEAR, 12 * of_days
    return (whole * sheet.plan.month.days if days is None else days), 1


def power_factor_hundredths(active: Column, reactive: Column) -> NDArray[np.int64]:
    """
    Give the month's power factor in 1/100, half up: active / sqrt(active² + reactive²); 100 if nothing was used.

    Floats estimate; rows near a half are decided in integers, so the result is exact.

    >>> power_factor_hundredths(np.array([8000, 0]), np.array([6000, 0])).tolist()
    [80, 100]
    """
    real, other = active.astype(np.float64), reactive.astype(np.float64)
    apparent = np.hypot(real, other)
    raised = np.where(apparent == 0, 100.0, 100 * real / np.where(apparent == 0, 1, apparent)) + 0.5
    factor = np.floor(raised).astype(np.int64)
    for row in np.flatnonzero(np.abs(raised - np.rint(raised)) < NEAR):
        a, r = int(active[row]), int(reactive[row])
        if a or r:
            # floor(100 a / s + 1/2) = floor((200 a + s) / 2s) with s = sqrt(a² + r²), all in integers
            factor[row] = max(k for k in range(101) if k == 0 or 40_000 * a * a >= (2 * k - 1) ** 2 * (a * a + r * r))

    return np.clip(factor, 0, 100)


def price_power_factor(sheet: Sheet, component: PowerFactorAdjustment) -> None:
    """Raise or lower the base by the table's percentage for the month's power factor, less excluded parts."""
    places = component.rounding.places
    standard = sheet.terms.power_factor_standard
    if standard is None:
        return
    active, reactive = sheet.total("import"), sheet.determinants.reactive_energy
    factor = power_factor_hundredths(active, reactive)
    percent = np.zeros(sheet.n, np.int64)
    for name, table in component.tables.items():
        percent = np.where(standard == round(float(name) * 100), np.array(table, np.int64)[factor], percent)
    charged = sheet.base(component.base, max(places, sheet.places))
    excluded = zeros(sheet.n, sheet.like)
    base_places = max(places, sheet.places)
    for energy in sheet.plan.components:
        if isinstance(energy, EnergyCharge) and (not component.base or energy.code in component.base):
            excluded = excluded + _parts_amount(sheet, energy, component.excludes, base_places)
    base = np.where(standard > 0, charged - excluded, 0)
    operands = {
        "active": active,
        "reactive": reactive,
        "factor": factor,
        "standard": standard,
        "charged": charged,
        "excluded": excluded,
        "base_places": base_places,
        "percent": percent,
    }
    currency = sheet.plan.tariff.currency
    price = percent if sheet.like.dtype != object else percent.astype(object)
    sheet.add(
        component,
        base,
        price,
        price_scale=10_000,
        unit=currency,
        quantity_scale=10**base_places,
        rule="power_factor",
        operands=operands,
    )


def _parts_amount(sheet: Sheet, energy: EnergyCharge, codes: tuple[str, ...], places: int) -> Column:
    total = zeros(sheet.n, sheet.like)
    mask = sheet.mask(energy)
    for part in energy.parts:
        if part.code not in codes:
            continue
        for period, _, used in sheet.energy(energy.direction, energy.schedule):
            price = part.prices.get(period, part.prices.get(""))
            if price is not None:
                kept = used if mask is None else np.where(mask, used, 0)
                total = total + multiply(kept, scaled(price, sheet.plan.price_scale))
    scale = sheet.units * sheet.plan.price_scale
    return narrow(divide_rounded(multiply(total, 10**places), scale))


def price_minimum(sheet: Sheet, component: MinimumCharge) -> None:
    """Charge what the base falls short of the minimum; the annual one is looked at in December."""
    places = max(component.rounding.places, sheet.places)
    scale = sheet.plan.price_scale
    days, of_days = (None, 1) if component.per == "year" else sheet.shared(component.prorate or component.per == "day")
    whole = zeros(sheet.n, sheet.like) + 1
    share = whole * of_days if days is None else days
    quantity, quantity_scale = share, of_days
    if component.per == "day":
        quantity, quantity_scale = _days_charged(sheet, component)
    elif component.per == "kVA":
        capacity = sheet.terms.capacity_va
        quantity = share * (zeros(sheet.n, sheet.like) if capacity is None else capacity)
        quantity_scale = of_days * 1_000
    price = scaled(component.amount, scale)
    least = amount_of(quantity, price, quantity_scale=quantity_scale, price_scale=scale, places=places)
    base = sheet.before_minimum(component, places)
    if component.per == "year":
        if sheet.plan.month.month != 12:
            return
        earlier = sheet.terms.year_amount_minor
        base = np.maximum(base, 0) + (0 if earlier is None else earlier)
    short = np.maximum(least - np.maximum(base, 0), 0)
    currency = sheet.plan.tariff.currency
    operands = {"minimum": least, "base": base, "base_places": places}
    sheet.add(component, short, scale, unit=currency, quantity_scale=10**places, rule="shortfall", operands=operands)


def price_allowance(sheet: Sheet, component: FreeAllowance) -> None:
    """Credit energy that is free."""
    used = sum((energy for _, _, energy in sheet.energy("import", sheet.main_schedule)), zeros(sheet.n, sheet.like))
    days, of_days = sheet.shared(component.prorate)
    free = fitting(int(component.kwh_per_month * sheet.units), sheet.like)
    given = zeros(sheet.n, sheet.like) + free if days is None else multiply(days, free) // of_days
    price = -scaled(component.price, sheet.plan.price_scale)
    operands = {"allowance": given, "energy": used}
    quantity = np.minimum(used, given)
    sheet.add(component, quantity, price, unit="kWh", quantity_scale=sheet.units, rule="free", operands=operands)


def price_cap(sheet: Sheet, component: AverageCap) -> None:
    """Credit what the base comes to above a price a kWh."""
    places = max(component.rounding.places, sheet.places)
    used = sum((energy for _, _, energy in sheet.energy("import", sheet.main_schedule)), zeros(sheet.n, sheet.like))
    scale = sheet.plan.price_scale
    price = scaled(component.price, scale)
    most = amount_of(used, price, quantity_scale=sheet.units, price_scale=scale, places=places)
    base = sheet.base(component.base, places)
    over = np.maximum(base - most, 0)
    currency = sheet.plan.tariff.currency
    operands = {"base": base, "most": most, "energy": used, "cap": component.price, "base_places": places}
    sheet.add(component, over, -scale, unit=currency, quantity_scale=10**places, rule="cap", operands=operands)


def price_tax(sheet: Sheet, component: Tax) -> None:
    """Add a tax on top, or tell how much of the base is tax."""
    places = max(component.rounding.places, sheet.places)
    base = sheet.base(component.base, places)
    fine = 10**12 if component.percent != round(component.percent, 4) else 10_000
    percent = scaled(component.percent, fine)
    currency = sheet.plan.tariff.currency
    operands: dict[str, Any] = {"base": base, "base_places": places, "percent": component.percent}
    rule = "tax"
    quantity, price, scale = base, percent, fine * 100
    if component.inside:
        rule = "tax_inside"
        quantity = narrow(divide_rounded(multiply(base, percent), fine * 100 + percent))
        price = scale = sheet.plan.price_scale
    sheet.add(
        component,
        quantity,
        price,
        price_scale=scale,
        unit=currency,
        quantity_scale=10**places,
        rule=rule,
        operands=operands,
        counts=not component.inside,
    )
