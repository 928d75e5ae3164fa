"""Find the one rate in a JSON file, whatever it is wrapped in."""

from __future__ import annotations

from gridhall.core.errors import FaultyInput
from gridhall.engines.rating.language.document import Node
from gridhall.engines.rating.language.reader import Reader

EXPORT_NAMES = {
    "utilityname": "utility",
    "ratename": "name",
    "effectivedate": "startdate",
    "coincidentsched": "coincidentrateschedule",
}
"""Names in the database export that differ in more than capitals and abbreviations."""
ACTUAL_DAYS = "actual days"
"""Marks a rate whose charges per day are charged for the days of the month, as ratebook does."""
RATE_MARKS = ("energyratestructure", "flatdemandstructure", "demandratestructure", "fixedchargefirstmeter", "utility")
METERING_WORDS = {
    "net_metering": "Net Metering",
    "net_billing": "Net Billing Instantaneous",
    "buy_all_sell_all": "Buy All Sell All",
    "none": "none",
}


def find_rate(reader: Reader, root: Node, chosen: str) -> Node:
    """
    Give the rate object: bare, in a list, in `items` or another list of rates, or one of many by name.

    Other forms become that of the API: ratebook's, and the database export (energyRateStrux, energyRateTiers …).

    :raises FaultyInput: if there is none, or many and none was chosen.
    """
    node = _from_export(_unwrapped(root), 0)
    if node.is_list:
        node = _of_list(reader, node, chosen)
    if node.is_map and not _is_rate(node):
        inside = {name: _from_export(child, 2) for name, child in node.value.items()}
        if named := {name: child for name, child in inside.items() if _is_rate(child)}:
            node = _of_names(reader, node, named, chosen)
    if not _is_rate(node):
        reader.fault(
            node, "", "this is no rate of the Utility Rate Database", "it has `energyratestructure` or `energy`"
        )
        raise FaultyInput(reader.faults)
    return _from_ratebook(reader, node) if _is_ratebook(node) else node


def _unwrapped(node: Node) -> Node:
    """Take the list of rates out of what is around it: `items` of the API, or a list under another name."""
    if not node.is_map or _is_rate(node):
        return node
    lists = {name: child for name, child in node.value.items() if child.is_list}
    if "items" in lists:
        return lists["items"]
    found = [child for child in lists.values() if any(_is_rate(_from_export(item, 2)) for item in child.value)]
    return found[0] if len(found) == 1 else node


def _from_export(node: Node, depth: int) -> Node:
    """Turn rates of the database export into the API's form, wherever they stand in the outer two layers."""
    if node.is_list and depth < 2:
        return Node([_from_export(child, depth + 1) for child in node.value], node.line)
    if not node.is_map:
        return node
    exported = any(key.endswith("Strux") for key in node.value)
    out: dict[str, Node] = {}
    for key, child in node.value.items():
        name = key
        if exported:
            name = key.lower()
            name = EXPORT_NAMES.get(name, name)
            for short, whole in (("strux", "structure"), ("sched", "schedule")):
                name = name.removesuffix(short) + whole if name.endswith(short) else name
        out[name] = _flat_tiers(child) if name.endswith("structure") else _plain_value(child)
    return Node(out, node.line)


def _flat_tiers(node: Node) -> Node:
    """Take tiers out of {"energyRateTiers": […]}."""
    if not node.is_list:
        return node
    periods = []
    for period in node.value:
        tiers = [v for k, v in period.value.items() if k.endswith("Tiers")] if period.is_map else []
        periods.append(tiers[0] if tiers else period)
    return Node(periods, node.line)


def _plain_value(node: Node) -> Node:
    """Take a value out of {"$date": …} or {"$oid": …}."""
    if node.is_map and len(node.value) == 1:
        key, child = next(iter(node.value.items()))
        if key.startswith("$"):
            return child
    return node


def _is_ratebook(node: Node) -> bool:
    return node.is_map and "energy" in node.value and "schedule" in node.value and node.value["energy"].is_map


def _is_rate(node: Node) -> bool:
    return _is_ratebook(node) or (node.is_map and any(mark in node.value for mark in RATE_MARKS))


def _of_list(reader: Reader, node: Node, chosen: str) -> Node:
    rates = [item for item in node.value if item.is_map]
    for item in rates:
        if chosen and chosen in {str(item.value[k].value) for k in ("label", "name") if k in item.value}:
            return item
    if not rates:
        reader.fault(node, "items", "holds no rate", "download the rate with detail=full")
        raise FaultyInput(reader.faults)
    if chosen or len(rates) != 1:
        labels = [str(item.value["label"].value) for item in rates if "label" in item.value]
        reader.fault(node, "items", f"holds {len(rates)} rates", f"name one as FILE#LABEL: {', '.join(labels[:20])}")
        raise FaultyInput(reader.faults)
    return rates[0]


def _of_names(reader: Reader, node: Node, named: dict[str, Node], chosen: str) -> Node:
    if chosen in named:
        return named[chosen]
    if chosen or len(named) != 1:
        reader.fault(node, "", f"holds {len(named)} rates", f"name one as FILE#NAME: {', '.join(list(named)[:30])}")
        raise FaultyInput(reader.faults)
    return next(iter(named.values()))


def _from_ratebook(reader: Reader, node: Node) -> Node:
    """Turn ratebook's form (periods of tiers, decimals as strings) into URDB's."""
    rate = node.value
    line = node.line

    def map_of(key: str) -> dict[str, Node]:
        child = rate.get(key)
        return child.value if child is not None and child.is_map else {}

    periods = []
    for period in reader.items(map_of("energy").get("periods"), "energy.periods"):
        tiers = []
        holder = reader.mapping(period, "energy.periods")
        for tier in reader.items(holder.get("tiers"), "energy.periods.tiers"):
            keys = dict(reader.mapping(tier, "energy.periods.tiers", ("rate", "adj", "max", "max_unit", "sell")))
            if "max_unit" in keys:
                keys["unit"] = keys.pop("max_unit")
            tiers.append(Node(keys, tier.line))
        periods.append(Node(tiers, period.line))
    out: dict[str, Node] = {"energyratestructure": Node(periods, line)}
    for ours, theirs in (("weekday", "energyweekdayschedule"), ("weekend", "energyweekendschedule")):
        if ours in map_of("schedule"):
            out[theirs] = map_of("schedule")[ours]
    out |= {"name": map_of("identity").get("plan_name", Node("", line, True))}
    out |= {"utility": map_of("identity").get("utility_id", Node("", line, True))}
    out |= {"label": map_of("provenance").get("urdb_label", Node("", line, True))}
    word = str(rate["metering"].value) if "metering" in rate else "none"
    out["dgrules"] = Node(METERING_WORDS.get(word, word), line, True)
    fixed = reader.items(rate.get("fixed_charges"), "fixed_charges")
    out["fixed_list"] = Node(fixed, line)
    if (least := rate.get("min_charge")) is not None and least.is_map:
        out |= {"mincharge": least.value.get("amount", least), "minchargeunits": least.value.get("unit", least)}
    spans = map_of("effective_range")
    out |= {key: spans[key] for key in ("start", "end") if key in spans and not spans[key].is_null}
    out["unsupported"] = rate.get("unsupported", Node([], line))
    if map_of("demand"):
        reader.fault(rate["demand"], "demand", "demand charges in this form cannot be priced", "give the rate of URDB")
    out[ACTUAL_DAYS] = Node(True, line)
    return Node(out, line)
