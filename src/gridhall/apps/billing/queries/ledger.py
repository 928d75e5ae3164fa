"""Balances and entries of the ledger, and the proof that it is in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet, Sum

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.kinds import LedgerAccountKind
from gridhall.apps.billing.models import LedgerAccount, Posting
from gridhall.apps.billing.queries.access import check_access
from gridhall.core.fixed_queries import ask_rows
from gridhall.core.periods import local_midnight


@dataclass(frozen=True, slots=True)
class EntryView:
    """One movement on a customer's account; positive is in the customer's favor."""

    at: datetime
    kind: str
    amount: Decimal
    memo: str
    bill_number: str | None


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """
    Whether the ledger is in order.

    :param imbalance: sum of all postings; zero when in order.
    :param unbalanced_entries: entries whose postings do not sum to zero.
    :param accounts_off: receivables whose balance is not the sum of their postings.
    """

    entries: int
    postings: int
    imbalance: Decimal
    unbalanced_entries: int
    accounts_off: int

    @property
    def holds(self) -> bool:
        """Everything adds up."""
        return not self.imbalance and not self.unbalanced_entries and not self.accounts_off


_BALANCE = """
SELECT EXISTS (SELECT 1 FROM billing_bill b JOIN accounts_customeragreement g ON g.id = b.agreement_id
                WHERE b.account_id = %s AND b.issued_at IS NOT NULL AND g.starts_on < %s),
       (SELECT balance FROM billing_ledgeraccount WHERE kind = 'RECEIVABLE' AND customer_id = %s)
"""


def read_balance(account_id: int) -> Decimal:
    """Give what an account has (positive) or owes (negative): one indexed read."""
    balance = (
        LedgerAccount.objects.filter(kind=LedgerAccountKind.RECEIVABLE, customer_id=account_id)
        .values_list("balance", flat=True)
        .first()
    )
    return -balance if balance else Decimal("0.00")


def get_balance(*, account: CustomerAccount, viewer: Any, at: datetime | None = None) -> Decimal:
    """Give the balance; positive is credit, negative is owed. :raises AccessDenied: for a viewer without access."""
    days = check_access(account=account, viewer=viewer, at=at)
    return read_visible_balance(account.pk, days)


def read_visible_balance(account_id: int, days: tuple[date, date | None]) -> Decimal:
    """Give the balance without what an earlier holder was billed, paid or still owes."""
    [(has_earlier, owed)] = ask_rows(_BALANCE, [account_id, days[0], account_id])
    if not has_earlier:
        return -owed if owed else Decimal("0.00")
    return -(_list_postings(account_id, since=days[0]).aggregate(amount=Sum("amount"))["amount"] or Decimal("0.00"))


def _list_postings(account_id: int, *, since: date) -> QuerySet[Posting]:
    """List the postings of agreements from a day on: by their bill, else by when they were made."""
    rows = Posting.objects.filter(account__customer_id=account_id, account__kind=LedgerAccountKind.RECEIVABLE)
    if since == date.min:
        return rows
    begun = local_midnight(since, ZoneInfo(settings.TIME_ZONE))
    return rows.filter(Q(entry__bill__agreement__starts_on__gte=since) | Q(entry__bill=None, entry__at__gte=begun))


def list_entries(*, account: CustomerAccount, viewer: Any, at: datetime, limit: int = 50) -> list[EntryView]:
    """List the movements on an account, newest first. :raises AccessDenied: for a viewer without access."""
    days = check_access(account=account, viewer=viewer, at=at)
    return list_movements(account.pk, limit, since=days[0])


def list_movements(account_id: int, limit: int, *, since: date = date.min) -> list[EntryView]:
    """List the movements on an account that are about days from `since` on, newest first, whoever looks."""
    rows = _list_postings(account_id, since=since).select_related("entry__bill").order_by("-entry_id")[:limit]
    return [
        EntryView(row.entry.at, row.entry.kind, -row.amount, row.entry.memo, row.entry.bill and row.entry.bill.number)
        for row in rows
    ]


def prove_ledger() -> LedgerProof:
    """Add up every posting and compare: entries with zero, balances with their postings."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM billing_journalentry),
                   (SELECT count(*) FROM billing_posting),
                   (SELECT coalesce(sum(amount), 0) FROM billing_posting),
                   (SELECT count(*) FROM billing_journalentry e LEFT JOIN
                       (SELECT entry_id, sum(amount) AS total FROM billing_posting GROUP BY entry_id) p
                       ON p.entry_id = e.id WHERE p.total IS DISTINCT FROM 0),
                   (SELECT count(*) FROM billing_ledgeraccount a LEFT JOIN
                       (SELECT account_id, sum(amount) AS total FROM billing_posting GROUP BY account_id) p
                       ON p.account_id = a.id
                       WHERE a.kind = 'RECEIVABLE' AND a.balance <> coalesce(p.total, 0))
            """
        )
        return LedgerProof(*cursor.fetchone())
