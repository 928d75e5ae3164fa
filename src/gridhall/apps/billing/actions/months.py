"""A whole month at once: open, draft, approve, issue."""

from __future__ import annotations

from datetime import datetime

from gridhall.apps.billing.actions.issuing import issue_run
from gridhall.apps.billing.actions.runs import Progress, approve_run, draft_run, open_run
from gridhall.apps.billing.models import BillRun
from gridhall.core.periods import Month


def run_month(
    *,
    month: Month,
    at: datetime,
    actor: str,
    progress: Progress | None = None,
    cycle: str = "MONTHLY",
    workers: int = 2,
) -> BillRun:
    """
    Bill a month from reads to issued bills without a person in between: for demonstrations and measurements.

    :raises BusinessError: as the steps do.
    """
    run = open_run(month=month, at=at, actor=actor, cycle=cycle)
    run = draft_run(run=run, at=at, actor=actor, progress=progress, workers=workers)
    run = approve_run(run=run, at=at, actor=actor, four_eyes=False)
    return issue_run(run=run, at=at, actor=actor, progress=progress, workers=workers)
