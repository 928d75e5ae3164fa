"""The final bill of somebody who leaves, without waiting for the month to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from gridhall.apps.accounts import actions as accounts
from gridhall.apps.accounts.models import CustomerAccount, CustomerAgreement
from gridhall.apps.billing.actions.rebilling import (
    UnableToRebill,
    check_none_waits,
    lock_accounts,
    write_adjustments,
)
from gridhall.apps.billing.actions.runs import get_cycle
from gridhall.apps.billing.actions.writing import ChargeBook, write_draft
from gridhall.apps.billing.events import BillRunDrafted
from gridhall.apps.billing.kinds import BillRunKind, BillRunStatusKind, BillStatusKind, ChunkStatusKind
from gridhall.apps.billing.models import Bill, BillCycle, BillRun, BillRunChunk
from gridhall.apps.billing.queries.pricing import Carried, draft_month
from gridhall.apps.billing.queries.rebilling import ChangedMonth, list_changes
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

    What is billed already for days after it is given back, and the year's earlier months are settled: annual tiers are
    shared out over the months that the agreement lasted. Both are adjustments in the same run.

    :param ends_on: the first day that is no longer billed to the customer.
    :raises UnableToCloseAgreement: if no agreement can end then, or there is nothing to bill and nothing to settle.
    """
    lock_accounts([account.pk])
    agreement = _end(account, ends_on, at=at, actor=actor)
    month, cycle = Month.of(ends_on - timedelta(days=1)), get_cycle(account.billing_cycle)
    draft_bill = Bill.objects.filter(
        account=account, agreement=agreement, is_current=True, issued_at=None, end_day__gt=ends_on
    ).first()  # by account: bills have no index by agreement
    if draft_bill is not None:
        raise UnableToCloseAgreement(
            f"Bill {draft_bill.number} of run {draft_bill.run_id}, not issued yet, goes beyond {ends_on}; cancel it"
            f" first: gridhall bills cancel {draft_bill.number}.",
            code="draft-beyond",
        )
    try:
        check_none_waits([account.pk])
    except UnableToRebill as refusal:
        raise UnableToCloseAgreement(refusal.message, code=refusal.code) from None
    carried: dict[Month, Mapping[int, Carried]] = {}
    changed = _settle(account, agreement, month, cycle, carried)
    draft = draft_month(
        month=month,
        account_ids=[account.pk],
        policy=cycle.missing_reads,
        until_day=(ends_on - month.first_day).days,
        carried=carried.get(month.previous()) if month.month > 1 else None,
    )
    draft = select_bills(draft, draft.parts.agreement_id[draft.first_rows] == agreement.pk)
    bills = len(draft.first_rows)
    if not bills and not changed:
        why = "; ".join(f"{finding.kind} {finding.detail}".strip() for finding in draft.findings)
        raise UnableToCloseAgreement(
            f"There is nothing to bill for {month} until {ends_on}: {why or 'these days are billed'}.",
            code="nothing-to-bill",
        )
    run = BillRun.objects.create(
        kind=BillRunKind.CLOSING, cycle=cycle, month=month.first_day, status=BillRunStatusKind.DRAFTED,
        opened_at=at, opened_by=actor, drafted_at=at,
    )  # fmt: skip
    charges = ChargeBook()
    if bills:
        chunk = BillRunChunk.objects.create(
            run=run, position=0, first_account_id=account.pk, last_account_id=account.pk,
            status=ChunkStatusKind.DRAFTED, bills=bills,
        )  # fmt: skip
        write_draft(draft=draft, chunk=chunk, cycle=cycle, charges=charges, at=at)
    for place, found in enumerate(changed, start=1):
        bills += write_adjustments(run, place, found, charges, at)
    events.publish(BillRunDrafted(run.pk, bills), actor=actor, at=at)
    return run


@dataclass(frozen=True, slots=True)
class ClosingPreview:
    """What a final bill would be: each bill as its kind, days [first_day, end_day) and amount; and their sum."""

    bills: tuple[tuple[str, date, date, Decimal], ...]
    held: int

    @property
    def amount(self) -> Decimal:
        """What the customer would owe, or get back."""
        return sum((bill[3] for bill in self.bills), Decimal("0.00"))


def preview_closing(*, account: CustomerAccount, ends_on: date, at: datetime, actor: str) -> ClosingPreview:
    """Tell what `close_agreement` would draft; nothing is kept. :raises UnableToCloseAgreement: as it does."""
    with transaction.atomic():
        run = close_agreement(account=account, ends_on=ends_on, at=at, actor=actor)
        bills = list(
            Bill.objects.filter(chunk__in=run.chunks.all())
            .order_by("first_day", "id")
            .values_list("kind", "first_day", "end_day", "amount", "status")
        )
        transaction.set_rollback(True)
    return ClosingPreview(tuple(bill[:4] for bill in bills), sum(bill[4] == BillStatusKind.HELD for bill in bills))


def _end(account: CustomerAccount, ends_on: date, *, at: datetime, actor: str) -> CustomerAgreement:
    agreement = CustomerAgreement.objects.filter(account=account, starts_on__lt=ends_on).order_by("-starts_on").first()
    if agreement is None or (agreement.ends_on is not None and agreement.ends_on != ends_on):
        when = f"it ends on {agreement.ends_on}" if agreement is not None else "there is none on that day"
        raise UnableToCloseAgreement(
            f"No agreement of account {account.number} ends on {ends_on}: {when}.", code="no-such-agreement"
        )
    if agreement.ends_on is not None:
        return agreement
    try:
        return accounts.end_agreement(agreement=agreement, ends_on=ends_on, at=at, actor=actor)
    except accounts.UnableToEndAgreement as refusal:
        raise UnableToCloseAgreement(f"Account {account.number}: {refusal.message}", code=refusal.code) from None


def _settle(
    account: CustomerAccount,
    agreement: CustomerAgreement,
    month: Month,
    cycle: BillCycle,
    carried: dict[Month, Mapping[int, Carried]],
) -> list[ChangedMonth]:
    """Compute what was issued since January again; `carried` is filled with what each month leaves to the next."""
    first = max(Month(month.year, 1), Month.of(agreement.starts_on))
    last = Bill.objects.filter(
        account=account, is_current=True, issued_at__isnull=False, first_day__gte=first.first_day
    ).aggregate(last=Max("first_day"))["last"]
    if last is None:
        return []
    return list(
        list_changes(
            account_ids=[account.pk], first=first, last=max(Month.of(last), month.previous()),
            policy=cycle.missing_reads, carried_after=carried,
        )
    )  # fmt: skip
