"""Bill runs as the billing desk sees them: the list, one of them, how far it is, who had a hand in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.billing.kinds import (
    BillRunKind,
    BillRunStatusKind,
    BillStatusKind,
    CheckOutcomeKind,
    ChunkStatusKind,
    MissingReadsPolicyKind,
)
from gridhall.apps.billing.models import Bill, BillCheck, BillCycle, BillException, BillRun, BillRunChunk, BillRunWork
from gridhall.apps.billing.queries.preparing import list_preparers
from gridhall.apps.identity.queries import name_staff
from gridhall.core.units import kwh_from_wh

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class RunRow:
    """A bill run in the list of the desk; `done` of its `chunks` are past what is being done with them."""

    mrid: UUID
    run_id: int
    kind: str
    month: date
    cycle: str
    cycle_en: str
    status: str
    bills: int
    to_look_at: int
    done: int
    chunks: int
    is_working: bool
    opened_at: datetime
    opened_by: str
    approved_by: str
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """
    How far a run is.

    :param work: DRAFT or ISSUE while that was asked for and is not over, else empty.
    :param refusal: the code of what stopped the last work, empty where nothing did.
    :param bills: computed so far.
    """

    done: int
    chunks: int
    bills: int
    work: str
    asked_at: datetime | None
    asked_by: str
    refusal: str

    @property
    def share(self) -> float:
        """The share of the chunks that are done."""
        return self.done / self.chunks if self.chunks else 1.0


@dataclass(frozen=True, slots=True)
class RunTotals:
    """What stands on the bills of a run that are not canceled."""

    bills: int
    held: int
    drafts: int
    issued: int
    energy_kwh: Decimal
    amount: Decimal
    issued_amount: Decimal


@dataclass(frozen=True, slots=True)
class SampleState:
    """How many drafts were drawn, and how many were found right and wrong; `loose` are wrong and would go out."""

    drawn: int
    right: int
    wrong: int
    loose: int

    @property
    def left(self) -> int:
        """How many were not looked at yet."""
        return self.drawn - self.right - self.wrong


@dataclass(frozen=True, slots=True)
class RunDetail:
    """One run with everything that is decided about it; names are those of members of staff."""

    run: BillRun
    progress: RunProgress
    totals: RunTotals
    sample: SampleState
    opened_by: str
    approved_by: str
    issued_by: str
    is_preparer: bool


@dataclass(frozen=True, slots=True)
class CycleView:
    """A bill cycle."""

    code: str
    name: str
    name_en: str
    due_days: int
    estimates: bool


def list_cycles(*, viewer: Any) -> list[CycleView]:
    """List the bill cycles, the usual one first. :raises AccessDenied: if the viewer's work is not with customers."""
    accounts.check_reader(viewer)
    found = [
        CycleView(
            cycle.code, cycle.name, cycle.name_en, cycle.due_days,
            cycle.missing_reads == MissingReadsPolicyKind.ESTIMATE,
        )
        for cycle in BillCycle.objects.order_by("code")
    ]  # fmt: skip
    if not any(cycle.code == "MONTHLY" for cycle in found):
        found.append(CycleView("MONTHLY", "每月", "Monthly", 20, False))
    return sorted(found, key=lambda cycle: (cycle.code != "MONTHLY", cycle.code))


def list_run_rows(
    *, viewer: Any, kind: str = "", status: str = "", sort: str = "opened", descending: bool = True, offset: int = 0,
    limit: int = 50,
) -> tuple[list[RunRow], int]:  # fmt: skip
    """
    List bill runs as a page of a list, and how many there are; four statements however many.

    :param sort: `opened` or `month`.
    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    runs = BillRun.objects.select_related("cycle")
    runs = runs.filter(kind=kind) if kind else runs
    runs = runs.filter(status=status) if status else runs
    total = runs.count()
    sign = "-" if descending else ""
    order = (f"{sign}month", f"{sign}id") if sort == "month" else (f"{sign}opened_at", f"{sign}id")
    chunks = BillRunChunk.objects.filter(run=OuterRef("pk")).order_by().values("run")
    open_exceptions = BillException.objects.filter(run=OuterRef("pk"), resolved_at=None).order_by().values("run")
    some = list(
        runs.annotate(
            made=Subquery(chunks.annotate(n=Sum("bills")).values("n")),
            all=Subquery(chunks.annotate(n=Count("id")).values("n")),
            waiting=Subquery(chunks.annotate(n=Count("id", filter=Q(status="WAITING"))).values("n")),
            gone_out=Subquery(chunks.annotate(n=Count("id", filter=Q(status="ISSUED"))).values("n")),
            found=Subquery(open_exceptions.annotate(n=Count("id")).values("n")),
            working=Exists(BillRunWork.objects.filter(run=OuterRef("pk"), ended_at=None)),
        ).order_by(*order)[offset : offset + limit]
    )
    names = name_staff(actor for run in some for actor in (run.opened_by, run.approved_by))
    return [
        RunRow(
            run.mrid, run.pk, str(run.kind), run.month, run.cycle.name, run.cycle.name_en, str(run.status),
            run.made or 0, run.found or 0, _count_done(run.status, run.all or 0, run.waiting or 0, run.gone_out or 0),
            run.all or 0, run.working, run.opened_at, names[run.opened_by], names[run.approved_by], run.issued_at,
        )
        for run in some
    ], total  # fmt: skip


def _count_done(status: str, chunks: int, waiting: int, issued: int) -> int:
    return issued if status in (BillRunStatusKind.APPROVED, BillRunStatusKind.ISSUED) else chunks - waiting


def find_run(*, mrid: UUID, viewer: Any) -> BillRun:
    """Find a run. :raises AccessDenied: if there is none, or the viewer's work is not with customers."""
    accounts.check_reader(viewer)
    run = BillRun.objects.select_related("cycle").filter(mrid=mrid).first()
    if run is None:
        raise accounts.AccessDenied
    return run


