"""A version of a tariff tried on the real bills of a month, before anybody approves it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from gridhall.apps.billing import kinds
from gridhall.apps.tariffs.models import TariffDocument


class TariffTrial(models.Model):
    """
    What the issued bills of a month would have been, had a version of a loaded tariff held on all its days.

    One row a version and month: tried again, it is computed anew. `heard_at` is the last sign of life of the job that
    computes it; a job of an earlier `attempt` writes nothing any more.
    """

    document = models.ForeignKey(TariffDocument, models.CASCADE, related_name="trials")
    version_from = models.DateField()  # the first day of the version
    month = models.DateField()  # its first day
    status = models.CharField(max_length=8, choices=kinds.TrialStatusKind, default=kinds.TrialStatusKind.WAITING)
    attempt = models.PositiveIntegerField(default=1)
    accounts = models.PositiveIntegerField(default=0)
    accounts_done = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)
    heard_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    result = models.JSONField(null=True)  # see rules.trial_sums

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "version_from", "month"], name="version_tried_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="trial_month_is_a_first_day"),
            models.CheckConstraint(condition=Q(accounts_done__lte=F("accounts")), name="trial_done_within_all"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} from {self.version_from} on {self.month:%Y-%m}"
