"""The tariffs that this company applies: whole files, each version kept, so that any old bill can be computed again."""

from __future__ import annotations

from django.db import models

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
    loaded_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "sha256"], name="tariff_state_once")]
        indexes = [models.Index(fields=["code", "-id"], name="tariff_newest")]

    def __str__(self) -> str:
        return f"{self.code} {self.sha256[:8]}"
