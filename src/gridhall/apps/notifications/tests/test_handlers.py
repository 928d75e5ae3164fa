"""What identity tells becomes a message, once however often it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gridhall.apps.identity.events import PasswordChanged, SignedIn
from gridhall.apps.identity.models import User, UserSession
from gridhall.apps.notifications import handlers
from gridhall.apps.notifications.models import Message
from gridhall.apps.notifications.tests.conftest import NOON
from gridhall.core import events
from gridhall.core.events import Told
from gridhall.core.models import Event

pytestmark = pytest.mark.django_db


def test_changed_password_is_told_after_commit(user: User, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        events.publish(PasswordChanged(user.pk), actor="test", at=NOON)
    message = Message.objects.get()
    assert message.kind == "PASSWORD_CHANGED" and message.sent_at == NOON
    event = Event.objects.get(kind="PasswordChanged")
    assert event.delivered_at == NOON
    handlers.tell_of_password(PasswordChanged(user.pk), Told(event.pk, "test", NOON))
    assert Message.objects.count() == 1


def test_new_device_is_told_and_known_ones_are_not(user: User) -> None:
    def sign_in(device: str, minutes: int) -> None:
        at = NOON + timedelta(minutes=minutes)
        UserSession.objects.create(
            user=user, session_key=f"k{minutes}", method="PASSWORD", device=device, started_at=at, seen_at=at
        )
        handlers.tell_of_new_device(SignedIn(user.pk), Told(minutes, "test", at))

    sign_in("Chrome · Android", 1)  # the first at all
    sign_in("Chrome · Android", 2)
    assert not Message.objects.exists()
    sign_in("Safari · iPhone", 3)
    sign_in("Safari · iPhone", 4)
    sign_in("? · ?", 5)
    found = list(Message.objects.order_by("sent_at"))
    assert len(found) == 2
    assert "Safari · iPhone" in found[0].text_zh and "设备" not in found[1].text_zh.replace("新设备", "")
