"""The components of a version: one reading function a kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gridhall.engines.rating.language.document import Node
from gridhall.engines.rating.language.reader import EMPTY, Reader
from gridhall.engines.rating.tariff import (
    Clause,
    Condition,
    EnergyCharge,
    HouseholdAllowance,
    Label,
    PricePart,
    Rounding,
    Schedule,
    Tier,
)

COMMON = ("kind", "code", "label", "clause", "rounding", "when", "months")
ENERGY = (
    "direction",
    "schedule",
    "price",
    "prices",
    "tiers",
    "tier_basis",
    "tier_unit",
    "allocation",
    "household_allowance",
    "prorate_limits",
    "sign",
    "parts",
    "cap",
    "table",
)
ZERO = Decimal(0)


@dataclass
class Setting:
    """What the rest of the file has said before its components are read."""

    schedules: dict[str, Schedule] = field(default_factory=dict)
    clauses: dict[str, Clause] = field(default_factory=dict)
    row: dict[str, Node] | None = None
    """The row of the price table for the month being read."""


def read_label(reader: Reader, node: Node | None, field_name: str, default: str) -> Label:
    """Read `{zh: …, en: …}`, or one text for both."""
    if node is None or node.is_null:
        return Label(default, default)
    if not node.is_map:
        text = reader.text(node, field_name, default)
        return Label(text, text)
    keys = reader.mapping(node, field_name, ("zh", "en"))
    zh = reader.text(keys.get("zh"), f"{field_name}.zh")
    en = reader.text(keys.get("en"), f"{field_name}.en")
    return Label(zh or en or default, en or zh or default)


def read_common(reader: Reader, keys: dict[str, Node], node: Node, where: str, setting: Setting) -> dict[str, Any]:
    """Read what all components share."""
    code = reader.code(keys.get("code"), f"{where}.code", "component", required=node)
    clause = reader.text(keys.get("clause"), f"{where}.clause")
    if clause and clause not in setting.clauses:
        reader.fault(keys["clause"], f"{where}.clause", f"there is no clause {clause!r}", "add it under `clauses:`")
    places = 2
    if "rounding" in keys:
        rounding = reader.mapping(keys["rounding"], f"{where}.rounding", ("places",))
        places = reader.whole(rounding.get("places"), f"{where}.rounding.places", 2, most=6)
    conditions = []
    when = reader.mapping(keys["when"], f"{where}.when") if "when" in keys else {}
    for term, allowed in when.items():
        items = allowed.value if allowed.is_list else [allowed]
        conditions.append(Condition(term, tuple(reader.text(i, f"{where}.when.{term}") for i in items)))
    return {
        "code": code,
        "label": read_label(reader, keys.get("label"), f"{where}.label", code),
        "clause": clause,
        "rounding": Rounding(places),
        "when": tuple(conditions),
        "months": reader.months(keys.get("months"), f"{where}.months"),
    }


def read_prices(reader: Reader, node: Node, where: str, periods: tuple[str, ...]) -> dict[str, Decimal]:
    """Read one price, or a price for every period of the schedule."""
    if not node.is_map:
        value = reader.decimal(node, where, ZERO)
        return {"": value if value is not None else ZERO}
    prices: dict[str, Decimal] = {}
    if not periods:
        reader.fault(node, where, "prices by period need a schedule", "add `schedule:`, or write one price")
        return {"": ZERO}
    for period, child in reader.mapping(node, where, periods).items():
        price = reader.decimal(child, f"{where}.{period}", ZERO)
        prices[period] = price if price is not None else ZERO
    missing = [period for period in periods if period not in prices]
    if missing:
        reader.fault(node, where, f"there is no price for {', '.join(missing)}", "give a price for every period")
    return prices


def read_schedule_name(
    reader: Reader, keys: dict[str, Node], where: str, setting: Setting
) -> tuple[str, tuple[str, ...]]:
    """Read which schedule the prices are named by."""
    name = reader.text(keys.get("schedule"), f"{where}.schedule")
    if name and name not in setting.schedules:
        known = ", ".join(setting.schedules) or "none yet"
        reader.fault(keys["schedule"], f"{where}.schedule", f"there is no schedule {name!r}", f"there is: {known}")
        return "", ()
    return name, setting.schedules[name].periods if name else ()


def read_ladder(reader: Reader, node: Node, where: str, periods: tuple[str, ...]) -> tuple[Tier, ...]:
    """Read tiers: rising limits, the last without."""
    tiers: list[Tier] = []
    items = reader.items(node, where)
    for index, item in enumerate(items):
        at = f"{where}[{index + 1}]"
        keys = reader.mapping(item, at, ("up_to", "price", "prices"))
        limit = reader.decimal(keys.get("up_to"), f"{at}.up_to")
        if limit is not None and limit <= 0:
            reader.fault(keys["up_to"], f"{at}.up_to", f"{limit} is not above 0", "write the upper limit of the tier")
        price = keys.get("price") or keys.get("prices")
        if price is None:
            reader.fault(item, at, "has no price", "add `price: 0.558` or `prices:` by period")
        name = "price" if "price" in keys else "prices"
        prices = read_prices(reader, price, f"{at}.{name}", periods) if price is not None else {"": ZERO}
        if ("up_to" not in keys or keys["up_to"].is_null) and index + 1 < len(items):
            reader.fault(item, f"{at}.up_to", "only the last tier may be without a limit", "add `up_to:`")
        if tiers and limit is not None and (low := tiers[-1].up_to) is not None and limit <= low:
            reader.fault(item, f"{at}.up_to", f"{limit} is not above the limit before, {low}", "order tiers upward")
        tiers.append(Tier(limit, prices))
    if not tiers:
        reader.fault(node, where, "has no tier", "write at least one `- {price: …}`")
    elif tiers[-1].up_to is not None:
        reader.fault(node, where, "the last tier has a limit: what is above it has no price", "leave out its `up_to`")
    return tuple(tiers)


def read_parts(
    reader: Reader, node: Node | None, where: str, periods: tuple[str, ...], setting: Setting
) -> tuple[PricePart, ...]:
    """Read what an energy price is made of; `multipliers` lift a part by period; prices may stand in the table."""
    row_parts: dict[str, Node] = {}
    if setting.row is not None and "parts" in setting.row:
        row_parts = reader.mapping(setting.row["parts"], "tables.parts")
    parts = []
    for index, item in enumerate(reader.items(node, where)):
        at = f"{where}[{index + 1}]"
        keys = reader.mapping(item, at, ("code", "label", "price", "prices", "multipliers", "clause"))
        code = reader.code(keys.get("code"), f"{at}.code", "part", required=item)
        source = keys.get("price") or keys.get("prices") or row_parts.get(code)
        if source is None:
            reader.fault(item, at, "has no price, here or in the table", f"add `price:`, or `parts: {{{code}: …}}`")
        prices = read_prices(reader, source, f"{at}.price", periods) if source is not None else {"": ZERO}
        if "multipliers" in keys:
            lifts = read_prices(reader, keys["multipliers"], f"{at}.multipliers", periods)
            base = prices
            prices = {p: base.get(p, base.get("", ZERO)) * lift for p, lift in lifts.items()}
        parts.append(PricePart(code, read_label(reader, keys.get("label"), f"{at}.label", code), prices))
    return tuple(parts)


def sum_of_parts(parts: tuple[PricePart, ...], periods: tuple[str, ...]) -> dict[str, Decimal]:
    """Add the parts up to prices of 6 places, half up, as price tables are published."""
    from gridhall.core.money import round_money

    return {
        period: round_money(sum((p.prices.get(period, p.prices.get("", ZERO)) for p in parts), ZERO), places=6)
        for period in (periods or ("",))
    }


def ladders_by_period(tiers: tuple[Tier, ...], periods: tuple[str, ...]) -> dict[str, tuple[Tier, ...]]:
    """Turn tiers with prices by period into one ladder a period, or one for all."""
    if all(set(tier.prices) == {""} for tier in tiers):
        return {"": tiers}
    return {p: tuple(Tier(t.up_to, {"": t.prices.get(p, t.prices.get("", ZERO))}) for t in tiers) for p in periods}


def read_energy(reader: Reader, node: Node, where: str, setting: Setting) -> EnergyCharge:
    """Read an energy charge."""
    keys = reader.mapping(node, where, (*COMMON, *ENERGY))
    common = read_common(reader, keys, node, where, setting)
    schedule, periods = read_schedule_name(reader, keys, where, setting)
    parts = read_parts(reader, keys.get("parts"), f"{where}.parts", periods, setting)
    given = [name for name in ("price", "prices", "tiers") if name in keys]
    row_prices = (setting.row or {}).get("prices") if "table" in keys else None
    if len(given) > 1:
        reader.fault(node, where, f"{' and '.join(given)} stand side by side", "keep one of price, prices, tiers")
    if "tiers" in keys:
        tiers = read_ladder(reader, keys["tiers"], f"{where}.tiers", periods)
    elif given or row_prices is not None:
        source = keys[given[0]] if given else row_prices or EMPTY
        tiers = (Tier(None, read_prices(reader, source, f"{where}.{given[0] if given else 'table'}", periods)),)
    elif parts:
        tiers = (Tier(None, sum_of_parts(parts, periods)),)
    else:
        reader.fault(node, where, "has no price", "add `price:`, `prices:`, `tiers:`, `parts:` or `table:`")
        tiers = (Tier(None, {"": ZERO}),)
    allowances = []
    for index, item in enumerate(reader.items(keys.get("household_allowance"), f"{where}.household_allowance")):
        at = f"{where}.household_allowance[{index + 1}]"
        row = reader.mapping(item, at, ("from_size", "extra_kwh_per_month"))
        extra = reader.decimal(row.get("extra_kwh_per_month"), f"{at}.extra_kwh_per_month", ZERO, required=item)
        allowances.append(
            HouseholdAllowance(reader.whole(row.get("from_size"), f"{at}.from_size", 5, most=99), extra or ZERO)
        )
    sign = reader.choice(keys.get("sign"), f"{where}.sign", ("charge", "credit"), "charge")
    return EnergyCharge(
        **common,
        direction=reader.choice(keys.get("direction"), f"{where}.direction", ("import", "export"), "import"),  # type: ignore[arg-type]
        schedule=schedule,
        ladders=ladders_by_period(tiers, periods) if tiers else {"": (Tier(None, {"": ZERO}),)},
        tier_basis=reader.choice(keys.get("tier_basis"), f"{where}.tier_basis", ("month", "year"), "month"),  # type: ignore[arg-type]
        tier_unit=reader.choice(  # type: ignore[arg-type]
            keys.get("tier_unit"), f"{where}.tier_unit", ("kWh", "kWh/day", "kWh/kW", "kWh/kW/day"), "kWh"
        ),
        allocation=reader.choice(  # type: ignore[arg-type]
            keys.get("allocation"), f"{where}.allocation", ("proportional", "chronological"), "proportional"
        ),
        allowances=tuple(allowances),
        prorate_limits=reader.flag(keys.get("prorate_limits"), f"{where}.prorate_limits", True),
        sign=-1 if sign == "credit" else 1,
        parts=parts,
        cap=reader.decimal(keys.get("cap"), f"{where}.cap", None, least=ZERO),
    )
