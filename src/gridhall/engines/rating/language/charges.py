"""Components other than energy: fixed, capacity, demand, power factor, minimum, allowance, cap, tax."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from gridhall.engines.rating.language.components import (
    COMMON,
    ZERO,
    Setting,
    ladders_by_period,
    read_common,
    read_energy,
    read_ladder,
    read_prices,
    read_schedule_name,
)
from gridhall.engines.rating.language.document import Node
from gridhall.engines.rating.language.reader import Reader
from gridhall.engines.rating.tariff import (
    AverageCap,
    CapacityCharge,
    Component,
    DemandCharge,
    FixedCharge,
    FreeAllowance,
    MinimumCharge,
    PowerFactorAdjustment,
    Tax,
    Tier,
)


def _number(reader: Reader, keys: dict[str, Node], name: str, where: str, node: Node) -> Decimal:
    return reader.decimal(keys.get(name), f"{where}.{name}", ZERO, required=node) or ZERO


def _names(reader: Reader, node: Node | None, field: str) -> tuple[str, ...]:
    if node is not None and not node.is_list and not node.is_null:
        return (reader.text(node, field),)
    return tuple(reader.text(item, field) for item in reader.items(node, field))


def read_fixed(reader: Reader, node: Node, where: str, setting: Setting) -> FixedCharge:
    """Read an amount per month, day or year."""
    keys = reader.mapping(node, where, (*COMMON, "amount", "per", "prorate"))
    return FixedCharge(
        **read_common(reader, keys, node, where, setting),
        amount=_number(reader, keys, "amount", where, node),
        per=reader.choice(keys.get("per"), f"{where}.per", ("month", "day", "year"), "month"),  # type: ignore[arg-type]
        prorate=reader.flag(keys.get("prorate"), f"{where}.prorate", True),
    )


def read_capacity(reader: Reader, node: Node, where: str, setting: Setting) -> CapacityCharge:
    """Read a price per kVA and month."""
    keys = reader.mapping(node, where, (*COMMON, "price", "prorate"))
    return CapacityCharge(
        **read_common(reader, keys, node, where, setting),
        price=_number(reader, keys, "price", where, node),
        prorate=reader.flag(keys.get("prorate"), f"{where}.prorate", True),
    )


def read_demand(reader: Reader, node: Node, where: str, setting: Setting) -> DemandCharge:
    """Read a price per kW and month, with the rules of a contracted maximum demand."""
    own = ("schedule", "price", "prices", "tiers", "basis", "over_percent", "over_multiple", "floor_percent")
    keys = reader.mapping(node, where, (*COMMON, *own, "discount", "prorate"))
    schedule, periods = read_schedule_name(reader, keys, where, setting)
    if "tiers" in keys:
        tiers = read_ladder(reader, keys["tiers"], f"{where}.tiers", periods)
    else:
        price = keys.get("price") or keys.get("prices")
        if price is None:
            reader.fault(node, where, "has no price", "add `price:`, `prices:` or `tiers:`")
        prices = read_prices(reader, price, f"{where}.price", periods) if price is not None else {"": ZERO}
        tiers = (Tier(None, prices),)
    basis = reader.choice(keys.get("basis"), f"{where}.basis", ("measured", "contract", "actual"), "measured")
    if basis == "contract" and (schedule or len(tiers) > 1):
        reader.fault(node, f"{where}.basis", "a contracted demand has one price, no windows or tiers", "use `price:`")
    discount: dict[str, Node] = {}
    if "discount" in keys:
        discount = reader.mapping(keys["discount"], f"{where}.discount", ("percent", "from_kwh_per_kva"))
    return DemandCharge(
        **read_common(reader, keys, node, where, setting),
        schedule=schedule,
        ladders=ladders_by_period(tiers, periods) if tiers else {"": (Tier(None, {"": ZERO}),)},
        basis=basis,  # type: ignore[arg-type]
        over_percent=reader.whole(keys.get("over_percent"), f"{where}.over_percent", 105, most=1000),
        over_multiple=reader.whole(keys.get("over_multiple"), f"{where}.over_multiple", 2, most=100),
        floor_percent=reader.whole(keys.get("floor_percent"), f"{where}.floor_percent", 0, most=100),
        discount_percent=reader.whole(discount.get("percent"), f"{where}.discount.percent", 0, most=100),
        discount_kwh_per_kva=reader.decimal(
            discount.get("from_kwh_per_kva"), f"{where}.discount.from_kwh_per_kva", None, least=ZERO
        ),
        prorate=reader.flag(keys.get("prorate"), f"{where}.prorate", True),
    )


def read_power_factor(reader: Reader, node: Node, where: str, setting: Setting) -> PowerFactorAdjustment:
    """Read an adjustment by power factor: the shipped table, or 101 percentages (1.00 down to 0.00) a standard."""
    keys = reader.mapping(node, where, (*COMMON, "base", "excludes", "tables"))
    tables: dict[str, tuple[int, ...]] = {}
    source = keys.get("tables")
    if source is None or not source.is_map:
        name = reader.text(source, f"{where}.tables", "cn-1983-215")
        tables = SHIPPED_TABLES.get(name, {})
        if not tables:
            reader.fault(source or node, f"{where}.tables", f"there is no table {name!r}", "use cn-1983-215")
    else:
        for standard, rows in source.value.items():
            at = f"{where}.tables.{standard}"
            percents = [reader.decimal(item, at, ZERO) or ZERO for item in reader.items(rows, at)]
            if len(percents) != 101 or any(p * 100 != int(p * 100) for p in percents):
                reader.fault(rows, at, "is not 101 percentages of 2 places", "give power factors 1.00 to 0.00")
                percents = [ZERO] * 101
            if standard not in ("0.90", "0.85", "0.80", "0.95"):
                reader.fault(rows, at, "is not a standard", "use '0.90', '0.85' or '0.80', in quotes")
            tables[standard] = tuple(int(p * 100) for p in reversed(percents))
    return PowerFactorAdjustment(
        **read_common(reader, keys, node, where, setting),
        base=_names(reader, keys.get("base"), f"{where}.base"),
        excludes=_names(reader, keys.get("excludes"), f"{where}.excludes"),
        tables=tables,
    )


def standard_table(standard: int) -> tuple[int, ...]:
    """
    Build the table of 水电财字〔1983〕215号 for a standard in 1/100: percent in 1/100 by power factor in 1/100.

    Above the standard 0.15 points a step (0.10 below 0.90), down to -0.75, -1.10, -1.30; below it 0.5 points a step for
    twenty steps down to 10 %, then 1 point for five steps, then 2 points.

    >>> standard_table(90)[80], standard_table(85)[95], standard_table(80)[50], standard_table(90)[0]
    (500, -110, 2500, 14500)
    """
    table = []
    for factor in range(101):
        below = standard - factor
        if below >= 0:
            percent = 50 * min(below, 20) + 100 * min(max(below - 20, 0), 5) + 200 * max(below - 25, 0)
        else:
            to_90 = max(min(factor, 90) - standard, 0)
            percent = -(10 * to_90 + 15 * max(factor - max(90, standard), 0))
        table.append(max(percent, {90: -75, 85: -110, 80: -130}[standard]))
    return tuple(table)


SHIPPED_TABLES = {"cn-1983-215": {f"0.{s}": standard_table(s) for s in (90, 85, 80)}}


def read_minimum(reader: Reader, node: Node, where: str, setting: Setting) -> MinimumCharge:
    """Read the least that `base` may come to."""
    keys = reader.mapping(node, where, (*COMMON, "amount", "per", "base", "prorate"))
    return MinimumCharge(
        **read_common(reader, keys, node, where, setting),
        amount=_number(reader, keys, "amount", where, node),
        per=reader.choice(keys.get("per"), f"{where}.per", ("month", "day", "year", "kVA"), "month"),  # type: ignore[arg-type]
        base=_names(reader, keys.get("base"), f"{where}.base"),
        prorate=reader.flag(keys.get("prorate"), f"{where}.prorate", True),
    )


def read_allowance(reader: Reader, node: Node, where: str, setting: Setting) -> FreeAllowance:
    """Read energy that is free each month."""
    keys = reader.mapping(node, where, (*COMMON, "kwh_per_month", "price", "prorate"))
    return FreeAllowance(
        **read_common(reader, keys, node, where, setting),
        kwh_per_month=_number(reader, keys, "kwh_per_month", where, node),
        price=_number(reader, keys, "price", where, node),
        prorate=reader.flag(keys.get("prorate"), f"{where}.prorate", True),
    )


def read_cap(reader: Reader, node: Node, where: str, setting: Setting) -> AverageCap:
    """Read a cap on the average price."""
    keys = reader.mapping(node, where, (*COMMON, "price", "base"))
    return AverageCap(
        **read_common(reader, keys, node, where, setting),
        price=_number(reader, keys, "price", where, node),
        base=_names(reader, keys.get("base"), f"{where}.base"),
    )


def read_tax(reader: Reader, node: Node, where: str, setting: Setting) -> Tax:
    """Read a tax, on top or inside."""
    keys = reader.mapping(node, where, (*COMMON, "percent", "inside", "base"))
    return Tax(
        **read_common(reader, keys, node, where, setting),
        percent=_number(reader, keys, "percent", where, node),
        inside=reader.flag(keys.get("inside"), f"{where}.inside", False),
        base=_names(reader, keys.get("base"), f"{where}.base"),
    )


KINDS: dict[str, Callable[[Reader, Node, str, Setting], Component]] = {
    "energy": read_energy,
    "fixed": read_fixed,
    "capacity": read_capacity,
    "demand": read_demand,
    "power_factor": read_power_factor,
    "minimum": read_minimum,
    "free_allowance": read_allowance,
    "average_cap": read_cap,
    "tax": read_tax,
}
