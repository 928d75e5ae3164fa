"""What a run holds, before somebody approves it; and what a run would hold, before it is opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Sum

from gridhall.apps.billing.kinds import BillStatusKind
from gridhall.apps.billing.models import Bill, BillCycle, BillException, BillRun
from gridhall.apps.billing.queries.population import list_account_ids
from gridhall.apps.billing.queries.pricing import draft_month
from gridhall.apps.billing.queries.reviewing import review_bills
from gridhall.core.periods import Month
from gridhall.core.units import kwh_from_wh
from gridhall.engines.scaling.engine import LOCAL, FoldEngine

ACCOUNTS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class RunView:
    """One run in a list."""

    run_id: int
    kind: str
    month: str
    cycle: str
    status: str
    bills: int
    chunks_done: int
    chunks: int
    opened_at: datetime
    opened_by: str
    approved_by: str
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class BigChange:
    """A bill that differs much from the month before."""

    bill_number: str
    account_number: str
    amount: Decimal
    last_amount: Decimal


@dataclass(frozen=True)
class RunPreview:
    """
    What a run comes to.

    :param by_kind: bills and amount by bill kind. :param by_customer: bills and amount by customer kind.
    :param exceptions: how many of each kind are unresolved; `holding` of them keep bills from being issued.
    :param last: the same totals of the last issued run of the month before, None where there is none.
    """

    run: RunView
    bills: int
    held: int
    energy_kwh: Decimal
    amount: Decimal
    by_kind: dict[str, tuple[int, Decimal]]
    by_customer: dict[str, tuple[int, Decimal]]
    exceptions: dict[str, int]
    holding: int
    changes: list[BigChange] = field(default_factory=list)
    last_bills: int | None = None
    last_amount: Decimal | None = None
    last_energy_kwh: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ExceptionView:
    """One thing to look at."""

    kind: str
    holds: bool
    detail: str
    account_number: str
    bill_number: str | None
    amount: Decimal | None
    status: str | None


def view_run(run: BillRun) -> RunView:
    """Show a run."""
    chunks = run.chunks.aggregate(all=Count("id"), bills=Sum("bills"))
    return RunView(
        run_id=run.pk,
        kind=str(run.kind),
        month=f"{run.month:%Y-%m}",
        cycle=run.cycle.code,
        status=str(run.status),
        bills=chunks["bills"] or 0,
        chunks_done=run.chunks.exclude(status="WAITING").count(),
        chunks=chunks["all"],
        opened_at=run.opened_at,
        opened_by=run.opened_by,
        approved_by=run.approved_by,
        issued_at=run.issued_at,
    )


def list_runs(*, month: Month | None = None, limit: int = 30) -> list[RunView]:
    """List runs, newest first."""
    runs = BillRun.objects.select_related("cycle").order_by("-id")
    if month is not None:
        runs = runs.filter(month=month.first_day)
    return [view_run(run) for run in runs[:limit]]


def preview_run(*, run: BillRun, changes: int = 10) -> RunPreview:
    """Add up a run, name what is unusual, and set it beside the month before."""
    bills = Bill.objects.filter(chunk__in=run.chunks.all()).exclude(status=BillStatusKind.CANCELED)
    total = bills.aggregate(count=Count("id"), energy=Sum("energy_wh"), amount=Sum("amount"))
    open_exceptions = BillException.objects.filter(run=run, resolved_at=None)
    last = _last_totals(run)
    return RunPreview(
        run=view_run(run),
        bills=total["count"],
        held=bills.filter(status=BillStatusKind.HELD).count(),
        energy_kwh=kwh_from_wh(total["energy"] or 0),
        amount=total["amount"] or Decimal("0.00"),
        by_kind={str(k): (n, a) for k, n, a in bills.values_list("kind").annotate(Count("id"), Sum("amount"))},
        by_customer={
            str(k): (n, a) for k, n, a in bills.values_list("account__kind").annotate(Count("id"), Sum("amount"))
        },
        exceptions=dict(open_exceptions.values_list("kind").annotate(Count("id")).order_by("kind")),
        holding=open_exceptions.filter(holds=True).count(),
        changes=_biggest_changes(run, changes),
        last_bills=last[0] if last else None,
        last_amount=last[1] if last else None,
        last_energy_kwh=kwh_from_wh(last[2]) if last else None,
    )


def _last_totals(run: BillRun) -> tuple[int, Decimal, int] | None:
    month = Month.of(run.month).previous()
    found = (
        Bill.objects.filter(
            run__cycle=run.cycle_id, run__kind=run.kind, run__month=month.first_day, issued_at__isnull=False
        )
        .exclude(status=BillStatusKind.CANCELED)
        .aggregate(count=Count("id"), amount=Sum("amount"), energy=Sum("energy_wh"))
    )
    return (found["count"], found["amount"], found["energy"]) if found["count"] else None


def _biggest_changes(run: BillRun, limit: int) -> list[BigChange]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.number, a.number, b.charge_total, l.charge_total"
            "  FROM billing_billrunchunk c JOIN billing_bill b ON b.chunk_id = c.id AND b.status <> 'CANCELED'"
            "  JOIN accounts_customeraccount a ON a.id = b.account_id"
            "  JOIN billing_bill l ON l.account_id = b.account_id AND l.agreement_id = b.agreement_id"
            "   AND l.is_current AND l.first_day = (date_trunc('month', b.first_day) - interval '1 month')::date"
            " WHERE c.run_id = %s ORDER BY abs(b.charge_total - l.charge_total) DESC, b.number LIMIT %s",
            [run.pk, limit],
        )
        return [BigChange(*row) for row in cursor.fetchall()]


def list_exceptions(*, run: BillRun, limit: int = 1_000, resolved: bool = False) -> list[ExceptionView]:
    """List what to look at in a run, what holds bills first."""
    rows = BillException.objects.filter(run=run).select_related("account", "bill")
    if not resolved:
        rows = rows.filter(resolved_at=None)
    return [
        ExceptionView(
            kind=str(row.kind),
            holds=row.holds,
            detail=row.detail,
            account_number=row.account.number,
            bill_number=row.bill.number if row.bill else None,
            amount=row.bill.amount if row.bill else None,
            status=str(row.bill.status) if row.bill else None,
        )
        for row in rows.order_by("-holds", "kind", "account__number")[:limit]
    ]


@dataclass
class MonthPreview:
    """What a regular run of a month would make now; nothing was written."""

    month: str
    accounts: int = 0
    bills: int = 0
    held: int = 0
    energy_wh: int = 0
    minor: int = 0
    exceptions: Counter[str] = field(default_factory=Counter)

    @property
    def amount(self) -> Decimal:
        """The sum of all bills."""
        return Decimal(self.minor).scaleb(-2)


def preview_month(
    *,
    month: Month,
    cycle: BillCycle,
    progress: Callable[[int, int, int], None] | None = None,
    engine: FoldEngine = LOCAL,
) -> MonthPreview:
    """Compute a month as a run would, and only add it up."""
    accounts = list_account_ids(month=month, cycle=cycle.code)
    found = MonthPreview(str(month), accounts=len(accounts))
    for start in range(0, len(accounts), ACCOUNTS_AT_ONCE):
        some = accounts[start : start + ACCOUNTS_AT_ONCE]
        draft = draft_month(
            month=month,
            account_ids=range(int(some[0]), int(some[-1]) + 1),
            cycle=cycle.code,
            policy=cycle.missing_reads,
            engine=engine,
        )
        total = draft.per_bill(draft.total_minor)
        findings = [*draft.findings, *review_bills(draft, total, cycle)]
        billed = set(draft.parts.agreement_id[draft.first_rows].tolist())
        found.bills += len(draft.first_rows)
        found.held += len({f.agreement_id for f in findings if f.holds and f.agreement_id in billed})
        found.energy_wh += int(draft.energy_wh.sum())
        found.minor += int(total.sum())
        found.exceptions.update(str(finding.kind) for finding in findings)
        if progress is not None:
            progress(start + len(some), len(accounts), found.bills)
    return found
