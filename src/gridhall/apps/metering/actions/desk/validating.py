"""Validate the reads of months: rules over the store in bulk, failures as rows, the same again without any change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import transaction

from gridhall.apps.metering.actions.desk.findings import Reconciled, reconcile
from gridhall.apps.metering.actions.desk.looking import Batch, look_through
from gridhall.apps.metering.events import ReadsValidated
from gridhall.apps.metering.queries.findings import count_findings, is_missing_outside
from gridhall.apps.metering.queries.validation import list_validation_rows
from gridhall.core.events import publish
from gridhall.core.periods import Month, months_between

SERIES_A_BATCH = 1_024


@dataclass(frozen=True)
class ValidationSummary:
    """
    What a validation came to: meters looked at, failures found new, opened again, gone, and open now.

    :param by_rule: how many are open now by rule.
    """

    first_day: date
    end_day: date
    meters: int
    reads: int
    found: int
    reopened: int
    settled: int
    open: int
    by_rule: dict[str, int] = field(default_factory=dict)


Progress = Callable[[int, int], None]


def validate_reads(
    *, first_day: date, end_day: date, at: datetime, actor: str, meter_ids: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> ValidationSummary:  # fmt: skip
    """
    Validate the months of the local days [first_day, end_day), up to the last whole day before `at`.

    Months are looked at whole, so that a stretch is the same stretch however often and from wherever it is looked at.
    A failure that was settled stays settled until its reads change; one whose reads are good now is settled.

    :param meter_ids: only these; all, if not given.
    :param progress: called with meters done and meters to do.
    """
    run = _Validation(at, is_whole=True, progress=progress)
    last = min(end_day, run.today)
    if last > first_day:
        for month in months_between(Month.of(first_day), Month.of(date.fromordinal(last.toordinal() - 1))):
            run.validate(month, meter_ids)
    return run.finish(first_day, end_day, meter_ids, actor=actor)


def validate_arrived(*, meters: Mapping[Month, Sequence[int]], at: datetime, actor: str) -> ValidationSummary | None:
    """
    Validate meters in the months of which reads arrived; None if none did.

    Of days before the first and after the last read that these meters have in a month nothing is said: they may be
    still to come, and the nightly validation looks at them.
    """
    if not meters:
        return None
    run = _Validation(at, is_whole=False)
    for month, ids in meters.items():
        run.validate(month, ids)
    ids = np.unique(np.concatenate([np.asarray(some, np.int64) for some in meters.values()])).tolist()
    return run.finish(min(meters).first_day, max(meters).next().first_day, ids, actor=actor)


class _Validation:
    """Month after month."""

    def __init__(self, at: datetime, *, is_whole: bool, progress: Progress | None = None) -> None:
        self.at, self.is_whole, self.progress = at, is_whole, progress
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.today = at.astimezone(self.zone).date()
        self.total = Reconciled()
        self.meters = self.reads = 0

    def validate(self, month: Month, meter_ids: Sequence[int] | None) -> None:
        """Validate one month up to yesterday."""
        cap = min(month.next().first_day, self.today)
        if cap <= month.first_day:
            return
        rows = list_validation_rows(first_day=month.first_day, end_day=cap, meter_ids=meter_ids)
        series = np.unique(rows.series_id)
        batches = (
            Batch(month, cap, self.zone, rows, series[start : start + SERIES_A_BATCH])
            for start in range(0, len(series), SERIES_A_BATCH)
        )
        done = 0
        for batch in look_through(batches):
            with transaction.atomic():
                self._reconcile(batch)
            self.reads += batch.reads
            done += len(batch.series)
            if self.progress is not None:
                self.progress(done, len(series))
        self.meters = max(self.meters, len(series))

    def _reconcile(self, batch: Batch) -> None:
        starts = batch.starts_at
        first, end = (starts[day] for day in batch.window)
        is_whole = self.is_whole or is_missing_outside(batch.meters, starts[0], starts[-1], first, end)
        if is_whole:
            first, end = starts[0], starts[-1]
        for meters, found in batch.collect(is_whole=is_whole):
            self.total += reconcile(found, meter_ids=meters, start_at=first, end_at=end, at=self.at)

    def finish(
        self, first_day: date, end_day: date, meter_ids: Sequence[int] | None, *, actor: str
    ) -> ValidationSummary:
        """Count what is open now, and tell."""
        by_rule = count_findings(first_day=first_day, end_day=end_day, meter_ids=meter_ids)
        still_open = sum(by_rule.values())
        total = self.total
        publish(
            ReadsValidated(
                first_day=first_day.isoformat(), end_day=end_day.isoformat(),
                findings_open=still_open, findings_new=total.new + total.reopened,
            ),
            actor=actor, at=self.at,
        )  # fmt: skip
        return ValidationSummary(
            first_day, end_day, self.meters, self.reads, total.new, total.reopened, total.settled, still_open, by_rule
        )
