"""Messages to users, and how each reaches them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from gridhall.apps.notifications import kinds
from gridhall.apps.notifications.models.preferences import PushSubscription


class Message(models.Model):
    """
    What we told one user, in the words of the day it was told.

    `key` names the occasion: told again of it, the same user gets no second message. A message that the user does not
    want in the app, only by text message say, is kept with `is_shown` false.
    """

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="messages", db_index=False)
    kind = models.CharField(max_length=24, choices=kinds.MessageKind)
    key = models.CharField(max_length=120)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    text_zh = models.TextField()
    text_en = models.TextField()
    reason_zh = models.TextField()
    reason_en = models.TextField()
    sms_zh = models.TextField(blank=True)
    sms_en = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)  # a path of the hall
    is_shown = models.BooleanField(default=True)
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="message_told_once"),
            models.CheckConstraint(condition=Q(link="") | Q(link__startswith="/"), name="message_link_is_a_path"),
        ]
        indexes = [
            models.Index(fields=["user", "-sent_at", "-id"], name="messages_of_user"),
            models.Index(
                fields=["user"],
                condition=Q(read_at=None, archived_at=None, is_shown=True),
                name="unread_messages",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.mrid}"


class Delivery(models.Model):
    """
    One message on its way to one phone or browser.

    WAITING until `due_at`; then a worker claims it (SENDING, `claimed_at`), and notes how it ended. A claim
    whose worker died is taken over.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=kinds.ChannelKind)
    subscription = models.ForeignKey(PushSubscription, models.SET_NULL, null=True, related_name="deliveries")
    status = models.CharField(max_length=8, choices=kinds.DeliveryStatusKind, default=kinds.DeliveryStatusKind.WAITING)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    detail = models.CharField(max_length=200, blank=True)  # why it failed or was dropped

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(channel=kinds.ChannelKind.IN_APP), name="in_app_needs_no_delivery"),
            models.CheckConstraint(
                condition=Q(status__in=["WAITING", "SENDING"], ended_at=None)
                | Q(status__in=["SENT", "FAILED", "DROPPED"], ended_at__isnull=False),
                name="delivery_ended_means_when",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(ended_at=None), name="open_deliveries")]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk} {self.status}"
