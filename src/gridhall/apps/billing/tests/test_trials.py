"""A version of a tariff tried on real bills: every bill as worked out by hand from the reads, sums to the fen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridhall.apps.billing import actions
from gridhall.apps.billing.actions import trials
from gridhall.apps.billing.kinds import LineGroupKind
from gridhall.apps.billing.models import Bill, BillLine, TariffTrial
from gridhall.apps.billing.queries.plans import try_version
from gridhall.apps.billing.queries.trying import list_trial_accounts, try_bills
from gridhall.apps.billing.rules.trial_sums import SHOWN, TriedBills, sum_up
from gridhall.apps.billing.tests import world
from gridhall.apps.billing.tests.test_runs import late
from gridhall.apps.tariffs import queries as tariffs
from gridhall.apps.tariffs.models import TariffDocument
from gridhall.core.models import Event
from gridhall.core.periods import Month, months_between

FIRST, LAST = Month(2026, 1), Month(2026, 4)
NEW_HOME = world.HOME.replace("from: 2024-01-01", "from: 2027-01-01").replace("0.558", "0.6").replace("2160", "900")
NEW_SHOP = """
tariff: shop
label: {zh: 工商业分时, en: Business by hours}
schedules:
  tou:
    - {period: flat}
    - {period: peak, hours: ["16:00-24:00"]}
    - {period: valley, hours: ["00:00-06:00", "12:00-14:00"]}
versions:
  - from: 2026-07-01
    source: {document: New prices}
    components:
      - {kind: energy, code: energy, label: {zh: 电度电费, en: Energy}, schedule: tou,
         prices: {flat: 0.6, peak: 1.1, valley: 0.25}}
      - {kind: energy, code: funds, label: {zh: 政府性基金, en: Government funds}, price: 0.03}
