"""Closed months computed again: nothing for nothing, the exact difference for a change."""

from __future__ import annotations

import re
import threading
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridhall.apps.accounts.models import AgreementTerms, CustomerAgreement, Party
from gridhall.apps.billing import actions
from gridhall.apps.billing.models import Bill, BillLine, BillRun, JournalEntry
from gridhall.apps.billing.queries.ledger import prove_ledger, read_balance
from gridhall.apps.billing.tests import world
from gridhall.apps.billing.tests.test_runs import late
from gridhall.apps.metering.models import MeterInstallation
from gridhall.core.periods import Month, months_between

FIRST, LAST = Month(2026, 1), Month(2026, 5)


@pytest.fixture
def billed(company: list[Any]) -> list[Any]:
    """Five issued months, far enough for homes to climb the annual tiers."""
    for month in months_between(FIRST, LAST):
        world.store_month(month, world.make_reads(month, 6, mean_wh=300))
        actions.run_month(month=month, at=world.AT, actor="ann")
    return company


def rebill(accounts: list[Any], first: Month = FIRST) -> tuple[BillRun | None, list[Any]]:
    return actions.rebill(account_ids=[a.pk for a in accounts], first=first, at=world.LATER, actor="ann", reason="test")


def issue(run: BillRun) -> None:
    run = actions.approve_run(run=run, at=world.AT, actor="bob")
    actions.issue_run(run=run, at=world.AT, actor="bob")


def test_unchanged_inputs_give_nothing(billed: list[Any]) -> None:
    runs, bills = BillRun.objects.count(), Bill.objects.count()
    run, changes = rebill(billed)
    assert (run, changes) == (None, [])
    assert (BillRun.objects.count(), Bill.objects.count()) == (runs, bills)


def test_corrected_read_charges_the_difference_and_moves_later_tiers(billed: list[Any]) -> None:
    home = billed[0]
    before = {bill.first_day: bill for bill in Bill.objects.filter(account=home)}
    balance = read_balance(home.pk)
    late(0, FIRST, [(3, slot, 30_000) for slot in range(96)])
    preview = list(actions.preview_rebill(account_ids=[home.pk], first=FIRST))
    assert BillRun.objects.filter(kind="REBILL").count() == 0
    run, changes = rebill(billed)
    assert run is not None
    assert changes == preview
    assert {change.account_number for change in changes} == {home.number}
    assert len(changes) > 1  # the first month's energy pushes later months up the tiers
    for change in changes:
        assert sum(amount for *_, amount in change.causes) == change.difference
    assert read_balance(home.pk) == balance
    issue(run)
    assert read_balance(home.pk) == balance - sum(change.difference for change in changes)
    assert prove_ledger().holds
    for bill in Bill.objects.filter(run=run):
        old = before[bill.first_day]
        assert bill.replaces_id == old.pk
        assert bill.amount == bill.charge_total - old.charge_total
        assert bill.amount == sum(BillLine.objects.filter(bill_id=bill.pk).values_list("amount", flat=True))
    assert rebill(billed) == (None, [])
    last = Bill.objects.filter(run=run).order_by("-first_day")[0]
    earlier = Bill.objects.filter(account=home, is_current=True, first_day__lt=last.first_day)
    assert last.parts.get().year_to_date_wh == sum(earlier.values_list("energy_wh", flat=True))


def test_rebilled_account_equals_one_billed_right_at_once(company: list[Any]) -> None:
    for month in months_between(FIRST, LAST):
        reads = world.make_reads(month, 6, mean_wh=300)
        reads[1] = reads[0]
        if month == FIRST:
            reads[1, 7] += 5_000
        world.store_month(month, reads)
        actions.run_month(month=month, at=world.AT, actor="ann")
    right = np.asarray(world.make_reads(FIRST, 6, mean_wh=300)[0, 7]) + 5_000
    late(0, FIRST, [(7, slot, int(value)) for slot, value in enumerate(right)])
    run, _ = rebill([company[0]])
    assert run is not None
    issue(run)
    assert read_balance(company[0].pk) == read_balance(company[1].pk)
    for month in months_between(FIRST, LAST):
        mine, other = (
            list(
                Bill.objects.get(account=account, is_current=True, first_day=month.first_day)
                .lines.filter(part__gte=0)
                .order_by("position")
                .values_list("charge__code", "quantity", "price", "amount")
            )
            for account in company[:2]
        )
        assert mine == other


def test_canceled_adjustment_gives_way_to_what_it_replaced(billed: list[Any]) -> None:
    home = billed[0]
    balance = read_balance(home.pk)
    late(0, LAST, [(3, 10, 90_000)])
    run, changes = rebill([home], LAST)
    assert run is not None and len(changes) == 1
    with pytest.raises(actions.UnableToRebill, match="waits in run"):
        rebill([home], LAST)
    issue(run)
    adjustment = Bill.objects.get(run=run)
    assert adjustment.replaces is not None
    with pytest.raises(actions.UnableToCancelBill, match="replaced by"):
        actions.cancel_bill(bill=adjustment.replaces, reason="x", at=world.AT, actor="bob")
    actions.cancel_bill(bill=adjustment, reason="read was right", at=world.AT, actor="bob")
    assert read_balance(home.pk) == balance
    assert Bill.objects.get(account=home, is_current=True, first_day=LAST.first_day).pk == adjustment.replaces_id
    assert prove_ledger().holds


