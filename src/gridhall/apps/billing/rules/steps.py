"""A line's computation in steps that people follow, in Chinese or English: words and numbers from its operands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gridhall.engines.rating.bill import BillLine

Step = tuple[str, str, Decimal]
"""In words, as a formula, and what it comes to."""

WORDS = {
    "energy": ("本期电量（各段读数之和）", "Energy of the period (sum of the readings below)"),
    "before": ("本年此前已用电量", "Used earlier this year"),
    "tier": ("落在本档的电量", "Of it in this tier"),
    "share": ("本时段按比例落在本档的电量", "This period's share of the tier"),
    "agreed": ("合同需量（不低于下限）", "Contracted demand (not below the floor)"),
    "excess": ("实际需量超出合同的部分", "Measured demand above the contract"),
    "demand": ("计费需量", "Billed demand"),
    "capacity": ("合同容量", "Contract capacity"),
    "days": ("按天数折算", "Share of the month's days"),
    "price": ("乘以单价", "Times the price"),
    "factor": ("功率因数（有功、无功电量得出）", "Power factor (from active and reactive energy)"),
    "base": ("参与调整的电费", "Charges that take part"),
    "percent": ("乘以调整系数", "Times the adjustment"),
    "taxed": ("计税电费", "Charges that are taxed"),
    "rate": ("乘以税率", "Times the rate"),
    "minimum": ("最低电费与应收之差", "Minimum less what was charged"),
    "free": ("免费电量（不超过所用）", "Free energy (at most what was used)"),
    "cap": ("超出封顶的部分", "Above the cap"),
    "credit": ("抵扣的余额", "Credit set against the charges"),
    "part": ("其中", "Of it"),
    "sum": ("各部分相加", "Added up"),
    "billed": ("此前账单已出账", "Already on an earlier bill"),
}


def words(key: str, language: str) -> str:
    """Give a text in a language; Chinese unless English is asked for."""
    return WORDS[key][1 if language.startswith("en") else 0]


def plain(value: Any) -> str:
    """
    Write a number without needless zeros or exponents.

    >>> plain(Decimal("120.500")), plain(Decimal("1E+2")), plain(None)
    ('120.5', '100', '∞')
    """
    if value is None:
        return "∞"
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def steps_of(line: BillLine, language: str) -> list[Step]:
    """Give the steps of a line; the last one is `line.unrounded`."""
    rule = str(line.operands.get("rule"))
    lead = LEADS.get(rule, _product)(line, line.operands, language)
    if rule == "power_factor":
        return lead
    parts = line.operands.get("parts")
    if isinstance(parts, list) and parts:
        return [*lead, *_parts(line, parts, language)]
    quantity = _quantity(line)
    return [*lead, (words("price", language), f"{quantity} × {plain(line.price)}", line.unrounded)]


def _quantity(line: BillLine) -> str:
    exact = line.operands.get("quantity_exact")
    return f"({exact})".replace("/", " ÷ ") if exact else plain(line.quantity)


def _parts(line: BillLine, parts: list[dict[str, Any]], language: str) -> list[Step]:
    english = language.startswith("en")
    rows = [
        (
            f"{words('part', language)} {part['en'] if english else part['zh']}",
            f"{plain(line.quantity)} × {plain(part['price'])}",
            part["amount"],
        )
        for part in parts
    ]
    sign = -1 if line.price < 0 else 1
    total = " + ".join(plain(row[2]) for row in rows)
    return [*rows, (words("sum", language), total if sign > 0 else f"−({total})", line.unrounded)]


def _product(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    if line.unit == "kWh":
        return [(words("energy", language), f"{plain(line.quantity)} kWh", line.quantity)]
    if "days" in o:
        return [_days(line, o, language)]
    return []


def _days(line: BillLine, o: dict[str, Any], language: str) -> Step:
    return words("days", language), f"{plain(o['days'])} ÷ {plain(o['of_days'])}", line.quantity


def _tier(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    low, top, start, energy = o["tier_from_kwh"], o["tier_to_kwh"], o["used_before_kwh"], o["energy_kwh"]
    formula = (
        f"min({plain(top)}, {plain(start)} + {plain(energy)}) − max({plain(low)}, {plain(start)})"
        if top is not None
        else f"{plain(start)} + {plain(energy)} − max({plain(low)}, {plain(start)})"
    )
    return [
        (words("energy", language), f"{plain(energy)} kWh", energy),
        (words("before", language), f"{plain(start)} kWh", start),
        (words("tier", language), formula, line.quantity),
    ]


def _tier_share(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    period, energy = o["period_kwh"], o["energy_kwh"]
    low, top = o["below_tier_kwh"], o["below_tier_top_kwh"]
    formula = f"{plain(period)} × ({plain(top)} − {plain(low)}) ÷ {plain(energy)}"
    return [
        (words("energy", language), f"{plain(energy)} kWh", energy),
        (words("before", language), f"{plain(o['used_before_kwh'])} kWh", o["used_before_kwh"]),
        (words("share", language), formula, line.quantity),
    ]


def _contract(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    agreed, floor = o["agreed_kw"], o["floor_kw"]
    lead = [(words("agreed", language), f"max({plain(agreed)}, {plain(floor)}) kW", max(agreed, floor))]
    return [*lead, _days(line, o, language)] if "days" in o else lead


def _excess(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    billed, measured = max(o["agreed_kw"], o["floor_kw"]), o["measured_kw"]
    allowed = billed * Decimal(o["over_percent"]) / 100
    formula = f"{plain(measured)} − {plain(billed)} × {plain(o['over_percent'])}%"
    lead = [(words("excess", language), formula, max(measured - allowed, Decimal(0)))]
    return [*lead, _days(line, o, language)] if "days" in o else lead


def _demand(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    low, top = o["tier_from_kw"], o["tier_to_kw"]
    lead = [(words("demand", language), f"{plain(top)} − {plain(low)} kW" if low else f"{plain(top)} kW", top - low)]
    return [*lead, _days(line, o, language)] if "days" in o else lead


def _capacity(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    capacity = o["capacity_kva"]
    lead = [(words("capacity", language), f"{plain(capacity)} kVA", capacity)]
    return [*lead, _days(line, o, language)] if "days" in o else lead


def _power_factor(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    charged, excluded, percent = o["charged"], o["excluded"], o["percent"]
    factor = o.get("power_factor", Decimal(0))
    return [
        (words("factor", language), f"{plain(o.get('active_kwh', 0))} kWh, {plain(o.get('reactive_kvarh', 0))} kvarh",
         factor),
        (words("base", language), f"{plain(charged)} − {plain(excluded)}", charged - excluded),
        (words("percent", language), f"{plain(charged - excluded)} × {plain(percent)}%", line.unrounded),
    ]  # fmt: skip


def _shortfall(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    return [(words("minimum", language), f"{plain(o['minimum'])} − {plain(o['base'])}", line.quantity)]


def _free(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    return [(words("free", language), f"min({plain(o['energy_kwh'])}, {plain(o['allowance_kwh'])}) kWh", line.quantity)]


def _cap(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    return [(words("cap", language), f"{plain(o['base'])} − {plain(o['most'])}", line.quantity)]


def _credit(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    return [(words("credit", language), plain(line.quantity), line.quantity)]


def _percent(line: BillLine, o: dict[str, Any], language: str) -> list[Step]:
    return [(words("taxed", language), plain(o.get("base", line.quantity)), Decimal(str(o.get("base", line.quantity))))]


LEADS: dict[str, Callable[[BillLine, dict[str, Any], str], list[Step]]] = {
    "tier": _tier,
    "tier_share": _tier_share,
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
