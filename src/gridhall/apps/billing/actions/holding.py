"""Hold a draft, let it go, take an issued bill back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gridhall.apps.billing.actions.ledger import reverse_entry
from gridhall.apps.billing.actions.writing import ChargeBook, write_draft
from gridhall.apps.billing.events import BillCanceled, BillHeld, BillReleased
from gridhall.apps.billing.kinds import BillExceptionKind, BillKind, BillStatusKind
from gridhall.apps.billing.models import Bill, BillException, JournalEntry
from gridhall.apps.billing.queries.pricing import draft_month
from gridhall.apps.billing.queries.reviewing import review_bills
from gridhall.apps.billing.queries.selecting import select_bills
from gridhall.core import events
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month


class UnableToHoldBill(BusinessError):
    """The bill was not held."""


class UnableToReleaseBill(BusinessError):
    """The bill stays held."""


class UnableToCancelBill(BusinessError):
    """The bill stands as it was."""


def _lock(bill: Bill) -> Bill:
    return Bill.objects.select_for_update(of=("self",)).select_related("run__cycle", "chunk").get(pk=bill.pk)


@transaction.atomic
def hold_bill(*, bill: Bill, reason: str, at: datetime, actor: str) -> Bill:
    """
    Keep a draft from being issued.

    :raises UnableToHoldBill: if it is not a draft.
    """
    bill = _lock(bill)
    if bill.status != BillStatusKind.DRAFT:
        raise UnableToHoldBill(
            f"Bill {bill.number} is {bill.status.lower()}; only a draft is held.", code="not-a-draft"
        )
    bill.status = BillStatusKind.HELD
    bill.save(update_fields=["status"])
    BillException.objects.create(
        run_id=bill.run_id, account_id=bill.account_id, bill=bill, kind=BillExceptionKind.BY_HAND, holds=True,
        detail=f"{actor}: {reason}"[:300],
    )  # fmt: skip
    events.publish(BillHeld(bill.pk, reason), actor=actor, at=at)
    return bill


@transaction.atomic
def release_bill(*, bill: Bill, at: datetime, actor: str, as_is: bool = False) -> Bill:
    """
    Let a held draft go. It is computed again first, so that reads which have arrived since count.

    :param as_is: keep what was computed, whatever is missing.
    :returns: the bill to be issued: a new one where it was computed again.
    :raises UnableToReleaseBill: if it is not held, or what held it still does.
    """
    bill = _lock(bill)
    if bill.status != BillStatusKind.HELD:
        raise UnableToReleaseBill(f"Bill {bill.number} is {bill.status.lower()}, not held.", code="not-held")
    if as_is or bill.kind == BillKind.REBILL:
        bill.status = BillStatusKind.DRAFT
        bill.save(update_fields=["status"])
    else:
        bill = _draft_again(bill, at=at)
    BillException.objects.filter(
        bill__account_id=bill.account_id, run_id=bill.run_id, holds=True, resolved_at=None
    ).update(resolved_at=at, resolved_by=actor)
    events.publish(BillReleased(bill.pk), actor=actor, at=at)
    return bill


def _draft_again(bill: Bill, *, at: datetime) -> Bill:
    cycle = bill.run.cycle
    Bill.objects.filter(pk=bill.pk).update(status=BillStatusKind.CANCELED, is_current=False, canceled_at=at)
    draft = draft_month(month=Month.of(bill.first_day), account_ids=[bill.account_id], policy=cycle.missing_reads)
    draft = select_bills(draft, draft.parts.agreement_id[draft.first_rows] == bill.agreement_id)
    holding = [finding for finding in review_bills(draft, draft.per_bill(draft.total_minor), cycle) if finding.holds]
    if holding or not len(draft.first_rows):
        why = ", ".join(f"{finding.kind} ({finding.detail})" for finding in holding) or "there is nothing to bill"
        raise UnableToReleaseBill(
            f"Bill {bill.number} is still held: {why}. Mend it, or release it with --as-is.", code="still-held"
        )
    write_draft(draft=draft, chunk=bill.chunk, cycle=cycle, charges=ChargeBook(), at=at)
    return Bill.objects.get(chunk=bill.chunk_id, agreement_id=bill.agreement_id, is_current=True)


@transaction.atomic
def cancel_bill(*, bill: Bill, reason: str, at: datetime, actor: str) -> Bill:
    """
    Take a bill back: its ledger entry is reversed, its days may be billed again; an adjustment gives way to what it
    replaced.

    :raises UnableToCancelBill: if it is canceled already, or an adjustment stands in its place.
    """
    bill = _lock(bill)
    if bill.status == BillStatusKind.CANCELED:
        raise UnableToCancelBill(f"Bill {bill.number} is canceled already.", code="canceled")
    if bill.issued_at is not None and not bill.is_current:
        newer = Bill.objects.filter(replaces_id=bill.pk).exclude(status=BillStatusKind.CANCELED).first()
        raise UnableToCancelBill(
            f"Bill {bill.number} was replaced by {newer.number if newer else 'another'}; cancel that one first.",
            code="replaced",
        )
    if Bill.objects.filter(replaces_id=bill.pk).exclude(status=BillStatusKind.CANCELED).exists():
        raise UnableToCancelBill(
            f"An adjustment of bill {bill.number} is being prepared; cancel its run first.", code="being-replaced"
        )
    was_issued = bill.status == BillStatusKind.ISSUED
    bill.status, bill.is_current, bill.canceled_at = BillStatusKind.CANCELED, False, at
    bill.save(update_fields=["status", "is_current", "canceled_at"])
    BillException.objects.filter(bill=bill, resolved_at=None).update(resolved_at=at, resolved_by=actor)
    if was_issued:
        if bill.replaces_id is not None:
            Bill.objects.filter(pk=bill.replaces_id).update(is_current=True)
        for entry in JournalEntry.objects.filter(idempotency_key=f"bill:{bill.number}"):
            reverse_entry(entry=entry, at=at, actor=actor, memo=reason)
    events.publish(BillCanceled(bill.pk, bill.number, bill.account_id, str(bill.amount)), actor=actor, at=at)
    return bill
