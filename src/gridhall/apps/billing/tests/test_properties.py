"""What holds for any bill: cut anywhere, in any order, as often as you like; every line explains itself."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import transaction

import gridhall
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing import actions
from gridhall.apps.billing.models import Bill, BillLine, BillPart
from gridhall.apps.billing.queries.comparisons import compare
from gridhall.apps.billing.queries.explanations import explain
from gridhall.apps.billing.queries.ledger import prove_ledger, read_balance
from gridhall.apps.billing.queries.repricing import rated_lines
from gridhall.apps.billing.tests import world
from gridhall.apps.metering import queries as metering
from gridhall.core.money import round_money
from gridhall.core.periods import Month, months_between
from gridhall.engines.rating.explain import recompute

MONTHS = list(months_between(Month(2026, 2), Month(2026, 4)))
TARIFFS = {"home": world.HOME, "shop": world.SHOP, "plant": world.PLANT, "family": world.FAMILY}
CATALOGUE = Path(gridhall.__file__).parent / "catalogue" / "tariffs"
DEMAND = {"contract_capacity_kva": Decimal(160), "contract_demand_kw": Decimal(90), "basic_charge": "DEMAND"}


def load_tariffs() -> None:
    for code, text in TARIFFS.items():
        world.load_tariff(text, code)


def change_at_random(account: CustomerAccount, dice: np.random.Generator, series: int) -> None:
    """Let two or three things change on random days of the three months."""
    start, days = MONTHS[0].first_day, sum(month.days for month in MONTHS)
    when = sorted(dice.choice(np.arange(1, days), size=3, replace=False).tolist())
    for offset, what in zip(when, dice.permutation(["terms", "meter", "ratio", "owner"])[:3], strict=True):
        on = start + timedelta(days=int(offset))
        if what == "terms":
            world.change_terms(account, on, household_size=int(dice.integers(1, 8)),
                               contract_capacity_kva=Decimal(int(dice.integers(50, 300))))  # fmt: skip
        elif what == "meter":
            world.exchange_meter(account, on, series)
        elif what == "ratio":
            world.change_ratio(account, on, int(dice.integers(2, 60)))
        else:
            world.change_owner(account, on)


def make_world(seed: int, *, accounts: int = 8) -> list[CustomerAccount]:
    """Three issued months of customers of all tariffs to whom things happen."""
    dice = np.random.default_rng(seed)
    load_tariffs()
    codes = list(TARIFFS)
    made = world.make_customers(accounts, tariff=lambda index: codes[index % len(codes)])
    for index, account in enumerate(made):
        change_at_random(account, dice, accounts + index)
    for month in MONTHS:
        reads = world.make_reads(month, 2 * accounts, seed=seed, mean_wh=int(dice.integers(30, 900)))
        quality = np.where(dice.random(reads.shape) < 0.02, 10, 0).astype(np.uint8)
        world.store_month(
            month, reads, export_wh=(reads // 4).astype(np.int32), reactive_varh=(reads // 3).astype(np.int32),
            quality=quality,
        )  # fmt: skip
        actions.run_month(month=month, at=world.AT, actor="ann", workers=1)
    return made


def lines_of(account: CustomerAccount) -> list[tuple[Any, ...]]:
    rows = BillLine.objects.filter(bill__account=account, bill__is_current=True).order_by("bill__first_day", "position")
    return list(rows.values_list("bill__first_day", "part", "charge__code", "quantity", "price", "amount"))


def measured_wh(account: CustomerAccount) -> int:
    """Add up the reads of an account's meters on the days they hung there, read by read."""
    first, end = MONTHS[0].first_day, MONTHS[-1].next().first_day
    total = 0
    for point in account.usage_points.all():
        spans = metering.list_meter_spans(usage_point=point, first_day=first, end_day=end)
        total += sum(int(span.energy_kwh * 1000) for span in spans)
    return total


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_any_world_adds_up_and_explains_itself(store: Any, seed: int) -> None:
    accounts = make_world(seed)
    for account in accounts:
        bills = list(Bill.objects.select_related("account", "run", "party").filter(account=account))
        assert sum(bill.energy_wh for bill in bills) == measured_wh(account)
        days = sorted((bill.first_day, bill.end_day) for bill in bills)
        assert [end for _, end in days[:-1]] == [start for start, _ in days[1:]]
        assert -read_balance(account.pk) == sum(bill.amount for bill in bills)
        for bill in bills:
            lines = list(BillLine.objects.select_related("charge").filter(bill=bill))
            assert bill.amount == sum((line.amount for line in lines if line.charge.counts), Decimal(0))
            for comparison in compare(bill, "zh-hans"):
                assert sum((part.amount for part in comparison.parts), Decimal(0)) == comparison.difference
    explained = explain_all()
    assert explained > 50
    assert prove_ledger().holds


