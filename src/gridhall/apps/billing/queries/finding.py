"""Finding bills among all that a viewer may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from gridhall.apps.billing.models import Bill
from gridhall.apps.billing.queries.bills import view_of
from gridhall.apps.billing.queries.views import BillView

# Whose bills, of which days: as `accounts.queries.get_sight` says, for all of a user's accounts at once.
_FOUND = """
WITH x AS (
    SELECT access.account_id, access.ends_on, coalesce(
           (SELECT held.starts_on FROM accounts_customeragreement held
             WHERE held.account_id = access.account_id AND held.starts_on <= access.starts_on
               AND (held.ends_on IS NULL OR held.ends_on > access.starts_on)
             ORDER BY held.starts_on LIMIT 1), access.starts_on) AS held_from
      FROM accounts_accountaccess access
     WHERE access.user_id = %(user)s AND access.revoked_at IS NULL AND 'VIEW_BILLS' = ANY (access.scopes)
       AND access.starts_on <= %(day)s AND (access.ends_on IS NULL OR access.ends_on > %(day)s)
)
SELECT b.id FROM x
  JOIN billing_bill b ON b.account_id = x.account_id AND b.issued_at IS NOT NULL
  JOIN accounts_customeragreement g ON g.id = b.agreement_id AND g.starts_on >= x.held_from
  JOIN accounts_customeraccount a ON a.id = b.account_id
 WHERE (x.ends_on IS NULL OR b.first_day < x.ends_on)
   AND (%(years)s::int[] IS NULL OR extract(year FROM b.first_day) = ANY (%(years)s))
   AND (%(months)s::int[] IS NULL OR extract(month FROM b.first_day) = ANY (%(months)s))
   AND (%(digits)s = '' OR b.number LIKE %(pattern)s OR a.number LIKE %(pattern)s)
   AND (%(least)s::numeric IS NULL OR abs(b.amount) BETWEEN %(least)s AND %(most)s)
 ORDER BY b.first_day DESC, b.id DESC LIMIT %(limit)s
"""


def find_bills(
    *,
    viewer: Any,
    at: datetime,
    years: Sequence[int] = (),
    months: Sequence[int] = (),
    amounts: tuple[Decimal, Decimal] | None = None,
    digits: str = "",
    limit: int = 6,
) -> list[BillView]:
    """
    Find the issued bills of all accounts whose bills the viewer may see, newest first; two statements however many.

    :param months: of the year, 1 to 12; :param amounts: from and to, of bills and of credits alike.
    :param digits: part of the number of the bill or of the account.
    """
    if not (years or months or amounts or digits) or not getattr(viewer, "is_authenticated", False):
        return []
    least, most = amounts or (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            _FOUND,
            {
                "user": viewer.pk, "day": timezone.localdate(at), "years": list(years) or None,
                "months": list(months) or None, "digits": digits, "pattern": f"%{digits}%", "least": least,
                "most": most, "limit": limit,
            },
        )  # fmt: skip
        ids = [row[0] for row in cursor.fetchall()]
    bills = Bill.objects.select_related("account", "run").in_bulk(ids) if ids else {}
    return [view_of(bills[pk]) for pk in ids]
