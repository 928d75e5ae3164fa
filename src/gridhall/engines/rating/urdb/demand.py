"""Demand charges of URDB: flat by month, and by time of use."""

from __future__ import annotations

from gridhall.core.errors import Fault
from gridhall.engines.rating.language.document import Node
from gridhall.engines.rating.language.reader import Reader
from gridhall.engines.rating.tariff import Component, DemandCharge, Label, Schedule
from gridhall.engines.rating.urdb.structures import read_ladders, read_schedule

CLAUSE = "urdb"
UNIT_KEYS = ("demandrateunit", "demandunits", "flatdemandunit")


def read_demand(
    reader: Reader, keys: dict[str, Node], schedules: dict[str, Schedule], warnings: list[Fault], file: str
) -> list[Component]:
    """Read flatdemandstructure with flatdemandmonths, and demandratestructure with its schedules."""
    out: list[Component] = [*_flat(reader, keys, warnings), *_by_time(reader, keys, schedules, warnings)]
    if out:
        _check_units(reader, keys, warnings, file)
    return out


def _priced(charge: DemandCharge) -> bool:
    return any(tier.prices[""] for ladder in charge.ladders.values() for tier in ladder)


def _check_units(reader: Reader, keys: dict[str, Node], warnings: list[Fault], file: str) -> None:
    structures = [keys[k] for k in ("flatdemandstructure", "demandratestructure") if k in keys]
    tiers = [t for s in structures if s.is_list for p in s.value if p.is_list for t in p.value if t.is_map]
    nodes = [keys[k] for k in UNIT_KEYS if k in keys] + [t.value["unit"] for t in tiers if "unit" in t.value]
    for node in nodes:
        unit = reader.text(node, "demandrateunit", "kW").strip().lower()
        if unit in ("kw", ""):
            continue
        if unit in ("kva", "hp"):
            problem = f"demand is in {unit}; reads tell kW, and kW is what is priced"
            warning = Fault(file, node.line, "demandrateunit", problem, is_warning=True)
            if warning not in warnings:
                warnings.append(warning)
        else:
            reader.fault(node, "demandrateunit", f"demand per {unit[:40]!r} cannot be priced", "demand is in kW")
    window = keys.get("demandwindow")
    if (
        window is not None
        and not window.is_null
        and str(window.value) not in ("15", "30", "60", "15.0", "30.0", "60.0")
    ):
        problem = f"a demand window of {str(window.value)[:20]} minutes: the reads' own interval is used"
        warnings.append(Fault(file, window.line, "demandwindow", problem, is_warning=True))


def _flat(reader: Reader, keys: dict[str, Node], warnings: list[Fault]) -> list[Component]:
    structure = keys.get("flatdemandstructure")
    if structure is None or structure.is_null:
        return []
    ladders = read_ladders(reader, structure, "flatdemandstructure", warnings, units=False)
    chosen = reader.items(keys.get("flatdemandmonths"), "flatdemandmonths")
    if not chosen and len(ladders.rates) == 1:
        numbers = [0] * 12
    elif len(chosen) != 12:
        reader.fault(structure, "flatdemandmonths", f"has {len(chosen)} months", "give the period of each of 12 months")
        return []
    else:
        numbers = [reader.whole(n, "flatdemandmonths", 0, most=max(0, len(ladders.rates) - 1)) for n in chosen]
    charges = [
        DemandCharge(
            code="demand",
            label=Label("需量电费", "Demand"),
            clause=CLAUSE,
            months=frozenset(m + 1 for m, number in enumerate(numbers) if number == index),
            ladders={"": ladder},
        )
        for index, ladder in enumerate(ladders.rates)
        if index in numbers
    ]
    return [charge for charge in charges if _priced(charge)]


def _by_time(
    reader: Reader, keys: dict[str, Node], schedules: dict[str, Schedule], warnings: list[Fault]
) -> list[Component]:
    structure = keys.get("demandratestructure")
    if structure is None or structure.is_null:
        return []
    ladders = read_ladders(reader, structure, "demandratestructure", warnings, units=False)
    schedule = read_schedule(reader, keys, "demand", len(ladders.rates), structure)
    if reader.faults or schedule is None:
        return []
    charge = DemandCharge(
        code="demand_tou",
        label=Label("分时需量电费", "Demand by time"),
        clause=CLAUSE,
        schedule="demand",
        ladders={f"p{index}": ladder for index, ladder in enumerate(ladders.rates)},
    )
    if not _priced(charge):
        return []
    schedules["demand"] = schedule
    return [charge]
