"""What identity tells becomes a message, once however often it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gridhall.apps.identity.events import PasswordChanged, SignedIn, UserErased
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


def test_nothing_is_kept_of_a_user_who_is_gone(user: User, other: User) -> None:
    from gridhall.apps.notifications import actions, queries
    from gridhall.apps.notifications.models import Feedback, QuietHours

    for who in (user, other):
        actions.send_message(user=who, kind="EXPORT_MADE", context={"at": NOON}, at=NOON, actor="test")
        actions.give_feedback(
            user=who, source="", kind="WISH", text="大一点", contact="13800001234", at=NOON, actor="test"
        )
        actions.update_message_settings(
            user=who,
            wanted={("BILL_ISSUED", "SMS"): False},
            quiet=(False, NOON.time(), NOON.time()),
            at=NOON,
            actor="x",
        )
    for _ in range(2):
        handlers.forget_erased_user(UserErased(user.pk, NOON.isoformat()))
    assert [message.user for message in Message.objects.all()] == [other]
    assert QuietHours.objects.get().user == other
    assert sorted(row.contact for row in Feedback.objects.all()) == ["", "13800001234"]
    assert len(queries.export_messages(viewer=other)["messages"]) == 1
