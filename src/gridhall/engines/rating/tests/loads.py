"""Loads and rates for tests: deterministic, and cases of the oracle as URDB JSON."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from gridhall.engines.intervals.series import UWH_PER_KWH, ReadSeries
from gridhall.engines.rating.fold import EPOCH
from gridhall.engines.rating.tariff import Tariff
from gridhall.engines.rating.urdb import parse_urdb

GOLDENS = Path(__file__).with_name("pysam_goldens.json")
UNITS = ("kWh", "kWh/kW", "kWh daily", "kWh/kW daily")
DG_RULES = {0: "Net Metering", 2: "Net Billing Instantaneous", 3: "Net Billing Hourly", 4: "Buy All Sell All"}
NO_LIMIT = 1e37


def shared_data() -> Path:
    """Give the folder of shared data beside the checkout (or beside the folder of checkouts); it may not exist."""
    folders = [parent / "shared" / "data" for parent in Path(__file__).resolve().parents[5:]]
    return next((folder for folder in folders if folder.is_dir()), folders[0])


def home_load() -> list[int]:
    """A year of hours of a home, Wh: shaped by hour and month, with a deterministic unrest."""
    out = []
    for hour in range(8760):
        of_day, month = hour % 24, hour // 730
        base = 300 + 40 * ((hour * 7919) % 17) + (900 if 17 <= of_day < 22 else 250 if 6 <= of_day < 9 else 0)
        out.append(base + (350 if month in (0, 1, 6, 7, 11) else 0))
    return out


def roof() -> list[int]:
    """A year of hours of a roof, Wh."""
    out = []
    for hour in range(8760):
        of_day, day = hour % 24, hour // 24
        sun = max(0, 36 - (of_day - 12) ** 2) * (60 - abs(day - 172) // 6)
        out.append(sun * (3 + (day * 31) % 5) // 7)
    return out


def series_of(
    import_wh: list[int], export_wh: list[int] | None = None, *, first: date = date(2018, 1, 1), duration_s: int = 3600
) -> ReadSeries:
    """Make a series of measured reads from watt hours."""
    scale = UWH_PER_KWH // 1000
    start = (first - EPOCH).days * 86_400
    n = len(import_wh)
    return ReadSeries(
        usage_point="test",
        local_start_s=start + np.arange(n, dtype=np.int64) * duration_s,
        duration_s=duration_s,
        import_uwh=np.array(import_wh, np.int64) * scale,
        quality=np.zeros(n, np.uint8),
        export_uwh=None if export_wh is None else np.array(export_wh, np.int64) * scale,
    )


def _tiers(rows: list[list[float]]) -> list[list[dict[str, Any]]]:
    periods: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        entry: dict[str, Any] = {"rate": row[-1]} if len(row) == 4 else {"rate": row[4], "unit": UNITS[int(row[3])]}
        if row[2] < NO_LIMIT:
            entry["max"] = row[2]
        if len(row) == 6 and row[5]:
            entry["sell"] = row[5]
        periods.setdefault(int(row[0]), []).append(entry)
    return [periods[number] for number in sorted(periods)]


def _hours(rows: list[Any]) -> list[list[int]]:
    return [[int(hour) - 1 for hour in row] for row in rows]


def urdb_of(inputs: dict[str, Any], option: int | None = None) -> dict[str, Any]:
    """Write a case of the oracle (matrices of PySAM's UtilityRate5) as URDB JSON."""
    rate: dict[str, Any] = {"energyratestructure": _tiers(inputs["ec"])}
    rate["energyweekdayschedule"], rate["energyweekendschedule"] = (_hours(rows) for rows in inputs["sched"])
    if inputs.get("dcflat"):
        rate |= {"flatdemandstructure": _tiers(inputs["dcflat"]), "flatdemandmonths": list(range(12))}
    if inputs.get("dctou"):
        rate["demandratestructure"] = _tiers(inputs["dctou"])
        rate["demandweekdayschedule"], rate["demandweekendschedule"] = (_hours(rows) for rows in inputs["dcsched"])
    if inputs.get("fixed"):
        rate |= {"fixedchargefirstmeter": inputs["fixed"], "fixedchargeunits": "$/month"}
    if inputs.get("minm"):
        rate["minmonthlycharge"] = inputs["minm"]
    if inputs.get("mina"):
        rate["annualmincharge"] = inputs["mina"]
    if option is not None:
        rate["dgrules"] = DG_RULES[option]
    return rate


def tariff_of(inputs: dict[str, Any], option: int | None = None) -> Tariff:
    """Import a case of the oracle."""
    return parse_urdb(json.dumps(urdb_of(inputs, option)).encode(), "case.json")
