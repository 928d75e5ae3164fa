"""Every read of identity."""

from __future__ import annotations

from dataclasses import dataclass

from gridhall.apps.identity import rules
from gridhall.apps.identity.models import User


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a user likes his pages."""

    language: str = "zh-hans"
    appearance: str = "AUTO"
    reading_mode: str = "NORMAL"


def get_preferences(*, viewer: User | None) -> Preferences:
    """Give the viewer's preferences; of one who is not signed in, the usual ones."""
    if viewer is None or not viewer.is_authenticated:
        return Preferences()
    return Preferences(viewer.language, viewer.appearance, viewer.reading_mode)


def find_user(*, phone: str) -> User | None:
    """Find the active user of a phone number, however it is written. For actions: it tells who is registered."""
    normalized = rules.normalize_phone(phone)
    return User.objects.filter(phone=normalized, is_active=True).first() if normalized else None
