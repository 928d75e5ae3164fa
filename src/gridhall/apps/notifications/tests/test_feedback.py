"""What people tell us: kept with a number, throttled, once for a double click."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gridhall.apps.identity.models import User
from gridhall.apps.notifications import actions, queries
from gridhall.apps.notifications.actions.feedback import MOST_AN_HOUR
from gridhall.apps.notifications.models import Feedback
from gridhall.apps.notifications.tests.conftest import NOON

pytestmark = pytest.mark.django_db


def give(**changes: Any) -> Feedback:
    facts = {"user": None, "source": "192.0.2.1", "kind": "WRONG", "text": "图看不清", "at": NOON, "actor": "test"}
    return actions.give_feedback(**facts | changes)


def test_feedback_is_kept_with_a_number(user: User) -> None:
    kept = give(user=user, page="/bills/?q=secret#x", rating=4)
    assert kept.number.startswith("Y261103") and len(kept.number) == 12
    assert kept.page == "/bills/" and kept.user == user
    assert "192.0.2.1" not in kept.source


def test_double_click_is_kept_once() -> None:
    assert give().pk == give(at=NOON + timedelta(seconds=2)).pk
    assert give(text="别的").pk != give().pk


def test_flood_is_stopped_and_others_go_on(user: User) -> None:
    for number in range(MOST_AN_HOUR):
        give(text=str(number))
    with pytest.raises(actions.UnableToGiveFeedback) as refusal:
        give(text="more")
    assert refusal.value.code == "throttled"
    give(text="more", source="192.0.2.2")
    give(text="more", user=user)  # one user is not held up by his neighbor's address
    give(text="more", at=NOON + timedelta(minutes=61))
    assert Feedback.objects.count() == MOST_AN_HOUR + 3


@pytest.mark.parametrize(("changes", "code"), [
    ({"text": "  "}, "says-nothing"), ({"text": "长" * 2001}, "too-long"), ({"rating": 6}, "not-on-offer"),
    ({"kind": "RANT"}, "not-on-offer"), ({"contact": "1" * 121}, "too-long"),
])  # fmt: skip
def test_refusals_keep_nothing(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(actions.UnableToGiveFeedback) as refusal:
        give(**changes)
    assert refusal.value.code == code
    assert not Feedback.objects.exists()


def test_strange_pages_and_signs_are_let_go() -> None:
    assert give(page="https://evil.example/").page == ""
    assert give(page="//evil.example/", text="a\x00b").text == "ab"


def test_only_staff_reads(user: User) -> None:
    kept = give()
    assert queries.list_feedback(viewer=user) == []
    staff = User.objects.create_user("13700009999", is_staff=True)
    assert [view.number for view in queries.list_feedback(viewer=staff)] == [kept.number]
    actions.settle_feedback(number=kept.number.lower(), note="改好了", at=NOON, actor="clerk")
    actions.settle_feedback(number=kept.number, note="again", at=NOON, actor="other")
    assert queries.list_feedback(viewer=staff) == []
    (settled,) = queries.list_feedback(viewer=staff, is_settled=True)
    assert settled.note == "改好了" and settled.settled_by == "clerk"
    with pytest.raises(actions.UnableToSettleFeedback):
        actions.settle_feedback(number="Y0", note="", at=NOON, actor="clerk")


def test_answer_reaches_who_is_known_once(user: User) -> None:
    known, unknown = give(user=user), give()
    assert actions.answer_feedback(number=known.number, reply="已改好，谢谢。", note="改了图例", at=NOON, actor="clerk")
    (message,) = queries.list_messages(viewer=user, language="zh").messages
    assert "已改好，谢谢。" in message.text and known.number in message.text
    with pytest.raises(actions.UnableToSettleFeedback) as refusal:
        actions.answer_feedback(number=known.number, reply="again", note="", at=NOON, actor="other")
    assert refusal.value.code == "settled"
    assert not actions.answer_feedback(number=unknown.number, reply="已改好", note="", at=NOON, actor="clerk")
    known.refresh_from_db()
    assert (known.settled_by, known.reply, known.note) == ("clerk", "已改好，谢谢。", "改了图例")


@pytest.mark.parametrize(("said", "code"), [
    ({"reply": " \x00", "note": ""}, "says-nothing"), ({"reply": "长" * 1001, "note": ""}, "too-long"),
    ({"reply": "", "note": "长" * 1001}, "too-long"),
])  # fmt: skip
def test_answer_without_words_or_too_long_is_refused(said: dict[str, str], code: str, user: User) -> None:
    kept = give(user=user)
    with pytest.raises(actions.UnableToSettleFeedback) as refusal:
        actions.answer_feedback(number=kept.number, **said, at=NOON, actor="clerk")
    assert refusal.value.code == code
    kept.refresh_from_db()
    assert kept.settled_at is None


def test_many_are_settled_without_a_message(user: User) -> None:
    numbers = [give(user=user, text=str(place)).number for place in range(3)]
    actions.settle_feedback(number=numbers[0], note="", at=NOON, actor="clerk")
    assert actions.settle_many(numbers=[*numbers, "Y0"], note="已转告", at=NOON, actor="clerk") == 2
    assert not queries.list_messages(viewer=user, language="zh").messages
