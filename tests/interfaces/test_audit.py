"""The audit viewer: every event in words, whoever it is about masked, found by person, kind, account and day."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gridhall import apps
from gridhall.apps.identity.models import User
from gridhall.core.models import Event
from gridhall.interfaces.console import words_audit
from tests import company as made
from tests.interfaces.pages import read_page

NUMBER = made.CUSTOMERS[0].number


@pytest.fixture
def auditor(sign_in: Callable[[str], Client]) -> Client:
    return sign_in(made.STAFF_PHONES["AUDITOR"])


def unmask(client: Client, number: str = NUMBER) -> None:
    told = {"fields_wanted": ["NAME", "PHONE"], "reason_kind": "CUSTOMER_ASKS", "reason": "客户到厅核对姓名"}
    assert client.post(f"/console/accounts/{number}/unmask/", told).status_code == 302


def list_kinds() -> list[str]:
    """Every kind of event that an app tells."""
    kinds = []
    for folder in sorted(Path(next(iter(apps.__path__))).glob("*/events.py")):
        module = importlib.import_module(f"gridhall.apps.{folder.parent.name}.events")
        kinds += [
            name for name, value in vars(module).items()
            if inspect.isclass(value) and is_dataclass(value) and value.__module__ == module.__name__
        ]  # fmt: skip
    return kinds


def test_every_event_has_words() -> None:
    kinds = list_kinds()
    assert len(kinds) > 80
    assert [kind for kind in kinds if kind not in words_audit.TITLES] == [], "give them words in words_audit.py"


def test_audit_list_says_who_looked_at_whom_and_why(
    auditor: Client, sign_in: Callable[[str], Client], django_assert_max_num_queries: Any
) -> None:
    unmask(sign_in(made.STAFF_PHONE))
    auditor.get("/console/audit/")
    with django_assert_max_num_queries(12):
        page = read_page(auditor.get(f"/console/audit/?person={made.STAFF_PHONE}&account={NUMBER}"))
    assert page.tree.xpath("//table[contains(@class,'gh-looked')]/tbody/tr")
    with django_assert_max_num_queries(12):
        page = read_page(auditor.get("/console/audit/"))
    (look,) = page.tree.xpath("//table[contains(@class,'gh-looked')]/tbody/tr")
    words = " ".join(look.text_content().split())
    assert "赵工" in words and "田**" in words and "户名、电话" in words and "客户到厅核对姓名" in words
    assert "客户来电或到厅" in words and NUMBER in words.replace(" ", "")
    assert made.CUSTOMERS[0].name not in page.text and made.OWNER_PHONE not in page.text
    assert not page.tree.xpath("//main//form[@method='post']")


def test_audit_list_says_from_where(auditor: Client, sign_in: Callable[[str], Client]) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client = Client(headers={"user-agent": firefox}, REMOTE_ADDR="10.20.30.40")
    client.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD})
    signed_in = Event.objects.filter(kind="SignedIn").latest("id")
    assert signed_in.actor == str(User.objects.get(phone=made.OWNER_PHONE).mrid)
    page = read_page(auditor.get("/console/audit/?kind=SignedIn"))
    row = page.tree.xpath("//table[contains(@class,'gh-trail')]/tbody/tr")[0].text_content()
    assert "Firefox" in row and "10.20.*.*" in row and "田**" in row and "本人" in row


def test_audit_list_is_narrowed(auditor: Client, sign_in: Callable[[str], Client]) -> None:
    unmask(sign_in(made.STAFF_PHONE))
    unmask(sign_in(made.STAFF_PHONES["MANAGER"]), made.NEIGHBOR.number)

    def count(query: str) -> int:
        page = read_page(auditor.get(f"/console/audit/?{query}"))
        return len(page.tree.xpath("//table[contains(@class,'gh-trail')]/tbody/tr[td[2]]"))

    today = timezone.localdate()
    assert count("kind=unmasking") == count("kind=PersonalDataUnmasked") == 4
    assert count(f"kind=unmasking&person={made.STAFF_PHONE}") == 2
    assert count("kind=unmasking&person=赵工") == 4  # everybody who is called so
    assert count(f"kind=unmasking&account={NUMBER}") == 2
    assert count(f"kind=unmasking&from={today + timedelta(days=2)}") == 0
    assert count(f"kind=unmasking&from={today - timedelta(days=1)}&to={today + timedelta(days=1)}") == 4
    assert count(f"account={NUMBER}&kind=BillIssued") > 3


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("person=某某某", "没有这个人"),
        ("account=4200000000000", "没有这个户号"),
        ("account=%00", "没有这个户号"),
        ("from=gestern", "请填写日期"),
        ("from=2026-02-02&to=2026-02-01", "结束日期早于开始日期"),
        ("to=9999-12-31&before=99999999999999999999&kind=no&person=no-such-program", "没有符合条件的记录"),
        ("before=0&person=%00", "没有符合条件的记录"),
    ],
)
def test_audit_list_says_what_makes_no_sense(auditor: Client, query: str, words: str) -> None:
    assert words in read_page(auditor.get(f"/console/audit/?{query}")).text


def test_audit_list_pages_through_all(auditor: Client) -> None:
    seen: list[str] = []
    address = "/console/audit/?kind=BillIssued"
    while address:
        page = read_page(auditor.get(address))
        seen += page.tree.xpath("//details[@class='gh-record']/summary/text()")
        following = page.tree.xpath("//a[@rel='next']/@href")
        address = f"/console/audit/{following[0]}" if following else ""
    assert len(seen) == len(set(seen)) == Event.objects.filter(kind="BillIssued").count() > 50


def test_audit_list_is_exported_and_the_export_is_told(auditor: Client) -> None:
    answer = auditor.get("/console/audit/?kind=BillIssued&export=csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + Event.objects.filter(kind="BillIssued").count() and "发行账单" in lines[1]
    assert made.CUSTOMERS[0].name not in answer.content.decode()
    told = Event.objects.filter(kind="ListExported").latest("id")
    assert told.payload["page"] == "console:audit-list" and told.payload["rows"] == len(lines) - 1
    assert auditor.get("/console/audit/?kind=BillIssued&export=xlsx").content[:2] == b"PK"
    assert auditor.get("/console/audit/?export=pdf").status_code == 404


def test_audit_list_warns_when_its_protection_is_gone(auditor: Client) -> None:
    from django.db import connection

    assert "数据库拒绝修改和删除审计记录" in read_page(auditor.get("/console/audit/")).text
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE core_event DISABLE TRIGGER USER")
    assert "保护不在了" in read_page(auditor.get("/console/audit/")).text
