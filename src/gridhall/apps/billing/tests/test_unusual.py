"""Accounts that are not like others: no reads, no terms, no use, generation, estimates; the others are billed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing import actions
from gridhall.apps.billing.actions import runs
from gridhall.apps.billing.models import Bill, BillException, BillLine, BillRun, Posting
from gridhall.apps.billing.queries.ledger import prove_ledger, read_balance
from gridhall.apps.billing.tests import world
from gridhall.apps.billing.tests.test_runs import late
from gridhall.apps.metering.models import MeterInstallation
from gridhall.core.money import round_money
from gridhall.core.periods import Month, months_between

JANUARY, FEBRUARY = Month(2026, 1), Month(2026, 2)

SOLAR = """
tariff: solar
label: {zh: 自发自用余电上网, en: Own use and surplus}
versions:
  - from: 2024-01-01
    source: {document: Test prices}
    components:
      - {kind: energy, code: energy, label: {zh: 电度电费, en: Energy}, price: 0.558}
      - {kind: energy, code: feed_in, label: {zh: 上网电费, en: Feed-in}, direction: export, sign: credit,
         price: 0.4161}
"""

NETTED = """
tariff: netted
label: {zh: 余电抵扣, en: Credit for surplus}
metering: net_month_money
credit_settled_in: 12
versions:
  - from: 2024-01-01
    source: {document: Test prices}
    components:
      - {kind: energy, code: energy, label: {zh: 电度电费, en: Energy}, price: 0.5}
      - {kind: energy, code: feed_in, label: {zh: 上网电费, en: Feed-in}, direction: export, sign: credit, price: 0.4}
