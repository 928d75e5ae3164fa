"""Who is to be told of the bills of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

# As `accounts.queries.get_sight` says who may look at which days, for all bills of a run at once.
_HEARERS = """
SELECT x.user_id, b.mrid, b.number, b.kind, b.first_day, b.amount, b.due_on, b.issued_at, a.number, x.tag, a.name
  FROM billing_bill b
  JOIN accounts_accountaccess x ON x.account_id = b.account_id AND x.revoked_at IS NULL
   AND 'VIEW_BILLS' = ANY (x.scopes) AND x.starts_on <= %(day)s AND (x.ends_on IS NULL OR x.ends_on > %(day)s)
  JOIN accounts_customeraccount a ON a.id = b.account_id
  JOIN accounts_customeragreement g ON g.id = b.agreement_id
 WHERE b.run_id = %(run)s AND b.status = 'ISSUED' AND b.issued_at > %(since)s
   AND g.starts_on >= coalesce(
       (SELECT held.starts_on FROM accounts_customeragreement held
         WHERE held.account_id = x.account_id AND held.starts_on <= x.starts_on
           AND (held.ends_on IS NULL OR held.ends_on > x.starts_on)
         ORDER BY held.starts_on LIMIT 1), x.starts_on)
   AND (x.ends_on IS NULL OR b.first_day < x.ends_on)
 ORDER BY b.issued_at, x.user_id, b.id
"""
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class HeardBill:
    """One bill and one user who may see it."""

    user_id: int
    mrid: UUID
    number: str
    kind: str
    first_day: date
    amount: Decimal
    due_on: date | None
    issued_at: datetime
    account_number: str
    tag: str
    holder: str


def list_heard_bills(*, run_id: int, since: datetime, at: datetime) -> Iterator[HeardBill]:
    """
    Give the bills of a run that were issued since a moment, each with every user who may see it.

    Those issued at the same moment stand together, and within them those of a user.

    For tasks: nobody looks on. Read as it is asked for, so that a large run fits; keep a transaction open meanwhile.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"DECLARE heard NO SCROLL CURSOR WITH HOLD FOR {_HEARERS}",
            {"run": run_id, "since": since, "day": timezone.localdate(at)},
        )
    try:
        while True:
            with connection.cursor() as cursor:
                cursor.execute(f"FETCH {_AT_ONCE} FROM heard")
                rows = cursor.fetchall()
            if not rows:
                return
            yield from (HeardBill(*row) for row in rows)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("CLOSE heard")
