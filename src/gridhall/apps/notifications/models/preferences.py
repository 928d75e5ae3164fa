"""How users want to be told, and the browsers that take web push."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from gridhall.apps.identity.models import UserSession
from gridhall.apps.notifications import kinds


class MessagePreference(models.Model):
    """Whether a user wants one kind of message by one channel; without a row the catalogue decides."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=24, choices=kinds.MessageKind)
    channel = models.CharField(max_length=8, choices=kinds.ChannelKind)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="one_wish_a_kind_and_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} {self.is_wanted}"


class QuietHours(models.Model):
    """When a user is not to be disturbed, by the clocks of the company's zone; without a row the usual hours hold."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    is_on = models.BooleanField()
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    def __str__(self) -> str:
        return f"{self.starts_at}–{self.ends_at}" if self.is_on else "none"


class PushSubscription(models.Model):
    """
    A browser that takes web push for a user (RFC 8030, RFC 8291), while the session lasts in which he asked for it.

    A device where nobody is signed in any more must not go on telling of somebody's messages.
    """

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    session = models.ForeignKey(UserSession, models.SET_NULL, null=True, related_name="+")
    endpoint = models.URLField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=40)
    device = models.CharField(max_length=120, blank=True)
    subscribed_at = models.DateTimeField()
    last_sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.device} {self.mrid}"
