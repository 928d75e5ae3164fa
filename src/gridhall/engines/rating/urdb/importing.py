"""Import one rate: energy tiers by period, demand, fixed and minimum charges, export."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.rating.language.document import MOST_JSON, Node, decode, read_json
from gridhall.engines.rating.language.reader import Reader
from gridhall.engines.rating.tariff import (
    Clause,
    Component,
    EnergyCharge,
    FixedCharge,
    Label,
    Metering,
    MinimumCharge,
    Schedule,
    Source,
    Tariff,
    TariffVersion,
)
from gridhall.engines.rating.urdb.demand import read_demand
from gridhall.engines.rating.urdb.shapes import ACTUAL_DAYS, find_rate
from gridhall.engines.rating.urdb.structures import read_ladders, read_schedule

LONG_AGO = date(1900, 1, 1)
DG_RULES: dict[str, Metering] = {
    "net metering": "net_month",
    "net billing instantaneous": "net_interval",
    "net billing hourly": "net_interval_money",
    "buy all sell all": "separate",
    "none": "separate",
}
REFUSED = {
    "coincidentratestructure": "charges on the demand at the moment of the system's peak, which reads do not tell",
    "lookbackpercent": "demand by the highest of earlier months (lookback)",
    "demandratchetpercentage": "demand by the highest of earlier months (ratchet)",
}
"""Charges that would be missing from the bill; a rate that has them is refused."""
UNSUPPORTED = {
    "demandreactivepowercharge": "a charge for reactive power",
    "fueladjustmentsmonthly": "monthly fuel adjustments",
    "fixedchargeeaaddl": "fixed charges for further meters",
    "energyattrs": "energy attributes",
    "demandattrs": "demand attributes",
    "fixedattrs": "fixed-charge attributes",
}
CLAUSE = "urdb"


def parse_urdb(content: bytes, file: str, chosen: str = "") -> Tariff:
    """
    Read a rate in URDB JSON, or in ratebook's form of it.

    Without `dgrules`: net metering by month, as NREL's converter of these rates has it.
    Tiers by period are filled in proportion under net metering, and in order of time under net billing.

    :param chosen: label or name of the rate, where the file holds several.
    :raises FaultyInput: with every fault; never anything else.
    """
    reader = Reader(file)
    rate = find_rate(reader, read_json(decode(content, file, MOST_JSON), file), chosen)
    keys = rate.value
    _refuse(reader, keys)
    warnings = _unsupported(reader, keys, file)
    schedules: dict[str, Schedule] = {}
    components: list[Component] = []
    metering, ordered = _metering(reader, keys, warnings, file)
    components += _energy(reader, rate, schedules, metering, ordered, warnings, file)
    components += read_demand(reader, keys, schedules, warnings, file)
    components += _fixed(reader, keys)
    components += _minimums(reader, keys, _minimum_base(metering, components))
    if not components and not reader.faults:
        reader.fault(rate, "energyratestructure", "the rate charges nothing", "check that the whole rate was saved")
    if reader.faults:
        raise FaultyInput(reader.faults)
    name = reader.text(keys.get("name"), "name", "URDB rate")
    utility = reader.text(keys.get("utility"), "utility")
    label = reader.text(keys.get("label"), "label")
    url = reader.text(keys.get("uri"), "uri")
    note = f"effective {_span(reader, keys)}; not compared with the utility's tariff book"
    document = f"OpenEI Utility Rate Database {label}".strip()
    titles = {p for s in schedules.values() for p in s.periods}
    return Tariff(
        code=re.sub(r"[^a-z0-9]+", "-", f"{utility} {name}".lower()).strip("-")[:64] or "urdb",
        label=Label(f"{utility} {name}".strip(), f"{utility} {name}".strip()),
        currency="USD",
        versions=(TariffVersion(LONG_AGO, None, tuple(components), Source(document, url, False, note)),),
        schedules=schedules,
        period_labels={p: Label(f"时段{int(p[1:]) + 1}", f"period {int(p[1:]) + 1}") for p in titles},
        clauses={CLAUSE: Clause(CLAUSE, document, label, f"{utility}: {name}", url)},
        metering=metering,
        credit_by_hours=True,
        carry_rounding=True,
        credit_settled_in=12 if metering in ("net_month", "net_interval_money") else 0,
        warnings=tuple(warnings),
    )


def _warn(warnings: list[Fault], file: str, node: Node | None, field: str, problem: str) -> None:
    warnings.append(Fault(file, node.line if node else None, field, problem, is_warning=True))


def _says_something(node: Node) -> bool:
    if node.is_list:
        return any(_says_something(child) for child in node.value)
    if node.is_map:
        return bool(node.value)
    return not node.is_null and str(node.value) not in ("0", "0.0", "", "false", "False")


def _refuse(reader: Reader, keys: dict[str, Node]) -> None:
    ratchets = ("lookbackpercent", "demandratchetpercentage")
    has_demand = any(_has_rates(keys.get(key)) for key in ("flatdemandstructure", "demandratestructure"))
    for key, what in REFUSED.items():
        if key not in keys or not (has_demand if key in ratchets else _has_rates(keys[key])):
            continue
        if _says_something(keys[key]):
            remedy = "the bill would be wrong without it; take the field out of the file to price the rest alone"
            reader.fault(keys[key], key, f"cannot be priced: {what}", remedy)


def _has_rates(node: Node | None) -> bool:
    """Tell whether any price in a structure is not 0."""
    if node is None:
        return False
    if node.is_list:
        return any(_has_rates(child) for child in node.value)
    if node.is_map:
        return any(_says_something(node.value[key]) for key in ("rate", "adj") if key in node.value)
    return False


def _unsupported(reader: Reader, keys: dict[str, Node], file: str) -> list[Fault]:
    warnings: list[Fault] = []
    for key, what in UNSUPPORTED.items():
        if key in keys and _says_something(keys[key]):
            _warn(warnings, file, keys[key], key, f"not priced: {what}")
    for item in reader.items(keys.get("unsupported"), "unsupported"):
        _warn(warnings, file, item, "unsupported", f"not priced: {str(item.value)[:80]}")
    return warnings


def _sells(keys: dict[str, Node]) -> bool:
    structure = keys.get("energyratestructure")
    tiers = [
        tier
        for period in (structure.value if structure is not None and structure.is_list else [])
        for tier in (period.value if period.is_list else [])
        if tier.is_map
    ]
    return any("sell" in tier.value and _says_something(tier.value["sell"]) for tier in tiers)


def _metering(reader: Reader, keys: dict[str, Node], warnings: list[Fault], file: str) -> tuple[Metering, bool]:
    """Give how import and export meet, and whether tiers by period are filled in order of time."""
    node = keys.get("dgrules")
    if node is None or node.is_null:
        if _sells(keys):
            problem = "no rules for generation are given: net metering by month is used, sell rates are not"
            _warn(warnings, file, None, "dgrules", problem)
        return "net_month", False
    word = reader.text(node, "dgrules").strip().lower()
    if word not in DG_RULES:
        problem = f"rules for generation {word[:60]!r} are not known: net metering by month is used"
        _warn(warnings, file, node, "dgrules", problem)
        return "net_month", False
    return DG_RULES[word], word not in ("net metering", "none")


def _energy(
    reader: Reader,
    rate: Node,
    schedules: dict[str, Schedule],
    metering: Metering,
    ordered: bool,
    warnings: list[Fault],
    file: str,
) -> list[Component]:
    keys = rate.value
    structure = keys.get("energyratestructure")
    if structure is None or structure.is_null:
        _warn(warnings, file, rate, "energyratestructure", "the rate has no energy charge")
        return []
    ladders = read_ladders(reader, structure, "energyratestructure", warnings)
    schedule = read_schedule(reader, keys, "energy", len(ladders.rates), structure)
    if reader.faults or schedule is None:
        return []
    schedules["energy"] = schedule
    allocation = "chronological" if ordered else "proportional"
    by_period = {f"p{index}": ladder for index, ladder in enumerate(ladders.rates)}
    charge = EnergyCharge(
        code="energy",
        label=Label("电度电费", "Energy"),
        clause=CLAUSE,
        schedule="energy",
        ladders=by_period,
        tier_unit=ladders.unit,
        allocation=allocation,  # type: ignore[arg-type]
    )
    if metering == "net_month" or not any(tier.prices[""] for ladder in ladders.sells for tier in ladder):
        return [charge]
    export = EnergyCharge(
        code="export",
        label=Label("上网电费", "Export credit"),
        clause=CLAUSE,
        direction="export",
        schedule="energy",
        ladders={f"p{index}": ladder for index, ladder in enumerate(ladders.sells)},
        tier_unit=ladders.unit,
        allocation=allocation,  # type: ignore[arg-type]
        sign=-1,
    )
    return [charge, export]


def _per(reader: Reader, node: Node | None, field: str) -> str:
    word = reader.text(node, field, "$/month").lower().replace(" ", "")
    for unit in ("month", "day", "year"):
        if word in (f"$/{unit}", unit):
            return unit
    reader.fault(node, field, f"{word[:40]!r} is not a unit we know", "write $/month, $/day or $/year")
    return "month"


def _fixed(reader: Reader, keys: dict[str, Node]) -> list[Component]:
    found: list[tuple[Decimal | None, str]] = []
    if "fixedchargefirstmeter" in keys:
        amount = reader.decimal(keys["fixedchargefirstmeter"], "fixedchargefirstmeter")
        found.append((amount, _per(reader, keys.get("fixedchargeunits"), "fixedchargeunits")))
    elif "fixedmonthlycharge" in keys:
        found.append((reader.decimal(keys["fixedmonthlycharge"], "fixedmonthlycharge"), "month"))
    for item in reader.items(keys.get("fixed_list"), "fixed_charges"):
        row = reader.mapping(item, "fixed_charges")
        amount = reader.decimal(row.get("amount"), "fixed_charges.amount", required=item)
        found.append((amount, _per(reader, row.get("unit"), "fixed_charges.unit")))
    return [
        FixedCharge(
            code="fixed" if index == 0 else f"fixed{index + 1}",
            label=Label("固定费用", "Fixed charge"),
            clause=CLAUSE,
            amount=amount,
            per=per,  # type: ignore[arg-type]
            even_days=ACTUAL_DAYS not in keys,
        )
        for index, (amount, per) in enumerate(found)
        if amount
    ]


def _minimum_base(metering: Metering, components: list[Component]) -> tuple[str, ...]:
    """Where all is bought and all is sold, the minimum is of what is bought; else of the whole bill (empty)."""
    codes = dict.fromkeys(c.code for c in components)
    return tuple(code for code in codes if code != "export") if metering == "separate" and "export" in codes else ()


def _minimums(reader: Reader, keys: dict[str, Node], base: tuple[str, ...]) -> list[Component]:
    found: dict[str, Decimal | None] = {}
    if "mincharge" in keys:
        per = _per(reader, keys.get("minchargeunits"), "minchargeunits")
        found[per] = reader.decimal(keys["mincharge"], "mincharge")
    for key, per in (("minmonthlycharge", "month"), ("annualmincharge", "year")):
        if key in keys:
            found.setdefault(per, reader.decimal(keys[key], key))
    labels = {"year": Label("年最低电费", "Annual minimum")}
    return [
        MinimumCharge(
            code="annual_minimum" if per == "year" else "minimum",
            label=labels.get(per, Label("最低电费", "Minimum charge")),
            clause=CLAUSE,
            amount=amount,
            per=per,  # type: ignore[arg-type]
            base=base,
            even_days=ACTUAL_DAYS not in keys,
        )
        for per, amount in sorted(found.items())
        if amount
    ]


def _span(reader: Reader, keys: dict[str, Node]) -> str:
    """Tell from when to when the rate holds; URDB gives seconds since 1970, ratebook days."""
    words = []
    for names in (("startdate", "start"), ("enddate", "end")):
        node = next((keys[name] for name in names if name in keys and not keys[name].is_null), None)
        words.append("…" if node is None else _moment(reader, node, names[0]))
    return f"{words[0]} to {words[1]}"


def _moment(reader: Reader, node: Node, field: str) -> str:
    if isinstance(node.value, int | Decimal) and not isinstance(node.value, bool) and 0 <= node.value < 4_102_444_800:
        return str(datetime.fromtimestamp(int(node.value), UTC).date())
    return reader.text(node, field)[:40] if not isinstance(node.value, list | dict) else "…"