"""


def customers_with(*first: str) -> list[CustomerAccount]:
    """Keep six customers, the first of them with these tariffs, the others homes."""
    world.load_tariff(world.HOME, "home")
    return world.make_customers(6, tariff=lambda index: first[index] if index < len(first) else "home")


def load_late() -> None:
    """Keep the tariff that was missing."""
    world.load_tariff(world.HOME.replace("tariff: home", "tariff: missing"), "missing")


def draft(month: Month = JANUARY) -> BillRun:
    return actions.draft_run(
        run=actions.open_run(month=month, at=world.AT, actor="ann"), at=world.AT, actor="ann", workers=1
    )


def kinds_of(account: CustomerAccount) -> dict[str, bool]:
    return dict(BillException.objects.filter(account=account).values_list("kind", "holds"))


def test_accounts_that_cannot_be_billed_are_listed_and_the_others_billed(db: Any, store: Any) -> None:
    company = customers_with("missing", "home", "later")
    store_until = world.make_reads(JANUARY, 6)
    store_until[3] = 0
    world.store_month(JANUARY, store_until[:5])  # nothing of the sixth meter
    MeterInstallation.objects.filter(usage_point__account=company[1]).delete()
    world.load_tariff(world.HOME.replace("tariff: home", "tariff: later").replace("2024-01-01", "2026-02-01"), "later")
    draft()
    assert kinds_of(company[0]) == {"NO_TERMS": True}
    refused = BillException.objects.get(account=company[0])
    assert refused.detail == "31 of 31 days without terms whose tariff is approved; not approved here: missing"
    assert kinds_of(company[1]) == {"NO_METER": True}
    assert kinds_of(company[2]) == {"UNPRICEABLE": True}
    assert kinds_of(company[3]) == {"ZERO_USAGE": False}
    assert kinds_of(company[4]) == {}
    assert kinds_of(company[5]) == {"MISSING_READS": True}
    assert {bill.account_id: bill.status for bill in Bill.objects.all()} == {
        company[3].pk: "DRAFT", company[4].pk: "DRAFT", company[5].pk: "HELD",
    }  # fmt: skip
    empty = Bill.objects.get(account=company[3])
    assert (empty.amount, empty.lines.count(), empty.energy_wh) == (0, 0, 0)


def test_what_was_listed_is_billed_once_mended(db: Any, store: Any) -> None:
    customers_with("missing")
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    load_late()
    run = actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    assert run.chunks.get().bills == 1
    assert Bill.objects.filter(status="ISSUED").count() == 6


def test_month_left_out_is_told_and_later_ones_are_asked_to_follow(company: list[Any]) -> None:
    for month in (JANUARY, FEBRUARY, Month(2026, 3)):
        world.store_month(month, world.make_reads(month, 6, mean_wh=300))
        actions.run_month(month=month, at=world.AT, actor="ann")
        if month == FEBRUARY:
            bill = Bill.objects.get(account=company[0], first_day=FEBRUARY.first_day)
            actions.cancel_bill(bill=bill, reason="wrong", at=world.AT, actor="ann")
    gap = BillException.objects.get(account=company[0], kind="EARLIER_MONTH_OPEN")
    assert (gap.holds, gap.detail) == (False, "28 days of the year unbilled")
    actions.run_month(month=FEBRUARY, at=world.AT, actor="ann")
    assert BillException.objects.get(kind="LATER_MONTH_BILLED").account == company[0]
    run, changes = actions.rebill(account_ids=[company[0].pk], first=JANUARY, at=world.LATER, actor="ann")
    assert run is not None
    assert [str(change.month) for change in changes] == ["2026-03"]


def test_second_usage_point_without_a_meter_is_told(company: list[Any]) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    point = world.add_usage_point(company[0], "SECOND", 9)
    MeterInstallation.objects.filter(usage_point=point).update(starts_on=date(2026, 1, 22))
    late(9, JANUARY, [(day, slot, 100) for day in range(21, 31) for slot in range(96)])
    draft()
    told = BillException.objects.get(kind="NO_METER")
    assert (told.account, told.holds, told.detail) == (company[0], False, "SECOND: 21 of 31 days without a meter")


def test_surplus_is_paid_for_as_metered(db: Any, store: Any) -> None:
    world.load_tariff(SOLAR, "solar")
    company = customers_with("solar")
    imported, exported = (np.full((6, 31, 96), value, np.int32) for value in (50, 400))
    world.store_month(JANUARY, imported, export_wh=exported)
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    bill = Bill.objects.get(account=company[0])
    bought = round_money(Decimal("148.8") * Decimal("0.558"))
    sold = round_money(Decimal("1190.4") * Decimal("0.4161"))
    assert (bill.amount, bill.export_wh) == (bought - sold, 1_190_400)
    assert read_balance(company[0].pk) == sold - bought > 0
    postings = dict(Posting.objects.filter(entry__bill=bill).values_list("account__kind", "amount"))
    assert postings == {"RECEIVABLE": bought - sold, "ENERGY_REVENUE": -bought, "FEED_IN_COST": sold}
    assert "CREDIT_BILL" in kinds_of(company[0])


def test_credit_of_the_last_part_is_carried_to_the_next_month(db: Any, store: Any) -> None:
    world.load_tariff(NETTED, "netted")
    account = customers_with("netted")[0]
    world.change_terms(account, date(2026, 1, 11), household_size=3)
    exported = np.zeros((6, 31, 96), np.int32)
    exported[0, :10] = 1_000  # 960 kWh, 384 yuan of credit; then 400 kWh a day are bought
    imported = np.zeros((6, 31, 96), np.int32)
    imported[0, 10:] = 100  # 21 days of 9.6 kWh, 100.80 yuan
    world.store_month(JANUARY, imported, export_wh=exported)
    world.store_month(FEBRUARY, np.full((6, 28, 96), 100, np.int32))
    for month in (JANUARY, FEBRUARY):
        actions.run_month(month=month, at=world.AT, actor="ann")
    first, second = Bill.objects.filter(account=account).order_by("first_day")
    assert (first.amount, second.amount) == (Decimal(0), Decimal(0))
    assert [part.carried_minor for part in first.parts.order_by("position")] == [38_400, 28_320]
    assert second.parts.get().credit_minor == 28_320
    assert second.parts.get().carried_minor == 28_320 - 13_440
    assert actions.rebill(account_ids=[account.pk], first=JANUARY, at=world.LATER, actor="ann") == (None, [])


def test_estimated_first_then_actual(company: list[Any]) -> None:
    cycle = runs.get_cycle("MONTHLY")
    cycle.missing_reads = "ESTIMATE"
    cycle.save()
    reads = np.full((6, 31, 96), 100, np.int32)
    quality = np.zeros((6, 31, 96), np.uint8)
    quality[1, 20:] = 255
    quality[4] = 255
    world.store_month(JANUARY, reads, quality=quality)
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    bill = Bill.objects.get(account=company[1])
    assert (bill.status, bill.is_estimated, bill.estimated_slots, bill.energy_wh) == ("ISSUED", True, 1_056, 297_600)
    assert Bill.objects.get(account=company[4]).status == "HELD"  # nothing to go by
    assert actions.rebill(account_ids=[company[1].pk], first=JANUARY, at=world.LATER, actor="ann") == (None, [])
    late(1, JANUARY, [(day, slot, 150) for day in range(20, 31) for slot in range(96)])
    run, changes = actions.rebill(account_ids=[company[1].pk], first=JANUARY, at=world.LATER, actor="ann")
    assert run is not None
    actions.approve_run(run=run, at=world.AT, actor="bob")
    actions.issue_run(run=run, at=world.AT, actor="bob")
    actual = Bill.objects.get(account=company[1], is_current=True)
    assert (actual.is_estimated, actual.energy_wh) == (False, 297_600 + 1_056 * 50)
    assert actual.amount == changes[0].difference == round_money(Decimal("350.4") * Decimal("0.558")) - bill.amount
    assert read_balance(company[1].pk) == -actual.charge_total
    assert prove_ledger().holds


def test_estimate_needs_something_to_go_by_in_each_part(company: list[Any]) -> None:
    cycle = runs.get_cycle("MONTHLY")
    cycle.missing_reads = "ESTIMATE"
    cycle.save()
    march = Month(2026, 3)  # the shops' prices change on the 11th
    quality = np.zeros((6, 31, 96), np.uint8)
    quality[2, 10:] = 255
    world.store_month(march, np.full((6, 31, 96), 100, np.int32), quality=quality)
    draft(march)
    assert Bill.objects.get(account=company[2]).status == "HELD"


def test_cycle_of_the_accounts_decides_when_they_are_computed_again(company: list[Any]) -> None:
    rural = runs.get_cycle("MONTHLY")
    rural.pk, rural.code, rural.missing_reads = None, "RURAL", "ESTIMATE"
    rural.save()
    CustomerAccount.objects.filter(pk=company[1].pk).update(billing_cycle="RURAL")
    quality = np.zeros((6, 31, 96), np.uint8)
    quality[1, 20:] = 255
    world.store_month(JANUARY, np.full((6, 31, 96), 100, np.int32), quality=quality)
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    actions.run_month(month=JANUARY, at=world.AT, actor="ann", cycle="RURAL")
    assert Bill.objects.filter(status="ISSUED").count() == 6
    assert actions.rebill(account_ids=[company[1].pk], first=JANUARY, at=world.LATER, actor="ann") == (None, [])
    with pytest.raises(actions.UnableToRebill, match="one cycle at a time"):
        actions.rebill(account_ids=[a.pk for a in company], first=JANUARY, at=world.LATER, actor="ann")


def test_adjustment_tells_the_account_by_its_number(company: list[Any]) -> None:
    CustomerAccount.objects.filter(pk=company[0].pk).update(number="4228000001")
    for month in months_between(JANUARY, FEBRUARY):
        world.store_month(month, world.make_reads(month, 6))
        actions.run_month(month=month, at=world.AT, actor="ann")
    late(0, JANUARY, [(3, 10, 40_000)])
    changes = list(actions.preview_rebill(account_ids=[company[0].pk], first=JANUARY))
    assert {change.account_number for change in changes} == {"4228000001"}


def test_lines_of_nothing_are_not_written(company: list[Any]) -> None:
    world.store_month(JANUARY, np.zeros((6, 31, 96), np.int32))
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    assert not BillLine.objects.filter(amount=0, quantity=0).exists()
    assert Bill.objects.filter(status="ISSUED", account__in=company).count() == 6
