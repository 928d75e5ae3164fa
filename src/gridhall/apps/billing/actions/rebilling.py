"""Compute closed months again and charge the difference."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.actions.runs import get_cycle
from gridhall.apps.billing.actions.writing import Adjustments, ChargeBook, write_draft
from gridhall.apps.billing.events import BillRunDrafted, BillRunOpened
from gridhall.apps.billing.kinds import BillKind, BillRunKind, BillRunStatusKind, BillStatusKind, ChunkStatusKind
from gridhall.apps.billing.models import Bill, BillCycle, BillLine, BillRun, BillRunChunk
from gridhall.apps.billing.queries.rebilling import BillChange, ChangedMonth, list_changes
from gridhall.core import events
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month

ACCOUNTS_AT_ONCE = 2_000


class UnableToRebill(BusinessError):
    """Nothing was computed again; nothing changed."""


def preview_rebill(
    *, account_ids: Sequence[int], first: Month, cycle: str | None = None, with_lines: bool = False
) -> Iterator[BillChange]:
    """
    Tell what a re-bill would change; nothing is written.

    :param with_lines: tell of each change charge by charge, too.
    :raises UnableToRebill: as `rebill`.
    """
    for _, months in _walk(account_ids, first, cycle_of(account_ids, cycle), with_lines=with_lines):
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
    cycle: str | None = None,
    expected: Decimal | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[BillRun | None, list[BillChange]]:
    """
    Compute the issued bills of accounts again from a month on, and draft adjustments for those that differ.

    Every later month is computed with what the earlier ones now come to, so annual tiers follow. Unchanged inputs give
    no difference, and then nothing is written. The drafts are approved and issued like any run.

    :param cycle: the bill cycle of the accounts; found out if not given.
    :param expected: what it was said to come to; where it comes to something else meanwhile, nothing is written.
    :returns: the run, None when nothing differs; and the changes.
    :raises UnableToRebill: if nothing was issued since, an adjustment of an account is still waiting, or the accounts
        are not of one cycle.
    """
    found = cycle_of(account_ids, cycle)
    lock_accounts(account_ids)
    run: BillRun | None = None
    charges, changes, place, bills = ChargeBook(), [], 0, 0
    for done, months in _walk(account_ids, first, found):
        for month in months:
            run = run or _open(first, found, at=at, actor=actor, reason=reason)
            bills += write_adjustments(run, place, month, charges, at)
            place += 1
            changes += month.changes
        if progress is not None:
            progress(done, len(account_ids))
    difference = sum((change.difference for change in changes), Decimal("0.00"))
    if expected is not None and difference != expected:
        raise UnableToRebill(
            f"Re-billing now comes to {difference}, not to {expected}; look at it again.", code="changed-meanwhile"
        )
    if run is not None:
        events.publish(BillRunDrafted(run.pk, bills), actor=actor, at=at)
    return run, changes


def cycle_of(account_ids: Iterable[int], code: str | None) -> BillCycle:
    """Give the bill cycle of accounts. :raises UnableToRebill: if they have several, or another than `code`."""
    accounts = CustomerAccount.objects.filter(pk__in=list(account_ids)).order_by()
    codes = sorted(accounts.values_list("billing_cycle", flat=True).distinct())
    wanted = code or (codes[0] if codes else "MONTHLY")
    if codes not in ([], [wanted]):
        raise UnableToRebill(
            f"These accounts are of bill cycle {', '.join(codes)}; re-bill one cycle at a time.", code="several-cycles"
        )
    return get_cycle(wanted)


def lock_accounts(account_ids: Iterable[int]) -> None:
    """Keep others from re-billing or closing these accounts until the transaction ends; one of two sees the other's."""
    accounts = CustomerAccount.objects.select_for_update(no_key=True).filter(pk__in=list(account_ids))
    deque(accounts.order_by("pk").values_list("pk").iterator(), maxlen=0)


def check_none_waits(account_ids: Sequence[int]) -> None:
    """Make sure that no adjustment of some accounts is on its way. :raises UnableToRebill: if one is."""
    waiting = (
        Bill.objects.filter(account_id__in=account_ids, kind=BillKind.REBILL, issued_at=None)
        .exclude(status=BillStatusKind.CANCELED)
        .select_related("account")
        .first()
    )
    if waiting is not None:
        raise UnableToRebill(
            f"An adjustment of account {waiting.account.number} waits in run {waiting.run_id}; issue or cancel it.",
            code="adjustment-waiting",
        )


