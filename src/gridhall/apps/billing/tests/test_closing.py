"""Somebody leaves: the final bill, what is given back, how the year's tiers are settled, and the next owner."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from gridhall.apps.accounts import actions as accounts
from gridhall.apps.accounts.models import CustomerAgreement, Party
from gridhall.apps.accounts.rules.terms import Terms
from gridhall.apps.billing import actions
from gridhall.apps.billing.models import Bill, BillException, BillLine, BillRun
from gridhall.apps.billing.queries.ledger import prove_ledger, read_balance
from gridhall.apps.billing.tests import world
from gridhall.apps.billing.tests.test_runs import late
from gridhall.core.money import round_money
from gridhall.core.periods import Month, months_between

MONTHS = list(months_between(Month(2026, 1), Month(2026, 5)))
DAILY_WH = 96 * 150


@pytest.fixture
def home(company: list[Any]) -> Any:
    """A home with five months of 14.4 kWh a day, three of them issued."""
    for month in MONTHS:
        world.store_month(month, np.full((6, month.days, 96), 150, np.int32))
    for month in MONTHS[:3]:
        actions.run_month(month=month, at=world.AT, actor="ann")
    return company[0]


def issue(run: BillRun) -> BillRun:
    run = actions.approve_run(run=run, at=world.AT, actor="bob")
    return actions.issue_run(run=run, at=world.AT, actor="bob")


def close(account: Any, on: date) -> BillRun:
    return actions.close_agreement(account=account, ends_on=on, at=world.AT, actor="ann")


def tiers_of(agreement: CustomerAgreement) -> dict[str, Decimal]:
    """Give what stands on an agreement's current bills, by tier."""
    found: dict[str, Decimal] = {}
    rows = BillLine.objects.filter(bill__agreement=agreement, bill__is_current=True, part__gte=0)
    for row in rows.select_related("charge"):
        found[row.charge.code] = found.get(row.charge.code, Decimal(0)) + row.quantity
    return found


def test_final_bill_settles_the_year_by_the_months_it_lasted(home: Any) -> None:
    issue(close(home, date(2026, 4, 21)))
    agreement = CustomerAgreement.objects.get(account=home)
    used = Decimal((31 + 28 + 31 + 20) * DAILY_WH) / 1000
    assert used == Decimal(1584)
    # Four months of twelve: the first tier ends at 720 kWh, the second at 1,600.
    assert tiers_of(agreement) == {"energy.tier1": Decimal(720), "energy.tier2": used - 720}
    assert -read_balance(home.pk) == sum(
        Bill.objects.filter(account=home, is_current=True).values_list("charge_total", flat=True)
    )
    final = Bill.objects.get(account=home, kind="CLOSING")
    assert (final.first_day, final.end_day) == (date(2026, 4, 1), date(2026, 4, 21))
    assert prove_ledger().holds
    with pytest.raises(actions.UnableToCloseAgreement):
        close(home, date(2026, 4, 21))
    assert actions.rebill(account_ids=[home.pk], first=MONTHS[0], at=world.LATER, actor="ann") == (None, [])


def test_next_owner_begins_where_the_last_one_ended(home: Any) -> None:
    issue(close(home, date(2026, 4, 21)))
    heir = accounts.start_agreement(
        account=home, party=Party.objects.create(kind="PERSON", name="新户主"), starts_on=date(2026, 4, 21),
        terms=Terms("home"), at=world.AT, actor="ann",
    )  # fmt: skip
    for month in MONTHS[3:]:
        actions.run_month(month=month, at=world.AT, actor="ann")
    april, may = Bill.objects.filter(agreement=heir).order_by("first_day")
    assert (april.first_day, april.energy_wh) == (date(2026, 4, 21), 10 * DAILY_WH)
    assert (may.parts.get().year_to_date_wh, may.parts.get().year_months) == (10 * DAILY_WH, 9)
    assert may.charge_total == round_money(Decimal(31 * DAILY_WH) / 1000 * Decimal("0.558"))
    total = Bill.objects.filter(account=home, is_current=True).values_list("energy_wh", flat=True)
    assert sum(total) == sum(month.days for month in MONTHS) * DAILY_WH


def test_leaving_known_late_gives_back_what_was_billed_after(home: Any) -> None:
    before = read_balance(home.pk)
    run = close(home, date(2026, 2, 15))
    assert read_balance(home.pk) == before
    issue(run)
    agreement = CustomerAgreement.objects.get(account=home)
    assert tiers_of(agreement) == {"energy.tier1": Decimal(360), "energy.tier2": Decimal(45) * Decimal("14.4") - 360}
    assert not Bill.objects.filter(account=home, is_current=True, first_day__gte=date(2026, 3, 1)).exists()
    back = Bill.objects.get(run=run, first_day=date(2026, 3, 1))
    march = back.replaces
    assert march is not None
    assert (back.amount, back.charge_total, back.is_current) == (-march.charge_total, 0, False)
    owed = round_money(Decimal(360) * Decimal("0.558"))
    charged = sum(Bill.objects.filter(account=home, is_current=True).values_list("charge_total", flat=True))
    assert -read_balance(home.pk) == charged
    assert charged == owed + sum(
        BillLine.objects.filter(
            bill__account=home, bill__is_current=True, part__gte=0, charge__code="energy.tier2"
        ).values_list("amount", flat=True)
    )
    assert prove_ledger().holds
    assert actions.rebill(account_ids=[home.pk], first=MONTHS[0], at=world.LATER, actor="ann") == (None, [])


