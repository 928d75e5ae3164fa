"""Deliveries: nothing is lost, nothing goes twice, whatever dies in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gridhall.apps.identity.models import User
from gridhall.apps.notifications import actions
from gridhall.apps.notifications.actions import delivering
from gridhall.apps.notifications.kinds import ChannelKind, DeliveryStatusKind, MessageKind
from gridhall.apps.notifications.models import Delivery
from gridhall.apps.notifications.rules.delivering import CLAIM_HOLDS, PAUSES
from gridhall.apps.notifications.tests.conftest import MORNING, NIGHT, NOON

pytestmark = pytest.mark.django_db
PASSWORD = {"kind": MessageKind.PASSWORD_CHANGED, "context": {"at": NOON}}
GRANT = {
    "kind": MessageKind.ACCESS_GRANTED,
    "context": {"account": "4228260000017", "scopes": ["VIEW_USAGE"], "ends_on": None},
}


def clock(at: datetime) -> Callable[[], datetime]:
    return lambda: at


def send(user: User, what: dict[str, Any], at: datetime = NOON, key: str = "") -> Delivery:
    return actions.send_message(user=user, at=at, actor="test", key=key, **what).deliveries.get()


class Plug(BaseException):
    """The process dies here."""


class Sender:
    """A gateway of ours: fails as long as it is told to, keeps the rest."""

    def __init__(self, failures: int = 0) -> None:
        self.failures, self.taken, self.sent = failures, 0, dict[str, str]()

    def send(self, phone: str, text: str, *, key: str = "") -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("no line")
        self.taken += 1
        self.sent[key] = text  # of two with the same key one goes out


def test_text_message_goes_to_the_outbox(user: User, outbox: Any) -> None:
    delivery = send(user, PASSWORD)
    assert actions.deliver_due(clock=clock(NOON)) == 1
    (kept,) = outbox.read()
    assert kept.phone == user.phone and "密码" in kept.text and "11月3日 12:00" in kept.text
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatusKind.SENT and delivery.attempts == 1
    assert actions.deliver_due(clock=clock(NOON + timedelta(days=1))) == 0


def test_english_users_get_english(user: User, outbox: Any) -> None:
    User.objects.filter(pk=user.pk).update(language="en")
    send(user, PASSWORD)
    actions.deliver_due(clock=clock(NOON))
    assert "Call 95598" in next(outbox.read()).text


def test_quiet_hours_are_waited_out(user: User, outbox: Any) -> None:
    send(user, GRANT, at=NIGHT)
    assert actions.deliver_due(clock=clock(NIGHT)) == 0
    assert actions.deliver_due(clock=clock(MORNING - timedelta(seconds=1))) == 0
    assert actions.deliver_due(clock=clock(MORNING)) == 1
    assert len(list(outbox.read())) == 1


def test_what_comes_late_into_the_night_waits_for_the_morning(user: User, outbox: Any) -> None:
    delivery = send(user, GRANT)
    actions.deliver_due(clock=clock(NIGHT))  # the worker was down all afternoon
    delivery.refresh_from_db()
    assert (delivery.status, delivery.due_at, delivery.attempts) == (DeliveryStatusKind.WAITING, MORNING, 0)
    assert not list(outbox.read())


@pytest.mark.parametrize("why", ["read", "unwanted", "inactive", "late", "unproved"])
def test_what_is_of_no_use_any_more_is_dropped(user: User, outbox: Any, why: str) -> None:
    delivery = send(user, GRANT)
    at = NOON + timedelta(minutes=1)
    if why == "read":
        actions.open_message(user=user, mrid=delivery.message.mrid, at=NOON, actor="test")
    elif why == "unwanted":
        off = {(MessageKind.ACCESS_GRANTED, ChannelKind.SMS): False}
        actions.update_message_settings(user=user, wanted=off, at=NOON, actor="test")
    elif why == "inactive":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif why == "unproved":
        User.objects.filter(pk=user.pk).update(phone_verified_at=None)
    else:
        at = NOON + timedelta(days=5)
    actions.deliver_due(clock=clock(at))
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatusKind.DROPPED and delivery.detail
    assert not list(outbox.read())


def test_mandatory_text_goes_though_it_was_read(user: User, outbox: Any) -> None:
    delivery = send(user, PASSWORD)
    actions.open_message(user=user, mrid=delivery.message.mrid, at=NOON, actor="test")
    actions.deliver_due(clock=clock(NOON))
    assert len(list(outbox.read())) == 1


def test_failures_are_tried_again_with_longer_pauses(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Sender(failures=2)
    monkeypatch.setattr(delivering, "get_sms_sender", lambda: gateway)
    delivery = send(user, PASSWORD)
    at = NOON
    for pause in PAUSES[:2]:
        actions.deliver_due(clock=clock(at))
        delivery.refresh_from_db()
        assert delivery.status == DeliveryStatusKind.WAITING and delivery.due_at == at + pause
        assert actions.deliver_due(clock=clock(at + pause - timedelta(seconds=1))) == 0
        at += pause
    actions.deliver_due(clock=clock(at))
    assert len(gateway.sent) == 1


def test_after_the_last_try_it_is_given_up(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Sender(failures=99)
    monkeypatch.setattr(delivering, "get_sms_sender", lambda: gateway)
    delivery = send(user, PASSWORD)
    at = NOON
    for _ in range(len(PAUSES) + 1):
        actions.deliver_due(clock=clock(at))
        delivery.refresh_from_db()
        at = delivery.due_at
    assert delivery.status == DeliveryStatusKind.FAILED and delivery.attempts == len(PAUSES) + 1


def test_one_failure_does_not_keep_others(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Sender(failures=1)
    monkeypatch.setattr(delivering, "get_sms_sender", lambda: gateway)
    send(user, PASSWORD, key="1")
    send(user, PASSWORD, key="2")
    assert actions.deliver_due(clock=clock(NOON)) == 2
    assert len(gateway.sent) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["before sending", "after sending"])
def test_killed_worker_loses_nothing(user: User, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Killed before sending, it goes once; killed between sending and noting, the gateway gets the same key again."""
    gateway, dies = Sender(), [True]

    def die_once(*_arguments: Any) -> None:
        if dies.pop() if dies else False:
            raise Plug

    def send_and_die(delivery: Delivery, at: datetime) -> None:
        if place == "before sending":
            die_once()
        delivering._send_sms(delivery, at)
        die_once()

    monkeypatch.setattr(delivering, "get_sms_sender", lambda: gateway)
    monkeypatch.setitem(delivering._SENDERS, ChannelKind.SMS, send_and_die)
    delivery = send(user, PASSWORD)
    with pytest.raises(Plug):
        actions.deliver_due(clock=clock(NOON))
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatusKind.SENDING
    # As long as the claim holds nobody else takes it; then it is taken over.
    assert actions.deliver_due(clock=clock(NOON + CLAIM_HOLDS - timedelta(seconds=1))) == 0
    assert actions.deliver_due(clock=clock(NOON + CLAIM_HOLDS)) == 1
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatusKind.SENT and delivery.attempts == 2
    assert gateway.taken == (1 if place == "before sending" else 2)
    assert len(gateway.sent) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    gateway = Sender()
    monkeypatch.setattr(delivering, "get_sms_sender", lambda: gateway)
    for number in range(20):
        send(user, PASSWORD, key=str(number))

    def work() -> int:
        try:
            return actions.deliver_due(clock=clock(NOON))
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        counts = [job.result() for job in [pool.submit(work) for _ in range(3)]]
    assert sum(counts) == 20 == len(gateway.sent)
    assert not Delivery.objects.exclude(status=DeliveryStatusKind.SENT).exists()


def test_worker_is_woken_once_in_the_same_transaction(user: User) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    for number in range(3):
        send(user, PASSWORD, key=str(number))
    assert ProcrastinateJob.objects.filter(task_name=actions.DELIVER_TASK).count() == 1