def _walk(
    account_ids: Sequence[int], first: Month, cycle: BillCycle, *, with_lines: bool = False
) -> Iterator[tuple[int, Iterator[ChangedMonth]]]:
    ids = sorted({int(item) for item in account_ids})
    last_day = Bill.objects.filter(
        account_id__in=ids, is_current=True, issued_at__isnull=False, first_day__gte=first.first_day
    ).aggregate(last=Max("first_day"))["last"]
    if last_day is None:
        raise UnableToRebill(f"No bill of these accounts was issued for {first} or later.", code="nothing-issued")
    check_none_waits(ids)
    last, policy = Month.of(last_day), cycle.missing_reads
    for start in range(0, len(ids), ACCOUNTS_AT_ONCE):
        some = ids[start : start + ACCOUNTS_AT_ONCE]
        yield (
            start + len(some),
            list_changes(account_ids=some, first=first, last=last, policy=policy, with_lines=with_lines),
        )


def _open(first: Month, cycle: BillCycle, *, at: datetime, actor: str, reason: str) -> BillRun:
    run = BillRun.objects.create(
        kind=BillRunKind.REBILL, cycle=cycle, month=first.first_day, status=BillRunStatusKind.DRAFTED,
        opened_at=at, opened_by=actor, drafted_at=at, reason=reason[:300],
    )  # fmt: skip
    events.publish(BillRunOpened(run.pk, run.kind, str(first)), actor=actor, at=at)
    return run


def write_adjustments(run: BillRun, place: int, month: ChangedMonth, charges: ChargeBook, at: datetime) -> int:
    """Write what a month now comes to as a chunk of a run; give how many bills."""
    accounts = [*month.draft.parts.account_id.tolist(), *(bill.account_id for bill in month.gone)]
    bills = len(month.replaces) + len(month.gone)
    chunk = BillRunChunk.objects.create(
        run=run, position=place, first_account_id=min(accounts), last_account_id=max(accounts),
        status=ChunkStatusKind.DRAFTED, bills=bills,
    )  # fmt: skip
    if len(month.replaces):
        write_draft(
            draft=month.draft, chunk=chunk, cycle=run.cycle, charges=charges, at=at,
            adjustments=Adjustments(month.replaces, month.charged_minor),
        )  # fmt: skip
    _write_gone(month, chunk, charges, at)
    return bills


def _write_gone(month: ChangedMonth, chunk: BillRunChunk, charges: ChargeBook, at: datetime) -> None:
    """Give back what was billed for days on which the agreement did not hold: bills of nothing but the credit."""
    if not month.gone:
        return
    start, words = month.month.first_day, charges.id_of_already_billed()
    numbers = dict(
        CustomerAccount.objects.filter(pk__in={bill.account_id for bill in month.gone}).values_list("pk", "number")
    )
    for gone in month.gone:
        serial = Bill.objects.filter(
            account_id=gone.account_id, first_day__gte=start, first_day__lt=month.month.next().first_day
        ).count()
        credit = Decimal(-gone.minor).scaleb(-2)
        bill = Bill.objects.create(
            number=f"{start:%Y%m}{int(numbers[gone.account_id]):013d}{serial + 1:02d}",
            run_id=chunk.run_id, chunk=chunk, account_id=gone.account_id, agreement_id=gone.agreement_id,
            party_id=gone.party_id, kind=BillKind.REBILL, status=BillStatusKind.DRAFT, is_current=False,
            first_day=start + timedelta(days=gone.first), end_day=start + timedelta(days=gone.end),
            energy_wh=0, export_wh=0, tier_wh=0, charge_total=0, base_total=0, amount=credit, is_estimated=False,
            measured_slots=0, estimated_slots=0, missing_slots=0, replaces_id=gone.bill_id, drafted_at=at,
        )  # fmt: skip
        BillLine.objects.create(
            bill=bill, position=1, part=-1, part_line=0, charge_id=words, quantity=1, price=credit, amount=credit
        )
