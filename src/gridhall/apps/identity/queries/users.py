"""Every read of identity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from gridhall.apps.identity import rules
from gridhall.apps.identity.models import User
from gridhall.core.fixed_queries import FixedQuery


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


@cache
def _user_by_id() -> FixedQuery:
    return FixedQuery(User, tail="FROM identity_user WHERE id = %s")


def read_user(user_id: Any) -> User | None:
    """Give the user of an id, active or not: asked in every request of somebody who is signed in."""
    found = _user_by_id().ask([user_id])
    return found[0][0] if found else None


def find_user(*, phone: str) -> User | None:
    """Find the active user of a phone number, however it is written. For actions: it tells who is registered."""
    normalized = rules.normalize_phone(phone)
    return User.objects.filter(phone=normalized, is_active=True).first() if normalized else None


def mask_phone(phone: str) -> str:
    """Give a phone number as it is shown to one who may not be its owner."""
    return rules.mask_phone(phone)


def is_same_phone(one: str, other: str) -> bool:
    """Tell whether two ways of writing mean the same phone number."""
    return (rules.normalize_phone(one) or one) == (rules.normalize_phone(other) or other)
