"""At the counter: a customer is found by pinyin, unmasked for a reason; a note is written and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import company as made

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(__file__).with_name("axe.min.js")
pytestmark = pytest.mark.django_db
NUMBER = made.CUSTOMERS[0].number


def _open_session() -> str:
    """Open a clerk's session as it is after password and second factor; committed, so that the server sees it."""
    import psycopg
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection

    from gridhall.apps.identity.models import User

    user = User.objects.get(phone=made.STAFF_PHONES["CLERK"])
    store = SessionStore()
    facts = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "gridhall.config.authentication.UserBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        "second_factor": "TOTP",
    }
    key = store._get_new_session_key()  # type: ignore[attr-defined]
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as own:
        own.execute(
            "INSERT INTO django_session (session_key, session_data, expire_date)"
            " VALUES (%s, %s, now() + interval '1 d')",
            [key, store.encode(facts)],
        )
    return key


@pytest.fixture
def desk(browser: Browser, hall: str, company: Any) -> Iterator[Page]:
    """The console on a screen of 1440 x 900; errors of the browser's console fail the test."""
    context = browser.new_context(base_url=hall, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.add_cookies([{"name": "sessionid", "value": _open_session(), "url": hall}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert not errors, errors


def test_a_customer_is_found_unmasked_and_noted_by_keyboard(desk: Page) -> None:
    desk.goto("/console/")
    desk.keyboard.press("Control+k")
    desk.keyboard.type("tiandashan")
    desk.wait_for_selector(f"#gh-palette-list a[href='/console/accounts/{NUMBER}/']")
    desk.click(f"#gh-palette-list a[href='/console/accounts/{NUMBER}/']")
    desk.wait_for_url(f"**/console/accounts/{NUMBER}/")
    assert "田大山" not in desk.inner_text("main")
    # The essential is seen without scrolling.
    for name in ("holder", "money", "usage", "supply"):
        box = desk.locator(f"#{name}").bounding_box()
        assert box and box["y"] + box["height"] < 900, name

    desk.click("text=查看完整信息")
    desk.select_option("#reason_kind", "CUSTOMER_ASKS")
    desk.fill("#reason", "客户来电核对资料")
    desk.click("text=显示 5 分钟")
    desk.wait_for_selector("text=田大山")
    assert "客户来电核对资料" in desk.inner_text("main")

    desk.keyboard.press("e")
    desk.keyboard.type("客户说周六在家")
    desk.click("button:has-text('写备注')")
    desk.wait_for_selector(".gh-toast")
    assert "客户说周六在家" in desk.inner_text("#notes")
    desk.keyboard.press("u")
    desk.wait_for_selector("text=已撤销")
    assert "客户说周六在家" not in desk.inner_text("#notes")


def test_the_pages_of_the_console_are_accessible(desk: Page) -> None:
    for path in ("/console/", f"/console/accounts/{NUMBER}/", "/console/accounts/", "/console/search/?q=tds"):
        for theme in ("light", "dark"):
            desk.emulate_media(color_scheme=theme)
            desk.goto(path)
            desk.evaluate(AXE.read_text())
            found = desk.evaluate(
                "axe.run().then(found => found.violations.map(one => [one.id, one.nodes.map(n => n.html)]))"
            )
            assert not found, (path, theme, found)
