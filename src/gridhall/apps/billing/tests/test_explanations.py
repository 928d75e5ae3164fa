"""Every line recomputes from its own explanation; every comparison adds up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridhall.apps.billing import actions, queries
from gridhall.apps.billing.kinds import LineGroupKind
from gridhall.apps.billing.models import Bill, BillLine
from gridhall.apps.billing.queries.comparisons import compare
from gridhall.apps.billing.queries.explanations import explain
from gridhall.apps.billing.queries.repricing import rated_lines
from gridhall.apps.billing.rules.differences import ChargedLine, round_together, split_difference
from gridhall.apps.billing.tests import world
from gridhall.apps.billing.tests.test_runs import late
from gridhall.apps.identity.models import User
from gridhall.core.money import round_money
from gridhall.core.periods import Month, months_between
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.rating.explain import recompute

MONTHS = list(months_between(Month(2026, 1), Month(2026, 4)))


@pytest.fixture
def billed(company: list[Any]) -> list[Any]:
    """Four issued months; the third has a price change inside, the last an adjustment."""
    for month in MONTHS:
        reads = world.make_reads(month, 6, mean_wh=280)
        world.store_month(month, reads, reactive_varh=(reads // 3).astype(np.int32))
        actions.run_month(month=month, at=world.AT, actor="ann")
    late(0, MONTHS[-1], [(3, 10, 40_000)])
    run, _ = actions.rebill(account_ids=[company[0].pk], first=MONTHS[-1], at=world.LATER, actor="ann")
    assert run is not None
    actions.approve_run(run=run, at=world.AT, actor="bob")
    actions.issue_run(run=run, at=world.AT, actor="bob")
    return company


def test_every_line_recomputes_from_its_explanation(billed: list[Any]) -> None:
    lines = 0
    for line in BillLine.objects.select_related("charge", "bill__account", "bill__replaces"):
        why = explain(line.bill, line, "zh-hans")
        assert why.amount == line.amount == round_money(why.unrounded)
        assert why.steps[-1].value == why.unrounded
        if line.part >= 0:
            rated = rated_lines(line.bill.parts.get(position=line.part))[line.part_line]
            assert recompute(rated) == line.amount
            part = line.bill.parts.get(position=line.part)
            held = {"IMPORT": sum(part.import_wh), "EXPORT": sum(part.export_wh), "REACTIVE": part.reactive_varh}
            assert why.readings
            for register in {span.register for span in why.readings}:
                whole = sum((span.energy_kwh for span in why.readings if span.register == register), Decimal(0))
                assert whole * 1000 == held[register]
        lines += 1
    assert lines > 60


def test_english_and_chinese_say_the_same_figures(billed: list[Any]) -> None:
    bill = Bill.objects.filter(account=billed[2]).order_by("-first_day")[0]
    for line in bill.lines.select_related("charge"):
        chinese, english = explain(bill, line, "zh-hans"), explain(bill, line, "en")
        assert [(step.formula, step.value) for step in chinese.steps] == [(s.formula, s.value) for s in english.steps]
        assert [step.text for step in chinese.steps] != [step.text for step in english.steps]


def test_clause_is_quoted(billed: list[Any]) -> None:
    bill = Bill.objects.filter(account=billed[0]).order_by("first_day")[0]
    clause = explain(bill, bill.lines.select_related("charge")[0], "en").clause
    assert (clause.article, clause.verified) == ("第二条", True)


def test_comparison_parts_add_up(billed: list[Any]) -> None:
    compared = 0
    for bill in Bill.objects.select_related("account", "run", "party"):
        for comparison in compare(bill, "en"):
            assert sum(part.amount for part in comparison.parts) == comparison.difference
            assert comparison.difference == bill.charge_total - comparison.other.charge_total
            compared += 1
    assert compared >= 18


def test_staff_sees_and_strangers_do_not(billed: list[Any]) -> None:
    bill = Bill.objects.filter(account=billed[0], is_current=True).order_by("-first_day")[0]
    stranger = User.objects.create(phone="13900000001")
    clerk = User.objects.create(phone="13900000002", is_staff=True, is_superuser=True)
    detail = queries.get_bill(mrid=bill.mrid, viewer=clerk)
    assert sum(line.amount for line in detail.lines) == detail.bill.amount == bill.amount
    assert detail.tariff_name == "居民阶梯电价" and detail.tariff_verified
    assert queries.list_bills(account=billed[0], viewer=clerk)[0].mrid == bill.mrid
    summary = queries.get_account_summary(account=billed[0], viewer=clerk, at=world.AT)
    assert summary.amount_due == -summary.balance > 0
    assert summary.due_on is not None
    progress = queries.get_tier_progress(account=billed[0], viewer=clerk, at=world.AT)
    assert progress is not None
    assert progress.used_kwh * 1000 == sum(
        Bill.objects.filter(account=billed[0], is_current=True).values_list("energy_wh", flat=True)
    )
    for call in (
        lambda: queries.get_bill(mrid=bill.mrid, viewer=stranger),
        lambda: queries.list_bills(account=billed[0], viewer=stranger),
        lambda: queries.explain_line(mrid=bill.mrid, position=1, viewer=stranger, language="en"),
        lambda: queries.compare_bills(mrid=bill.mrid, viewer=stranger, language="en"),
        lambda: queries.get_account_summary(account=billed[0], viewer=stranger, at=world.AT),
        lambda: queries.get_current_month(account=billed[0], viewer=stranger, at=world.AT),
        lambda: queries.get_tier_progress(account=billed[0], viewer=stranger, at=world.AT),
        lambda: queries.list_usage_days(account=billed[0], viewer=stranger, month=MONTHS[0], at=world.AT),
    ):
        with pytest.raises(queries.AccessDenied):
            call()


def test_usage_is_split_by_the_tariffs_hours(billed: list[Any]) -> None:
    clerk = User.objects.create(phone="13900000002", is_staff=True, is_superuser=True)
    asked = {"account": billed[2], "viewer": clerk, "at": world.AT}
    months = queries.list_usage_months(**asked, first=MONTHS[0], last=MONTHS[-1])
    for month, bill in zip(months, Bill.objects.filter(account=billed[2]).order_by("first_day"), strict=True):
        assert month.energy_kwh * 1000 == bill.energy_wh
        assert sum(month.by_period.values()) == month.energy_kwh
        assert set(month.by_period) == {"FLAT", "PEAK", "VALLEY"}
        assert (month.amount, month.bill_mrid) == (bill.charge_total, bill.mrid)
        days = queries.list_usage_days(**asked, month=month.month)
        assert sum(day.energy_kwh for day in days) == month.energy_kwh
    reads = world.make_reads(MONTHS[0], 6, mean_wh=280)[2]
    valley = int(reads[:, :28].sum() + reads[:, 92:].sum())
    assert months[0].by_period["VALLEY"] * 1000 == valley


@pytest.mark.parametrize(
    ("gap", "guessed"), [((0, 0), (0, 0)), ((0, 0), (3, 7)), ((11, 13), (3, 7)), ((30, 31), (0, 0))]
)
def test_a_month_says_what_its_days_say(billed: list[Any], gap: tuple[int, int], guessed: tuple[int, int]) -> None:
    clerk = User.objects.create(phone="13900000002", is_staff=True, is_superuser=True)
    may, later = Month(2026, 5), world.AT.replace(year=2027)
    reads = world.make_reads(may, 6, mean_wh=280)
    quality = np.zeros((6, 31, 96), np.uint8)
    quality[:, slice(*guessed)] = ReadingQuality.ESTIMATED_LINEAR
    quality[:, slice(*gap)] = ReadingQuality.MISSING
    world.store_month(may, reads, quality=quality)
    asked = {"account": billed[2], "viewer": clerk, "at": later}
    (month,) = queries.list_usage_months(**asked, first=may, last=may)
    days = queries.list_usage_days(**asked, month=may)
    there = np.ones(31, bool)
    there[slice(*gap)] = False
    assert month.energy_kwh * 1000 == sum(day.energy_kwh for day in days) * 1000 == int(reads[2, there].sum())
    for period in month.by_period:
        assert month.by_period[period] == sum(day.by_period.get(period, 0) for day in days)
    assert month.export_kwh == sum(day.export_kwh for day in days)
    estimated, known = guessed[1] - guessed[0], 31 - (gap[1] - gap[0])
    assert month.estimated_share == round(Decimal(estimated) / known, 4)
    broken = gap[0] if gap[1] > gap[0] else 31
    assert month.complete_until == may.first_day + timedelta(days=broken)


def test_month_under_way_is_priced_by_the_same_kernel(billed: list[Any]) -> None:
    clerk = User.objects.create(phone="13900000002", is_staff=True, is_superuser=True)
    may = Month(2026, 5)
    reads = world.make_reads(may, 6, mean_wh=280)
    quality = np.zeros((6, 31, 96), np.uint8)
    quality[:, 10:] = 255
    world.store_month(may, reads, quality=quality)
    now = world.AT.replace(month=5, day=11)
    current = queries.get_current_month(account=billed[1], viewer=clerk, at=now)
    assert current.as_of.day == 10
    assert current.energy_kwh * 1000 == int(reads[1, :10].sum())
    assert current.yesterday_kwh is not None and current.yesterday_kwh * 1000 == int(reads[1, 9].sum())
    used = sum(Bill.objects.filter(account=billed[1], is_current=True).values_list("energy_wh", flat=True))
    start, end = Decimal(used) / 1000, (Decimal(used) + int(reads[1, :10].sum())) / 1000
    expected = sum(
        round_money((min(end, top) - max(start, low)) * Decimal(price))
        for low, top, price in ((0, 2160, "0.558"), (2160, 4800, "0.608"), (4800, 10**9, "0.858"))
        if min(end, top) > max(start, low)
    )
    assert current.amount_so_far == expected


LINES = st.lists(
    st.builds(
        ChargedLine,
        code=st.sampled_from(["energy.peak", "energy.flat", "energy.tier1", "energy.tier2", "funds", "demand", "tax"]),
        group=st.sampled_from([str(kind) for kind in LineGroupKind]),
        unit=st.sampled_from(["kWh", "kW", "CNY"]),
        quantity=st.decimals(0, 10**6, places=3),
        amount=st.decimals(-(10**5), 10**6, places=2),
        price=st.decimals(-10, 10, places=6),
    ),
    max_size=8,
)


def tier(number: int, quantity: str, price: str) -> ChargedLine:
    amount = round_money(Decimal(quantity) * Decimal(price))
    return ChargedLine(f"energy.tier{number}", "TIER", "kWh", Decimal(quantity), amount, Decimal(price))


def test_rounding_a_few_kilowatt_hours_is_no_change_of_price() -> None:
    before = [tier(1, "746.596", "0.558"), tier(2, "0.003", "0.608")]
    now = [tier(1, "673.241", "0.558"), tier(2, "73.358", "0.608")]
    causes = split_difference(before, now)
    assert list(causes) == ["TIER"]
    two_parts = [tier(1, "300.001", "0.558"), tier(1, "446.595", "0.558"), tier(2, "0.003", "0.608")]
    assert set(split_difference(before, two_parts)) <= {"OTHER"}
    dearer = split_difference(before, [tier(1, "746.596", "0.568"), tier(2, "0.003", "0.608")])
    assert list(dearer) == ["PRICE"]


@given(before=LINES, now=LINES)
def test_any_difference_adds_up(before: list[ChargedLine], now: list[ChargedLine]) -> None:
    difference = sum((line.amount for line in now), Decimal(0)) - sum((line.amount for line in before), Decimal(0))
    assert sum(split_difference(before, now).values(), Decimal(0)) == difference


@given(st.dictionaries(st.text(max_size=3), st.fractions(-1000, 1000), max_size=6))
def test_rounding_together_stays_within_a_fen(parts: dict[str, Fraction]) -> None:
    rounded = round_together(parts)
    assert all(abs(Fraction(rounded.get(name, Decimal(0))) - value) < Fraction(1, 100) for name, value in parts.items())
