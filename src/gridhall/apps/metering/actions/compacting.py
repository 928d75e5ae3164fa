"""Tidying the interval store: what arrived day by day, late or corrected becomes one shard a month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from gridhall.apps.metering.events import ReadsCompacted
from gridhall.apps.metering.queries.store import get_store, read_state
from gridhall.core.events import publish_many
from gridhall.core.periods import Month

_MANY_LATE_READS = 1_000_000
"""Late and corrected reads of a month are held in memory by whoever reads it: past this they are folded in."""


@dataclass(frozen=True)
class CompactedMonth:
    """What became of one month: shards written, files they replace, older versions moved to the month's history."""

    month: str
    shards: int
    replaced: int
    overwritten: int


def compact_reads(
    *, months: Sequence[Month] | None = None, at: datetime, actor: str,
    progress: Callable[[int, int], None] | None = None,
) -> list[CompactedMonth]:  # fmt: skip
    """
    Compact months of reads; no read changes, only how many files tell it. Imports and bill runs may go on meanwhile.

    Killed at any moment, each month is as before or as after.

    :param months: all that hold reads, if not given.
    :param progress: called with months done and months to do.
    :returns: the months in which something was to be done.
    :raises UnreadableShard: when a file of reads is damaged; the months before it are done.
    """
    store = get_store()
    chosen = store.months() if months is None else sorted(set(months))
    found = []
    for index, month in enumerate(chosen):
        report = store.compact(month)
        if report.shards:
            done = CompactedMonth(str(month), report.shards, report.replaced, report.overwritten)
            with transaction.atomic():
                publish_many([ReadsCompacted(**asdict(done))], at=at, actor=actor)
            found.append(done)
        if progress is not None:
            progress(index + 1, len(chosen))
    return found


def compact_when_large(*, month: Month, at: datetime, actor: str) -> bool:
    """Compact a month whose late and corrected reads have become many; tell whether it was."""
    if read_state(month, lambda state: state.count_late_reads()) < _MANY_LATE_READS:
        return False
    return bool(compact_reads(months=[month], at=at, actor=actor))
