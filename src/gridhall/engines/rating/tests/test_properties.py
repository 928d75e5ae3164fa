"""What must hold for any load: split anywhere, permute, repeat, recompute, rise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridhall.core.errors import FaultyInput
from gridhall.core.periods import Month
from gridhall.engines.rating.arithmetic import amount_of, divide_rounded
from gridhall.engines.rating.catalogue import load_tariff, parse
from gridhall.engines.rating.compile import compile_month
from gridhall.engines.rating.determinants import Determinants
from gridhall.engines.rating.explain import check_rounding, lines_of, recompute, round_fraction
from gridhall.engines.rating.fold import fold, prepare
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.price import price, price_blocks
from gridhall.engines.rating.series import rate_series
from gridhall.engines.rating.terms import AccountTerms, Terms, columns_from
from gridhall.engines.rating.tests.loads import series_of

EVERYTHING = """\
tariff: everything
periods: {day: 日, night: 夜, hot: 热}
holidays: cn
special_days: {hot: [2026-07-10]}
schedules:
  s:
    - {period: night}
    - {period: day, hours: ["08:00-22:00"], days: [working_day]}
    - {period: hot, hours: ["12:00-16:00"], days: ["special:hot"]}
versions:
  - from: 2026-01-01
    source: {document: test}
    components:
      - kind: energy
        code: energy
        schedule: s
        tier_basis: year
        allocation: ALLOCATION
        household_allowance: [{from_size: 5, extra_kwh_per_month: 10}]
        tiers:
          - {up_to: 120, prices: {day: 0.6, night: 0.3, hot: 1.1}}
          - {up_to: 300, prices: {day: 0.65, night: 0.37, hot: 1.3}}
          - {prices: {day: 0.91, night: 0.6123, hot: 1.9}}
        parts:
          - {code: funds, price: 0.0452}
      - {kind: energy, code: surcharge, tiers: [{up_to: 50, price: 0}, {price: 0.0137}]}
      - {kind: demand, code: demand, schedule: s, tiers: [{up_to: 1.5, price: 3}, {price: 7.77}]}
      - {kind: capacity, code: capacity, price: 26.3}
      - {kind: fixed, code: fixed, amount: 12.34}
      - {kind: fixed, code: daily, amount: 0.111, per: day}
      - {kind: free_allowance, code: free, kwh_per_month: 15, price: 0.3}
      - {kind: power_factor, code: pf, base: [energy, capacity], excludes: [funds]}
      - {kind: energy, code: feed_in, direction: export, sign: credit, price: 0.4161}
      - {kind: average_cap, code: cap, price: 5, base: [energy, demand]}
      - {kind: minimum, code: minimum, amount: 20}
      - {kind: tax, code: tax, percent: 13, base: [energy]}
      - {kind: tax, code: inside, percent: 13, inside: true}
