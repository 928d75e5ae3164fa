"""Rate structures (periods of tiers) and 12 x 24 schedules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from gridhall.core.errors import Fault
from gridhall.engines.rating.language.document import Node
from gridhall.engines.rating.language.reader import Reader
from gridhall.engines.rating.tariff import Schedule, ScheduleRule, Tier, TierUnit

ENERGY_UNITS: dict[str, TierUnit] = {
    "kwh": "kWh",
    "kwh daily": "kWh/day",
    "kwh/kw": "kWh/kW",
    "kwh/kw daily": "kWh/kW/day",
}
UNLIMITED = Decimal("1e11")
ZERO = Decimal(0)
MOST_PERIODS = 200
WHOLE = re.compile(r"(\d{1,4})(?:\.0+)?\Z", re.ASCII)


@dataclass(frozen=True)
class Ladders:
    """Tiers by period, buying and selling, and the unit of their limits."""

    rates: list[tuple[Tier, ...]]
    sells: list[tuple[Tier, ...]]
    unit: TierUnit = "kWh"


def read_ladders(reader: Reader, node: Node, where: str, warnings: list[Fault], units: bool = True) -> Ladders:
    """
    Read [[{rate, adj, max, unit, sell}, …tiers], …periods]; price = rate + adj.

    :param units: whether limits are of energy, in one of four units; else they are of demand.
    """
    rates: list[tuple[Tier, ...]] = []
    sells: list[tuple[Tier, ...]] = []
    seen: set[str] = set()
    for index, period in enumerate(reader.items(node, where)):
        at = f"{where}[{index}]"
        buying: list[Tier] = []
        selling: list[Tier] = []
        tiers = reader.items(period, at)
        for step, tier in enumerate(tiers):
            here = f"{at}[{step}]"
            row = reader.mapping(tier, here)
            if "rate" not in row or row["rate"].is_null:
                problem = "the tier has no rate: 0 is used"
                warnings.append(Fault(reader.file, tier.line, f"{here}.rate", problem, is_warning=True))
            price = (reader.decimal(row.get("rate"), f"{here}.rate", ZERO) or ZERO) + (
                reader.decimal(row.get("adj"), f"{here}.adj", ZERO) or ZERO
            )
            limit = _limit(reader, row.get("max"), f"{here}.max", last=step + 1 == len(tiers), warnings=warnings)
            if limit is not None and buying and (low := buying[-1].up_to) is not None and limit <= low:
                reader.fault(tier, f"{here}.max", f"{limit} is not above the tier before, {low}", "order tiers upward")
            if ("max" not in row or row["max"].is_null) and step + 1 < len(tiers):
                reader.fault(tier, f"{here}.max", "only the last tier may be without a limit", "add `max`")
            if "unit" in row and not row["unit"].is_null:
                seen.add(reader.text(row["unit"], f"{here}.unit").strip().lower())
            sell = reader.decimal(row.get("sell"), f"{here}.sell", ZERO) or ZERO
            buying.append(Tier(limit, {"": price}))
            selling.append(Tier(limit, {"": sell}))
        if not tiers:
            reader.fault(period, at, "the period has no tier", "give at least one {rate}")
        rates.append(tuple(buying))
        sells.append(tuple(selling))
    if not rates:
        reader.fault(node, where, "there is no period", "give at least one list of tiers")
    if len(rates) > MOST_PERIODS:
        reader.fault(node, where, f"has {len(rates)} periods", f"{MOST_PERIODS} are the most")
    return Ladders(rates, sells, _unit(reader, node, where, seen, rates) if units else "kWh")


def _limit(reader: Reader, node: Node | None, field: str, *, last: bool, warnings: list[Fault]) -> Decimal | None:
    if node is None or node.is_null:
        return None
    try:
        if Decimal(str(node.value)) >= UNLIMITED or str(node.value) in ("Infinity", "inf"):
            return None
    except ArithmeticError:
        pass
    limit = reader.decimal(node, field, None, least=ZERO)
    if last and limit is not None:
        problem = f"what is above the last limit, {limit}, has no price of its own; the last tier's is used"
        warnings.append(Fault(reader.file, node.line, field, problem, is_warning=True))
        return None
    return limit


def _unit(reader: Reader, node: Node, where: str, seen: set[str], rates: list[tuple[Tier, ...]]) -> TierUnit:
    unknown = sorted(seen - set(ENERGY_UNITS))
    if unknown:
        reader.fault(
            node, where, f"the unit {unknown[0][:40]!r} is not known", "use kWh, kWh daily, kWh/kW, kWh/kW daily"
        )
        return "kWh"
    if len(seen) > 1 and any(len(ladder) > 1 for ladder in rates):
        reader.fault(node, where, f"limits are in {' and in '.join(sorted(seen))}", "limits of one rate share a unit")
    return ENERGY_UNITS[min(seen)] if seen else "kWh"


def read_schedule(reader: Reader, keys: dict[str, Node], kind: str, periods: int, structure: Node) -> Schedule | None:
    """Read the weekday and weekend schedules, 12 x 24 period numbers each; one that is missing is like the other."""
    names = (f"{kind}weekdayschedule", f"{kind}weekendschedule")
    tables = [_table(reader, keys[name], name, periods) if name in keys else None for name in names]
    if reader.faults:
        return None
    found = next((table for table in tables if table is not None), None)
    if found is None:
        if periods > 1:
            reader.fault(structure, names[0], "is missing: nothing says when each period holds", "add both schedules")
            return None
        found = [[0] * 24] * 12
    rules = []
    for selector, table in zip(("weekday", "weekend"), tables, strict=True):
        rows = table or found
        for row in sorted({tuple(r) for r in rows}):
            months = frozenset(m + 1 for m, r in enumerate(rows) if tuple(r) == row)
            for period in sorted(set(row)):
                rules.append(ScheduleRule(f"p{period}", _spans(row, period), months, (selector,)))
    return Schedule(kind, tuple(f"p{index}" for index in range(periods)), tuple(rules))


def _spans(row: tuple[int, ...], period: int) -> tuple[tuple[int, int], ...]:
    spans = []
    hour = 0
    for value, group in groupby(row):
        length = len(list(group))
        if value == period:
            spans.append((hour * 60, (hour + length) * 60))
        hour += length
    return tuple(spans)


def _table(reader: Reader, node: Node, where: str, periods: int) -> list[list[int]]:
    known = len(reader.faults)
    rows = reader.items(node, where)
    if len(reader.faults) > known:
        return []
    if len(rows) != 12:
        reader.fault(node, where, f"has {len(rows)} rows", "give 12 months of 24 hours")
        return []
    table = []
    for month, row in enumerate(rows):
        hours = reader.items(row, f"{where}[{month}]")
        if len(hours) != 24:
            reader.fault(row, f"{where}[{month}]", f"has {len(hours)} hours", "give 24 hours")
            return []
        table.append(_hours(reader, hours, f"{where}[{month}]", periods))
    return table


def _hours(reader: Reader, hours: list[Node], where: str, periods: int) -> list[int]:
    """Read the period numbers of 24 hours; one that stands for no period is named once a row."""
    found = [WHOLE.match(str(hour.value)) for hour in hours]
    numbers = [int(match[1]) if match else -1 for match in found]
    for hour, number in zip(hours, numbers, strict=True):
        if not 0 <= number < periods:
            problem = f"{str(hour.value)[:20]} is no period: there are {periods}, counted from 0"
            reader.fault(hour, where, problem, "give each hour the number of its period in the structure")
            return [0] * 24
    return numbers