def explain_all() -> int:
    """Explain every line in both languages; give how many."""
    lines = BillLine.objects.select_related("charge", "bill__account", "bill__replaces")
    for line in lines:
        chinese, english = (explain(line.bill, line, language) for language in ("zh-hans", "en"))
        assert chinese.amount == line.amount == round_money(chinese.unrounded)
        assert chinese.steps[-1].value == chinese.unrounded
        assert [step.formula for step in chinese.steps] == [step.formula for step in english.steps]
        rated = rated_lines(BillPart.objects.get(bill_id=line.bill_id, position=line.part))[line.part_line]
        assert (recompute(rated), rated.code) == (line.amount, line.charge.code)
    return len(lines)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6, 10))
def test_computing_again_changes_nothing(store: Any, seed: int) -> None:
    accounts = make_world(seed)
    bills, lines = Bill.objects.count(), [lines_of(account) for account in accounts]
    ids = [account.pk for account in accounts]
    for month in MONTHS:
        assert actions.rebill(account_ids=ids, first=month, at=world.LATER, actor="ann") == (None, [])
        with pytest.raises(actions.UnableToOpenRun, match="Every account"):
            actions.run_month(month=month, at=world.LATER, actor="ann")
    for account in accounts:
        for bill in Bill.objects.filter(account=account).order_by("-first_day"):
            actions.cancel_bill(bill=bill, reason="again", at=world.LATER, actor="ann")
        assert read_balance(account.pk) == 0
    for month in MONTHS:
        actions.run_month(month=month, at=world.LATER, actor="ann", workers=1)
    assert Bill.objects.count() == 2 * bills
    assert [lines_of(account) for account in accounts] == lines
    assert prove_ledger().holds


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_cut_anywhere_comes_to_the_same(store: Any, seed: int) -> None:
    """An account whose terms change to the same terms, two times, is charged what its uncut twin is."""
    dice = np.random.default_rng(seed)
    load_tariffs()
    codes = ("home", "plant", "family")
    whole = world.make_customers(3, tariff=lambda index: codes[index], **DEMAND)
    cut = world.make_customers(3, tariff=lambda index: codes[index - 3], first=3, **DEMAND)
    start, days = MONTHS[0].first_day, sum(month.days for month in MONTHS)
    for account in cut:
        for offset in sorted(dice.choice(np.arange(1, days), size=4, replace=False).tolist()):
            world.change_terms(account, start + timedelta(days=int(offset)))
    for month in MONTHS:
        reads = world.make_reads(month, 3, seed=seed, mean_wh=500)
        world.store_month(month, np.concatenate([reads, reads]))
        actions.run_month(month=month, at=world.AT, actor="ann", workers=1)
    assert BillPart.objects.filter(bill__account__in=cut).count() > BillPart.objects.filter(
        bill__account__in=whole
    ).count()  # fmt: skip
    for one, other in zip(whole, cut, strict=True):
        exact, again = charged(one), charged(other)
        assert set(exact) == set(again)
        for key, (quantity, unrounded, amount, _) in exact.items():
            assert abs(again[key][0] - quantity) <= Decimal("0.000001") * again[key][3]
            assert abs(again[key][1] - unrounded) <= Decimal("1e-9") * again[key][3]
            assert abs(again[key][2] - amount) <= Decimal("0.005") * (again[key][3] + 1)


