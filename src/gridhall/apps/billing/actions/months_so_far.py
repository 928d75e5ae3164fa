"""
Measure the month under way ahead of those who look at it.

What is written can be made again at any time and says itself until when it holds, so no event tells of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from gridhall.apps.billing.queries import months_so_far
from gridhall.apps.billing.queries.kept_months import write_facts
from gridhall.core.changes import CompanyChanges, count_changes

ACCOUNTS_A_BATCH = 500

_STALE = """
SELECT a.id FROM accounts_customeraccount a
  LEFT JOIN billing_monthsofar m ON m.account_id = a.id
  LEFT JOIN (SELECT scope, count(*) AS own FROM core_event WHERE scope > 0 GROUP BY scope) c ON c.scope = a.id
 WHERE (m.account_id IS NULL OR m.today <> %(today)s OR m.company <> %(company)s OR m.own <> coalesce(c.own, 0))
   AND EXISTS (SELECT 1 FROM accounts_customeragreement g WHERE g.account_id = a.id
                  AND (g.ends_on IS NULL OR g.ends_on > %(today)s))
 ORDER BY a.id
"""
_KEEP = """
INSERT INTO billing_monthsofar (account_id, today, company, own, facts)
SELECT id, %s, %s, own, facts::jsonb FROM unnest(%s::int8[], %s::int8[], %s::text[]) AS made (id, own, facts)
    ON CONFLICT (account_id) DO UPDATE
   SET today = excluded.today, company = excluded.company, own = excluded.own, facts = excluded.facts
"""


def measure_months_so_far(*, at: datetime, progress: Callable[[int], None] | None = None) -> int:
    """
    Measure and price the month under way of every account of which nothing kept holds.

    :param progress: told how many accounts were measured so far.
    :returns: how many accounts were measured.
    """
    today = timezone.localdate(at)
    with connection.cursor() as cursor:
        cursor.execute(_STALE, {"today": today, "company": CompanyChanges.count_now()})
        stale = [row[0] for row in cursor.fetchall()]
    for begin in range(0, len(stale), ACCOUNTS_A_BATCH):
        batch = stale[begin : begin + ACCOUNTS_A_BATCH]
        # First what was told, then the data: what comes between makes the row too old, never too new.
        company, own = CompanyChanges.count_now(), count_changes(batch)
        measured = months_so_far.measure(batch, today)
        facts = [write_facts(measured[account]) for account in batch]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_KEEP, [today, company, batch, [own.get(account, 0) for account in batch], facts])
        if progress is not None:
            progress(begin + len(batch))
    return len(stale)
