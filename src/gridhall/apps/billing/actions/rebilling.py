"""Compute closed months again and charge the difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from gridhall.apps.billing.actions.runs import get_cycle
from gridhall.apps.billing.actions.writing import Adjustments, ChargeBook, write_draft
from gridhall.apps.billing.events import BillRunDrafted, BillRunOpened
from gridhall.apps.billing.kinds import BillKind, BillRunKind, BillRunStatusKind, BillStatusKind, ChunkStatusKind
from gridhall.apps.billing.models import Bill, BillRun, BillRunChunk
from gridhall.apps.billing.queries.rebilling import BillChange, ChangedMonth, list_changes
from gridhall.core import events
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month

ACCOUNTS_AT_ONCE = 2_000


class UnableToRebill(BusinessError):
    """Nothing was computed again; nothing changed."""


def preview_rebill(*, account_ids: Sequence[int], first: Month, cycle: str = "MONTHLY") -> Iterator[BillChange]:
    """Tell what a re-bill would change; nothing is written. :raises UnableToRebill: as `rebill`."""
    for _, months in _walk(account_ids, first, cycle):
        for month in months:
            yield from month.changes


@transaction.atomic
def rebill(
    *,
    account_ids: Sequence[int],
    first: Month,
    at: datetime,
    actor: str,
    reason: str = "",
    cycle: str = "MONTHLY",
    progress: Callable[[int, int], None] | None = None,
) -> tuple[BillRun | None, list[BillChange]]:
    """
    Compute the issued bills of accounts again from a month on, and draft adjustments for those that differ.

    Every later month is computed with what the earlier ones now come to, so annual tiers follow. Unchanged inputs give
    no difference, and then nothing is written. The drafts are approved and issued like any run.

    :returns: the run, None when nothing differs; and the changes.
    :raises UnableToRebill: if nothing was issued since, or an adjustment of an account is still waiting.
    """
    run: BillRun | None = None
    charges, changes, place, bills = ChargeBook(), [], 0, 0
    for done, months in _walk(account_ids, first, cycle):
        for month in months:
            run = run or _open(first, cycle, at=at, actor=actor, reason=reason)
            bills += _write(run, place, month, charges, at)
            place += 1
            changes += month.changes
        if progress is not None:
            progress(done, len(account_ids))
    if run is not None:
        events.publish(BillRunDrafted(run.pk, bills), actor=actor, at=at)
    return run, changes


def _walk(account_ids: Sequence[int], first: Month, cycle: str) -> Iterator[tuple[int, Iterator[ChangedMonth]]]:
    ids = sorted({int(item) for item in account_ids})
    last_day = Bill.objects.filter(
        account_id__in=ids, is_current=True, issued_at__isnull=False, first_day__gte=first.first_day
    ).aggregate(last=Max("first_day"))["last"]
    if last_day is None:
        raise UnableToRebill(f"No bill of these accounts was issued for {first} or later.", code="nothing-issued")
    waiting = (
        Bill.objects.filter(account_id__in=ids, kind=BillKind.REBILL, issued_at=None)
        .exclude(status=BillStatusKind.CANCELED)
        .select_related("account")
        .first()
    )
    if waiting is not None:
        raise UnableToRebill(
            f"An adjustment of account {waiting.account.number} waits in run {waiting.run_id}; issue or cancel it.",
            code="adjustment-waiting",
        )
    policy = get_cycle(cycle).missing_reads
    for start in range(0, len(ids), ACCOUNTS_AT_ONCE):
        some = ids[start : start + ACCOUNTS_AT_ONCE]
        yield start + len(some), list_changes(account_ids=some, first=first, last=Month.of(last_day), policy=policy)


def _open(first: Month, cycle: str, *, at: datetime, actor: str, reason: str) -> BillRun:
    run = BillRun.objects.create(
        kind=BillRunKind.REBILL, cycle=get_cycle(cycle), month=first.first_day, status=BillRunStatusKind.DRAFTED,
        opened_at=at, opened_by=actor, drafted_at=at, reason=reason[:300],
    )  # fmt: skip
    events.publish(BillRunOpened(run.pk, run.kind, str(first)), actor=actor, at=at)
    return run


def _write(run: BillRun, place: int, month: ChangedMonth, charges: ChargeBook, at: datetime) -> int:
    accounts = month.draft.parts.account_id
    chunk = BillRunChunk.objects.create(
        run=run, position=place, first_account_id=int(accounts.min()), last_account_id=int(accounts.max()),
        status=ChunkStatusKind.DRAFTED, bills=len(month.replaces),
    )  # fmt: skip
    return write_draft(
        draft=month.draft, chunk=chunk, cycle=run.cycle, charges=charges, at=at,
        adjustments=Adjustments(month.replaces, month.charged_minor),
    )  # fmt: skip
