"""Telling users something: written once for each, whatever happens, and on its way by the channels each wants."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from gridhall.apps.identity.models import User
from gridhall.apps.notifications.events import MessageSent, MessagesSent
from gridhall.apps.notifications.kinds import ChannelKind, DeliveryStatusKind, MessageKind
from gridhall.apps.notifications.models import Delivery, Message, PushSubscription
from gridhall.apps.notifications.queries.catalog import get_template
from gridhall.apps.notifications.queries.settings import read_wishes
from gridhall.apps.notifications.rules import delivering, templates
from gridhall.apps.notifications.rules.templates import LANGUAGES, Template
from gridhall.core import events
from gridhall.core.errors import BusinessError

BATCH = 1_000
DELIVER_TASK = "notifications.deliver_due"
_COLUMNS = (
    ("mrid", "uuid"), ("user_id", "int8"), ("kind", "text"), ("key", "text"), ("title_zh", "text"),
    ("title_en", "text"), ("text_zh", "text"), ("text_en", "text"), ("reason_zh", "text"), ("reason_en", "text"),
    ("sms_zh", "text"), ("sms_en", "text"), ("link", "text"), ("is_shown", "bool"), ("sent_at", "timestamptz"),
)  # fmt: skip
# Two runs that tell the same people wait for each other here and then find everything told.
_INSERT = (
    f"INSERT INTO notifications_message ({', '.join(name for name, _ in _COLUMNS)})"
    f" SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for _, kind in _COLUMNS)})"
    " ON CONFLICT (user_id, key) DO NOTHING RETURNING id, user_id"
)


class UnableToSendMessage(BusinessError):
    """Nobody was told anything: the values do not fit the template, or the link leads out of the house."""


@dataclass(frozen=True, slots=True)
class Letter:
    """
    One message to be sent.

    :param context: a value for each field of the template.
    :param key: names the occasion, such as `bill:2026100001`: of one occasion a user is told once.
    :param link: a path of the hall, or nothing.
    """

    user_id: int
    context: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    link: str = ""


def send_message(
    *,
    user: User,
    kind: MessageKind | str,
    context: Mapping[str, Any],
    at: datetime,
    actor: str,
    key: str = "",
    link: str = "",
) -> Message | None:
    """
    Tell a user something: in the app, and by text message and web push as he and the catalogue want it.

    :param key: names the occasion; sent again with the same key, nothing happens. Without one each call is an occasion.
    :returns: the message; None if the user wants it by no channel, was told already, or may not sign in.
    :raises UnableToSendMessage: if the values do not fit the template.
    """
    sent = _send([Letter(user.pk, context, key, link)], kind=kind, at=at, actor=actor)
    return Message.objects.get(pk=sent[0]) if sent else None


def send_messages(*, kind: MessageKind | str, letters: Iterable[Letter], at: datetime, actor: str) -> int:
    """
    Tell many users, a thousand at a time, each thousand all or none; gives how many were told.

    Killed at any moment and called again with the same keys, it tells the rest.

    :raises UnableToSendMessage: if values do not fit the template; letters of earlier thousands are sent.
    """
    count, batch = 0, []
    for letter in letters:
        batch.append(letter)
        if len(batch) == BATCH:
            count += len(_send(batch, kind=kind, at=at, actor=actor))
            batch = []
    return count + (len(_send(batch, kind=kind, at=at, actor=actor)) if batch else 0)


@transaction.atomic
def _send(letters: list[Letter], *, kind: MessageKind | str, at: datetime, actor: str) -> list[int]:
    # Ask
    template = get_template(kind)
    users = {
        user.pk: user
        for user in User.objects.filter(pk__in={letter.user_id for letter in letters}, is_active=True).only(
            "id", "phone_verified_at"
        )
    }
    wishes = read_wishes(users)
    channels = {user_id: delivering.list_channels(template, wishes[user_id]) for user_id in users}
    letters = sorted((letter for letter in letters if channels.get(letter.user_id)), key=lambda x: (x.user_id, x.key))
    if not letters:
        return []

    # Decide
    written = [_write(letter, template, channels[letter.user_id], at) for letter in letters]

    # Write
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [list(column) for column in zip(*written, strict=True)])
        made: list[tuple[int, int]] = cursor.fetchall()
    _queue_deliveries(made, template, channels, users, at)

    # Tell
    if len(made) == 1:
        events.publish(MessageSent(made[0][0], made[0][1], str(kind)), actor=actor, at=at)
    elif made:
        events.publish(MessagesSent(str(kind), len(made)), actor=actor, at=at)
    return [message_id for message_id, _ in made]


def _write(letter: Letter, template: Template, channels: list[str], at: datetime) -> tuple[Any, ...]:
    if letter.link and (not letter.link.startswith("/") or letter.link.startswith("//")):
        raise UnableToSendMessage(f"{letter.link!r} is no path of the hall.", code="bad-link")
    zone = ZoneInfo(settings.TIME_ZONE)
    try:
        templates.check_context(template, letter.context)
        said = [
            templates.write_part(template, part, language, letter.context, zone)
            for part in ("title", "text", "reason", "sms")
            for language in LANGUAGES
        ]
    except templates.BadContext as error:
        raise UnableToSendMessage(str(error), code="bad-context") from error
    key = letter.key or f"once:{uuid.uuid4()}"
    is_shown = ChannelKind.IN_APP in channels
    return (uuid.uuid4(), letter.user_id, template.kind, key, *said, letter.link, is_shown, at)


def _queue_deliveries(
    made: list[tuple[int, int]],
    template: Template,
    channels: dict[int, list[str]],
    users: dict[int, User],
    at: datetime,
) -> None:
    """Put what leaves the house on its way, in the same transaction: neither lost nor sent for nothing."""
    wishes = read_wishes({user_id for _, user_id in made})
    browsers: dict[int, list[int]] = {}
    if ChannelKind.WEB_PUSH in template.offers:
        rows = PushSubscription.objects.filter(user_id__in={user_id for _, user_id in made})
        for user_id, pk in rows.values_list("user_id", "pk"):
            browsers.setdefault(user_id, []).append(pk)
    expires_at = at + timedelta(hours=template.expires_h)
    zone = ZoneInfo(settings.TIME_ZONE)
    deliveries = []
    for message_id, user_id in made:
        due_at = delivering.find_due_moment(template, wishes[user_id], at, zone)
        ways: list[tuple[str, int | None]] = []
        if ChannelKind.SMS in channels[user_id] and users[user_id].phone_verified_at is not None:
            ways.append((ChannelKind.SMS, None))
        if ChannelKind.WEB_PUSH in channels[user_id]:
            ways += [(ChannelKind.WEB_PUSH, pk) for pk in browsers.get(user_id, ())]
        deliveries += [
            Delivery(
                message_id=message_id, channel=channel, subscription_id=subscription_id,
                status=DeliveryStatusKind.WAITING, due_at=due_at,
                expires_at=max(expires_at, due_at + timedelta(hours=1)),
            )
            for channel, subscription_id in ways
        ]  # fmt: skip
    if deliveries:
        Delivery.objects.bulk_create(deliveries, batch_size=2_000)
        wake_worker(at)


def wake_worker(at: datetime) -> None:
    """Ask the queue to deliver now; a worker that is asked already, or none, changes nothing: each minute one looks."""
    task = app.configure_task(DELIVER_TASK, allow_unknown=True, queueing_lock=DELIVER_TASK)
    try:
        with transaction.atomic():
            task.defer(timestamp=int(at.timestamp()))
    except AlreadyEnqueued:
        return
