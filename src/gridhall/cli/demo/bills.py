"""The bills of the demo county: one run a month, issued as if each month had been billed in its time."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from gridhall.cli.demo.build import ACTOR, Report
from gridhall.core.periods import Month, months_between

BILLS = "Running bills"
ISSUED_ON, ISSUED_AT = 3, time(8, 30)
"""Bills of a month go out on this day of the next."""


def run_bills(*, report: Report, at: datetime) -> None:
    """Run, approve and issue the bills of every month that is over; go on where it was stopped."""
    from gridhall.apps.billing.kinds import BillRunKind
    from gridhall.apps.billing.models import BillRun, BillRunChunk

    months = list_whole_months()
    total = 0
    for month in months:
        kept = (
            BillRun.objects.filter(kind=BillRunKind.REGULAR, month=month.first_day).exclude(status="CANCELED").first()
        )
        run = _run(month, kept, report, total, len(months), at=at)
        total += sum(BillRunChunk.objects.filter(run=run).values_list("bills", flat=True))
    report(BILLS, total, total)
    _settle(months, at=at)


def list_whole_months() -> list[Month]:
    """Give the months of which every day has reads."""
    first_day, end_day = map(date.fromisoformat, json.loads((settings.DATA_DIR / "demo" / "days.json").read_text()))
    found = months_between(Month.of(first_day), Month.of(end_day - timedelta(days=1)))
    return [month for month in found if month.first_day >= first_day and month.next().first_day <= end_day]


def _run(month: Month, run, report: Report, before: int, months: int, *, at: datetime):  # type: ignore[no-untyped-def]
    """Take a run of a month from wherever it stands to issued."""
    from gridhall.apps.billing import actions as billing
    from gridhall.apps.billing.kinds import BillRunStatusKind as Status

    zone = ZoneInfo(settings.TIME_ZONE)
    moment = min(at, datetime.combine(month.next().first_day.replace(day=ISSUED_ON), ISSUED_AT, tzinfo=zone))

    def tell(_done: int, _total: int, bills: int) -> None:
        report(BILLS, before + bills, 0)

    if run is None:
        run = billing.open_run(month=month, at=moment, actor=ACTOR)
    if run.status == Status.OPEN:
        run = billing.draft_run(run=run, at=moment, actor=ACTOR, progress=tell)
    if run.status == Status.DRAFTED:
        run = billing.approve_run(run=run, at=moment, actor=ACTOR, four_eyes=False)
    if run.status == Status.APPROVED:
        run = billing.issue_run(run=run, at=moment, actor=ACTOR)
    return run


_RECEIPTS = """
WITH wanted AS MATERIALIZED (
    SELECT a.id AS account_id, a.customer_id,
           a.balance - CASE WHEN mod(a.customer_id, 9) = 4 THEN 0
                            WHEN mod(a.customer_id, 13) = 5 THEN last.amount + before.amount
                            ELSE last.amount END AS paid
      FROM billing_ledgeraccount a
      JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM billing_bill
                     WHERE account_id = a.customer_id AND status = 'ISSUED' AND first_day >= %(last)s) last ON true
      JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM billing_bill
                     WHERE account_id = a.customer_id AND status = 'ISSUED'
                       AND first_day >= %(before)s AND first_day < %(last)s) before ON true
     WHERE a.kind = 'RECEIVABLE'
), entry AS (
    INSERT INTO billing_journalentry (idempotency_key, kind, at, actor, memo)
    SELECT 'demo-receipts:' || customer_id, 'MANUAL', %(at)s, %(actor)s, '以前渠道已缴 Paid through earlier channels'
      FROM wanted WHERE paid > 0 ORDER BY customer_id
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING id, split_part(idempotency_key, ':', 2)::bigint AS customer_id
)
INSERT INTO billing_posting (entry_id, position, account_id, amount)
SELECT e.id, side.position, CASE side.position WHEN 1 THEN w.account_id ELSE %(suspense)s END,
       CASE side.position WHEN 1 THEN -w.paid ELSE w.paid END
  FROM entry e JOIN wanted w USING (customer_id) CROSS JOIN (VALUES (1), (2)) AS side (position) ORDER BY e.id
"""


@transaction.atomic
def _settle(months: list[Month], *, at: datetime) -> None:
    """
    Book what was paid before the hall opened: most owe the last bill, some nothing, some two.

    Payments are not part of the hall yet; without this everybody would owe more than a year.
    """
    from gridhall.apps.billing.actions.ledger import open_company_accounts
    from gridhall.apps.billing.kinds import LedgerAccountKind

    if len(months) < 2:
        return
    params = {
        "last": months[-1].first_day,
        "before": months[-2].first_day,
        "at": at,
        "actor": ACTOR,
        "suspense": open_company_accounts()[LedgerAccountKind.SUSPENSE],
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECEIPTS, params)