def test_owner_known_late_over_months_is_billed_instead(home: Any) -> None:
    heir = world.change_owner(home, date(2026, 2, 11))
    run, changes = actions.rebill(account_ids=[home.pk], first=MONTHS[0], at=world.LATER, actor="ann")
    assert run is not None
    assert [str(change.month) for change in changes] == ["2026-01", "2026-02", "2026-02", "2026-03", "2026-03"]
    for change in changes:
        assert sum((amount for *_, amount in change.causes), Decimal(0)) == change.difference
    issue(run)
    mine = Bill.objects.filter(agreement=heir, is_current=True).order_by("first_day")
    assert [bill.energy_wh for bill in mine] == [18 * DAILY_WH, 31 * DAILY_WH]
    current = Bill.objects.filter(account=home, is_current=True)
    assert sum(current.values_list("energy_wh", flat=True)) == 90 * DAILY_WH
    assert -read_balance(home.pk) == sum(current.values_list("charge_total", flat=True))
    assert prove_ledger().holds
    assert actions.rebill(account_ids=[home.pk], first=MONTHS[0], at=world.LATER, actor="ann") == (None, [])


def test_adjustments_that_hang_together_are_canceled_in_order(home: Any) -> None:
    heir = world.change_owner(home, date(2026, 3, 11))
    run, _ = actions.rebill(account_ids=[home.pk], first=MONTHS[2], at=world.LATER, actor="ann")
    assert run is not None
    issue(run)
    short = Bill.objects.get(run=run, replaces__isnull=False, first_day=date(2026, 3, 1))
    with pytest.raises(actions.UnableToCancelBill, match=r"cancel \d+ first"):
        actions.cancel_bill(bill=short, reason="x", at=world.AT, actor="bob")
    short.refresh_from_db()
    assert (short.status, short.is_current) == ("ISSUED", True)
    actions.cancel_bill(bill=Bill.objects.get(agreement=heir), reason="x", at=world.AT, actor="bob")
    actions.cancel_bill(bill=short, reason="x", at=world.AT, actor="bob")
    assert Bill.objects.get(account=home, is_current=True, first_day=date(2026, 3, 1)).end_day == date(2026, 4, 1)
    assert prove_ledger().holds


def test_closing_waits_for_a_draft_that_goes_beyond(home: Any) -> None:
    run = actions.open_run(month=MONTHS[3], at=world.AT, actor="ann")
    actions.draft_run(run=run, at=world.AT, actor="ann")
    with pytest.raises(actions.UnableToCloseAgreement, match="gridhall bills cancel"):
        close(home, date(2026, 4, 21))
    assert CustomerAgreement.objects.get(account=home).ends_on is None


def test_regular_run_bills_who_left_and_asks_to_settle(home: Any) -> None:
    world.change_owner(home, date(2026, 4, 21))
    actions.run_month(month=MONTHS[3], at=world.AT, actor="ann")
    final, first = Bill.objects.filter(account=home, first_day__gte=date(2026, 4, 1)).order_by("first_day")
    assert (final.kind, first.kind) == ("CLOSING", "REGULAR")
    assert BillException.objects.get(kind="TIERS_TO_SETTLE").bill == final
    run, _ = actions.rebill(account_ids=[home.pk], first=MONTHS[0], at=world.LATER, actor="ann")
    assert run is not None
    issue(run)
    assert tiers_of(final.agreement) == {"energy.tier1": Decimal(720), "energy.tier2": Decimal(864)}


def test_draft_is_computed_again_when_an_earlier_month_changes(home: Any) -> None:
    run = actions.open_run(month=MONTHS[3], at=world.AT, actor="ann")
    run = actions.draft_run(run=run, at=world.AT, actor="ann")
    late(0, MONTHS[0], [(3, slot, 20_000) for slot in range(96)])
    adjustments, _ = actions.rebill(account_ids=[home.pk], first=MONTHS[0], at=world.LATER, actor="ann")
    assert adjustments is not None
    issue(adjustments)
    draft = Bill.objects.get(account=home, run=run)
    assert draft.status == "HELD"
    issue(run)
    draft.refresh_from_db()
    assert draft.status == "HELD"
    again = actions.release_bill(bill=draft, at=world.LATER, actor="bob")
    assert again.parts.get().year_to_date_wh == 90 * DAILY_WH + 96 * (20_000 - 150)
    actions.issue_run(run=run, at=world.LATER, actor="bob")
    assert actions.rebill(account_ids=[home.pk], first=MONTHS[0], at=world.LATER, actor="ann") == (None, [])


def test_held_month_between_counts_when_others_are_computed_again(home: Any) -> None:
    run = actions.open_run(month=MONTHS[3], at=world.AT, actor="ann")
    run = actions.draft_run(run=run, at=world.AT, actor="ann")
    actions.hold_bill(bill=Bill.objects.get(account=home, run=run), reason="x", at=world.AT, actor="ann")
    issue(run)
    actions.run_month(month=MONTHS[4], at=world.AT, actor="ann")
    may = Bill.objects.get(account=home, first_day=date(2026, 5, 1))
    assert may.status == "HELD"  # because April is
    actions.release_bill(bill=may, at=world.AT, actor="bob", as_is=True)
    actions.issue_run(run=may.run, at=world.AT, actor="bob")
    assert actions.rebill(account_ids=[home.pk], first=MONTHS[0], at=world.LATER, actor="ann") == (None, [])
