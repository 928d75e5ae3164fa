"""Letting go of what is kept of a user who is gone."""

from __future__ import annotations

from django.db import transaction

from gridhall.apps.notifications.models import Feedback, Message, MessagePreference, PushSubscription, QuietHours


@transaction.atomic
def forget_user(*, user_id: int) -> None:
    """Delete messages, wishes and browsers of a user; what he told us stays without him. Again, it changes nothing."""
    for kept in (Message, MessagePreference, PushSubscription):
        kept.objects.filter(user_id=user_id).delete()  # type: ignore[attr-defined]
    QuietHours.objects.filter(pk=user_id).delete()
    Feedback.objects.filter(user_id=user_id).update(user=None, contact="", source="")
