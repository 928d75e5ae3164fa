"""Worked examples of Hubei, by hand and from the shared data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gridhall.core.periods import Month
from gridhall.engines.rating.catalogue import load_tariff, shipped_codes
from gridhall.engines.rating.compile import compile_month
from gridhall.engines.rating.determinants import Determinants
from gridhall.engines.rating.explain import lines_of, recompute
from gridhall.engines.rating.price import price
from gridhall.engines.rating.pricing.adjustments import power_factor_hundredths
from gridhall.engines.rating.series import rate_series
from gridhall.engines.rating.terms import AccountTerms, columns_from
from gridhall.engines.rating.tests.loads import series_of, shared_data

SHARED = shared_data() / "tariffs_cn" / "worked_examples.yaml"
RESIDENTIAL = [
    (0, "0.00"),
    (1, "0.56"),
    (2160, "1205.28"),
    (2161, "1205.89"),
    (3000, "1716.00"),
    (4800, "2810.40"),
    (4801, "2811.26"),
    (6000, "3840.00"),
]


@pytest.mark.parametrize(("annual_kwh", "amount"), RESIDENTIAL)
def test_residential_annual_tiers(annual_kwh: int, amount: str) -> None:
    tariff = load_tariff("hubei-residential")
    load = [0] * 8760
    load[0] = annual_kwh * 1000
    assert rate_series(tariff, series_of(load, first=date(2026, 1, 1))).total == Decimal(amount)


@pytest.mark.parametrize(("annual_kwh", "amount"), RESIDENTIAL)
def test_residential_annual_tiers_month_by_month(annual_kwh: int, amount: str) -> None:
    """Twelve bills may differ from one by their rounding: less than half a fen a line."""
    tariff = load_tariff("hubei-residential")
    load = [0] * 8760
    for hour in range(0, 8760, 730):
        load[hour] = annual_kwh * 1000 // 12
    load[8759] += annual_kwh * 1000 - sum(load)
    bill = rate_series(tariff, series_of(load, first=date(2026, 1, 1)))
    lines = sum(len(month.lines) for month in bill.months)
    assert abs(bill.total - Decimal(amount)) <= Decimal("0.005") * lines
    assert sum(m.energy_kwh for m in bill.months) == annual_kwh


def one_part(kwh: dict[str, int], *, kvarh: float = 0, peak_kw: float = 0) -> tuple[Any, Determinants]:
    tariff = load_tariff("hubei-commercial-two-part-35kv")
    plan = compile_month(tariff, Month(2026, 1))
    energy, peaks = np.zeros((1, 16), np.int64), np.zeros((1, 16), np.int64)
    for name, classes in plan.periods("tou"):
        energy[0, classes[0]] = kwh[name] * 1000
    peaks[0, 0] = int(peak_kw * 1000) // 4
    none = np.zeros(1, np.int32)
    return plan, Determinants(energy, energy * 0, peaks, np.array([int(kvarh * 1000)]), none, none, none)


def test_two_part_35kv_with_contracted_demand() -> None:
    plan, determinants = one_part({"sharp": 1000, "peak": 3000, "flat": 4000, "valley": 2000}, peak_kw=110)
    terms = columns_from([AccountTerms(contract_demand_kw=Decimal(100))], 2026)
    lines = {line.code: line for line in lines_of(price(plan, determinants, terms), 0)}
    energy = sum(line.amount for code, line in lines.items() if code.startswith("energy"))
    assert energy == Decimal("6866.27")
    assert lines["demand"].amount + lines["demand.excess"].amount == Decimal("4620.00")
    assert (lines["demand.excess"].quantity, lines["demand.excess"].price) == (Decimal(5), Decimal(84))
    assert all(recompute(line) == line.amount for line in lines.values())


def test_floor_of_forty_percent_and_discount() -> None:
    plan, determinants = one_part({"sharp": 0, "peak": 0, "flat": 26_000, "valley": 0}, peak_kw=30)
    account = AccountTerms(contract_demand_kw=Decimal(10), capacity_kva=Decimal(100), demand_basis="contract_demand")
    lines = {line.code: line for line in lines_of(price(plan, determinants, columns_from([account], 2026)), 0)}
    assert (lines["demand"].quantity, lines["demand"].price) == (Decimal(40), Decimal("37.8"))
    assert lines["demand"].operands["discounted"] is True
    less = replace(determinants, import_energy=determinants.import_energy - (determinants.import_energy > 0))
    lines = {line.code: line for line in lines_of(price(plan, less, columns_from([account], 2026)), 0)}
    assert lines["demand"].price == Decimal(42)


@pytest.mark.parametrize(
    ("standard", "kwh", "kvarh", "factor", "percent"),
    [("0.90", 8000, 6000, 80, "0.05"), ("0.85", 9500, 3122.5, 95, "-0.011")],
)
def test_power_factor(standard: str, kwh: int, kvarh: float, factor: int, percent: str) -> None:
    assert power_factor_hundredths(np.array([kwh * 1000]), np.array([int(kvarh * 1000)])).tolist() == [factor]
    plan, determinants = one_part({"sharp": 0, "peak": 0, "flat": kwh, "valley": 0}, kvarh=kvarh)
    account = AccountTerms(power_factor_standard=standard, capacity_kva=Decimal(200))
    lines = {line.code: line for line in lines_of(price(plan, determinants, columns_from([account], 2026)), 0)}
    funds = Decimal(kwh) * Decimal("0.0452")
    base = lines["energy.flat"].amount + lines["capacity"].amount - funds
    line = lines["power_factor"]
    assert line.quantity == base and line.price == Decimal(percent)
    assert line.amount == (base * Decimal(percent)).quantize(Decimal("0.01"), "ROUND_HALF_UP") == recompute(line)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_power_factor_is_exact(active: int, reactive: int) -> None:
    """k is right where (2k - 1) / 200 <= factor < (2k + 1) / 200, decided in integers."""
    k = int(power_factor_hundredths(np.array([active]), np.array([reactive]))[0])
    square = active * active + reactive * reactive
    if square:
        assert k == 0 or 40_000 * active * active >= (2 * k - 1) ** 2 * square
        assert 40_000 * active * active < (2 * k + 1) ** 2 * square
    else:
        assert k == 100


@pytest.mark.shared_data
def test_shared_worked_examples() -> None:
    if not SHARED.is_file():
        pytest.skip("the shared data are not beside this checkout")
    examples = yaml.safe_load(SHARED.read_text("utf-8"))
    tariff = load_tariff("hubei-residential")
    for row in examples["hubei_residential_annual_tiers"]:
        load = [0] * 8760
        load[4000] = row["annual_kwh"] * 1000
        total = rate_series(tariff, series_of(load, first=date(2026, 1, 1))).total
        assert total == Decimal(str(row["annual_bill_yuan"]))
    part = examples["two_part_35kv_2026_01"]
    plan, determinants = one_part(part["kwh"], peak_kw=part["actual_demand_kw"])
    terms = columns_from([AccountTerms(contract_demand_kw=Decimal(part["contract_demand_kw"]))], 2026)
    lines = lines_of(price(plan, determinants, terms), 0)
    energy = sum(line.amount for line in lines if line.code.startswith("energy"))
    assert energy == Decimal(str(part["energy_charge"]))
    assert sum(line.amount for line in lines if line.code.startswith("demand")) == Decimal(str(part["demand_charge"]))
    for row in examples["power_factor"]:
        active, reactive = np.array([row["kwh"] * 1000]), np.array([int(row["kvarh"] * 1000)])
        assert power_factor_hundredths(active, reactive)[0] == round(row["pf"] * 100)


@pytest.mark.parametrize("code", shipped_codes())
def test_every_shipped_tariff_is_whole(code: str) -> None:
    tariff = load_tariff(code)
    assert tariff.code == code
    assert all(component.clause in tariff.clauses for v in tariff.versions for component in v.components)
    assert all(tariff.version_on(month.first_day) for month in (Month(2025, 1), Month(2026, 1), Month(2026, 12)))
    for month in (Month(2025, 2), Month(2026, 7)):
        assert compile_month(tariff, month).class_count <= 16
    bill = rate_series(tariff, series_of([500] * 744, [100] * 744, first=date(2026, 1, 1)))
    assert all(recompute(line) == line.amount for month in bill.months for line in month.lines)


def test_listed_price_differs_from_its_parts_and_says_so() -> None:
    bill = rate_series(load_tariff("hubei-commercial-single-lt1kv"), series_of([500] * 744, first=date(2026, 1, 1)))
    flat = next(line for line in bill.months[0].lines if line.code == "energy.flat")
    parts = flat.operands["parts"]
    assert isinstance(parts, list)
    assert parts[-1]["code"] == "listed_difference" and parts[-1]["price"] == Decimal("-0.0002")
    assert sum(part["price"] for part in parts) == flat.price == Decimal("0.735686")
