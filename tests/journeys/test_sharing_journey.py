"""Sharing a number: two phones, one account; offered, accepted, and taken back while the other one looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests import company as made
from tests.journeys.conftest import find_axe_faults, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


@pytest.fixture
def open_phone(browser: Browser, hall: str) -> Iterator[Callable[[str], Page]]:
    """Give a function that opens a phone in the hand of somebody who has signed in."""
    opened = []

    def give(phone: str) -> Page:
        context = browser.new_context(base_url=hall, viewport={"width": 390, "height": 844}, locale="zh-CN")
        opened.append(context)
        page = context.new_page()
        sign_in(page, phone)
        return page

    yield give
    for context in opened:
        context.close()


def prove_phones() -> None:
    """Let both have proved their phone numbers; committed, so that the server sees it."""
    import psycopg
    from django.db import connection

    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as own:
        own.execute("UPDATE identity_user SET phone_verified_at = now() WHERE NOT is_staff")


def test_family_accepts_and_is_revoked_while_looking(open_phone: Callable[[str], Page], company: made.Company) -> None:
    prove_phones()
    owner, neighbor = open_phone(made.OWNER_PHONE), open_phone(made.STRANGER_PHONE)
    owner.goto("/accounts/manage/")
    owner.click("main a.gh-row:has-text('爸妈家')")
    detail = owner.url
    owner.goto(f"{detail}sharing/invite/")
    owner.fill("#phone", made.STRANGER_PHONE)
    owner.fill("#called", "隔壁覃伯伯")
    assert find_axe_faults(owner) == []
    owner.dblclick("main .gh-form button[type=submit]")  # two presses are one offer
    owner.wait_for_url("**/sharing/?told=invited")
    assert owner.locator("form[action*='/offers/']").count() == 1

    neighbor.goto("/mine/invitations/")
    assert find_axe_faults(neighbor) == []
    neighbor.click("main button[name=answer][value=accept]")
    neighbor.wait_for_url("**/accounts/**told=accepted")
    neighbor.goto("/accounts/")
    neighbor.click(f"main button[name=account][value='{company.numbers[1]}']")
    neighbor.goto("/bills/")
    assert neighbor.locator("main h1, header h1").first.inner_text() == "账单"

    owner.goto(f"{detail}sharing/")
    owner.click("main a.gh-row:has-text('隔壁覃伯伯')")
    owner.click("main form[action$='/end/'] button")
    owner.wait_for_url("**/sharing/?told=ended")

    neighbor.reload()  # he was looking at it
    assert neighbor.locator("main h1").first.inner_text() == "这个户号看不到了"
    assert find_axe_faults(neighbor) == []
    neighbor.click("main a:has-text('去首页')")
    neighbor.wait_for_url("**/")
    assert company.numbers[1] not in neighbor.content()