def test_ratio_found_wrong_is_charged_for_its_days(billed: list[Any]) -> None:
    installation = MeterInstallation.objects.get(usage_point__account=billed[2])
    MeterInstallation.objects.filter(pk=installation.pk).update(ends_on=date(2026, 4, 16))
    MeterInstallation.objects.create(
        usage_point=installation.usage_point, meter=installation.meter, starts_on=date(2026, 4, 16), ct_ratio=2
    )
    run, changes = rebill([billed[2]], Month(2026, 4))
    assert run is not None
    assert [str(change.month) for change in changes] == ["2026-04", "2026-05"]
    may = changes[1]
    assert may.energy_kwh_now == 2 * may.energy_kwh_before
    april = world.make_reads(Month(2026, 4), 6, mean_wh=300)[2].astype(np.int64)
    assert changes[0].energy_kwh_now == Decimal(int(april[:15].sum() + 2 * april[15:].sum())) / 1000


def test_owner_known_late_is_cut_by_days(billed: list[Any]) -> None:
    home = billed[0]
    CustomerAgreement.objects.filter(account=home).update(ends_on=date(2026, 5, 11))
    AgreementTerms.objects.filter(agreement__account=home).update(ends_on=date(2026, 5, 11))
    heir = CustomerAgreement.objects.create(
        account=home, party=Party.objects.create(kind="PERSON", name="新户主"), starts_on=date(2026, 5, 11)
    )
    AgreementTerms.objects.create(agreement=heir, starts_on=date(2026, 5, 11), tariff_code="home")
    run, changes = rebill([home], LAST)
    assert run is not None and len(changes) == 2
    issue(run)
    old, new = Bill.objects.filter(account=home, is_current=True, first_day__gte=LAST.first_day).order_by("first_day")
    assert (old.first_day.day, old.end_day.day, old.agreement_id == heir.pk) == (1, 11, False)
    assert (new.first_day.day, new.end_day.month, new.agreement_id) == (11, 6, heir.pk)
    assert new.parts.get().year_to_date_wh == 0
    assert new.parts.get().year_months == 8
    assert old.energy_wh + new.energy_wh == int(world.make_reads(LAST, 6, mean_wh=300)[0].sum())
    assert prove_ledger().holds


def test_final_bill_ends_with_the_agreement(company: list[Any]) -> None:
    world.store_month(FIRST, world.make_reads(FIRST, 6))
    run = actions.close_agreement(account=company[0], ends_on=date(2026, 1, 21), at=world.AT, actor="ann")
    issue(run)
    bill = Bill.objects.get()
    assert (bill.kind, bill.first_day, bill.end_day) == ("CLOSING", date(2026, 1, 1), date(2026, 1, 21))
    assert bill.energy_wh == int(world.make_reads(FIRST, 6)[0, :20].sum())
    with pytest.raises(actions.UnableToCloseAgreement):
        actions.close_agreement(account=company[0], ends_on=date(2026, 1, 21), at=world.AT, actor="ann")
    actions.run_month(month=FIRST, at=world.AT, actor="ann")
    assert Bill.objects.filter(account=company[0]).count() == 1
    assert JournalEntry.objects.count() == 6
    assert timezone.is_aware(bill.drafted_at)


@pytest.mark.django_db(transaction=True)
def test_of_two_rebills_at_once_one_is_refused(store: Any) -> None:
    world.load_tariff(world.HOME, "home")
    home = world.make_customers(1)[0]
    world.store_month(FIRST, world.make_reads(FIRST, 1))
    actions.run_month(month=FIRST, at=world.AT, actor="ann")
    late(0, FIRST, [(3, 10, 90_000)])
    told: list[str] = []

    def rebill_beside() -> None:
        try:
            rebill([home])
            told.append("done")
        except actions.UnableToRebill as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    other = threading.Thread(target=rebill_beside)
    with transaction.atomic():
        run, _ = rebill([home])
        other.start()
        other.join(1)  # it waits for us
        assert told == []
    other.join(30)
    assert told == ["adjustment-waiting"]
    assert run is not None
    assert BillRun.objects.filter(kind="REBILL").get() == run


def test_drafts_of_later_months_are_found_by_account(billed: list[Any]) -> None:
    """A company has tens of millions of bills: every question goes by a column that has an index."""
    bill = Bill.objects.get(account=billed[0], first_day=LAST.first_day)
    with CaptureQueriesContext(connection) as asked:
        actions.cancel_bill(bill=bill, reason="test", at=world.LATER, actor="ann")
    of_bills = [q["sql"] for q in asked if q["sql"].startswith("SELECT") and 'FROM "billing_bill"' in q["sql"]]
    assert len(of_bills) > 2
    indexed = re.compile(r'"billing_bill"."(id|account_id|chunk_id|replaces_id)" (=|IN) ')
    assert [sql for sql in of_bills if not indexed.search(sql)] == []
