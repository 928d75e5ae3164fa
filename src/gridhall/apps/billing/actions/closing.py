"""The final bill of somebody who leaves, without waiting for the month to end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from gridhall.apps.accounts import actions as accounts
from gridhall.apps.accounts.models import CustomerAccount, CustomerAgreement
from gridhall.apps.billing.actions.runs import get_cycle
from gridhall.apps.billing.actions.writing import ChargeBook, write_draft
from gridhall.apps.billing.events import BillRunDrafted
from gridhall.apps.billing.kinds import BillRunKind, BillRunStatusKind, ChunkStatusKind
from gridhall.apps.billing.models import BillRun, BillRunChunk
from gridhall.apps.billing.queries.pricing import draft_month
from gridhall.apps.billing.queries.selecting import select_bills
from gridhall.core import events
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month


class UnableToCloseAgreement(BusinessError):
    """No final bill was made."""


@transaction.atomic
def close_agreement(*, account: CustomerAccount, ends_on: date, at: datetime, actor: str) -> BillRun:
    """
    Draft the final bill of the agreement that ends on a day; the agreement is ended if it was still open.

    :param ends_on: the first day that is no longer billed to the customer.
    :raises UnableToCloseAgreement: if no agreement can end then, or its last month is billed.
    """
    last_day = ends_on - timedelta(days=1)
    agreement = (
        CustomerAgreement.objects.filter(account=account, starts_on__lte=last_day).order_by("-starts_on").first()
    )
    if agreement is None or (agreement.ends_on is not None and agreement.ends_on != ends_on):
        when = f"it ends on {agreement.ends_on}" if agreement is not None else "there is none on that day"
        raise UnableToCloseAgreement(
            f"No agreement of account {account.number} ends on {ends_on}: {when}.", code="no-such-agreement"
        )
    if agreement.ends_on is None:
        agreement = accounts.end_agreement(agreement=agreement, ends_on=ends_on, at=at, actor=actor)
    month = Month.of(last_day)
    cycle = get_cycle(account.billing_cycle)
    days = (ends_on - month.first_day).days
    draft = draft_month(month=month, account_ids=[account.pk], policy=cycle.missing_reads, until_day=days)
    draft = select_bills(draft, draft.parts.agreement_id[draft.first_rows] == agreement.pk)
    if not len(draft.first_rows):
        why = "; ".join(f"{finding.kind} {finding.detail}".strip() for finding in draft.findings)
        raise UnableToCloseAgreement(
            f"There is nothing to bill for {month} until {ends_on}: {why or 'these days are billed'}.",
            code="nothing-to-bill",
        )
    run = BillRun.objects.create(
        kind=BillRunKind.CLOSING, cycle=cycle, month=month.first_day, status=BillRunStatusKind.DRAFTED,
        opened_at=at, opened_by=actor, drafted_at=at,
    )  # fmt: skip
    chunk = BillRunChunk.objects.create(
        run=run, position=0, first_account_id=account.pk, last_account_id=account.pk,
        status=ChunkStatusKind.DRAFTED, bills=1,
    )  # fmt: skip
    write_draft(draft=draft, chunk=chunk, cycle=cycle, charges=ChargeBook(), at=at)
    events.publish(BillRunDrafted(run.pk, 1), actor=actor, at=at)
    return run
