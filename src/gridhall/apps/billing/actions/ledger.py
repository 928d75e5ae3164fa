"""Writing to the ledger: entries that balance, and entries that take others back. Nothing is ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from gridhall.apps.billing.kinds import EntryKind, LedgerAccountKind
from gridhall.apps.billing.models import JournalEntry, LedgerAccount, Posting
from gridhall.core.errors import BusinessError


class UnableToPostEntry(BusinessError):
    """The entry was not made; nothing moved."""


def open_company_accounts() -> dict[str, int]:
    """Make sure that every account of the company exists; give their ids by kind."""
    company = [kind for kind in LedgerAccountKind if kind != LedgerAccountKind.RECEIVABLE]
    found = dict(LedgerAccount.objects.exclude(kind=LedgerAccountKind.RECEIVABLE).values_list("kind", "id"))
    if len(found) < len(company):
        LedgerAccount.objects.bulk_create(
            [LedgerAccount(kind=kind) for kind in company if kind not in found], ignore_conflicts=True
        )
        found = dict(LedgerAccount.objects.exclude(kind=LedgerAccountKind.RECEIVABLE).values_list("kind", "id"))
    return found


def open_receivable(*, account_id: int) -> int:
    """Make sure that a customer account has a receivable; give its id."""
    LedgerAccount.objects.bulk_create(
        [LedgerAccount(kind=LedgerAccountKind.RECEIVABLE, customer_id=account_id)], ignore_conflicts=True
    )
    return LedgerAccount.objects.values_list("id", flat=True).get(
        kind=LedgerAccountKind.RECEIVABLE, customer_id=account_id
    )


@transaction.atomic
def post_entry(
    *,
    idempotency_key: str,
    kind: str,
    postings: Mapping[int, Decimal],
    at: datetime,
    actor: str,
    bill_id: int | None = None,
    reverses_id: int | None = None,
    memo: str = "",
) -> JournalEntry:
    """
    Make one balanced entry, once: with a key that was used before, the entry made then is given back.

    :param postings: ledger account id -> amount, debit positive.
    :raises UnableToPostEntry: if it does not balance, moves nothing, or the key was used for something else.
    """
    moved = {account_id: amount for account_id, amount in postings.items() if amount}
    if sum(moved.values()) or len(moved) < 2:
        raise UnableToPostEntry(
            f"An entry needs two or more postings that sum to zero; these sum to {sum(moved.values())}.",
            code="does-not-balance",
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_journalentry (idempotency_key, kind, at, actor, bill_id, reverses_id, memo)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (idempotency_key) DO NOTHING RETURNING id",
            [idempotency_key, kind, at, actor, bill_id, reverses_id, memo],
        )
        row = cursor.fetchone()
        if row is None:
            return _made_before(idempotency_key, moved)
        values = [(row[0], place, account, moved[account]) for place, account in enumerate(sorted(moved), start=1)]
        cursor.execute(
            "INSERT INTO billing_posting (entry_id, position, account_id, amount) VALUES "
            + ", ".join(["(%s, %s, %s, %s)"] * len(values)),
            [item for value in values for item in value],
        )
    return JournalEntry.objects.get(pk=row[0])


def _made_before(idempotency_key: str, moved: dict[int, Decimal]) -> JournalEntry:
    entry = JournalEntry.objects.get(idempotency_key=idempotency_key)
    if dict(Posting.objects.filter(entry=entry).values_list("account_id", "amount")) != moved:
        raise UnableToPostEntry(
            f"The key {idempotency_key} was used for another entry; use a new one.", code="key-used"
        )
    return entry


@transaction.atomic
def reverse_entry(*, entry: JournalEntry, at: datetime, actor: str, memo: str = "") -> JournalEntry:
    """
    Take an entry back by one that mirrors it.

    :raises UnableToPostEntry: if the entry is itself a reversal.
    """
    if entry.reverses_id is not None:
        raise UnableToPostEntry("A reversal is not reversed; post the entry again.", code="is-a-reversal")
    mirrored = {row.account_id: -row.amount for row in Posting.objects.filter(entry=entry)}
    return post_entry(
        idempotency_key=f"reversal:{entry.pk}", kind=EntryKind.REVERSAL, postings=mirrored, at=at, actor=actor,
        bill_id=entry.bill_id, reverses_id=entry.pk, memo=memo,
    )  # fmt: skip
