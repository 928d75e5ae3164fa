"""Sessions: from which device, since when, until when."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from gridhall.apps.identity import kinds


class UserSession(models.Model):
    """One sign-in on one device. It is over when `ended_at` is set; its key is forgotten then.

    Of a session that was ended for its user a digest of the key stays, by which its device is told why.
    """

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, null=True, unique=True)
    method = models.CharField(max_length=8, choices=kinds.SignInMethodKind)
    device = models.CharField(max_length=60)  # browser and system, as rules.read_device gives them
    started_address = models.GenericIPAddressField(null=True)
    address = models.GenericIPAddressField(null=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_kind = models.CharField(max_length=20, choices=kinds.SessionEndKind, blank=True)
    ended_key = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["user", "-seen_at"], name="sessions_of_a_user"),
            models.Index(fields=["ended_key"], condition=models.Q(ended_key__gt=""), name="ended_sessions_by_key"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at=None, session_key__isnull=False)
                | models.Q(ended_at__isnull=False, session_key=None),
                name="an_ended_session_has_no_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.device} {self.started_at}"
