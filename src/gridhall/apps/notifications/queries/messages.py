"""A user's messages as he sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.models import User
from gridhall.apps.notifications.kinds import MessageBoxKind, MessageChangeKind
from gridhall.apps.notifications.models import (
    Delivery,
    Feedback,
    Message,
    MessagePreference,
    PushSubscription,
    QuietHours,
)
from gridhall.apps.notifications.queries.catalog import get_template
from gridhall.core.errors import BusinessError
from gridhall.core.fixed_queries import FixedQuery

PAGE = 20
MANY = 99
"""More unread messages than this are not counted."""


class MissingMessage(BusinessError):
    """There is no such message, or it is another's; told alike."""

    def __init__(self) -> None:
        super().__init__("There is no such message.", code="missing-message")


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message in a language."""

    id: int
    mrid: UUID
    kind: str
    kind_name: str
    icon: str
    is_urgent: bool
    title: str
    text: str
    reason: str
    link: str
    sent_at: datetime
    is_read: bool
    is_archived: bool


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """How one message went by one channel."""

    channel: str
    status: str
    due_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Some messages, newest first; `next_before` leads to older ones, None when these are the oldest."""

    messages: list[MessageView]
    next_before: int | None


def _own(viewer: Any) -> QuerySet[Message]:
    if viewer is None or not viewer.is_authenticated or not viewer.is_active:
        return Message.objects.none()
    return Message.objects.filter(user_id=viewer.pk, is_shown=True)


def list_messages(
    *, viewer: Any, language: str, box: str = MessageBoxKind.INBOX, before: int | None = None, limit: int = PAGE
) -> MessagePage:
    """
    List the viewer's messages, newest first.

    :param before: the id of a message: those that were sent before it. An id of another's leads to the beginning.
    """
    found = _own(viewer)
    if before is not None:
        last = found.filter(pk=before).values_list("sent_at", flat=True).first()
        if last is not None:
            found = found.filter(Q(sent_at__lt=last) | Q(sent_at=last, pk__lt=before))
    if box == MessageBoxKind.ARCHIVE:
        found = found.filter(archived_at__isnull=False)
    else:
        found = found.filter(archived_at=None)
        if box == MessageBoxKind.UNREAD:
            found = found.filter(read_at=None)
    rows = list(found.order_by("-sent_at", "-id")[: limit + 1])
    return MessagePage(
        [view_of(row, language) for row in rows[:limit]], rows[limit - 1].pk if len(rows) > limit else None
    )


def view_of(message: Message, language: str) -> MessageView:
    """Show a message in a language."""
    in_english = language == "en"
    template = get_template(message.kind)
    return MessageView(
        id=message.pk,
        mrid=message.mrid,
        kind=message.kind,
        kind_name=template.name("en" if in_english else "zh"),
        icon=template.icon,
        is_urgent=template.is_urgent,
        title=message.title_en if in_english else message.title_zh,
        text=message.text_en if in_english else message.text_zh,
        reason=message.reason_en if in_english else message.reason_zh,
        link=message.link,
        sent_at=message.sent_at,
        is_read=message.read_at is not None,
        is_archived=message.archived_at is not None,
    )


def get_message(*, mrid: UUID, viewer: Any, language: str) -> tuple[MessageView, list[DeliveryView]]:
    """
    Give one message and how it was delivered.

    :raises MissingMessage: if there is none, or it is another's.
    """
    message = _own(viewer).filter(mrid=mrid).first()
    if message is None:
        raise MissingMessage
    deliveries = Delivery.objects.filter(message=message).order_by("channel", "id")
    return view_of(message, language), [
        DeliveryView(row.channel, row.status, row.due_at, row.ended_at) for row in deliveries
    ]


def count_unread(*, viewer: Any) -> int:
    """Count the viewer's unread messages, as far as `MANY`."""
    known = getattr(viewer, "unread_messages", None)
    if known is not None:
        return known
    return len(_own(viewer).filter(read_at=None, archived_at=None).values_list("pk")[: MANY + 1])


def count_changed(*, viewer: Any, change: str, at: datetime) -> int:
    """Count the messages that the viewer changed at a moment: what can be undone."""
    field = "archived_at" if change == MessageChangeKind.ARCHIVE else "read_at"
    return _own(viewer).filter(**{field: at}).count()


def find_messages(*, viewer: Any, text: str, language: str, limit: int = 5) -> list[MessageView]:
    """Find the viewer's messages in whose words, of either language, a text stands, newest first."""
    text = text.strip()
    if not text:
        return []
    wanted = Q()
    for field in ("title_zh", "title_en", "text_zh", "text_en"):
        wanted |= Q(**{f"{field}__icontains": text})
    return [view_of(row, language) for row in _own(viewer).filter(wanted).order_by("-sent_at", "-id")[:limit]]


@cache
def _user_by_id() -> FixedQuery:
    unread = (
        "(SELECT count(*) FROM (SELECT FROM notifications_message WHERE user_id = identity_user.id"
        f" AND read_at IS NULL AND archived_at IS NULL AND is_shown LIMIT {MANY + 1}) AS unread)"
    )
    return FixedQuery(User, tail="FROM identity_user WHERE id = %s", more=(unread, identity.OPEN_ROLES))


def read_user_with_unread(user_id: Any) -> User | None:
    """
    Give the user of an id, active or not, knowing how many unread messages he has.

    Asked in every request of somebody who is signed in: the number on the bell and the roles of staff cost no statement
    of their own.
    """
    found = _user_by_id().ask([user_id])
    if not found:
        return None
    user, user.unread_messages, roles = found[0]
    identity.know_roles(user, roles or ())
    return user


def export_messages(*, viewer: Any) -> dict[str, list[dict[str, Any]]]:
    """Give the viewer's messages, wishes, browsers that take push, and what he told us, for him to take along."""
    wishes = MessagePreference.objects.filter(user_id=viewer.pk).order_by("pk").values("kind", "channel", "is_wanted")
    words = ("kind", "title_zh", "text_zh", "title_en", "text_en", "sent_at", "read_at", "archived_at")
    return {
        "messages": list(Message.objects.filter(user_id=viewer.pk).order_by("pk").values(*words)),
        "push_devices": list(
            PushSubscription.objects.filter(user_id=viewer.pk).order_by("pk").values("device", "subscribed_at")
        ),
        "message_preferences": [
            row | {f"title_{language}": get_template(row["kind"]).name(language) for language in ("zh", "en")}
            for row in wishes
        ],
        "quiet_hours": list(QuietHours.objects.filter(pk=viewer.pk).values("is_on", "starts_at", "ends_at")),
        "feedback": list(
            Feedback.objects.filter(user_id=viewer.pk)
            .order_by("pk")
            .values("number", "page", "kind", "rating", "text", "contact", "given_at")
        ),
    }