def charged(account: CustomerAccount) -> dict[tuple[date, str], tuple[Decimal, Decimal, Decimal, int]]:
    """Give quantity, amount before rounding, amount and lines, by month and code."""
    found: dict[tuple[date, str], tuple[Decimal, Decimal, Decimal, int]] = defaultdict(
        lambda: (Decimal(0), Decimal(0), Decimal(0), 0)
    )
    for part in BillPart.objects.filter(bill__account=account, bill__is_current=True).select_related("bill"):
        for line in rated_lines(part):
            if line.quantity or line.amount:
                key = part.bill.first_day, line.code
                quantity, exact, amount, lines = found[key]
                found[key] = (quantity + line.quantity, exact + line.unrounded, amount + line.amount, lines + 1)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_reads_may_come_in_any_order(store: Any, seed: int) -> None:
    """Three meters with the same reads: a month at once, days in any order, single reads in any order and twice."""
    dice = np.random.default_rng(seed)
    load_tariffs()
    accounts = world.make_customers(3, tariff="shop")
    month = MONTHS[1]
    reads = world.make_reads(month, 1, seed=seed)[0]
    world.store_month(month, reads[None])
    place, start = metering.get_store(), np.datetime64(month.first_day, "D")
    for day in dice.permutation(month.days).tolist():
        write(place, 1, start, np.full(96, day), np.arange(96), reads[day])
    order = dice.permutation(np.concatenate([np.arange(month.days * 96), dice.integers(0, month.days * 96, 200)]))
    for some in np.array_split(order, 7):
        write(place, 2, start, some // 96, some % 96, reads.reshape(-1)[some])
    actions.run_month(month=month, at=world.AT, actor="ann", workers=1)
    first, *others = (lines_of(account) for account in accounts)
    assert len(first) > 4
    assert all(other == first for other in others)


def write(place: Any, series: int, start: Any, days: Any, slots: Any, values: Any) -> None:
    place.write_reads(
        np.full(len(days), series), start + np.asarray(days), np.asarray(slots), np.asarray(values, np.int32),
        quality=np.zeros(len(days), np.uint8), known_at=world.AT,
    )  # fmt: skip


@pytest.mark.django_db
def test_every_tariff_in_the_catalogue_explains_its_lines(store: Any) -> None:
    codes = sorted(path.stem for path in CATALOGUE.glob("*.yaml"))
    for code in codes:
        world.load_tariff((CATALOGUE / f"{code}.yaml").read_text(), code)
    month = Month(2026, 1)
    bases = ("CAPACITY", "DEMAND", "DEMAND")
    made = []
    for index, code in enumerate(codes * 3):
        terms = {
            "contract_capacity_kva": Decimal(400), "basic_charge": bases[index // len(codes)], "household_size": 6,
            "contract_demand_kw": Decimal(150) if index < 2 * len(codes) else None,
            "power_factor_standard": Decimal("0.85"),
        }  # fmt: skip
        made += world.make_customers(1, tariff=code, first=index, **terms)
    for account in made[::2]:
        with transaction.atomic():
            world.change_terms(account, date(2026, 1, 15), contract_capacity_kva=Decimal(630))
    reads = world.make_reads(month, len(made), mean_wh=9_000)
    world.store_month(
        month, reads, export_wh=(reads // 2).astype(np.int32), reactive_varh=(reads // 2).astype(np.int32)
    )
    actions.run_month(month=month, at=world.AT, actor="ann", workers=1)
    billed = set(
        BillPart.objects.filter(bill__status="ISSUED").values_list("tariff_document__code", flat=True).distinct()
    )
    assert len(billed) >= len(codes) - 2, set(codes) - billed
    assert explain_all() > 6 * len(billed)
    assert prove_ledger().holds
    ids = [account.pk for account in made]
    assert actions.rebill(account_ids=ids, first=month, at=world.LATER, actor="ann") == (None, [])
