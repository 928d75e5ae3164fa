"""Telling users: once for each occasion, by the channels each wants, all or none."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from gridhall.apps.identity.models import User
from gridhall.apps.notifications import actions, queries
from gridhall.apps.notifications.actions import Letter
from gridhall.apps.notifications.kinds import ChannelKind, MessageBoxKind, MessageChangeKind, MessageKind
from gridhall.apps.notifications.models import Delivery, Message, MessagePreference
from gridhall.apps.notifications.tests.conftest import MORNING, NIGHT, NOON
from gridhall.core.models import Event

pytestmark = pytest.mark.django_db


def send(user: User, **changes: Any) -> Message | None:
    facts = {"kind": MessageKind.EXPORT_MADE, "context": {"at": NOON}, "at": NOON, "actor": "test"}
    return actions.send_message(user=user, **facts | changes)  # type: ignore[arg-type]


def revoke(user: User, **changes: Any) -> Message | None:
    return send(user, kind=MessageKind.ACCESS_GRANTED, context={
        "account": "4228260000017", "scopes": ["VIEW_USAGE"], "ends_on": None}, **changes)  # fmt: skip


def test_message_is_written_in_both_languages(user: User) -> None:
    message = send(user, link="/mine/")
    assert message is not None
    assert "11月3日 12:00" in message.text_zh and "3 Nov 12:00" in message.text_en
    assert message.link == "/mine/" and message.reason_zh and message.read_at is None
    assert Event.objects.get(kind="MessageSent").payload["user_id"] == user.pk


def test_one_occasion_is_told_once(user: User, other: User) -> None:
    assert send(user, key="bill:1") is not None
    assert send(user, key="bill:1") is None
    assert send(other, key="bill:1") is not None
    assert send(user) is not None and send(user) is not None  # without a key each is an occasion
    assert Message.objects.filter(user=user).count() == 3


def test_wrong_context_tells_nobody(user: User) -> None:
    for context in ({}, {"at": "later"}, {"at": NOON, "who": "x"}):
        with pytest.raises(actions.UnableToSendMessage) as refusal:
            send(user, context=context)
        assert refusal.value.code == "bad-context"
    for link in ("https://evil.example/", "//evil.example/"):
        with pytest.raises(actions.UnableToSendMessage):
            send(user, link=link)
    assert not Message.objects.exists() and not Event.objects.filter(kind="MessageSent").exists()


def test_who_may_not_sign_in_is_told_nothing(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert send(user) is None


def test_channels_are_those_wanted(user: User, other: User) -> None:
    granted = revoke(user)
    assert [row.channel for row in granted.deliveries.all()] == [ChannelKind.SMS]
    assert not revoke(other).deliveries.exists()  # his phone is not proved
    off = {(MessageKind.ACCESS_GRANTED, channel): False for channel in ChannelKind.values}
    actions.update_message_settings(user=user, wanted=off, at=NOON, actor="test")
    assert revoke(user) is None
    actions.update_message_settings(
        user=user, wanted={(MessageKind.ACCESS_GRANTED, ChannelKind.SMS): True}, at=NOON, actor="test"
    )
    hidden = revoke(user)
    assert hidden is not None and not hidden.is_shown and hidden.deliveries.count() == 1
    assert hidden.mrid not in {view.mrid for view in queries.list_messages(viewer=user, language="zh").messages}
    assert queries.count_unread(viewer=user) == 1


def test_quiet_hours_hold_back_all_but_urgent(user: User) -> None:
    assert {row.due_at for row in revoke(user, at=NIGHT).deliveries.all()} == {MORNING}
    urgent = send(user, kind=MessageKind.PASSWORD_CHANGED, context={"at": NIGHT}, at=NIGHT)
    assert {row.due_at for row in urgent.deliveries.all()} == {NIGHT}
    actions.update_message_settings(user=user, quiet=(False, time(22), time(8)), at=NOON, actor="test")
    assert {row.due_at for row in revoke(user, at=NIGHT).deliveries.all()} == {NIGHT}


def test_many_are_told_with_few_statements(user: User, other: User, django_assert_max_num_queries: Any) -> None:
    letters = [Letter(who.pk, {"at": NOON}, f"k{number}") for number in range(400) for who in (user, other)]
    with django_assert_max_num_queries(20):
        assert actions.send_messages(kind=MessageKind.EXPORT_MADE, letters=letters, at=NOON, actor="test") == 800
    assert actions.send_messages(kind=MessageKind.EXPORT_MADE, letters=letters, at=NOON, actor="test") == 0
    assert queries.count_unread(viewer=user) == queries.messages.MANY + 1


def test_mandatory_channels_stay(user: User) -> None:
    with pytest.raises(actions.UnableToChangeMessageSettings) as refusal:
        actions.update_message_settings(
            user=user, wanted={(MessageKind.PASSWORD_CHANGED, ChannelKind.SMS): False}, at=NOON, actor="test"
        )
    assert refusal.value.code == "mandatory"
    with pytest.raises(actions.UnableToChangeMessageSettings):
        actions.update_message_settings(user=user, wanted={("NOTHING", "SMS"): True}, at=NOON, actor="test")
    assert not MessagePreference.objects.exists()


def test_settings_kept_twice_are_told_once(user: User) -> None:
    wanted = {(MessageKind.BILL_ISSUED, ChannelKind.SMS): False}
    for _ in range(2):
        actions.update_message_settings(
            user=user, wanted=wanted, quiet=(True, time(21), time(7)), at=NOON, actor="test"
        )
    assert Event.objects.filter(kind="MessagePreferencesChanged").count() == 1
    shown = queries.get_message_settings(viewer=user, language="en")
    assert (shown.quiet_starts_at, shown.quiet_ends_at) == (time(21), time(7))
    bills = next(kind for kind in shown.kinds if kind.kind == MessageKind.BILL_ISSUED)
    assert ChannelKind.SMS not in bills.wanted and ChannelKind.IN_APP in bills.wanted


def test_archive_and_undo(user: User, other: User) -> None:
    mine, theirs = send(user), send(other)
    later = NOON + timedelta(minutes=1)
    done = {"user": user, "change": MessageChangeKind.ARCHIVE, "actor": "test"}
    assert actions.change_messages(mrids=[mine.mrid, theirs.mrid], at=later, **done) == 1
    assert actions.change_messages(mrids=[mine.mrid], at=later + timedelta(1), **done) == 0
    assert queries.list_messages(viewer=user, language="zh").messages == []
    assert len(queries.list_messages(viewer=user, language="zh", box=MessageBoxKind.ARCHIVE).messages) == 1
    assert queries.count_changed(viewer=user, change="ARCHIVE", at=later) == 1
    assert actions.undo_change(done_at=later, at=later, **done) == 1
    assert actions.undo_change(done_at=later, at=later, **done) == 0
    assert queries.count_unread(viewer=user) == 1
    with pytest.raises(actions.UnableToChangeMessages):
        actions.change_messages(user=user, mrids=[mine.mrid], change="BURN", at=later, actor="test")


def test_all_read_can_be_undone(user: User) -> None:
    for _ in range(3):
        send(user)
    first = queries.list_messages(viewer=user, language="zh").messages[0]
    assert actions.open_message(user=user, mrid=first.mrid, at=NOON, actor="test") == 1
    assert actions.open_message(user=user, mrid=first.mrid, at=NOON + timedelta(1), actor="test") == 0
    later = NOON + timedelta(minutes=5)
    assert actions.mark_all_read(user=user, at=later, actor="test") == 2
    assert actions.undo_change(user=user, change="READ", done_at=later, at=later, actor="test") == 2
    assert queries.count_unread(viewer=user) == 2


def test_others_messages_are_not_there(user: User, other: User) -> None:
    mine = send(user)
    with pytest.raises(queries.MissingMessage):
        queries.get_message(mrid=mine.mrid, viewer=other, language="zh")
    assert queries.find_messages(viewer=other, text="数据", language="zh") == []
    assert len(queries.find_messages(viewer=user, text="exported", language="zh")) == 1


def test_pages_of_messages_hold_each_once(user: User) -> None:
    letters = [Letter(user.pk, {"at": NOON}, f"k{number}") for number in range(45)]
    actions.send_messages(kind=MessageKind.EXPORT_MADE, letters=letters, at=NOON, actor="test")
    seen, before = [], None
    while True:
        page = queries.list_messages(viewer=user, language="zh", before=before)
        seen += [view.id for view in page.messages]
        if page.next_before is None:
            break
        before = page.next_before
    assert len(seen) == len(set(seen)) == 45


def test_user_comes_with_the_number_of_unread(user: User, django_assert_num_queries: Any) -> None:
    send(user)
    with django_assert_num_queries(1):
        read = queries.read_user_with_unread(user.pk)
        assert queries.count_unread(viewer=read) == 1
    assert not Delivery.objects.exists()
