"""Bill runs: each day billed once, each step refused out of turn, each stop survived."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction

from gridhall.apps.accounts.models import AccountAccess
from gridhall.apps.billing import actions, queries
from gridhall.apps.billing.actions import runs
from gridhall.apps.billing.models import Bill, BillException, BillLine, BillRun, JournalEntry, Posting
from gridhall.apps.billing.queries.ledger import prove_ledger, read_balance
from gridhall.apps.billing.tests import world
from gridhall.core.errors import BusinessError
from gridhall.core.models import Event
from gridhall.core.periods import Month

JANUARY = Month(2026, 1)


def draft(month: Month = JANUARY) -> BillRun:
    run = actions.open_run(month=month, at=world.AT, actor="ann")
    return actions.draft_run(run=run, at=world.AT, actor="ann")


def test_month_from_reads_to_ledger(company: list[Any]) -> None:
    reads = world.make_reads(JANUARY, 6)
    world.store_month(JANUARY, reads)
    run = draft()
    assert run.status == "DRAFTED"
    assert Bill.objects.filter(status="DRAFT").count() == 6
    assert not JournalEntry.objects.exists()
    run = actions.approve_run(run=run, at=world.AT, actor="bob")
    run = actions.issue_run(run=run, at=world.AT, actor="bob")
    assert run.status == "ISSUED"
    for index, account in enumerate(company):
        bill = Bill.objects.get(account=account)
        assert bill.energy_wh == int(reads[index].sum())
        assert bill.status == "ISSUED"
        assert bill.amount == sum(BillLine.objects.filter(bill_id=bill.pk).values_list("amount", flat=True))
        assert read_balance(account.pk) == -bill.amount
    assert prove_ledger().holds
    assert Event.objects.filter(kind="BillIssued").count() == 6


def test_home_pays_tiers_over_the_year(company: list[Any]) -> None:
    for month in (JANUARY, Month(2026, 2)):
        world.store_month(month, np.full((6, month.days, 96), 800, np.int32))
        actions.run_month(month=month, at=world.AT, actor="ann")
    first, second = Bill.objects.filter(account=company[0]).order_by("first_day")
    lines = {line.charge.code: line.quantity for line in second.lines.select_related("charge")}
    used = Decimal(first.energy_wh) / 1000
    assert used == Decimal("2380.8")
    assert lines == {"energy.tier2": Decimal("2150.4")}
    assert first.charge_total == Decimal("1205.28") + (Decimal("220.8") * Decimal("0.608")).quantize(Decimal("0.01"))


def test_price_change_within_a_month_is_cut_by_days(company: list[Any]) -> None:
    march = Month(2026, 3)
    world.store_month(march, np.full((6, 31, 96), 1_000, np.int32))
    draft(march)
    shop = Bill.objects.get(account=company[2])
    assert [(part.first_day.day, part.end_day.day) for part in shop.parts.order_by("position")] == [(1, 11), (11, 1)]
    demand = [line for line in shop.lines.select_related("charge").order_by("position") if line.charge.code == "demand"]
    assert sum(line.quantity for line in demand) == Decimal(60)
    assert sum(part for line in shop.parts.all() for part in line.import_wh) == shop.energy_wh


def test_second_run_of_a_month_is_refused(company: list[Any]) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    run = draft()
    with pytest.raises(actions.UnableToOpenRun, match="under way"):
        actions.open_run(month=JANUARY, at=world.AT, actor="ann")
    actions.approve_run(run=run, at=world.AT, actor="bob")
    actions.issue_run(run=run, at=world.AT, actor="bob")
    with pytest.raises(actions.UnableToOpenRun, match="Every account"):
        draft()
    assert BillRun.objects.count() == 1
    assert Bill.objects.count() == 6


def test_database_refuses_a_day_billed_twice(company: list[Any]) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    draft()
    with pytest.raises(IntegrityError, match="a_day_is_billed_once"), transaction.atomic():
        bill = Bill.objects.first()
        assert bill is not None
        bill.pk, bill.number, bill.mrid = None, "X", "00000000-0000-7000-8000-000000000000"  # type: ignore[assignment]
        bill.save(force_insert=True)


def test_steps_out_of_turn_are_refused(company: list[Any]) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    run = actions.open_run(month=JANUARY, at=world.AT, actor="ann")
    with pytest.raises(actions.UnableToApproveRun):
        actions.approve_run(run=run, at=world.AT, actor="bob")
    with pytest.raises(actions.UnableToIssueRun):
        actions.issue_run(run=run, at=world.AT, actor="bob")
    run = actions.draft_run(run=run, at=world.AT, actor="ann")
    with pytest.raises(actions.UnableToDraftRun):
        actions.draft_run(run=run, at=world.AT, actor="ann")
    with pytest.raises(actions.UnableToApproveRun, match="someone else"):
        actions.approve_run(run=run, at=world.AT, actor="ann")
    run.refresh_from_db()
    assert run.status == "DRAFTED"
    actions.approve_run(run=run, at=world.AT, actor="ann", four_eyes=False)


def test_canceled_run_leaves_the_days_free(company: list[Any]) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    actions.cancel_run(run=draft(), at=world.AT, actor="ann", reason="wrong prices")
    assert set(Bill.objects.values_list("status", "is_current")) == {("CANCELED", False)}
    draft()
    assert Bill.objects.filter(status="DRAFT").count() == 6
    assert len(set(Bill.objects.values_list("number", flat=True))) == 12


def test_missing_reads_hold_the_bill_until_they_come(company: list[Any]) -> None:
    quality = np.zeros((6, 31, 96), np.uint8)
    quality[1, 30, 90:] = 255
    reads = world.make_reads(JANUARY, 6)
    world.store_month(JANUARY, reads, quality=quality)
    run = draft()
    held = Bill.objects.get(status="HELD")
    assert held.account == company[1]
    assert held.missing_slots == 6
    finding = BillException.objects.get(kind="MISSING_READS")
    assert finding.holds and finding.bill == held
    run = actions.approve_run(run=run, at=world.AT, actor="bob")
    actions.issue_run(run=run, at=world.AT, actor="bob")
    held.refresh_from_db()
    assert held.status == "HELD"
    with pytest.raises(actions.UnableToReleaseBill, match="still held"):
        actions.release_bill(bill=held, at=world.AT, actor="bob")
    held.refresh_from_db()
    assert (held.status, held.is_current) == ("HELD", True)
    late(1, JANUARY, [(30, slot, 100) for slot in range(90, 96)])
    released = actions.release_bill(bill=held, at=world.AT, actor="bob")
    assert released.missing_slots == 0
    actions.issue_run(run=run, at=world.AT, actor="bob")
    assert Bill.objects.filter(status="ISSUED").count() == 6
    assert prove_ledger().holds


def late(series: int, month: Month, reads: list[tuple[int, int, int]]) -> None:
    from gridhall.apps.metering import queries as metering

    start = np.datetime64(month.first_day, "D")
    metering.get_store().write_reads(
        np.full(len(reads), series),
        np.array([start + day for day, _, _ in reads]),
        np.array([slot for _, slot, _ in reads]),
        np.array([value for _, _, value in reads], np.int32),
        quality=np.zeros(len(reads), np.uint8),
        known_at=world.LATE,
    )


def test_no_reads_are_estimated_where_the_cycle_says_so(company: list[Any]) -> None:
    cycle = runs.get_cycle("MONTHLY")
    cycle.missing_reads = "ESTIMATE"
    cycle.save()
    quality = np.zeros((6, 31, 96), np.uint8)
    quality[1, 30] = 255
    world.store_month(JANUARY, np.full((6, 31, 96), 100, np.int32), quality=quality)
    draft()
    bill = Bill.objects.get(account=company[1])
    assert (bill.status, bill.is_estimated, bill.energy_wh) == ("DRAFT", True, 31 * 96 * 100)


def test_held_by_hand_and_released(company: list[Any]) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    run = draft()
    bill = actions.hold_bill(bill=Bill.objects.all()[0], reason="complaint", at=world.AT, actor="bob")
    run = actions.approve_run(run=run, at=world.AT, actor="bob")
    actions.issue_run(run=run, at=world.AT, actor="bob")
    assert Bill.objects.filter(status="ISSUED").count() == 5
    actions.release_bill(bill=bill, at=world.AT, actor="bob", as_is=True)
    actions.issue_run(run=run, at=world.AT, actor="bob")
    assert Bill.objects.filter(status="ISSUED").count() == 6
    assert JournalEntry.objects.count() == 6


def test_canceled_bill_is_taken_back(company: list[Any]) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    bill = Bill.objects.get(account=company[0])
    actions.cancel_bill(bill=bill, reason="wrong meter", at=world.AT, actor="bob")
    assert read_balance(company[0].pk) == 0
    with pytest.raises(actions.UnableToCancelBill):
        actions.cancel_bill(bill=bill, reason="again", at=world.AT, actor="bob")
    assert prove_ledger().holds
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    assert Bill.objects.filter(account=company[0], is_current=True).count() == 1
    assert read_balance(company[0].pk) == -bill.amount


@pytest.mark.django_db(transaction=True)
def test_run_goes_on_where_it_stopped(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "ACCOUNTS_A_CHUNK", 2)
    world.load_tariff(world.HOME, "home")
    world.make_customers(7)
    world.store_month(JANUARY, world.make_reads(JANUARY, 7))
    run = actions.open_run(month=JANUARY, at=world.AT, actor="ann")
    seen: list[int] = []

    def stop_after_two(done: int, total: int, bills: int) -> None:
        seen.append(done)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        actions.draft_run(run=run, at=world.AT, actor="ann", progress=stop_after_two, workers=1)
    assert Bill.objects.count() == 4
    run = actions.draft_run(run=run, at=world.AT, actor="ann", workers=2)
    assert Bill.objects.count() == 7
    run = actions.approve_run(run=run, at=world.AT, actor="bob")
    actions.issue_run(run=run, at=world.AT, actor="bob", workers=2)
    assert JournalEntry.objects.count() == 7
    assert Posting.objects.count() == 14
    assert prove_ledger().holds


@pytest.mark.django_db(transaction=True)
def test_run_held_by_another_process_is_refused(store: Any) -> None:
    world.load_tariff(world.HOME, "home")
    world.make_customers(1)
    world.store_month(JANUARY, world.make_reads(JANUARY, 1))
    run = actions.open_run(month=JANUARY, at=world.AT, actor="ann")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [runs._LOCK_CLASS, run.pk])
        with pytest.raises(actions.UnableToDraftRun, match="Another process"):
            actions.draft_run(run=run, at=world.AT, actor="ann")
    finally:
        other.close()
    assert not Bill.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_run_beside_a_final_bill_of_the_same_days_is_told_in_words_and_goes_on(store: Any) -> None:
    world.load_tariff(world.HOME, "home")
    leaving, staying = world.make_customers(2)
    world.store_month(JANUARY, world.make_reads(JANUARY, 2))
    run = actions.open_run(month=JANUARY, at=world.AT, actor="ann")
    told: list[str] = []

    def draft_beside() -> None:
        try:
            actions.draft_run(run=run, at=world.AT, actor="ann", workers=1)
        except BusinessError as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    other = threading.Thread(target=draft_beside)
    with transaction.atomic():
        actions.close_agreement(account=leaving, ends_on=JANUARY.next().first_day, at=world.AT, actor="eva")
        other.start()
        other.join(1)  # it waits for us to know whether these days are billed
        assert told == []
    other.join(30)
    assert told == ["made-meanwhile"]
    actions.draft_run(run=run, at=world.AT, actor="ann")
    assert Bill.objects.get(account=leaving).kind == "CLOSING"
    assert Bill.objects.get(account=staying).kind == "REGULAR"


def test_who_may_see_usage_alone_is_told_no_amount(company: list[Any]) -> None:
    world.store_month(JANUARY, world.make_reads(JANUARY, 6))
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    account = company[0]
    asked = {"account": account, "at": datetime(2026, 2, 1, 4, tzinfo=UTC)}
    for number, scopes in enumerate((["VIEW_USAGE"], ["VIEW_USAGE", "VIEW_BILLS"])):
        viewer = get_user_model().objects.create(phone=f"{13800000000 + number}")
        AccountAccess.objects.create(
            account=account, user=viewer, role="FAMILY", scopes=scopes, starts_on=date(2025, 1, 1), method="GRANTED"
        )
        month = queries.list_usage_months(viewer=viewer, first=JANUARY, last=JANUARY, **asked)[0]
        current = queries.get_current_month(viewer=viewer, **asked)
        assert month.energy_kwh > 0 and current.energy_kwh > 0
        seen = (month.amount is not None, month.bill_mrid is not None, current.amount_so_far is not None)
        assert seen == ("VIEW_BILLS" in scopes,) * 3


@pytest.mark.django_db(transaction=True)
def test_two_months_of_a_cycle_are_not_drafted_at_once(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither would see the other's bills: the second month would begin the year's tiers anew, and nobody be told."""
    february = JANUARY.next()
    world.load_tariff(world.HOME, "home")
    world.make_customers(1)
    for month in (JANUARY, february):
        world.store_month(month, world.make_reads(month, 1))
    first, second = (actions.open_run(month=month, at=world.AT, actor="ann") for month in (JANUARY, february))
    told: list[str] = []

    def draft_beside() -> None:
        try:
            actions.draft_run(run=second, at=world.AT, actor="bob", workers=1)
            told.append("done")
        except actions.UnableToDraftRun as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    def draft_chunk(**asked: Any) -> int:
        with transaction.atomic():
            count = draft_one(**asked)
            other = threading.Thread(target=draft_beside)
            other.start()
            other.join(30)
        return count

    draft_one = runs.draft_chunk
    with monkeypatch.context() as patch:
        patch.setattr(runs, "draft_chunk", lambda **asked: draft_chunk(**asked) if not told else draft_one(**asked))
        actions.draft_run(run=first, at=world.AT, actor="ann", workers=1)
    assert told == ["cycle-held"]
    actions.draft_run(run=second, at=world.AT, actor="bob")
    january, later = Bill.objects.order_by("first_day")
    assert later.parts.get().year_to_date_wh == january.energy_wh
