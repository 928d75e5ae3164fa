"""One-time codes that were sent, and what was tried in vain: both are counted so that nobody can guess."""

from __future__ import annotations

import uuid

from django.db import models

from gridhall.apps.identity import kinds


class OneTimeCode(models.Model):
    """Six digits sent to a phone. Only a keyed digest is kept; a code is used once, by the browser that asked."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    phone = models.CharField(max_length=20)
    purpose = models.CharField(max_length=16, choices=kinds.CodePurposeKind)
    digest = models.CharField(max_length=64)
    address = models.GenericIPAddressField(null=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["phone", "-sent_at"], name="codes_of_a_phone"),
            models.Index(fields=["address", "-sent_at"], name="codes_of_an_address"),
            models.Index(fields=["-sent_at"], name="codes_by_time"),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(tries__lte=5), name="a_code_is_tried_five_times")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.sent_at}"


class SignInFailure(models.Model):
    """One wrong password or second factor, by phone and by address."""

    kind = models.CharField(max_length=16, choices=kinds.FailureKind)
    phone = models.CharField(max_length=20)
    address = models.GenericIPAddressField(null=True)
    failed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["phone", "-failed_at"], name="failures_at_a_phone"),
            models.Index(fields=["address", "-failed_at"], name="failures_from_an_address"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.failed_at}"
