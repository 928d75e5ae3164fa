"""
A line's computation in steps that people follow, in Chinese or English: words and numbers from its operands.

Every formula is plain arithmetic that comes to the value beside it; the last value is the line before rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gridhall.apps.billing.rules.step_words import plain, words
from gridhall.engines.rating.bill import BillLine

Step = tuple[str, str, Decimal, str]
"""In words, as a formula, what it comes to, and its unit."""
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Surroundings:
    """
    What a line's operands do not tell.

    :param readings: energy of each stretch of readings behind the line, kWh.
    :param periods: energy of every period of the line's schedule, its own among them, kWh.
    :param period: name of the line's own period, Chinese and English; empty without one.
    :param hours: when that period holds, such as 16:00–18:00; empty where it differs by day.
    :param is_yearly: whether tiers count the year; else the month.
    :param is_measured: whether demand is charged as it was measured; else as it was contracted.
    """

    readings: tuple[Decimal, ...] = ()
    periods: tuple[Decimal, ...] = ()
    period: tuple[str, str] = ("", "")
    hours: str = ""
    is_yearly: bool = True
    is_measured: bool = False
    currency: str = "CNY"


def steps_of(line: BillLine, language: str, around: Surroundings = Surroundings()) -> list[Step]:
    """Give the steps of a line; the last one is `line.unrounded`."""
    rule = str(line.operands.get("rule"))
    lead = LEADS.get(rule, _product)(line, line.operands, language, around)
    if rule == "power_factor":
        return lead
    parts = line.operands.get("parts")
    if isinstance(parts, list) and parts:
        return [*lead, *_parts(line, parts, language, around)]
    exact = line.operands.get("quantity_exact")
    quantity = f"({exact})".replace("/", " ÷ ") if exact else plain(line.quantity)
    if rule == "percent":
        formula = f"{quantity} × {plain(line.price * 100)}%"
        return [*lead, (words("rate", language), formula, line.unrounded, around.currency)]
    return [*lead, (words("price", language), f"{quantity} × {plain(line.price)}", line.unrounded, around.currency)]


def _parts(line: BillLine, parts: list[dict[str, Any]], language: str, around: Surroundings) -> list[Step]:
    name = "en" if language.startswith("en") else "zh"
    rows = [
        (words("part", language, part[name]), f"{plain(line.quantity)} × {plain(part['price'])}", part["amount"],
         around.currency)
        for part in parts
    ]  # fmt: skip
    total = plain(rows[0][2]) + "".join(f" {'−' if row[2] < 0 else '+'} {plain(abs(row[2]))}" for row in rows[1:])
    formula = total if line.price >= 0 else f"−({total})"
    return [*rows, (words("sum", language), formula, line.unrounded, around.currency)]


def _energy(energy: Decimal, language: str, around: Surroundings, key: str = "energy") -> Step:
    """Give the energy of a line's days; where it is the sum of the readings, say so."""
    if sum(around.readings, Decimal(0)) != energy:
        return words("charged_energy", language), "", energy, "kWh"
    several = len(around.readings) > 1
    return words(key, language), " + ".join(map(plain, around.readings)) if several else "", energy, "kWh"


def _of_period(energy: Decimal, language: str, around: Surroundings) -> list[Step]:
    """Give the energy of the line's period as a part of the whole."""
    whole = sum(around.periods, Decimal(0))
    name = around.period[1 if language.startswith("en") else 0]
    return [
        (words("whole", language), " + ".join(map(plain, around.periods)), whole, "kWh"),
        (words("in_period", language, name), around.hours, energy, "kWh"),
    ]


