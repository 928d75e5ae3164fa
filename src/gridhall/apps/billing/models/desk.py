"""What the billing desk keeps: work on runs that was asked for, and the drafts that were looked at."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from gridhall.apps.billing import kinds
from gridhall.apps.billing.models.bills import Bill
from gridhall.apps.billing.models.runs import BillRun


class BillRunWork(models.Model):
    """
    Computing or issuing a run, as somebody asked for it at the desk; a job of the queue does it.

    How far it is stands on the chunks of the run. `refusal` is the code of what stopped it, empty while nothing did.
    """

    run = models.ForeignKey(BillRun, models.CASCADE, related_name="works")
    kind = models.CharField(max_length=8, choices=kinds.RunWorkKind)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)
    job_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run"], condition=Q(ended_at=None), name="one_work_a_run_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of run {self.run_id}"


class BillCheck(models.Model):
    """A draft that was drawn to be looked at beside its readings, and what was found."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(BillRun, models.CASCADE, related_name="checks")
    bill = models.OneToOneField(Bill, models.PROTECT, related_name="check_at_desk")
    position = models.PositiveIntegerField()
    drawn_for = models.CharField(max_length=8, choices=kinds.CheckReasonKind)
    drawn_at = models.DateTimeField()
    drawn_by = models.CharField(max_length=150)
    outcome = models.CharField(max_length=8, choices=kinds.CheckOutcomeKind, default=kinds.CheckOutcomeKind.OPEN)
    remark = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="check_once"),
            models.CheckConstraint(
                condition=Q(outcome="OPEN", checked_at=None) | (~Q(outcome="OPEN") & Q(checked_at__isnull=False)),
                name="checked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.position} {self.outcome}"
