"""Causes of a difference are what they say: rounding is none of them, and each tells from what to what."""

from __future__ import annotations

from decimal import Decimal

from gridhall.apps.billing.rules.difference_details import tell_details
from gridhall.apps.billing.rules.differences import ChargedLine, split_difference


def line(code: str, quantity: str, price: str, amount: str, group: str = "ENERGY", unit: str = "kWh") -> ChargedLine:
    names = (f"电费 · {code}", f"Charge, {code}")
    return ChargedLine(code, group, unit, Decimal(quantity), Decimal(amount), Decimal(price), names)


def test_rounding_is_neither_a_tier_nor_a_price() -> None:
    before = [line("energy.tier1", "184.616", "0.558", "103.02", "TIER")]
    now = [line("energy.tier1", "195.404", "0.558", "109.04", "TIER")]
    assert split_difference(before, now) == {"QUANTITY": Decimal("6.02")}
    old = [line("energy.peak", "4777", "1.049999", "5015.85"), line("energy.flat", "34163", "0.651886", "22270.38")]
    new = [line("energy.peak", "4811", "1.049999", "5051.55"), line("energy.flat", "36538", "0.651886", "23818.61")]
    assert set(split_difference(old, new)) == {"QUANTITY", "SEASON"}


def test_a_changed_price_is_told_from_what_to_what() -> None:
    before, now = [line("energy", "100", "0.6", "60.00")], [line("energy", "100", "0.65", "65.00")]
    assert split_difference(before, now) == {"PRICE": Decimal("5.00")}
    told = tell_details(before, now, (Decimal(100), Decimal(100)), english=True)
    assert told == {"PRICE": "Charge, energy 0.6 → 0.65"}


def test_energy_fed_in_is_a_cause_of_its_own() -> None:
    before = [line("feed_in", "829.867", "-0.4161", "-345.31", "CREDIT")]
    now = [line("feed_in", "730.675", "-0.4161", "-304.03", "CREDIT")]
    assert split_difference(before, now) == {"FEED_IN": Decimal("41.28")}
    told = tell_details(before, now, (Decimal(0), Decimal(0)), english=False)
    assert told == {"FEED_IN": "电费 · feed_in 829.867 → 730.675 kWh"}


def test_a_free_allowance_is_not_energy_fed_in() -> None:
    before = [line("energy", "100", "0.558", "55.80", "TIER")]
    now = [line("energy", "100", "0.558", "55.80", "TIER"), line("free", "10", "-0.558", "-5.58", "ALLOWANCE")]
    assert split_difference(before, now) == {"ALLOWANCE": Decimal("-5.58")}
    told = tell_details(before, now, (Decimal(100), Decimal(100)), english=True)
    assert told == {"ALLOWANCE": "Charge, free −¥5.58"}


def test_hours_and_demand_are_told_in_figures() -> None:
    before = [line("energy.peak", "20", "1", "20.00"), line("energy.flat", "80", "0.5", "40.00"),
              line("demand", "100", "42", "4200.00", "BASIC", "kW")]  # fmt: skip
    now = [line("energy.peak", "40", "1", "40.00"), line("energy.flat", "60", "0.5", "30.00"),
           line("demand", "110", "42", "4620.00", "BASIC", "kW")]  # fmt: skip
    assert split_difference(before, now) == {"SEASON": Decimal("10.00"), "CAPACITY": Decimal("420.00")}
    told = tell_details(before, now, (Decimal(100), Decimal(100)), english=True)
    assert told["SEASON"] == "Charge, energy.peak 20.0% → 40.0%; Charge, energy.flat 80.0% → 60.0%"
    assert told["CAPACITY"] == "Charge, demand +¥420.00"
