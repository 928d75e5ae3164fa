"""Forgetting a user who was erased."""

from __future__ import annotations

from django.db import transaction

from gridhall.apps.notifications.models import Feedback, Message, MessagePreference, PushSubscription, QuietHours


@transaction.atomic
def forget_user(*, user_id: int) -> None:
    """Delete what a user was sent and how he liked to be told; what he said of us stays, without him."""
    for kept in (Message, MessagePreference, QuietHours, PushSubscription):
        kept.objects.filter(user_id=user_id).delete()  # type: ignore[attr-defined]
    Feedback.objects.filter(user_id=user_id).update(user=None, contact="")
