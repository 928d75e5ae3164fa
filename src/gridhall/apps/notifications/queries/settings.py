"""How a user is told, and by which devices: what the page of preferences shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.conf import settings

from gridhall.apps.notifications.models import MessagePreference, PushSubscription, QuietHours
from gridhall.apps.notifications.queries.catalog import list_templates
from gridhall.apps.notifications.rules.delivering import Wishes, list_channels
from gridhall.apps.notifications.rules.quiet import USUAL, Quiet
from gridhall.core.vapid import give_public_key


@dataclass(frozen=True, slots=True)
class KindSetting:
    """One kind of message: which channels there are, which the user has on, which cannot be switched off."""

    kind: str
    group: str
    name: str
    reason: str
    icon: str
    is_urgent: bool
    offers: tuple[str, ...]
    wanted: tuple[str, ...]
    mandatory: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A browser that takes web push."""

    mrid: UUID
    device: str
    subscribed_at: datetime
    last_sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageSettings:
    """Everything a user can choose about messages."""

    kinds: list[KindSetting]
    quiet_is_on: bool
    quiet_starts_at: time
    quiet_ends_at: time
    devices: list[DeviceView]
    phone_is_verified: bool


def read_wishes(user_ids: Iterable[int]) -> dict[int, Wishes]:
    """Give what each of some users chose; two statements for all of them."""
    ids = list(user_ids)
    chosen: dict[int, dict[tuple[str, str], bool]] = {}
    for row in MessagePreference.objects.filter(user_id__in=ids):
        chosen.setdefault(row.user_id, {})[row.kind, row.channel] = row.is_wanted
    quiet = {row.pk: Quiet(row.starts_at, row.ends_at, row.is_on) for row in QuietHours.objects.filter(pk__in=ids)}
    return {user_id: Wishes(chosen.get(user_id, {}), quiet.get(user_id, USUAL)) for user_id in ids}


def get_message_settings(*, viewer: Any, language: str) -> MessageSettings:
    """Give the viewer's own settings."""
    wishes = read_wishes([viewer.pk])[viewer.pk]
    spoken = "en" if language == "en" else "zh"
    kinds = [
        KindSetting(
            kind=template.kind,
            group=template.group,
            name=template.name(spoken),
            reason="".join(template.parts["reason", spoken]),
            icon=template.icon,
            is_urgent=template.is_urgent,
            offers=template.offers,
            wanted=tuple(list_channels(template, wishes)),
            mandatory=template.mandatory,
        )
        for template in list_templates()
    ]
    devices = PushSubscription.objects.filter(user_id=viewer.pk).order_by("-subscribed_at", "-id")
    return MessageSettings(
        kinds=kinds,
        quiet_is_on=wishes.quiet.is_on,
        quiet_starts_at=wishes.quiet.starts_at,
        quiet_ends_at=wishes.quiet.ends_at,
        devices=[DeviceView(row.mrid, row.device, row.subscribed_at, row.last_sent_at) for row in devices],
        phone_is_verified=viewer.phone_verified_at is not None,
    )


def get_push_key() -> str:
    """Give the company's public key for web push, as browsers want it (RFC 8292)."""
    return give_public_key(settings.GRIDHALL_VAPID_KEY)
