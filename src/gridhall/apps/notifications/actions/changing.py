"""What users do with their messages, and how they want to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from gridhall.apps.identity.models import User
from gridhall.apps.notifications.events import MessagePreferencesChanged, MessagesChanged
from gridhall.apps.notifications.kinds import MessageChangeKind
from gridhall.apps.notifications.models import Message, MessagePreference, QuietHours
from gridhall.apps.notifications.queries.catalog import list_templates
from gridhall.core import events
from gridhall.core.errors import BusinessError

MOST_AT_ONCE = 200

_CHANGES = {
    MessageChangeKind.READ: (Q(read_at=None), "read_at"),
    MessageChangeKind.UNREAD: (Q(read_at__isnull=False), "read_at"),
    MessageChangeKind.ARCHIVE: (Q(archived_at=None), "archived_at"),
    MessageChangeKind.RESTORE: (Q(archived_at__isnull=False), "archived_at"),
}


class UnableToChangeMessages(BusinessError):
    """The messages are as they were."""


class UnableToChangeMessageSettings(BusinessError):
    """The preferences are as they were. `code` is `mandatory` or `not-on-offer`."""


@transaction.atomic
def change_messages(
    *, user: User, mrids: Iterable[UUID], change: MessageChangeKind | str, at: datetime, actor: str
) -> int:
    """
    Mark, archive or bring back messages of the user; gives how many changed. Others' messages are left alone.

    :raises UnableToChangeMessages: if there is no such change, or too many at once.
    """
    ids = set(mrids)
    if change not in MessageChangeKind.values:
        raise UnableToChangeMessages("There is nothing of that kind to do with messages.", code="unknown-change")
    if len(ids) > MOST_AT_ONCE:
        raise UnableToChangeMessages(f"Choose at most {MOST_AT_ONCE} messages at once.", code="too-many")
    wanted, column = _CHANGES[MessageChangeKind(change)]
    sets = change in (MessageChangeKind.READ, MessageChangeKind.ARCHIVE)
    changed = Message.objects.filter(wanted, user=user, mrid__in=ids).update(**{column: at if sets else None})
    return _tell(user, str(change), changed, at=at, actor=actor)


@transaction.atomic
def mark_all_read(*, user: User, at: datetime, actor: str) -> int:
    """Mark all messages of the user as read that are not archived; gives how many were not."""
    changed = Message.objects.filter(user=user, read_at=None, archived_at=None, is_shown=True).update(read_at=at)
    return _tell(user, MessageChangeKind.READ, changed, at=at, actor=actor)


def open_message(*, user: User, mrid: UUID, at: datetime, actor: str) -> int:
    """Note that the user looks at a message: it is read from now on. Again, it changes nothing."""
    return change_messages(user=user, mrids=[mrid], change=MessageChangeKind.READ, at=at, actor=actor)


@transaction.atomic
def undo_change(*, user: User, change: MessageChangeKind | str, done_at: datetime, at: datetime, actor: str) -> int:
    """
    Take back what the user marked as read or archived at a moment; gives how many came back. Again, none does.

    :raises UnableToChangeMessages: if there is no such change to take back.
    """
    if change not in (MessageChangeKind.READ, MessageChangeKind.ARCHIVE):
        raise UnableToChangeMessages("This cannot be taken back.", code="unknown-change")
    column = _CHANGES[MessageChangeKind(change)][1]
    changed = Message.objects.filter(user=user, **{column: done_at}).update(**{column: None})
    back = MessageChangeKind.UNREAD if change == MessageChangeKind.READ else MessageChangeKind.RESTORE
    return _tell(user, back, changed, at=at, actor=actor)


def _tell(user: User, change: str, changed: int, *, at: datetime, actor: str) -> int:
    if changed:
        events.publish(MessagesChanged(user.pk, str(change), changed), actor=actor, at=at)
    return changed


@transaction.atomic
def update_message_settings(
    *,
    user: User,
    at: datetime,
    actor: str,
    wanted: Mapping[tuple[str, str], bool] | None = None,
    quiet: tuple[bool, time, time] | None = None,
) -> None:
    """
    Keep what the user wants of kinds and channels, and his quiet hours.

    What waits is looked at again before it is sent: a channel switched off now stops it.

    :param wanted: by (kind, channel); what is not given stays.
    :param quiet: whether there are any, and from when until when; the same times mean none.
    :raises UnableToChangeMessageSettings: if a kind does not come by a channel, or must.
    """
    # Ask
    templates = {template.kind: template for template in list_templates()}
    kept = {(row.kind, row.channel): row.is_wanted for row in MessagePreference.objects.filter(user=user)}
    before = QuietHours.objects.filter(pk=user.pk).values_list("is_on", "starts_at", "ends_at").first()

    # Decide
    for (kind, channel), is_wanted in (wanted or {}).items():
        template = templates.get(kind)
        if template is None or channel not in template.offers:
            raise UnableToChangeMessageSettings("This message does not come that way.", code="not-on-offer")
        if channel in template.mandatory and not is_wanted:
            raise UnableToChangeMessageSettings("This message cannot be switched off.", code="mandatory")
    changed = [
        MessagePreference(user=user, kind=kind, channel=channel, is_wanted=is_wanted)
        for (kind, channel), is_wanted in (wanted or {}).items()
        if channel not in templates[kind].mandatory
        and kept.get((kind, channel), channel in templates[kind].default) != is_wanted
    ]
    if not changed and quiet in (None, before):
        return

    # Write
    MessagePreference.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["user", "kind", "channel"], update_fields=["is_wanted"]
    )
    if quiet is not None and quiet != before:
        is_on, starts_at, ends_at = quiet
        QuietHours.objects.update_or_create(
            pk=user.pk, defaults={"is_on": is_on, "starts_at": starts_at, "ends_at": ends_at}
        )

    # Tell
    events.publish(MessagePreferencesChanged(user.pk), actor=actor, at=at)
