"""Approval at the desk: by a second person, after the sample was looked at."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gridhall.apps.billing.actions.runs import UnableToApproveRun, approve_run
from gridhall.apps.billing.kinds import BillStatusKind, CheckOutcomeKind
from gridhall.apps.billing.models import BillCheck, BillRun
from gridhall.apps.billing.queries.preparing import list_preparers
from gridhall.core.errors import BusinessError


def check_may_decide(run: BillRun, actor: str, refusal: type[BusinessError], *, deed: str = "decide") -> None:
    """
    Make sure that whoever prepared a run does not decide on it, or on a bill of it.

    :param deed: what someone else must do instead, as the refusal says it. :raises BusinessError: of the given kind.
    """
    if actor in list_preparers(run):
        raise refusal(f"{actor} prepared run {run.pk}; someone else must {deed}.", code="same-person")


@transaction.atomic
def approve_checked_run(*, run: BillRun, at: datetime, actor: str) -> BillRun:
    """
    Approve a drafted run whose sample was looked at.

    :raises UnableToApproveRun: if whoever prepared it asks, no sample was drawn, some of it was not looked at, or a
        bill that is not right would still go out; and as `approve_run`.
    """
    run = BillRun.objects.select_for_update().get(pk=run.pk)
    check_may_decide(run, actor, UnableToApproveRun)
    approved = approve_run(run=run, at=at, actor=actor)
    checks = list(BillCheck.objects.filter(run=run).values_list("outcome", "bill__status"))
    if not checks:
        raise UnableToApproveRun(f"No drafts of run {run.pk} were looked at; draw a sample.", code="no-sample")
    open_checks = sum(outcome == CheckOutcomeKind.OPEN for outcome, _status in checks)
    if open_checks:
        raise UnableToApproveRun(f"{open_checks} drawn drafts were not looked at yet.", code="sample-open")
    wrong = sum(
        outcome == CheckOutcomeKind.WRONG and status == BillStatusKind.DRAFT for outcome, status in checks
    )  # fmt: skip
    if wrong:
        raise UnableToApproveRun(f"{wrong} drafts that are not right would go out; hold them.", code="sample-wrong")
    return approved
