"""The tariffs that this company applies: whole files, each version kept, so that any old bill can be computed again."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from gridhall.apps.tariffs import kinds


class TariffDocument(models.Model):
    """
    One loaded state of one tariff file (it may hold several dated versions).

    A changed file becomes a new row; the newest APPROVED row of a code is the one in force, older rows stay readable.
    """

    code = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    status = models.CharField(max_length=8, choices=kinds.TariffStatusKind, default=kinds.TariffStatusKind.DRAFT)
    file_name = models.CharField(max_length=255, blank=True)
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True)
    approval_note = models.CharField(max_length=500, blank=True)
    retired_at = models.DateTimeField(null=True)
    retired_by = models.CharField(max_length=150, blank=True)
    retirement_note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "sha256"], name="tariff_state_once"),
            models.CheckConstraint(
                condition=Q(status=kinds.TariffStatusKind.DRAFT) | Q(approved_at__isnull=False),
                name="approved_once_applied",
            ),
        ]
        indexes = [models.Index(fields=["code", "-id"], name="tariff_newest")]
        triggers = [
            # A bill names the state it was priced by: that state must be there, word for word, for ever.
            pgtrigger.Protect(
                name="tariff_text_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("code", "sha256", "text", "name", "loaded_at", "loaded_by"),
            ),
            pgtrigger.Protect(
                name="tariff_kept_once_approved",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__approved_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="tariff_approved_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.approved_at IS NOT NULL AND "
                    "(OLD.approved_at, OLD.approved_by, OLD.approval_note)"
                    " IS DISTINCT FROM (NEW.approved_at, NEW.approved_by, NEW.approval_note)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.sha256[:8]}"
