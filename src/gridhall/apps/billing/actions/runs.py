"""A bill run from opening to approval. Each step can be stopped at any moment and taken up again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import numpy as np
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from gridhall.apps.billing.actions.writing import ChargeBook, write_draft
from gridhall.apps.billing.events import BillRunApproved, BillRunCanceled, BillRunDrafted, BillRunOpened
from gridhall.apps.billing.kinds import BillRunKind, BillRunStatusKind, BillStatusKind, ChunkStatusKind
from gridhall.apps.billing.models import Bill, BillCycle, BillException, BillRun, BillRunChunk
from gridhall.apps.billing.queries.population import is_billed_month, list_account_ids
from gridhall.apps.billing.queries.pricing import draft_month
from gridhall.core import events
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month
from gridhall.engines.scaling.engine import LOCAL, FoldEngine

Progress = Callable[[int, int, int], None]
"""Called with chunks done, chunks in all, bills so far."""

ACCOUNTS_A_CHUNK = 2_000
_LOCK_CLASS, _CYCLE_LOCK_CLASS = 0x4752, 0x4753  # advisory locks of bill runs, and of cycles being drafted
_UNDER_WAY = (BillRunStatusKind.OPEN, BillRunStatusKind.DRAFTED, BillRunStatusKind.APPROVED)


class UnableToOpenRun(BusinessError):
    """The run was not opened."""


class UnableToDraftRun(BusinessError):
    """The run was not drafted further; what was drafted before stays."""


class UnableToApproveRun(BusinessError):
    """The run was not approved."""


class UnableToCancelRun(BusinessError):
    """The run was not canceled."""


def get_cycle(code: str) -> BillCycle:
    """Give a bill cycle, making the usual one when it is first asked for. :raises UnableToOpenRun: if unknown."""
    cycle = BillCycle.objects.filter(code=code).first()
    if cycle is None and code == "MONTHLY":
        BillCycle.objects.bulk_create([BillCycle(code=code, name="每月", name_en="Monthly")], ignore_conflicts=True)
        cycle = BillCycle.objects.get(code=code)
    if cycle is None:
        known = ", ".join(BillCycle.objects.values_list("code", flat=True)) or "MONTHLY"
        raise UnableToOpenRun(f"There is no bill cycle {code}; known are {known}.", code="unknown-cycle")
    return cycle


@transaction.atomic
def open_run(*, month: Month, at: datetime, actor: str, cycle: str = "MONTHLY") -> BillRun:
    """
    Open the regular run of a month and lay out its chunks; nothing is computed yet.

    :raises UnableToOpenRun: if a run of the month is under way, the month is not over, or nobody is to be billed.
    """
    found = get_cycle(cycle)
    if timezone.localdate(at) < month.next().first_day:
        raise UnableToOpenRun(
            f"{month} is not over; its bills can be run from {month.next().first_day}.", code="too-early"
        )
    under_way = BillRun.objects.filter(
        cycle=found, month=month.first_day, kind=BillRunKind.REGULAR, status__in=_UNDER_WAY
    ).first()
    if under_way is not None:
        raise _already(under_way)
    accounts = list_account_ids(month=month, cycle=cycle)
    if not len(accounts) and is_billed_month(month=month, cycle=cycle):
        raise UnableToOpenRun(
            f"Every account of cycle {cycle} is billed for {month}; nothing is left to run.", code="all-billed"
        )
    if not len(accounts):
        raise UnableToOpenRun(f"No account of cycle {cycle} has an agreement in {month}.", code="nobody-to-bill")
    try:
        with transaction.atomic():
            run = BillRun.objects.create(
                kind=BillRunKind.REGULAR, cycle=found, month=month.first_day, opened_at=at, opened_by=actor
            )
    except IntegrityError as refused:
        if "one_run_a_month_under_way" not in str(refused):
            raise
        raise UnableToOpenRun(f"Another run of {month} was opened at this moment.", code="run-under-way") from None
    BillRunChunk.objects.bulk_create(
        [
            BillRunChunk(run=run, position=place, first_account_id=int(part[0]), last_account_id=int(part[-1]))
            for place, part in enumerate(np.split(accounts, range(ACCOUNTS_A_CHUNK, len(accounts), ACCOUNTS_A_CHUNK)))
        ]
    )
    events.publish(BillRunOpened(run.pk, run.kind, str(month)), actor=actor, at=at)
    return run


def _already(run: BillRun) -> UnableToOpenRun:
    what = {
        BillRunStatusKind.OPEN: f"go on with it: gridhall bills resume {run.pk}",
        BillRunStatusKind.DRAFTED: f"approve or cancel it: gridhall bills approve {run.pk}",
        BillRunStatusKind.APPROVED: f"issue it: gridhall bills issue {run.pk}",
    }[BillRunStatusKind(run.status)]
    return UnableToOpenRun(
        f"Run {run.pk} of {run.month:%Y-%m} is under way ({run.status.lower()}); {what}.", code="run-under-way"
    )


@contextmanager
def hold_run(run: BillRun, refusal: type[BusinessError] = UnableToDraftRun) -> Iterator[None]:
    """
    Be the only process that works on a run; the database lets go of it when the process dies.

    :raises BusinessError: of the given kind, if another process works on it.
    """
    told = refusal(f"Another process is working on run {run.pk}; wait for it to end.", code="run-held")
    with _hold(_LOCK_CLASS, run.pk, told):
        yield


@contextmanager
def _hold_cycle(run: BillRun) -> Iterator[None]:
    """Draft one month of a cycle at a time: a month builds on the bills of the months before it."""
    told = UnableToDraftRun(
        f"Another month of cycle {run.cycle.code} is being drafted; wait for it to end, then: gridhall bills resume"
        f" {run.pk}.",
        code="cycle-held",
    )
    with _hold(_CYCLE_LOCK_CLASS, run.cycle_id, told):
        yield


@contextmanager
def _hold(lock_class: int, key: int, refusal: BusinessError) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock_class, key])
        if not cursor.fetchone()[0]:
            raise refusal
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock_class, key])


def draft_run(
    *,
    run: BillRun,
    at: datetime,
    actor: str,
    progress: Progress | None = None,
    workers: int = 2,
    engine: FoldEngine = LOCAL,
) -> BillRun:
    """
    Compute every bill of a run that is not computed yet, chunk by chunk, each in its own transaction.

    Killed at any moment and called again it goes on with the chunks that are waiting: each bill is made once.

    :param workers: chunks computed side by side; inside a transaction it is one.
    :param engine: who folds the reads: this machine, or a cluster. A run may go on with another one.
    :raises UnableToDraftRun: if the run is past drafting, or another process works on it or another of its cycle.
    """
    with hold_run(run), _hold_cycle(run):
        run.refresh_from_db()
        if run.status != BillRunStatusKind.OPEN:
            raise UnableToDraftRun(
                f"Run {run.pk} is {run.status.lower()}; only an open run is drafted.", code="not-open"
            )
        waiting = list(run.chunks.filter(status=ChunkStatusKind.WAITING).order_by("position"))
        total = run.chunks.count()
        bills = sum(run.chunks.values_list("bills", flat=True))
        tell = _teller(progress, done=total - len(waiting), total=total, bills=bills)
        for_each_chunk(waiting, lambda chunk: draft_chunk(chunk=chunk, at=at, engine=engine), tell, workers=workers)
        return _finish_draft(run, at=at, actor=actor)


def _teller(progress: Progress | None, *, done: int, total: int, bills: int) -> Callable[[int], None]:
    state, lock = [done, bills], threading.Lock()

    def tell(more: int) -> None:
        with lock:
            state[0] += 1
            state[1] += more
            if progress is not None:
                progress(state[0], total, state[1])

    return tell


def for_each_chunk(
    chunks: list[BillRunChunk], work: Callable[[BillRunChunk], int], tell: Callable[[int], None], *, workers: int
) -> None:
    """Work on chunks, several side by side, each worker on its own connection; the first failure stops the rest."""
    if workers < 2 or len(chunks) < 2 or connection.in_atomic_block:
        for chunk in chunks:
            tell(work(chunk))
        return
    stop = threading.Event()
    queue = iter(chunks)
    lock = threading.Lock()

    def run_queue() -> None:
        try:
            while not stop.is_set():
                with lock:
                    chunk = next(queue, None)
                if chunk is None:
                    return
                tell(work(chunk))
        except BaseException:
            stop.set()
            raise
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(run_queue) for _ in range(workers)]
        try:
            for future in futures:
                future.result()
        except BaseException:
            stop.set()
            raise


@transaction.atomic
def draft_chunk(*, chunk: BillRunChunk, at: datetime, engine: FoldEngine = LOCAL) -> int:
    """Compute and write the bills of one chunk, all or none; give how many. A chunk that is done is left alone."""
    chunk = BillRunChunk.objects.select_for_update(of=("self",)).select_related("run__cycle").get(pk=chunk.pk)
    if chunk.status != ChunkStatusKind.WAITING:
        return 0
    if BillRun.objects.values_list("status", flat=True).get(pk=chunk.run_id) != BillRunStatusKind.OPEN:
        raise UnableToDraftRun(f"Run {chunk.run_id} was canceled at this moment.", code="canceled-meanwhile")
    cycle = chunk.run.cycle
    draft = draft_month(
        month=Month.of(chunk.run.month),
        account_ids=range(chunk.first_account_id, chunk.last_account_id + 1),
        cycle=cycle.code,
        policy=cycle.missing_reads,
        engine=engine,
    )
    chunk.bills = write_draft(draft=draft, chunk=chunk, cycle=cycle, charges=ChargeBook(), at=at)
    chunk.status = ChunkStatusKind.DRAFTED
    chunk.save(update_fields=["bills", "status"])
    return chunk.bills


@transaction.atomic
def _finish_draft(run: BillRun, *, at: datetime, actor: str) -> BillRun:
    run = BillRun.objects.select_for_update().get(pk=run.pk)
    if run.status != BillRunStatusKind.OPEN:
        raise UnableToDraftRun(f"Run {run.pk} was canceled at this moment.", code="canceled-meanwhile")
    run.status, run.drafted_at = BillRunStatusKind.DRAFTED, at
    run.save(update_fields=["status", "drafted_at"])
    bills = sum(run.chunks.values_list("bills", flat=True))
    events.publish(BillRunDrafted(run.pk, bills), actor=actor, at=at)
    return run


@transaction.atomic
def approve_run(*, run: BillRun, at: datetime, actor: str, four_eyes: bool = True) -> BillRun:
    """
    Approve a drafted run.

    :param four_eyes: refuse who opened it; another person must look.
    :raises UnableToApproveRun: if it is not drafted, or the same person ran it.
    """
    run = BillRun.objects.select_for_update().get(pk=run.pk)
    if run.status != BillRunStatusKind.DRAFTED:
        raise UnableToApproveRun(
            f"Run {run.pk} is {run.status.lower()}; only a drafted run can be approved.", code="not-drafted"
        )
    if four_eyes and actor == run.opened_by:
        raise UnableToApproveRun(
            f"{actor} ran it; someone else must approve run {run.pk} (or use --no-four-eyes).", code="same-person"
        )
    run.status, run.approved_at, run.approved_by = BillRunStatusKind.APPROVED, at, actor
    run.save(update_fields=["status", "approved_at", "approved_by"])
    events.publish(BillRunApproved(run.pk), actor=actor, at=at)
    return run


@transaction.atomic
def cancel_run(*, run: BillRun, at: datetime, actor: str, reason: str = "") -> BillRun:
    """
    Cancel a run that was not issued; its drafts stay on record as canceled.

    :raises UnableToCancelRun: if it was issued or canceled, in whole or in part.
    """
    list(run.chunks.order_by("position").select_for_update())  # whoever drafts or issues one just now ends first
    run = BillRun.objects.select_for_update().get(pk=run.pk)
    if run.status not in _UNDER_WAY or run.chunks.filter(status=ChunkStatusKind.ISSUED).exists():
        raise UnableToCancelRun(
            f"Run {run.pk} is {run.status.lower()}, or partly issued; cancel its bills one by one.",
            code="not-cancelable",
        )
    Bill.objects.filter(chunk__in=run.chunks.all()).exclude(status=BillStatusKind.CANCELED).update(
        status=BillStatusKind.CANCELED, is_current=False, canceled_at=at
    )
    BillException.objects.filter(run=run, resolved_at=None).update(resolved_at=at, resolved_by=actor)
    run.status, run.canceled_at, run.reason = BillRunStatusKind.CANCELED, at, reason[:300]
    run.save(update_fields=["status", "canceled_at", "reason"])
    events.publish(BillRunCanceled(run.pk), actor=actor, at=at)
    return run