"""


def load_draft(text: str, code: str) -> TariffDocument:
    """Keep a tariff that waits for approval."""
    return TariffDocument.objects.create(
        code=code, sha256=hashlib.sha256(text.encode()).hexdigest(), name=code, text=text, status="DRAFT",
        loaded_at=world.AT, loaded_by="wang",
    )  # fmt: skip


@pytest.fixture
def reads() -> dict[Month, Any]:
    """The reads of every billed month, int32[6, days, 96] watt hours."""
    return {month: world.make_reads(month, 6, mean_wh=300) for month in months_between(FIRST, LAST)}


@pytest.fixture
def billed(company: list[Any], reads: dict[Month, Any]) -> list[Any]:
    """Four issued months of four homes and two shops."""
    for month, rows in reads.items():
        world.store_month(month, rows)
        actions.run_month(month=month, at=world.AT, actor="ann")
    return company


def ask(document: TariffDocument, first_day: date, month: Month = LAST, **more: Any) -> TariffTrial:
    asked = {"at": world.AT, "actor": "wang"} | more
    return actions.ask_trial(document_id=document.pk, version_from=first_day, month=month.first_day, **asked)


def compute(trial: TariffTrial) -> TariffTrial:
    actions.compute_trial(trial_id=trial.pk, attempt=trial.attempt, clock=lambda: world.LATE, actor="billing")
    trial.refresh_from_db()
    return trial


def round_fen(amount: Fraction) -> int:
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return int((exact * 100).quantize(Decimal(1), ROUND_HALF_UP))


def price_tiers(before_wh: int, energy_wh: int, tiers: Sequence[tuple[int | None, str]]) -> int:
    """Fill annual tiers by hand: each tier a line of its own, rounded to the fen."""
    total, low = 0, 0
    for limit, price in tiers:
        high = limit * 1000 if limit is not None else 10**15
        inside = max(min(before_wh + energy_wh, high) - max(before_wh, low), 0)
        total += round_fen(Fraction(inside, 1000) * Fraction(price))
        low = high
    return total


def price_shop(rows: Any) -> int:
    """Price the new shop by hand, slot by slot: int32[days, 96] watt hours of one meter."""
    prices = {"flat": "0.6", "peak": "1.1", "valley": "0.25"}
    use = dict.fromkeys(prices, 0)
    for slot in range(96):
        hour = slot // 4
        period = "peak" if hour >= 16 else "valley" if hour < 6 or hour in (12, 13) else "flat"
        use[period] += int(rows[:, slot].astype(np.int64).sum())
    lines = [round_fen(Fraction(wh, 1000) * Fraction(prices[period])) for period, wh in use.items()]
    return sum(lines) + round_fen(Fraction(sum(use.values()), 1000) * Fraction("0.03"))


def try_all(document: TariffDocument, month: Month = LAST) -> TriedBills:
    loaded = tariffs.get_loaded(document.pk)
    in_force = tariffs.map_documents_in_force()[document.code][0]
    instead = {in_force: try_version(in_force, loaded.tariff, loaded.tariff.versions[-1], month)}
    accounts = list_trial_accounts(code=document.code, month=month).tolist()
    return try_bills(code=document.code, month=month, account_ids=accounts, instead=instead).bills


def test_homes_are_tried_as_by_hand(billed: list[Any], reads: dict[Month, Any]) -> None:
    """The version begins next year; tried on April, it holds all April, after what the year had used by then."""
    draft = load_draft(NEW_HOME, "home")
    tried = try_all(draft)
    homes = [index for index in range(6) if index % 3 != 2]
    assert tried.account_id.tolist() == [billed[index].pk for index in homes]
    for row, index in enumerate(homes):
        used = [int(reads[month][index].astype(np.int64).sum()) for month in months_between(FIRST, LAST)]
        by_hand = price_tiers(sum(used[:-1]), used[-1], [(900, "0.6"), (4800, "0.608"), (None, "0.858")])
        assert tried.after[row] == by_hand
        bill = Bill.objects.get(account=billed[index], first_day=LAST.first_day)
        assert tried.before[row] == int(bill.charge_total * 100)


def test_other_hours_are_folded_anew(billed: list[Any], reads: dict[Month, Any]) -> None:
    """Hours that the old version does not know are read from the store, not from what bills keep."""
    draft = load_draft(NEW_SHOP, "shop")
    tried = try_all(draft)
    assert tried.after.tolist() == [price_shop(reads[LAST][index]) for index in (2, 5)]


def test_a_month_of_two_versions_is_tried_under_one(billed: list[Any], reads: dict[Month, Any]) -> None:
    """March was billed in two parts; the tried version holds on all its days, and both parts are set beside it."""
    march = Month(2026, 3)
    tried = try_all(load_draft(NEW_SHOP, "shop"), march)
    assert tried.after.tolist() == [price_shop(reads[march][index]) for index in (2, 5)]
    real = Bill.objects.filter(account__in=[billed[2], billed[5]], first_day=march.first_day).order_by("account_id")
    assert tried.before.tolist() == [int(bill.charge_total * 100) for bill in real]
    funds = list(LineGroupKind.values).index("FUNDS")
    lines = BillLine.objects.filter(bill__in=real, charge__group="FUNDS").values_list("amount", flat=True)
    assert tried.groups_before[funds].sum() == int(sum(lines) * 100)


def test_a_trial_is_asked_for_once_and_its_sums_agree(billed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "ACCOUNTS_AT_ONCE", 3)
    draft = load_draft(NEW_HOME, "home")
    trial = ask(draft, date(2027, 1, 1))
    assert ask(draft, date(2027, 1, 1)) == trial and TariffTrial.objects.count() == 1
    assert Event.objects.filter(kind="TariffTrialAsked").count() == 1
    trial = compute(trial)
    assert (trial.status, trial.accounts, trial.accounts_done) == ("DONE", 4, 4)
    found = trial.result
    bills = Bill.objects.filter(first_day=LAST.first_day, account__in=[billed[i] for i in (0, 1, 3, 4)])
    assert found["before"] == int(sum(bill.charge_total for bill in bills) * 100)
    tried = try_all(draft)
    assert found["after"] == int(tried.after.sum()) and found["set_aside"] == []
    check_sums(found)
    assert not actions.compute_trial(trial_id=trial.pk, attempt=1, clock=lambda: world.LATE, actor="billing")


def check_sums(found: dict[str, Any]) -> None:
    """However the bills are divided, the parts are the whole."""
    for division in ("groups", "kinds", "deciles"):
        for side in ("before", "after"):
            assert sum(row[side] for row in found[division]) == found[side], (division, side)
    for division in ("kinds", "deciles", "distribution"):
        assert sum(row["bills"] for row in found[division]) == found["bills"], division
    assert found["winners"]["bills"] + found["losers"]["bills"] + found["unchanged"] == found["bills"]
    assert found["losers"]["sum"] - found["winners"]["sum"] == found["after"] - found["before"]


def test_a_bill_that_changed_since_is_set_aside(billed: list[Any]) -> None:
    late(0, LAST, [(3, slot, 30_000) for slot in range(96)])
    found = compute(ask(load_draft(NEW_HOME, "home"), date(2027, 1, 1))).result
    real = int(Bill.objects.get(account=billed[0], first_day=LAST.first_day).charge_total * 100)
    assert found["set_aside"] == [{"why": "CHANGED_SINCE", "bills": 1, "before": real}]
    assert found["bills"] == 3
    check_sums(found)


def test_the_same_version_changes_nothing(billed: list[Any]) -> None:
    for code in ("home", "shop"):
        document = TariffDocument.objects.get(code=code)
        first_day = tariffs.get_loaded(document.pk).tariff.versions[-1].first_day
        found = compute(ask(document, first_day)).result
        assert found["unchanged"] == found["bills"] > 0 and found["before"] == found["after"]


def test_what_cannot_be_tried_says_so(billed: list[Any]) -> None:
    fine = world.HOME.replace("tier_basis: year", "tier_basis: year\n        rounding: {places: 4}")
    trial = compute(ask(load_draft(fine, "home"), date(2024, 1, 1)))
    assert trial.status == "FAILED" and "less than a fen" in trial.problem and trial.result is None
    draft = load_draft(NEW_HOME, "home")
    for first_day, month, code in (
        (date(2020, 1, 1), LAST, "no-such-version"),
        (date(2027, 1, 1), Month(2025, 1), "no-bills"),
    ):
        with pytest.raises(actions.UnableToTryTariff) as refusal:
            ask(draft, first_day, month)
        assert refusal.value.code == code
    nobody = load_draft(NEW_HOME.replace("tariff: home", "tariff: nobody"), "nobody")
    assert compute(ask(nobody, date(2027, 1, 1))).status == "FAILED"


def test_a_lost_job_is_asked_for_again_and_the_old_one_writes_nothing(billed: list[Any]) -> None:
    trial = ask(load_draft(NEW_HOME, "home"), date(2027, 1, 1))
    again = ask(trial.document, date(2027, 1, 1), at=world.AT + timedelta(minutes=10), actor="li")
    assert (again.pk, again.attempt, again.asked_by) == (trial.pk, 2, "li")
    assert not actions.compute_trial(trial_id=trial.pk, attempt=1, clock=lambda: world.LATE, actor="billing")
    assert compute(again).status == "DONE"
    third = ask(trial.document, date(2027, 1, 1), at=world.LATER)
    assert (third.status, third.attempt, third.result) == ("WAITING", 3, None)


AMOUNTS = st.integers(-(10**9), 10**9)
ROWS = st.lists(st.tuples(st.integers(0, 10**9), AMOUNTS, AMOUNTS, st.integers(0, 4)), min_size=1, max_size=60)


@given(rows=ROWS)
def test_sums_agree_for_any_bills(rows: list[tuple[int, int, int, int]]) -> None:
    energy, before, after, kind = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    bills = TriedBills(
        account_id=np.arange(len(rows)), kind=kind, energy_wh=energy, before=before, after=after,
        groups_before=np.stack([before - 7, np.full(len(rows), 7)]),
        groups_after=np.stack([after, np.zeros_like(after)]),
    )  # fmt: skip
    found = sum_up(bills, groups=["a", "b"], kinds=["v", "w", "x", "y", "z"])
    check_sums(found)
    change = after - before
    for side, sign in (("winners", -1), ("losers", 1)):
        most = found[side]["most"]
        gains = sorted((int(sign * c) for c in change if sign * c > 0), reverse=True)
        assert [sign * (row[3] - row[2]) for row in most] == gains[:SHOWN]
        assert found[side]["median"] == (sorted(gains)[(len(gains) - 1) // 2] if gains else 0)
    for row in found["distribution"]:
        low, high = row["low"], row["high"]
        share = [
            None if c and not b else (Fraction(int(c) * 100, abs(int(b))) if c else Fraction(0))
            for c, b in zip(change, before, strict=True)
        ]
        if low == high:
            expected = sum(c == 0 for c in change)
        elif low is None:
            expected = sum(
                (s is None and c < 0) or (s is not None and s < high) for s, c in zip(share, change, strict=True)
            )
        elif high is None:
            expected = sum(
                (s is None and c > 0) or (s is not None and s > low) for s, c in zip(share, change, strict=True)
            )
        elif high <= 0:
            expected = sum(s is not None and low <= s < high for s in share)
        else:
            expected = sum(s is not None and low < s <= high for s in share)
        assert row["bills"] == expected, row
