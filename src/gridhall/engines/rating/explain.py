"""From columns back to lines that a person can follow, each with the operands it recomputes from."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from gridhall.core.money import round_money
from gridhall.engines.rating.bill import BillLine
from gridhall.engines.rating.plan import LineSpec, LineTable
from gridhall.engines.rating.tariff import EnergyCharge

ENERGY_OPERANDS = {
    "from": "tier_from_kwh",
    "to": "tier_to_kwh",
    "before": "used_before_kwh",
    "energy": "energy_kwh",
    "period_energy": "period_kwh",
    "below_from": "below_tier_kwh",
    "below_to": "below_tier_top_kwh",
    "active": "active_kwh",
    "reactive": "reactive_kvarh",
    "allowance": "allowance_kwh",
    "demand": "measured_kw",
    "demand_from": "tier_from_kw",
    "demand_to": "tier_to_kw",
}
DEMAND_OPERANDS = {"agreed": "agreed_kw", "floor": "floor_kw", "measured": "measured_kw"}
MONEY_OPERANDS = ("charged", "excluded", "minimum", "base", "most", "charges", "carried", "earned", "left")
DISPLAY_PLACES = 9


def decimal_of(numerator: int, denominator: int) -> Decimal:
    """
    Give a fraction as a decimal: exactly where it ends within 30 places, else rounded to 9.

    >>> decimal_of(1, 8), decimal_of(1, 3), decimal_of(2000, 1000)
    (Decimal('0.125'), Decimal('0.333333333'), Decimal('2'))
    """
    fraction = Fraction(int(numerator), int(denominator))
    places, rest = 0, fraction.denominator
    while rest % 10 == 0:
        rest, places = rest // 10, places + 1
    while rest % 2 == 0:
        rest, places = rest // 2, places + 1
    while rest % 5 == 0:
        rest, places = rest // 5, places + 1
    if rest != 1 or places > 30:
        return round_fraction(fraction, DISPLAY_PLACES)
    return (
        Decimal(f"{fraction.numerator * 10**places // fraction.denominator}E-{places}")
        if places
        else Decimal(fraction.numerator)
    )


def round_fraction(value: Fraction, places: int) -> Decimal:
    """
    Round a fraction half away from zero.

    >>> round_fraction(Fraction(-1, 200), 2)
    Decimal('-0.01')
    """
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(-whole if value < 0 else whole).scaleb(-places)


def lines_of(table: LineTable, row: int, *, keep_zero: bool = False) -> tuple[BillLine, ...]:
    """Give the lines of one priced part with their operands; lines of nothing are left out unless `keep_zero`."""
    lines = []
    for index, spec in enumerate(table.specs):
        quantity, amount = int(table.quantity[index][row]), int(table.amount_minor[index][row])
        if (quantity or amount) or keep_zero:
            lines.append(_line(table, spec, table.operands[index], row, quantity, amount))
    return tuple(lines)


def _at(value: Any, row: int) -> Any:
    return value[row] if hasattr(value, "__getitem__") and not isinstance(value, str | tuple) else value


def _line(table: LineTable, spec: LineSpec, columns: dict[str, Any], row: int, quantity: int, amount: int) -> BillLine:
    price = int(_at(spec.price, row))
    units = table.units_per_kwh
    operands: dict[str, object] = {"rule": spec.rule, "places": spec.places}
    if isinstance(spec.component, EnergyCharge) and spec.component.direction == "export":
        operands["direction"] = "export"
    for name, value in columns.items():
        operands.update(_operand(name, _at(value, row), units, columns, spec))
    shown = decimal_of(quantity, spec.quantity_scale)
    if Fraction(shown) != Fraction(quantity, spec.quantity_scale):
        exact = Fraction(quantity, spec.quantity_scale)
        operands["quantity_exact"] = f"{exact.numerator}/{exact.denominator}"
    if spec.rule == "tier_share":
        operands["resolution_per_kwh"] = units
    if isinstance(spec.component, EnergyCharge) and spec.component.parts:
        operands["parts"] = _parts(table, spec, shown, decimal_of(price, spec.price_scale))
    unrounded = decimal_of(quantity * price, spec.quantity_scale * spec.price_scale)
    return BillLine(
        code=spec.code,
        label=spec.label,
        quantity=shown,
        unit=spec.unit,
        price=decimal_of(price, spec.price_scale),
        amount=Decimal(amount).scaleb(-spec.places),
        unrounded=unrounded,
        clause=table.plan.tariff.clauses.get(spec.clause),
        operands=operands,
        counts=spec.counts,
    )


def _operand(name: str, value: Any, units: int, columns: dict[str, Any], spec: LineSpec) -> dict[str, object]:
    if name == "base_places":
        return {}
    if name in ENERGY_OPERANDS:
        return {ENERGY_OPERANDS[name]: None if value is None else decimal_of(int(value), units)}
    if name in DEMAND_OPERANDS:
        return {DEMAND_OPERANDS[name]: decimal_of(int(value), units * 100)}
    if name == "capacity_va":
        return {"capacity_kva": decimal_of(int(value), 1_000)}
    if name in MONEY_OPERANDS:
        return {name: decimal_of(int(value), 10 ** columns.get("base_places", spec.places))}
    if name in ("factor", "standard"):
        return {"power_factor" if name == "factor" else "standard": decimal_of(int(value), 100)}
    if name == "percent" and spec.rule == "power_factor":
        return {"percent": decimal_of(int(value), 100)}
    if name == "discounted":
        return {name: bool(value)}
    return {name: value if isinstance(value, Decimal) else int(value)}


def _parts(table: LineTable, spec: LineSpec, quantity: Decimal, price: Decimal) -> list[dict[str, object]]:
    """Split a line's price into its parts; what the listed price differs from their sum is a part of its own."""
    component = spec.component
    assert isinstance(component, EnergyCharge)
    rows: list[dict[str, object]] = []
    total = Decimal(0)
    for part in component.parts:
        value = part.prices.get(spec.period, part.prices.get(""))
        if value is None:
            return []  # a line over several periods has no one price of this part
        total += value
        rows.append(
            {"code": part.code, "zh": part.label.zh, "en": part.label.en, "price": value, "amount": quantity * value}
        )
    if total != price * component.sign:
        rest = price * component.sign - total
        words = {"code": "listed_difference", "zh": "公布价与构成之差", "en": "Listed price less its parts"}
        rows.append({**words, "price": rest, "amount": quantity * rest})
    return rows


