"""Against NREL PySAM (UtilityRate5): its own figures for rates and loads, month by month."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gridhall.core.errors import FaultyInput
from gridhall.engines.rating.explain import recompute
from gridhall.engines.rating.series import rate_series
from gridhall.engines.rating.tests.loads import GOLDENS, home_load, roof, series_of, shared_data, tariff_of
from gridhall.engines.rating.urdb import parse_urdb

SHARED = shared_data() / "tariff_oracles" / "pysam"
CASES = json.loads(GOLDENS.read_text())
RATES = json.loads(Path(__file__).with_name("pysam_rates.json").read_text())
CENT = Decimal("0.01")
HALF_A_CENT = Decimal("0.00505")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_goldens_made_with_pysam(case: dict[str, Any]) -> None:
    load = series_of(home_load(), roof() if case["roof"] else None)
    bill = rate_series(tariff_of(case["inputs"], case["option"]), load)
    for month, expected in zip(bill.months, case["monthly"], strict=True):
        assert abs(month.total - Decimal(str(expected))) <= CENT, month.month
        assert sum((line.amount for line in month.lines), Decimal(0)) == month.total
        for line in month.lines:
            assert recompute(line) == line.amount, line
    assert abs(bill.total - Decimal(str(sum(case["monthly"])))) <= HALF_A_CENT


def hours(rows: list[str]) -> list[list[int]]:
    """Give twelve rows of hours; one row stands for all."""
    return [[int(digit) for digit in row] for row in (rows * 12 if len(rows) == 1 else rows)]


@pytest.mark.parametrize("case", RATES, ids=range(len(RATES)))
def test_rates_of_many_features(case: dict[str, Any]) -> None:
    """Charges per day and year, minimums, adjustments, tiers in every unit, demand by tier and time, every dgrules."""
    rate = {key: hours(value) if key.endswith("schedule") else value for key, value in case["rate"].items()}
    load, own = home_load(), [wh * case["roof"] for wh in roof()]
    if case["rate"].get("dgrules") != "Buy All Sell All":
        pairs = list(zip(load, own, strict=True))
        load, own = [max(a - b, 0) for a, b in pairs], [max(b - a, 0) for a, b in pairs]
    bill = rate_series(parse_urdb(json.dumps(rate).encode(), "rate.json"), series_of(load, own))
    for month, expected in zip(bill.months, case["monthly"], strict=True):
        assert abs(month.total - Decimal(str(expected))) <= CENT, month.month
        assert sum((line.amount for line in month.lines), Decimal(0)) == month.total
        assert all(recompute(line) == line.amount for line in month.lines)
    assert abs(bill.total - Decimal(str(sum(case["monthly"])))) <= HALF_A_CENT


UNPRICED: list[tuple[dict[str, Any], bool]] = [
    ({"lookbackpercent": 0.8, "lookbackrange": 11}, False),
    ({"lookbackpercent": 0, "lookbackrange": 11}, True),
    ({"demandratchetpercentage": [0.5] * 12}, False),
    ({"demandratchetpercentage": [0] * 12}, True),
    ({"coincidentratestructure": [[{"rate": 3}]]}, False),
    ({"coincidentratestructure": [[{"rate": 0}]]}, True),
]


@pytest.mark.parametrize(("fields", "fine"), UNPRICED)
def test_charges_that_cannot_be_priced_are_refused(fields: dict[str, Any], fine: bool) -> None:
    rate = {"energyratestructure": [[{"rate": 0.1}]], "flatdemandstructure": [[{"rate": 9}]], **fields}
    if fine:
        assert not parse_urdb(json.dumps(rate).encode(), "rate.json").warnings
        return
    with pytest.raises(FaultyInput) as refusal:
        parse_urdb(json.dumps(rate).encode(), "rate.json")
    assert refusal.value.faults[0].field in fields and refusal.value.faults[0].remedy


def test_the_form_of_the_database_export_is_read() -> None:
    rate = {
        "_id": {"$oid": "5"},
        "utilityName": "U",
        "rateName": "R",
        "effectiveDate": {"$date": "2024-10-01"},
        "energyRateStrux": [{"energyRateTiers": [{"rate": 0.1, "max": 5, "unit": "kWh daily"}, {"rate": 0.2}]}],
        "energyWeekdaySched": [[0] * 24] * 12,
        "flatDemandStrux": [{"flatDemandTiers": [{"rate": 9}]}],
        "flatDemandMonths": [0] * 12,
        "fixedChargeFirstMeter": 3,
        "fixedChargeUnits": "$/day",
    }
    found = parse_urdb(json.dumps([rate]).encode(), "rate.json")
    assert [c.code for c in found.versions[0].components] == ["energy", "demand", "fixed"]
    assert found.label.en == "U R" and "2024-10-01" in found.versions[0].source.note


@pytest.fixture
def shared_cases() -> tuple[list[dict[str, Any]], list[int]]:
    if not SHARED.is_dir():
        pytest.skip("the shared data are not beside this checkout")
    with gzip.open(SHARED / "hourly_load_pv.csv.gz", "rt") as file:
        load = [round(float(row["load_kwh"]) * 1000) for row in csv.DictReader(file)]
    return json.loads((SHARED / "cases.json").read_text())["cases"], load


@pytest.mark.shared_data
def test_shared_cases_to_the_cent(shared_cases: tuple[list[dict[str, Any]], list[int]]) -> None:
    cases, load = shared_cases
    for case in cases:
        bill = rate_series(tariff_of(case["inputs"]), series_of(load))
        expected = case["expected"]
        for month, amount in zip(bill.months, expected["monthly_bill"], strict=True):
            assert abs(month.total - Decimal(str(amount))) <= Decimal("0.01"), (case["name"], month.month)
        assert abs(bill.total - Decimal(str(expected["annual_bill"]))) <= Decimal("0.01"), case["name"]