def _product(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    if line.unit == "kWh":
        if around.period[0] and line.quantity in around.periods:
            return _of_period(line.quantity, language, around)
        key = "exported" if o.get("direction") == "export" else "energy"
        return [_energy(line.quantity, language, around, key)]
    return _days(line, o, language, Decimal(1)) if "days" in o else []


def _ordered(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    return [(words("ordered", language), "", line.quantity, line.unit)]


def _days(line: BillLine, o: dict[str, Any], language: str, of: Decimal) -> list[Step]:
    """Share out by days; a whole month needs no step."""
    if o.get("days") is None or o["days"] == o["of_days"]:
        return []
    formula = f"{plain(of)} × {plain(o['days'])} ÷ {plain(o['of_days'])}"
    return [(words("days", language), formula, line.quantity, line.unit)]


def _range(low: Decimal, top: Decimal | None) -> str:
    return f"{plain(low)}–{plain(top)} kWh" if top is not None else f"> {plain(low)} kWh"


def _before(o: dict[str, Any], language: str, around: Surroundings) -> Step:
    key = "before_year" if around.is_yearly else "before_month"
    return words(key, language), "", o["used_before_kwh"], "kWh"


def _tier(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    low, top, start, energy = o["tier_from_kwh"], o["tier_to_kwh"], o["used_before_kwh"], o["energy_kwh"]
    until = start + energy
    upper, lower = until if top is None else min(top, until), max(low, start)
    formula = f"{plain(upper)} − {plain(lower)}" if upper - lower == line.quantity else ""
    return [
        _energy(energy, language, around),
        _before(o, language, around),
        (words("after", language), f"{plain(start)} + {plain(energy)}", until, "kWh"),
        (words("tier", language, _range(low, top)), formula, line.quantity, "kWh"),
    ]


def _tier_share(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    period, energy = o["period_kwh"], o["energy_kwh"]
    low, top = o["below_tier_kwh"], o["below_tier_top_kwh"]
    in_tier = (energy if top is None else top) - low
    named = around.period[0] and sum(around.periods, Decimal(0)) == energy and period in around.periods
    lead = _of_period(period, language, around) if named else [_energy(energy, language, around)]
    limits = _range(o["tier_from_kwh"], o["tier_to_kwh"])
    return [
        *lead,
        _before(o, language, around),
        (words("tier", language, limits), f"{plain(low + in_tier)} − {plain(low)}" if low else "", in_tier, "kWh"),
        (words("share", language), f"{plain(period)} × {plain(in_tier)} ÷ {plain(energy)}", line.quantity, "kWh"),
    ]


def _billed_demand(o: dict[str, Any], language: str, key: str) -> list[Step]:
    """Give contract (or what was measured) and least demand; the larger is charged."""
    agreed, floor = o["agreed_kw"], o["floor_kw"]
    steps = [(words(key, language), "", agreed, "kW")]
    if not floor:
        return steps
    percent = plain(o["floor_percent"])
    return [
        *steps,
        (words("floor", language, percent), f"{plain(o['capacity_kva'])} × {percent}%", floor, "kW"),
        (words("larger", language), "", max(agreed, floor), "kW"),
    ]


def _contract(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    lead = _billed_demand(o, language, "measured" if around.is_measured else "agreed")
    return [
        *lead, *_days(line, o, language, max(o["agreed_kw"], o["floor_kw"])), *_discount(line, o, language, line.price)
    ]  # fmt: skip


def _discount(line: BillLine, o: dict[str, Any], language: str, lowered: Decimal) -> list[Step]:
    if not o.get("discounted"):
        return []
    full = lowered * 100 / (100 - o["discount_percent"])
    percent = plain(o["discount_percent"])
    formula = f"{plain(full)} × {plain(100 - o['discount_percent'])}%"
    return [(words("discount", language, percent), formula, lowered, f"CNY/{line.unit}")]


def _excess(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    billed, measured, percent = max(o["agreed_kw"], o["floor_kw"]), o["measured_kw"], o["over_percent"]
    allowed, once = billed * percent / 100, line.price / o["over_multiple"]
    above = max(measured - allowed, Decimal(0))
    return [
        *_billed_demand(o, language, "agreed"),
        (words("allowed", language, plain(percent)), f"{plain(billed)} × {plain(percent)}%", allowed, "kW"),
        (words("measured", language), "", measured, "kW"),
        (words("excess", language), f"{plain(measured)} − {plain(allowed)}" if above else "", above, "kW"),
        *_days(line, o, language, above),
        *_discount(line, o, language, once),
        (words("multiple", language, plain(o["over_multiple"])), f"{plain(once)} × {plain(o['over_multiple'])}",
         line.price, f"CNY/{line.unit}"),
    ]  # fmt: skip


def _demand(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    low, top = o["tier_from_kw"], o["tier_to_kw"]
    lead: list[Step] = [(words("demand", language), f"{plain(top)} − {plain(low)}" if low else "", top - low, "kW")]
    return [*lead, *_days(line, o, language, top - low)]


def _capacity(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    capacity = o["capacity_kva"]
    return [(words("capacity", language), "", capacity, "kVA"), *_days(line, o, language, capacity)]


def _power_factor(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    charged, excluded, percent = o["charged"], o["excluded"], o["percent"]
    active, reactive = plain(o.get("active_kwh", 0)), plain(o.get("reactive_kvarh", 0))
    base = charged - excluded
    return [
        (words("factor", language), f"{active} ÷ √({active}² + {reactive}²)" if o.get("active_kwh") else "",
         o.get("power_factor", Decimal(0)), ""),
        (words("table", language, f"{o['standard']:.2f}"), "", percent, "%"),
        (words("base", language), f"{plain(charged)} − {plain(excluded)}", base, around.currency),
        (words("percent", language), f"{plain(base)} × {plain(percent)}%", line.unrounded, around.currency),
    ]  # fmt: skip


def _shortfall(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    formula = f"{plain(o['minimum'])} − {plain(max(o['base'], Decimal(0)))}" if line.quantity else ""
    return [(words("minimum", language), formula, line.quantity, line.unit)]


def _free(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    return [
        (words("used", language), "", o["energy_kwh"], "kWh"),
        (words("allowance", language), "", o["allowance_kwh"], "kWh"),
        (words("free", language), "", line.quantity, "kWh"),
    ]


def _cap(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    formula = f"{plain(o['base'])} − {plain(o['most'])}" if line.quantity else ""
    return [(words("cap", language), formula, line.quantity, line.unit)]


def _credit(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    return [(words("credit", language), "", line.quantity, line.unit)]


def _percent(line: BillLine, o: dict[str, Any], language: str, around: Surroundings) -> list[Step]:
    return [(words("taxed", language), "", Decimal(str(o.get("base", line.quantity))), around.currency)]


LEADS: dict[str, Callable[[BillLine, dict[str, Any], str, Surroundings], list[Step]]] = {
    "tier": _tier,
    "tier_share": _tier_share,
    "tier_order": _ordered,
    "contract": _contract,
    "excess": _excess,
    "demand": _demand,
    "capacity": _capacity,
    "power_factor": _power_factor,
    "shortfall": _shortfall,
    "free": _free,
    "cap": _cap,
    "credit": _credit,
    "percent": _percent,
}
