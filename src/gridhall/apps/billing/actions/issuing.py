"""Issue approved bills: status, ledger entries, postings and events of a chunk in one transaction, all set-based."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from gridhall.apps.billing.actions.holding import hold_later_drafts
from gridhall.apps.billing.actions.ledger import open_company_accounts
from gridhall.apps.billing.actions.runs import Progress, _teller, for_each_chunk, hold_run
from gridhall.apps.billing.events import BillIssued, BillRunIssued
from gridhall.apps.billing.kinds import BillExceptionKind, BillRunStatusKind, BillStatusKind, ChunkStatusKind
from gridhall.apps.billing.models import Bill, BillException, BillRun, BillRunChunk
from gridhall.apps.billing.rules.line_groups import LEDGER_ACCOUNTS
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToIssueRun(BusinessError):
    """The run was not issued further; what was issued before stays."""


_ISSUABLE = (BillRunStatusKind.APPROVED, BillRunStatusKind.ISSUED)

_OPEN_RECEIVABLES = """
INSERT INTO billing_ledgeraccount (kind, customer_id)
SELECT DISTINCT 'RECEIVABLE', b.account_id FROM billing_bill b
 WHERE b.chunk_id = %(chunk)s AND b.status = 'DRAFT' AND NOT EXISTS (
       SELECT 1 FROM billing_ledgeraccount a WHERE a.kind = 'RECEIVABLE' AND a.customer_id = b.account_id)
ON CONFLICT DO NOTHING
"""

# What each bill moves: its lines, less (for an adjustment) the lines of the bill it replaces. The line that takes off
# what was billed already is the sum of those. A tax inside the price moves from revenue to the tax account.
_POST = """
WITH b AS MATERIALIZED (
    SELECT id, number, account_id, amount, replaces_id FROM billing_bill
     WHERE chunk_id = %(chunk)s AND status = 'DRAFT'
), line AS (
    SELECT b.id AS bill_id, c."group", c.counts, -l.amount AS amount
      FROM b JOIN billing_billline l ON l.bill_id = b.id JOIN billing_charge c ON c.id = l.charge_id WHERE l.part >= 0
    UNION ALL
    SELECT b.id, c."group", c.counts, l.amount
      FROM b JOIN billing_billline l ON l.bill_id = b.replaces_id JOIN billing_charge c ON c.id = l.charge_id
     WHERE l.part >= 0
), side AS (
    SELECT bill_id, "group", amount FROM line
    UNION ALL
    SELECT bill_id, 'ENERGY', -amount FROM line WHERE NOT counts
), moved AS MATERIALIZED (
    SELECT s.bill_id, m.account_id, sum(s.amount) AS amount
      FROM side s JOIN unnest(%(groups)s::text[], %(accounts)s::int8[]) AS m ("group", account_id)
           ON m."group" = s."group"
     GROUP BY s.bill_id, m.account_id HAVING sum(s.amount) <> 0
    UNION ALL
    SELECT b.id, a.id, b.amount FROM b JOIN billing_ledgeraccount a
        ON a.customer_id = b.account_id AND a.kind = 'RECEIVABLE' WHERE b.amount <> 0
), entry AS (
    INSERT INTO billing_journalentry (idempotency_key, kind, at, actor, bill_id)
    SELECT 'bill:' || b.number, CASE WHEN b.replaces_id IS NULL THEN 'BILL' ELSE 'ADJUSTMENT' END,
           %(at)s, %(actor)s, b.id
      FROM b WHERE b.id IN (SELECT bill_id FROM moved) ORDER BY b.id
    RETURNING id, bill_id
)
INSERT INTO billing_posting (entry_id, position, account_id, amount)
SELECT e.id, row_number() OVER (PARTITION BY e.id ORDER BY m.account_id), m.account_id, m.amount
  FROM entry e JOIN moved m ON m.bill_id = e.bill_id ORDER BY e.id