def recompute(line: BillLine) -> Decimal:
    """
    Work a line out again from nothing but its price and its own operands; equals `line.amount`.

    The quantity is derived again wherever the operands tell how; lines filled read by read take it as told.
    """
    quantity = _quantity_again(line.operands)
    if quantity is None:
        exact = line.operands.get("quantity_exact")
        quantity = Fraction(str(exact)) if exact else Fraction(line.quantity)
    if line.operands.get("rule") == "power_factor":
        quantity = _f(line, "charged") - _f(line, "excluded")
        return round_fraction(quantity * _f(line, "percent") / 100, int(str(line.operands["places"])))
    return round_fraction(quantity * Fraction(line.price), int(str(line.operands["places"])))


def _f(line: BillLine | dict[str, object], name: str) -> Fraction:
    operands = line.operands if isinstance(line, BillLine) else line
    value = operands[name]
    return Fraction(value if isinstance(value, Decimal | int) else str(value))


def _quantity_again(o: dict[str, object]) -> Fraction | None:
    rule = o.get("rule")
    share = _f(o, "days") / _f(o, "of_days") if "days" in o else Fraction(1)
    if rule == "tier":
        low, start, energy = _f(o, "tier_from_kwh"), _f(o, "used_before_kwh"), _f(o, "energy_kwh")
        high = start + energy if o["tier_to_kwh"] is None else _f(o, "tier_to_kwh")
        below_high = min(max(high - start, Fraction(0)), energy)
        return below_high - min(max(low - start, Fraction(0)), energy)
    if rule == "tier_share":
        units, period, month = _f(o, "resolution_per_kwh"), _f(o, "period_kwh"), _f(o, "energy_kwh")

        def filled(below: Fraction) -> Fraction:
            return Fraction(round_fraction(period * below / month * units, 0)) / units if month else Fraction(0)

        top = period if o["tier_to_kwh"] is None else filled(_f(o, "below_tier_top_kwh"))
        return top - filled(_f(o, "below_tier_kwh"))
    if rule == "capacity":
        return _f(o, "capacity_kva") * share
    if rule == "demand":
        return (_f(o, "tier_to_kw") - _f(o, "tier_from_kw")) * share
    if rule in ("contract", "excess"):
        billed = max(_f(o, "agreed_kw"), _f(o, "floor_kw"))
        if rule == "contract":
            return billed * share
        return max(_f(o, "measured_kw") - billed * _f(o, "over_percent") / 100, Fraction(0)) * share
    if rule == "shortfall":
        return max(_f(o, "minimum") - max(_f(o, "base"), Fraction(0)), Fraction(0))
    if rule == "free":
        return min(_f(o, "energy_kwh"), _f(o, "allowance_kwh"))
    if rule == "cap":
        return max(_f(o, "base") - _f(o, "most"), Fraction(0))
    return None


def check_rounding(line: BillLine) -> bool:
    """Tell whether a line's amount is its unrounded amount, rounded once."""
    return round_money(line.unrounded, places=int(str(line.operands["places"]))) == line.amount
