"""Coming in and going out in a real browser: code, passkey, double click, back button, a clerk's second factor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gridhall.apps.identity.tests.requests import read_code
from tests import company as made
from tests.journeys.conftest import find_axe_faults, sign_in
from tests.journeys.people import forget_authenticators

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


@pytest.fixture
def page(browser: Browser, hall: str) -> Iterator[Page]:
    context = browser.new_context(base_url=hall, viewport={"width": 390, "height": 844}, locale="zh-CN")
    yield context.new_page()
    context.close()


def give_authenticator(page: Page) -> None:
    """Let the browser have a device with a lock of its own, as phones and laptops do."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_double_click_on_every_button_of_signing_in_by_code(page: Page, company: made.Company) -> None:
    page.goto("/sign-in/")
    page.fill("#phone", made.STRANGER_PHONE)
    page.dblclick("main .gh-form button[type=submit]")
    page.wait_for_url("**/sign-in/code/")
    assert not find_axe_faults(page)
    page.fill("#code", read_code(made.STRANGER_PHONE))
    page.dblclick("main .gh-form button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    page.goto("/mine/")
    assert "我的" in page.inner_text("h1")


def test_back_button_after_sign_out_shows_nothing(page: Page, company: made.Company) -> None:
    sign_in(page)
    page.goto("/bills/")
    page.goto("/mine/")
    page.click("form[action='/sign-out/'] button")
    page.wait_for_url("**/sign-in/**")
    for _unused in range(3):
        page.go_back()
        page.wait_for_load_state()
        shown = page.inner_text("body")
        assert "田大山" not in shown and "¥" not in shown and "户号" not in shown, page.url


def test_passkey_is_added_used_and_removed(page: Page, company: made.Company) -> None:
    sign_in(page, made.FAMILY_PHONE)
    give_authenticator(page)
    page.goto("/mine/security/passkeys/")
    page.click("form[data-passkey] button")
    page.wait_for_selector("text=通行密钥已添加")
    assert not find_axe_faults(page)
    page.goto("/mine/")
    page.click("form[action='/sign-out/'] button")
    page.wait_for_url("**/sign-in/**")
    page.click("form[data-passkey] button")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    page.goto("/mine/security/devices/")
    assert "通行密钥" in page.inner_text("main")
    page.goto("/mine/security/passkeys/")
    page.click("form[action$='/remove/'] button")
    page.wait_for_selector("text=通行密钥已删除")


def test_clerk_sets_up_a_second_factor(page: Page, company: made.Company) -> None:
    from gridhall.apps.identity.rules import totp

    forget_authenticators()
    page.goto("/console/sign-in/")
    assert not find_axe_faults(page)
    page.fill("#phone", made.STAFF_PHONES["METERING"])
    page.fill("#password", made.PASSWORD)
    page.click("main .gh-form button[type=submit]")
    page.wait_for_url("**/second-factor/set-up/**")
    assert not find_axe_faults(page)
    secret = page.inner_text("code").replace(" ", "")
    page.fill("#code", totp.make_code(secret, at=datetime.now(UTC)))
    page.click("main .gh-form button[type=submit] >> nth=0")
    page.wait_for_selector("text=备用码")
    assert page.locator(".gh-codes li").count() == 10 and not find_axe_faults(page)
    page.click("main a.gh-button")
    page.wait_for_url("**/console/")


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/?by=password", "/sign-in/forgotten/"])
def test_ways_in_are_accessible(page: Page, company: made.Company, path: str) -> None:
    page.goto(path)
    assert not find_axe_faults(page)


@pytest.mark.parametrize("reading_mode", ["NORMAL", "LARGE"])
def test_pages_of_safety_are_accessible(page: Page, company: made.Company, reading_mode: str) -> None:
    sign_in(page)
    page.goto("/mine/")
    page.click(f"button[name=reading_mode][value={reading_mode}]")
    faults: list[str] = []
    for path in (
        "/mine/security/", "/mine/security/devices/", "/mine/security/passkeys/", "/mine/security/password/",
        "/mine/security/proof/", "/mine/data/", "/mine/leave/",
    ):  # fmt: skip
        page.goto(path)
        faults += find_axe_faults(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert not faults, faults
