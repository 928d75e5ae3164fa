"""The feedback desk: what people told us about pages, answered by clerks and managers, read masked by auditors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests import company as made
from tests.interfaces.examples import make_feedback
from tests.interfaces.pages import read_page

LIST = "/console/feedback/"


@pytest.fixture
def told(company: made.Company, db: None) -> Any:
    """A word of the owner about the prices."""
    return make_feedback()


@pytest.fixture
def staff(sign_in: Callable[[str], Client]) -> Callable[[str], Client]:
    """Give a client signed in as a member of staff of a role, whose session was in use before."""

    def give(role: str) -> Client:
        client = sign_in(made.STAFF_PHONES[role])
        client.get("/console/keyboard/")
        return client

    return give


def test_feedback_list_is_narrowed_and_exported(
    staff: Callable[[str], Client], told: Any, django_assert_max_num_queries: Any
) -> None:
    clerk = staff("CLERK")
    with django_assert_max_num_queries(12):
        page = read_page(clerk.get(LIST))
    assert "看不懂" in page.text and f"{LIST}{told.number}/" in page.links() and "田大山" not in page.text
    assert told.number not in "".join(read_page(clerk.get(LIST, {"kind": "PRAISE"})).links())
    assert f"{LIST}{told.number}/" in read_page(clerk.get(LIST, {"about": "/prices"})).links()
    assert f"{LIST}{told.number}/" not in read_page(clerk.get(LIST, {"about": "/bills"})).links()
    assert f"{LIST}{told.number}/" not in read_page(clerk.get(LIST, {"state": "SETTLED"})).links()
    table = clerk.get(LIST, {"export": "csv", "columns": "number,text,contact"}).content.decode()
    assert told.number in table and "13800001234" in table
    assert "待答复反馈" in read_page(clerk.get("/console/")).text


def test_feedback_detail_is_answered_by_a_message(staff: Callable[[str], Client], owner: Client, told: Any) -> None:
    clerk = staff("CLERK")
    address = f"{LIST}{told.number}/"
    assert "阶梯怎么算的" in read_page(clerk.get(address)).text
    empty = clerk.post(address, {"reply": " ", "note": ""})
    assert "请写答复" in read_page(empty, status=422).text
    answer = clerk.post(address, {"reply": "按年累计，详见电价页。", "note": "已回电"}, follow=True)
    page = read_page(answer).text
    assert (
        "已答复" in page
        and "按年累计" in page
        and "已回电" in page
        and "处理人 赵工" in page.replace("处理人赵工", "处理人 赵工")
    )
    assert "按年累计，详见电价页。" in owner.get("/messages/", follow=True).content.decode()
    again = clerk.post(address, {"reply": "再答一次", "note": ""})
    assert "别人已经处理过了" in read_page(again, status=422).text
    from gridhall.core.models import Event

    settled = Event.objects.filter(kind="FeedbackSettled").latest("id")
    assert settled.actor == str(_clerk().mrid) and settled.payload["number"] == told.number
    assert told.number in read_page(staff("AUDITOR").get("/console/audit/")).text


def _clerk() -> Any:
    from gridhall.apps.identity.models import User

    return User.objects.get(phone=made.STAFF_PHONE)


def test_feedback_is_masked_for_an_auditor_who_answers_nothing(staff: Callable[[str], Client], told: Any) -> None:
    auditor = staff("AUDITOR")
    page = auditor.get(f"{LIST}{told.number}/").content.decode()
    assert "阶梯怎么算的" in page and made.OWNER_PHONE not in page and "答复并标为已处理" not in page
    assert made.OWNER_PHONE not in auditor.get(LIST, {"export": "csv", "columns": "text,contact"}).content.decode()
    assert auditor.post(f"{LIST}{told.number}/", {"reply": "审计"}).status_code == 403
    told.refresh_from_db()
    assert told.settled_at is None


def test_feedback_list_settles_many(staff: Callable[[str], Client], told: Any) -> None:
    asked = {"action": "settle", "key": [told.number], "text": "已转给电价岗"}
    answer = staff("MANAGER").post(LIST, asked, follow=True)
    assert "已处理 1 条" in answer.content.decode()
    told.refresh_from_db()
    assert told.note == "已转给电价岗" and told.reply == ""


def test_feedback_of_nobody_known_says_so(staff: Callable[[str], Client], told: Any) -> None:
    told.user = None
    told.save()
    clerk = staff("CLERK")
    assert "没有登录" in read_page(clerk.get(f"{LIST}{told.number}/")).text
    answer = clerk.post(f"{LIST}{told.number}/", {"reply": "已改", "note": ""}, follow=True)
    assert "已处理。" in read_page(answer).text
    assert clerk.get(f"{LIST}Y000000NOONE/").status_code == 404
