"""Against NREL PySAM (UtilityRate5): its own figures for rates and loads, month by month."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal
from typing import Any

import pytest

from gridhall.engines.rating.explain import recompute
from gridhall.engines.rating.series import rate_series
from gridhall.engines.rating.tests.loads import GOLDENS, home_load, roof, series_of, shared_data, tariff_of

SHARED = shared_data() / "tariff_oracles" / "pysam"
CASES = json.loads(GOLDENS.read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_goldens_made_with_pysam(case: dict[str, Any]) -> None:
    load = series_of(home_load(), roof() if case["roof"] else None)
    bill = rate_series(tariff_of(case["inputs"], case["option"]), load)
    # Lines are rounded; money credits carry their own rounding, hence two cents for them.
    allowed = Decimal("0.02") if case["option"] == 3 else Decimal("0.0101")
    for month, expected in zip(bill.months, case["monthly"], strict=True):
        assert abs(month.total - Decimal(str(expected))) <= allowed, month.month
        assert sum((line.amount for line in month.lines), Decimal(0)) == month.total
        for line in month.lines:
            assert recompute(line) == line.amount, line
    assert abs(bill.total - Decimal(str(sum(case["monthly"])))) <= Decimal("0.05")


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
