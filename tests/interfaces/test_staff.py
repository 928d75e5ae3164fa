"""The administrator's page: who holds which roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from gridhall.apps.identity import queries
from gridhall.apps.identity.models import User
from tests import company as made
from tests.interfaces.pages import read_page


@pytest.fixture
def administrator(sign_in: Callable[[str], Client]) -> Client:
    """An administrator who proved a moment ago who he is."""
    client = sign_in(made.STAFF_PHONES["ADMINISTRATOR"])
    client.post("/mine/security/proof/", {"password": made.PASSWORD})
    return client


def roles_of(phone: str) -> frozenset[str]:
    return queries.list_roles(User.objects.get(phone=phone))


def address(phone: str, what: str) -> str:
    return f"/console/staff/{User.objects.get(phone=phone).mrid}/{what}/"


def test_staff_list_is_read_by_who_watches(
    sign_in: Callable[[str], Client], django_assert_max_num_queries: Any
) -> None:
    client = sign_in(made.STAFF_PHONES["AUDITOR"])
    with django_assert_max_num_queries(12):
        page = read_page(client.get("/console/staff/"))
    assert made.STAFF_PHONE in page.text and not page.tree.xpath("//main//form")


def test_staff_grant_keeps_duties_apart(administrator: Client) -> None:
    billing = made.STAFF_PHONES["BILLING"]
    answer = administrator.post(address(billing, "grant"), {"role": "BILLING_APPROVER"}, follow=True)
    assert "不能由同一人担任" in read_page(answer).text and roles_of(billing) == {"BILLING"}
    administrator.post(address(billing, "grant"), {"role": "METERING"})
    administrator.post(address(billing, "grant"), {"role": "METERING"})
    assert roles_of(billing) == {"BILLING", "METERING"}
    own = administrator.post(address(made.STAFF_PHONES["ADMINISTRATOR"], "grant"), {"role": "CLERK"}, follow=True)
    assert "不能更改自己的岗位" in read_page(own).text
    assert administrator.post(address(made.OWNER_PHONE, "grant"), {"role": "CLERK"}).status_code == 404


def test_staff_end_ends_a_role_at_once(administrator: Client, sign_in: Callable[[str], Client]) -> None:
    clerk = sign_in(made.STAFF_PHONE)
    assert clerk.get("/console/").status_code == 200
    administrator.post(address(made.STAFF_PHONE, "end"), {"role": "CLERK"})
    assert clerk.get("/console/").status_code == 403


def test_staff_reset_asks_for_a_proof(sign_in: Callable[[str], Client], administrator: Client) -> None:
    other = sign_in(made.STAFF_PHONES["ADMINISTRATOR"])
    assert "/mine/security/proof/" in other.post(address(made.STAFF_PHONE, "reset")).headers["Location"]
    answer = administrator.post(address(made.STAFF_PHONE, "reset"), follow=True)
    assert "已重置" in read_page(answer).text
