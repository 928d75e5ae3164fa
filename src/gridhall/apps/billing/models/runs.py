"""Bill cycles, runs and the chunks that make a run resumable."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from gridhall.apps.billing import kinds


class BillCycle(models.Model):
    """Which accounts are billed together, when payment is due, and how strict the run is about reads."""

    code = models.CharField(max_length=16, unique=True)  # CustomerAccount.billing_cycle
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    due_days = models.PositiveSmallIntegerField(default=20)  # after the day of issue
    missing_reads = models.CharField(
        max_length=8, choices=kinds.MissingReadsPolicyKind, default=kinds.MissingReadsPolicyKind.HOLD
    )
    # Flags for review: this many times more or less than last month, on a bill of at least this much.
    huge_change_factor = models.PositiveSmallIntegerField(default=5)
    huge_change_amount = models.DecimalField(max_digits=18, decimal_places=2, default=200)

    def __str__(self) -> str:
        return self.code


class BillRun(models.Model):
    """One making of bills: of a month and cycle, or of some accounts."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=kinds.BillRunKind)
    cycle = models.ForeignKey(BillCycle, models.PROTECT, related_name="runs")
    month = models.DateField()  # its first day; of a re-bill the first month computed again
    status = models.CharField(max_length=8, choices=kinds.BillRunStatusKind, default=kinds.BillRunStatusKind.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=150)
    drafted_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True)
    issued_at = models.DateTimeField(null=True)
    issued_by = models.CharField(max_length=150, blank=True)
    canceled_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "month"],
                condition=Q(kind="REGULAR", status__in=["OPEN", "DRAFTED", "APPROVED"]),
                name="one_run_a_month_under_way",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="run_month_is_a_first_day"),
        ]
        indexes = [models.Index(fields=["month", "kind"], name="run_of_month")]

    def __str__(self) -> str:
        return f"{self.kind} {self.month:%Y-%m} #{self.pk}"


class BillRunChunk(models.Model):
    """A stretch of accounts that is drafted, and later issued, in one transaction each."""

    run = models.ForeignKey(BillRun, models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField()
    first_account_id = models.BigIntegerField()
    last_account_id = models.BigIntegerField()  # included
    status = models.CharField(max_length=8, choices=kinds.ChunkStatusKind, default=kinds.ChunkStatusKind.WAITING)
    bills = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="chunk_once")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.position}"