"""
TARIFFS = {
    name: parse(EVERYTHING.replace("ALLOCATION", name).encode(), "t") for name in ("proportional", "chronological")
}
ACCOUNT = AccountTerms(
    capacity_kva=Decimal(30), household_size=5, power_factor_standard="0.85", moved_in_on=date(2026, 3, 2)
)
loads = st.lists(st.integers(0, 3000), min_size=30, max_size=60)
kinds = st.sampled_from(sorted(TARIFFS))


def month_load(values: list[int]) -> list[int]:
    return [values[hour % len(values)] for hour in range(31 * 24)]


@settings(max_examples=25, deadline=None)
@given(loads, st.integers(2, 30))
def test_split_anywhere_the_sums_are_the_same(values: list[int], day: int) -> None:
    """Energy by tier and period, and shares of monthly charges, do not depend on where a month is cut."""
    tariff = TARIFFS["chronological"]
    series = series_of(month_load(values), first=date(2026, 7, 1))
    whole = rate_series(tariff, series, ACCOUNT).months[0]
    first = rate_series(tariff, series, ACCOUNT, last=date(2026, 7, day - 1)).months[0]
    used = replace(ACCOUNT, year_to_date_kwh=first.energy_kwh, month_to_date_kwh=first.energy_kwh)
    second = rate_series(tariff, series, used, first=date(2026, 7, day)).months[0]
    for code in ("energy", "surcharge", "capacity", "fixed", "daily"):
        parts: dict[str, Fraction] = {}
        for month, sign in ((first, 1), (second, 1), (whole, -1)):
            for line in month.lines:
                if line.code.split(".")[0] == code:
                    exact = Fraction(str(line.operands.get("quantity_exact", line.quantity)))
                    parts[line.code] = parts.get(line.code, Fraction(0)) + sign * exact
        assert not any(parts.values()), parts
    assert first.energy_kwh + second.energy_kwh == whole.energy_kwh


@settings(max_examples=25, deadline=None)
@given(loads, kinds)
def test_every_line_recomputes_from_its_explanation(values: list[int], kind: str) -> None:
    series = series_of(month_load(values), month_load(values[::-1]), first=date(2026, 7, 1))
    series = replace(series, reactive_uvarh=series.import_uwh // 3)
    bill = rate_series(TARIFFS[kind], series, ACCOUNT)
    for month in bill.months:
        for line in (*month.lines, *month.notes):
            assert recompute(line) == line.amount, line
            assert check_rounding(line), line
        assert sum((line.amount for line in month.lines), Decimal(0)) == month.total
    assert rate_series(TARIFFS[kind], series, ACCOUNT) == bill


@settings(max_examples=25, deadline=None)
@given(loads, kinds, st.integers(0, 743), st.integers(1, 5000))
def test_more_energy_never_costs_less(values: list[int], kind: str, hour: int, more: int) -> None:
    load = month_load(values)
    tariff = TARIFFS[kind]
    before = rate_series(tariff, series_of(load, first=date(2026, 7, 1)))
    load[hour] += more
    after = rate_series(tariff, series_of(load, first=date(2026, 7, 1)))

    def energy(bill: object) -> Decimal:
        lines = bill.months[0].lines  # type: ignore[attr-defined]
        return sum((line.unrounded for line in lines if line.code.startswith("energy")), Decimal(0))

    # Shares of tiers are whole micro watt hours, so a hair is allowed.
    assert energy(after) >= energy(before) - Decimal("0.000001")


def plan_and_rows(n: int, seed: int) -> tuple[MonthPlan, Determinants, Terms]:
    plan = compile_month(load_tariff("hubei-commercial-two-part-10kv"), Month(2026, 7))
    random = np.random.default_rng(seed)
    energy = random.integers(0, 5_000_000, (n, 16))
    energy[:, plan.class_count :] = 0
    slots = np.zeros(n, np.int32)
    determinants = Determinants(
        energy, energy // 7, energy // 100, random.integers(0, 3_000_000, n), slots, slots, slots
    )
    terms = Terms(
        n,
        capacity_va=random.integers(50, 900, n) * 1000,
        contract_demand_w=random.integers(20, 500, n) * 1000,
        demand_basis=random.integers(0, 3, n).astype(np.uint8),
        power_factor_standard=random.choice([0, 80, 85, 90], n),
        share_days=random.integers(1, 32, n),
    )
    return plan, determinants, terms


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_order_blocks_and_integer_kind_do_not_matter(seed: int) -> None:
    plan, determinants, terms = plan_and_rows(50, seed)
    table = price(plan, determinants, terms)
    assert table.total_minor.dtype == np.int64
    blocks = np.concatenate([block.total_minor for _, block in price_blocks(plan, determinants, terms, rows=7)])
    assert (blocks == table.total_minor).all()
    order = np.random.default_rng(seed + 1).permutation(50)
    names = ("import_energy", "export_energy", "peak_energy", "reactive_energy")
    shuffled = replace(determinants, **{name: getattr(determinants, name)[order] for name in names})
    columns = ("capacity_va", "contract_demand_w", "demand_basis", "power_factor_standard", "share_days")
    again = price(plan, shuffled, replace(terms, **{name: getattr(terms, name)[order] for name in columns}))
    assert (again.total_minor == table.total_minor[order]).all()
    exact = replace(determinants, **{name: getattr(determinants, name).astype(object) for name in names})
    assert (price(plan, exact, terms).total_minor == table.total_minor).all()
    for row in range(50):
        for line in lines_of(table, row):
            assert recompute(line) == line.amount, line


def test_fine_units_and_store_units_agree() -> None:
    """The same month in micro watt hours (one series) and in watt hours (the store)."""
    tariff = load_tariff("hubei-commercial-two-part-10kv")
    plan = compile_month(tariff, Month(2026, 7), slots_a_day=24)
    load = [(hour * 37) % 91 * 100 for hour in range(744)]
    terms = columns_from([AccountTerms(capacity_kva=Decimal(315))], 2026)
    fine = fold(plan, prepare(series_of(load, first=date(2026, 7, 1))), date(2026, 7, 1), date(2026, 8, 1), terms)
    names = ("import_energy", "export_energy", "peak_energy", "reactive_energy")
    coarse = {name: (getattr(fine, name) // 10**6).astype(np.int64) for name in names}
    store = replace(fine, **coarse, units_per_kwh=1000)
    exact = columns_from([AccountTerms(capacity_kva=Decimal(315))], 2026, units_per_kwh=10**9, exact=True)
    assert price(plan, store, terms).total_minor.tolist() == price(plan, fine, exact).total_minor.tolist()


def test_int64_goes_over_to_python_integers_before_it_overflows() -> None:
    assert amount_of(np.array([2**61]), 2**40, quantity_scale=1, price_scale=1, places=2)[0] == 2**101 * 100


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9))
def test_rounding_is_half_away_from_zero(numerator: int, denominator: int) -> None:
    ours = int(divide_rounded(np.array([numerator]), denominator)[0])
    assert ours == int(round_fraction(Fraction(numerator, denominator), 0))


def test_household_allowance_and_year_of_moving_in() -> None:
    tariff = TARIFFS["proportional"]
    series = series_of([1000] * 744, first=date(2026, 7, 1))

    def limit(account: AccountTerms) -> object:
        lines = rate_series(tariff, series, account).months[0].lines
        return next(line.operands["tier_to_kwh"] for line in lines if line.code.startswith("energy.tier1"))

    assert limit(AccountTerms()) == 120
    assert limit(AccountTerms(household_size=5)) == 120 + 120
    assert limit(AccountTerms(moved_in_on=date(2026, 7, 1))) == 60
    assert limit(AccountTerms(moved_in_on=date(2026, 7, 1), household_size=6)) == 120


def test_versions_that_change_within_a_month_are_priced_each_for_its_days() -> None:
    text = EVERYTHING.replace("ALLOCATION", "proportional")
    head, _, body = text.partition("versions:\n")
    later = body.replace("2026-01-01", "2026-07-11").replace("amount: 12.34", "amount: 20")
    tariff = parse(
        (head + "versions:\n" + body.replace("2026-01-01", "2026-01-01\n    until: 2026-07-11") + later).encode(), "t"
    )
    month = rate_series(tariff, series_of([1000] * 744, first=date(2026, 7, 1))).months[0]
    fixed = [line for line in month.lines if line.code == "fixed"]
    assert [(line.operands["days"], line.operands["of_days"]) for line in fixed] == [(10, 31), (21, 31)]
    assert [line.amount for line in fixed] == [Decimal("3.98"), Decimal("13.55")]
    assert sum(line.quantity for line in month.lines if line.code.startswith("energy")) == 744


def test_reads_of_whole_days_cannot_be_told_apart_by_time_of_use() -> None:
    days = series_of([5000] * 31, first=date(2026, 1, 1), duration_s=86_400)
    assert rate_series(load_tariff("hubei-residential"), days).total == Decimal("86.49")
    with pytest.raises(FaultyInput, match="whole days"):
        rate_series(load_tariff("hubei-residential-ev"), days)


def test_finer_reads_cost_the_same() -> None:
    tariff = load_tariff("hubei-residential-ev")
    hourly = rate_series(tariff, series_of([1200] * 744, first=date(2026, 1, 1)))
    for duration in (300, 900, 1800):
        fine = series_of(
            [1200 * duration // 3600] * (744 * 3600 // duration), first=date(2026, 1, 1), duration_s=duration
        )
        assert rate_series(tariff, fine).total == hourly.total
