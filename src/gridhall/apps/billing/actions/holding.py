"""Hold a draft, let it go, take an issued bill back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from gridhall.apps.billing.actions.ledger import reverse_entry
from gridhall.apps.billing.actions.writing import ChargeBook, write_draft
from gridhall.apps.billing.events import BillCanceled, BillHeld, BillReleased
from gridhall.apps.billing.kinds import BillExceptionKind, BillKind, BillStatusKind
from gridhall.apps.billing.models import Bill, BillException, BillRunChunk, JournalEntry
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
    """Wait until nobody issues or cancels the bill's chunk, then keep the bill from everybody else."""
    BillRunChunk.objects.select_for_update(of=("self",)).get(pk=bill.chunk_id)
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
    newer = Bill.objects.filter(replaces_id=bill.pk).exclude(status=BillStatusKind.CANCELED).first()
    if newer is not None and newer.issued_at is not None:
        raise UnableToCancelBill(
            f"Bill {bill.number} was replaced by {newer.number}; cancel that one first.", code="replaced"
        )
    if newer is not None:
        raise UnableToCancelBill(
            f"An adjustment of bill {bill.number} is being prepared; cancel its run {newer.run_id} first.",
            code="being-replaced",
        )
    was_issued = bill.status == BillStatusKind.ISSUED
    bill.status, bill.is_current, bill.canceled_at = BillStatusKind.CANCELED, False, at
    bill.save(update_fields=["status", "is_current", "canceled_at"])
    BillException.objects.filter(bill=bill, resolved_at=None).update(resolved_at=at, resolved_by=actor)
    if was_issued:
        _restore_replaced(bill)
        for entry in JournalEntry.objects.filter(idempotency_key=f"bill:{bill.number}"):
            reverse_entry(entry=entry, at=at, actor=actor, memo=reason)
        hold_later_drafts(Bill.objects.filter(pk=bill.pk))
    events.publish(BillCanceled(bill.pk, bill.number, bill.account_id, str(bill.amount)), actor=actor, at=at)
    return bill


def _restore_replaced(bill: Bill) -> None:
    """Let the bill that an adjustment replaced stand again. :raises UnableToCancelBill: if its days are billed anew."""
    old = bill.replaces
    if old is None:
        return
    other = Bill.objects.filter(
        account_id=old.account_id, is_current=True, first_day__lt=old.end_day, end_day__gt=old.first_day
    ).first()
    if other is not None:
        raise UnableToCancelBill(
            f"Bill {old.number}, which {bill.number} replaced, would stand again, but {other.number} now bills some of"
            f" its days; cancel {other.number} first.",
            code="days-billed",
        )
    Bill.objects.filter(pk=old.pk).update(is_current=True)


def hold_later_drafts(changed: QuerySet[Bill]) -> int:
    """
    Hold drafts of the same agreements for later months: tiers and credits they were computed with have changed.

    :param changed: bills that were just issued or canceled; those of their own run are not held.
    :returns: how many are held; releasing one computes it again.
    """
    accounts = list(changed.order_by().values_list("account_id", flat=True).distinct())
    later = (
        Bill.objects.filter(status=BillStatusKind.DRAFT, account_id__in=accounts)  # the index that bills have
        .exclude(kind=BillKind.REBILL)
        .annotate(
            cause=Subquery(
                changed.filter(agreement_id=OuterRef("agreement_id"), first_day__lt=OuterRef("first_day"))
                .exclude(run_id=OuterRef("run_id"))
                .order_by("first_day")
                .values("number")[:1]
            )
        )
        .filter(agreement_id__in=changed.values("agreement_id"), cause__isnull=False)
    )
    held = list(later.values_list("id", "run_id", "account_id", "cause"))
    Bill.objects.filter(pk__in=[row[0] for row in held]).update(status=BillStatusKind.HELD)
    BillException.objects.bulk_create(
        BillException(
            run_id=run_id, account_id=account_id, bill_id=pk, kind=BillExceptionKind.EARLIER_CHANGED, holds=True,
            detail=f"bill {cause}",
        )
        for pk, run_id, account_id, cause in held
    )  # fmt: skip
    return len(held)
