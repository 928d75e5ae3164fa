"""What notifications keeps about a user, for his export."""

from __future__ import annotations

from typing import Any

from gridhall.apps.identity.models import User
from gridhall.apps.notifications.models import Feedback, Message, MessagePreference


def export_messages(*, viewer: User) -> dict[str, list[dict[str, Any]]]:
    """Give what the viewer was sent, how he likes to be told, and what he said of pages."""

    def rows(found: Any, *but: str) -> list[dict[str, Any]]:
        names = [field.attname for field in found.model._meta.concrete_fields if field.attname not in but]
        return list(found.order_by("pk").values(*names))

    return {
        "messages": rows(Message.objects.filter(user=viewer), "id", "user_id"),
        "message_preferences": rows(MessagePreference.objects.filter(user=viewer), "id", "user_id"),
        "feedback": rows(Feedback.objects.filter(user=viewer), "id", "user_id"),
    }