"""


def issue_run(*, run: BillRun, at: datetime, actor: str, progress: Progress | None = None, workers: int = 2) -> BillRun:
    """
    Issue every bill of an approved run that is not held, chunk by chunk, each in its own transaction.

    Of a run that was issued before, bills that were released since are issued. Killed at any moment and called again
    it goes on: each bill is issued and posted once.

    :raises UnableToIssueRun: if the run is not approved, or another process works on it.
    """
    with hold_run(run, UnableToIssueRun):
        run.refresh_from_db()
        if run.status not in _ISSUABLE:
            raise UnableToIssueRun(
                f"Run {run.pk} is {run.status.lower()}; approve it first: gridhall bills approve {run.pk}.",
                code="not-approved",
            )
        chunks = list(run.chunks.order_by("position"))
        if run.status == BillRunStatusKind.APPROVED:
            todo = [chunk for chunk in chunks if chunk.status != ChunkStatusKind.ISSUED]
        else:
            released = set(
                Bill.objects.filter(chunk__in=chunks, status=BillStatusKind.DRAFT).values_list("chunk_id", flat=True)
            )
            todo = [chunk for chunk in chunks if chunk.pk in released]
            if not todo:
                return run
        accounts = open_company_accounts()
        tell = _teller(progress, done=len(chunks) - len(todo), total=len(chunks), bills=0)
        for_each_chunk(
            todo,
            lambda chunk: issue_chunk(chunk=chunk, accounts=accounts, at=at, actor=actor),
            tell,
            workers=workers,
        )
        return _finish_issue(run, at=at, actor=actor)


@transaction.atomic
def issue_chunk(*, chunk: BillRunChunk, accounts: dict[str, int], at: datetime, actor: str) -> int:
    """Issue the drafts of one chunk, all or none; give how many. Issued bills are left alone."""
    chunk = BillRunChunk.objects.select_for_update(of=("self",)).select_related("run__cycle").get(pk=chunk.pk)
    if BillRun.objects.values_list("status", flat=True).get(pk=chunk.run_id) not in _ISSUABLE:
        raise UnableToIssueRun(f"Run {chunk.run_id} was canceled at this moment.", code="canceled-meanwhile")
    due_on = timezone.localdate(at) + timedelta(days=chunk.run.cycle.due_days)
    groups = list(LEDGER_ACCOUNTS)
    params = {
        "chunk": chunk.pk, "at": at, "actor": actor, "due_on": due_on,
        "groups": [str(group) for group in groups], "accounts": [accounts[LEDGER_ACCOUNTS[group]] for group in groups],
    }  # fmt: skip
    adjusts = Bill.objects.filter(chunk=chunk, status=BillStatusKind.DRAFT, is_current=False).exists()
    if adjusts:
        _check_replaced(chunk)
        _hold_what_overlaps(chunk)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_RECEIVABLES, params)
        cursor.execute(_POST, params)
        cursor.execute(
            "UPDATE billing_bill SET is_current = false WHERE id IN (SELECT replaces_id FROM billing_bill"
            " WHERE chunk_id = %(chunk)s AND status = 'DRAFT' AND replaces_id IS NOT NULL)",
            params,
        )
        cursor.execute(
            "UPDATE billing_bill SET status = 'ISSUED', issued_at = %(at)s, due_on = %(due_on)s, is_current ="
            # Days on which the agreement did not hold: the bill gives back, nobody's lines stand for them.
            " replaces_id IS NULL OR EXISTS (SELECT 1 FROM billing_billpart p WHERE p.bill_id = billing_bill.id)"
            " WHERE chunk_id = %(chunk)s AND status = 'DRAFT'"
            " RETURNING id, number, account_id, kind, first_day, end_day, amount",
            params,
        )
        issued = cursor.fetchall()
    events.publish_many((_told(row, due_on) for row in issued), actor=actor, at=at)
    if adjusts:
        hold_later_drafts(Bill.objects.filter(pk__in=[row[0] for row in issued]))
    chunk.status = ChunkStatusKind.ISSUED
    chunk.save(update_fields=["status"])
    return len(issued)


def _check_replaced(chunk: BillRunChunk) -> None:
    stale = (
        Bill.objects.filter(chunk=chunk, status=BillStatusKind.DRAFT, replaces__is_current=False)
        .values_list("number", "replaces__number")
        .first()
    )
    if stale is not None:
        raise UnableToIssueRun(
            f"Adjustment {stale[0]} replaces bill {stale[1]}, which was canceled or replaced since; cancel run"
            f" {chunk.run_id} and re-bill again.",
            code="replaced-since",
        )


_OVERLAPPING = """
SELECT d.id, d.account_id, c.number FROM billing_bill d JOIN billing_bill c
    ON c.account_id = d.account_id AND c.is_current AND c.first_day < d.end_day AND c.end_day > d.first_day
 WHERE d.chunk_id = %(chunk)s AND d.status = 'DRAFT' AND NOT d.is_current
   AND EXISTS (SELECT 1 FROM billing_billpart p WHERE p.bill_id = d.id)
   AND c.id NOT IN (SELECT replaces_id FROM billing_bill
                     WHERE chunk_id = %(chunk)s AND status = 'DRAFT' AND replaces_id IS NOT NULL)
"""


def _hold_what_overlaps(chunk: BillRunChunk) -> None:
    """Hold adjustments whose days stand on another bill: one that is held itself, or was made since."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_OVERLAPPING, {"chunk": chunk.pk})
            rows = cursor.fetchall()
        if not rows:
            return
        Bill.objects.filter(pk__in=[row[0] for row in rows]).update(status=BillStatusKind.HELD)
        BillException.objects.bulk_create(
            BillException(
                run_id=chunk.run_id, account_id=account_id, bill_id=pk, kind=BillExceptionKind.EARLIER_CHANGED,
                holds=True, detail=f"its days stand on bill {number}",
            )
            for pk, account_id, number in {row[0]: row for row in rows}.values()
        )  # fmt: skip


def _told(row: tuple, due_on: date) -> BillIssued:
    bill_id, number, account_id, kind, first_day, end_day, amount = row
    return BillIssued(
        bill_id, number, account_id, kind, first_day.isoformat(), end_day.isoformat(), str(amount), due_on.isoformat()
    )


@transaction.atomic
def _finish_issue(run: BillRun, *, at: datetime, actor: str) -> BillRun:
    run = BillRun.objects.select_for_update().get(pk=run.pk)
    run.status, run.issued_at, run.issued_by = BillRunStatusKind.ISSUED, at, actor
    run.save(update_fields=["status", "issued_at", "issued_by"])
    bills = Bill.objects.filter(chunk__in=run.chunks.all(), status=BillStatusKind.ISSUED).count()
    events.publish(BillRunIssued(run.pk, bills), actor=actor, at=at)
    return run
