"""The ledger defends itself: whoever writes, whatever they try."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridhall.apps.billing import actions
from gridhall.apps.billing.actions.ledger import open_company_accounts, open_receivable
from gridhall.apps.billing.models import JournalEntry, LedgerAccount, Posting
from gridhall.apps.billing.queries.ledger import prove_ledger, read_balance
from gridhall.apps.billing.tests import world


@pytest.fixture
def ledger(db: Any) -> tuple[int, int, int]:
    """A customer account, its receivable and the revenue account."""
    customer = world.make_customers(1)[0]
    return customer.pk, open_receivable(account_id=customer.pk), open_company_accounts()["ENERGY_REVENUE"]


def post(key: str, postings: dict[int, Decimal]) -> JournalEntry:
    return actions.post_entry(idempotency_key=key, kind="MANUAL", postings=postings, at=world.AT, actor="tests")


def insert_raw(postings: list[tuple[int, str]], *, key: str = "raw") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_journalentry (idempotency_key, kind, at, actor) VALUES (%s, 'MANUAL', now(), 'x')"
            " RETURNING id",
            [key],
        )
        entry = cursor.fetchone()[0]
        if postings:
            rows = ", ".join(f"({entry}, {place}, {a}, {b})" for place, (a, b) in enumerate(postings, 1))
            cursor.execute(f"INSERT INTO billing_posting (entry_id, position, account_id, amount) VALUES {rows}")


def test_entry_moves_the_balance(ledger: tuple[int, int, int]) -> None:
    account, receivable, revenue = ledger
    post("one", {receivable: Decimal("12.34"), revenue: Decimal("-12.34")})
    assert read_balance(account) == Decimal("-12.34")
    assert prove_ledger().holds


def test_same_key_is_posted_once(ledger: tuple[int, int, int]) -> None:
    account, receivable, revenue = ledger
    first = post("one", {receivable: Decimal(5), revenue: Decimal(-5)})
    assert post("one", {receivable: Decimal(5), revenue: Decimal(-5)}) == first
    with pytest.raises(actions.UnableToPostEntry):
        post("one", {receivable: Decimal(6), revenue: Decimal(-6)})
    assert read_balance(account) == Decimal(-5)
    assert JournalEntry.objects.count() == 1


def test_reversal_mirrors_and_happens_once(ledger: tuple[int, int, int]) -> None:
    account, receivable, revenue = ledger
    entry = post("one", {receivable: Decimal(5), revenue: Decimal(-5)})
    back = actions.reverse_entry(entry=entry, at=world.AT, actor="tests")
    assert actions.reverse_entry(entry=entry, at=world.AT, actor="tests") == back
    assert read_balance(account) == 0
    with pytest.raises(actions.UnableToPostEntry):
        actions.reverse_entry(entry=back, at=world.AT, actor="tests")
    assert prove_ledger().holds


@pytest.mark.parametrize("amounts", [[], [("receivable", "5")], [("receivable", "5"), ("revenue", "-4.99")]])
@pytest.mark.django_db(transaction=True)
def test_unbalanced_entry_is_refused_at_commit(amounts: list[tuple[str, str]]) -> None:
    customer = world.make_customers(1)[0]
    ids = {"receivable": open_receivable(account_id=customer.pk), "revenue": open_company_accounts()["ENERGY_REVENUE"]}
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        insert_raw([(ids[name], amount) for name, amount in amounts])
    assert not JournalEntry.objects.exists()
    assert read_balance(customer.pk) == 0


def test_postings_cannot_be_added_later(ledger: tuple[int, int, int]) -> None:
    _, receivable, revenue = ledger
    entry = post("one", {receivable: Decimal(5), revenue: Decimal(-5)})
    with pytest.raises(IntegrityError, match="written together"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO billing_posting (entry_id, position, account_id, amount)"
            f" VALUES ({entry.pk}, 3, {receivable}, 1), ({entry.pk}, 4, {revenue}, -1)"
        )
    assert Posting.objects.count() == 2


def test_checking_early_opens_no_door(ledger: tuple[int, int, int]) -> None:
    _, receivable, revenue = ledger
    entry = post("one", {receivable: Decimal(5), revenue: Decimal(-5)})
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"INSERT INTO billing_posting VALUES (2, 7.00, {receivable}, {entry.pk})")


@pytest.mark.parametrize("table", ["billing_posting", "billing_journalentry", "billing_billline", "billing_billpart"])
def test_kept_rows_are_neither_changed_nor_deleted(company: list[Any], table: str) -> None:
    from gridhall.core.periods import Month

    month = Month(2026, 1)
    world.store_month(month, world.make_reads(month, 6))
    actions.run_month(month=month, at=world.AT, actor="tests")
    column = {"billing_posting": "amount", "billing_journalentry": "memo"}.get(table, "position")
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
        with (
            pytest.raises(DatabaseError, match="pgtrigger: Cannot"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_posting_to_nowhere_is_refused(ledger: tuple[int, int, int]) -> None:
    _, receivable, _ = ledger
    with pytest.raises(IntegrityError, match="no ledger account"), transaction.atomic():
        insert_raw([(receivable, "5"), (987_654_321, "-5")])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(-(10**12), 10**12).filter(bool), min_size=1, max_size=6))
def test_any_balanced_entries_prove(ledger: tuple[int, int, int], amounts: list[int]) -> None:
    account, receivable, revenue = ledger
    before, made = read_balance(account), JournalEntry.objects.count()
    for place, fen in enumerate(amounts):
        amount = Decimal(fen).scaleb(-2)
        post(f"{made}-{place}", {receivable: amount, revenue: -amount})
    assert read_balance(account) == before - Decimal(sum(amounts)).scaleb(-2)
    assert prove_ledger().holds
    assert LedgerAccount.objects.filter(kind="RECEIVABLE").count() == 1