def get_run_progress(*, run: BillRun, viewer: Any) -> RunProgress:
    """
    Tell how far a run is, in three statements at most.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    work = BillRunWork.objects.filter(run=run).order_by("-id").first()
    name = name_staff([work.asked_by])[work.asked_by] if work is not None and work.ended_at is None else ""
    return _tell_progress(run, work, name)


def _tell_progress(run: BillRun, work: BillRunWork | None, name: str) -> RunProgress:
    counted = run.chunks.aggregate(
        all=Count("id"), bills=Sum("bills"),
        waiting=Count("id", filter=Q(status=ChunkStatusKind.WAITING)),
        issued=Count("id", filter=Q(status=ChunkStatusKind.ISSUED)),
    )  # fmt: skip
    is_open = work is not None and work.ended_at is None
    return RunProgress(
        done=_count_done(run.status, counted["all"], counted["waiting"], counted["issued"]),
        chunks=counted["all"],
        bills=counted["bills"] or 0,
        work=str(work.kind) if work is not None and is_open else "",
        asked_at=work.asked_at if work is not None and is_open else None,
        asked_by=name,
        refusal=work.refusal if work is not None and not is_open else "",
    )


def get_run_detail(*, mrid: UUID, viewer: Any) -> RunDetail:
    """
    Give a run with how far it is, its sums, and what was looked at; seven statements.

    :raises AccessDenied: if there is none, or the viewer's work is not with customers.
    """
    run = find_run(mrid=mrid, viewer=viewer)
    work = BillRunWork.objects.filter(run=run).order_by("-id").first()
    names = name_staff([run.opened_by, run.approved_by, run.issued_by, *([work.asked_by] if work else [])])
    return RunDetail(
        run=run,
        progress=_tell_progress(run, work, names[work.asked_by] if work else ""),
        totals=add_up_run(run),
        sample=_count_sample(run),
        opened_by=names[run.opened_by],
        approved_by=names[run.approved_by],
        issued_by=names[run.issued_by],
        is_preparer=str(viewer.mrid) in list_preparers(run),
    )


def _count_sample(run: BillRun) -> SampleState:
    wrong = Q(outcome=CheckOutcomeKind.WRONG)
    found = BillCheck.objects.filter(run=run).aggregate(
        drawn=Count("id"), right=Count("id", filter=Q(outcome=CheckOutcomeKind.RIGHT)),
        wrong=Count("id", filter=wrong), loose=Count("id", filter=wrong & Q(bill__status=BillStatusKind.DRAFT)),
    )  # fmt: skip
    return SampleState(**found)


_TOTALS = """
SELECT count(*), count(*) FILTER (WHERE b.status = 'HELD'), count(*) FILTER (WHERE b.status = 'DRAFT'),
       count(*) FILTER (WHERE b.status = 'ISSUED'), coalesce(sum(b.energy_wh), 0)::int8, coalesce(sum(b.amount), 0),
       coalesce(sum(b.amount) FILTER (WHERE b.status = 'ISSUED'), 0)
  FROM billing_billrunchunk c JOIN billing_bill b ON b.chunk_id = c.id AND b.status <> 'CANCELED'
 WHERE c.run_id = %s
"""


def add_up_run(run: BillRun) -> RunTotals:
    """Add up the bills of a run that are not canceled."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, [run.pk])
        bills, held, drafts, issued, energy_wh, amount, issued_amount = cursor.fetchone()
    return RunTotals(bills, held, drafts, issued, kwh_from_wh(energy_wh), amount, issued_amount)


def find_run_under_way(*, month: date, cycle: str, viewer: Any) -> BillRun | None:
    """
    Find the regular run of a month that is neither issued nor canceled.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    done = (BillRunStatusKind.ISSUED, BillRunStatusKind.CANCELED)
    runs = BillRun.objects.filter(kind=BillRunKind.REGULAR, month=month, cycle__code=cycle)
    return runs.exclude(status__in=done).order_by("-id").first()


def find_waiting_run(*, account_id: int, kind: str, viewer: Any) -> BillRun | None:
    """
    Find the run of a kind (REBILL or CLOSING) in which bills of an account wait to be issued.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    waiting = Bill.objects.filter(account_id=account_id, run__kind=kind, issued_at=None)
    found = waiting.exclude(status=BillStatusKind.CANCELED).select_related("run").order_by("-id").first()
    return found.run if found is not None else None
