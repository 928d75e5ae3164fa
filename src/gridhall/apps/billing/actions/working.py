"""Work on runs that is asked for at the desk and done by the queue: the same actions as at the command line."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from gridhall.apps.billing.actions.approving import check_may_decide
from gridhall.apps.billing.actions.issuing import UnableToIssueRun, issue_run
from gridhall.apps.billing.actions.runs import UnableToDraftRun, draft_run, open_run
from gridhall.apps.billing.kinds import BillRunStatusKind, BillStatusKind, RunWorkKind
from gridhall.apps.billing.models import Bill, BillRun, BillRunWork
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month

WORK_TASK = "billing.work_on_run"
_ALIVE = ("todo", "doing")


@transaction.atomic
def ask_for_run(*, month: Month, cycle: str, at: datetime, actor: str) -> BillRun:
    """Open the run of a month and have it computed. :raises UnableToOpenRun: as `open_run`."""
    run = open_run(month=month, at=at, actor=actor, cycle=cycle)
    _ask(run, RunWorkKind.DRAFT, at=at, actor=actor)
    return run


@transaction.atomic
def ask_for_draft(*, run: BillRun, at: datetime, actor: str) -> BillRunWork:
    """
    Have an open run computed on; asked again while that is under way, nothing more happens.

    :raises UnableToDraftRun: if it is computed already, or canceled.
    """
    run = BillRun.objects.select_for_update().get(pk=run.pk)
    if run.status != BillRunStatusKind.OPEN:
        raise UnableToDraftRun(f"Run {run.pk} is {run.status.lower()}; only an open run is drafted.", code="not-open")
    return _ask(run, RunWorkKind.DRAFT, at=at, actor=actor)


@transaction.atomic
def ask_for_issue(*, run: BillRun, at: datetime, actor: str) -> BillRunWork | None:
    """
    Have an approved run issued; of one that was issued, what was released since. None where nothing is left to issue.

    :raises UnableToIssueRun: if it is not approved, or whoever prepared it asks.
    """
    run = BillRun.objects.select_for_update().get(pk=run.pk)
    if run.status not in (BillRunStatusKind.APPROVED, BillRunStatusKind.ISSUED):
        raise UnableToIssueRun(f"Run {run.pk} is {run.status.lower()}; approve it first.", code="not-approved")
    check_may_decide(run, actor, UnableToIssueRun)
    waiting = Bill.objects.filter(chunk__in=run.chunks.all(), status=BillStatusKind.DRAFT)
    if run.status == BillRunStatusKind.ISSUED and not waiting.exists():
        return None
    return _ask(run, RunWorkKind.ISSUE, at=at, actor=actor)


def _ask(run: BillRun, kind: RunWorkKind, *, at: datetime, actor: str) -> BillRunWork:
    open_work = BillRunWork.objects.filter(run=run, ended_at=None).first()
    if open_work is not None:
        if ProcrastinateJob.objects.filter(pk=open_work.job_id, status__in=_ALIVE).exists():
            return open_work
        open_work.ended_at, open_work.refusal = at, "lost"  # its job is gone without having said so
        open_work.save(update_fields=["ended_at", "refusal"])
    work = BillRunWork.objects.create(run=run, kind=kind, asked_at=at, asked_by=actor)
    task = app.configure_task(WORK_TASK, allow_unknown=True, lock=f"{WORK_TASK}:{run.pk}")
    work.job_id = task.defer(work_id=work.pk)
    work.save(update_fields=["job_id"])
    return work


def work_on_run(*, work_id: int, at: datetime, workers: int = 2) -> BillRun | None:
    """
    Do what was asked for; started again after it was killed, it goes on with the chunks that wait.

    A refusal is kept with the work, for whoever asked. Anything else is kept as `failed` and raised.
    """
    work = BillRunWork.objects.select_related("run__cycle").filter(pk=work_id, ended_at=None).first()
    if work is None:
        return None
    refusal = "failed"
    try:
        run = _do(work, at=at, workers=workers)
        refusal = ""
    except BusinessError as refused:
        refusal, run = refused.code, work.run
    finally:
        BillRunWork.objects.filter(pk=work.pk).update(ended_at=at, refusal=refusal[:40])
    return run


def _do(work: BillRunWork, *, at: datetime, workers: int) -> BillRun:
    if work.kind == RunWorkKind.ISSUE:
        return issue_run(run=work.run, at=at, actor=work.asked_by, workers=workers)
    if work.run.status == BillRunStatusKind.DRAFTED:  # it was killed after the last chunk, before it could say so
        return work.run
    return draft_run(run=work.run, at=at, actor=work.asked_by, workers=workers)
