"""Persons at a browser of their own, signed in without its forms, and what the browser says against a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyotp
from django.test import Client
from django.utils import timezone

from gridhall.apps.identity.rules import get_network
from tests import company as made
from tests import snapshots
from tests.journeys.conftest import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

NOTE_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) => {
  (window.gridhallViolations ||= []).push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`); });"""
# A browser reports each answer of 4xx as an error of its console; pages that say so are what is asked for here.
EXPECTED_ERRORS = ("the server responded with a status of 404", "the server responded with a status of 403")
WHO = "SELECT id FROM identity_user WHERE phone = %s"


def sign_in_aside(phone: str) -> Client:
    """Sign a person in without a browser, as after a fresh proof and, for staff, the second factor; committed."""
    from gridhall.apps.identity.models import User

    client = Client()
    if phone:
        user = User.objects.get(phone=phone)
        client.force_login(user, backend="gridhall.config.authentication.UserBackend")
        session = client.session
        session["proved"] = [timezone.now().isoformat(), get_network("127.0.0.1", bits_v4=16, bits_v6=32)]
        if user.is_staff:
            session["second_factor"] = "TOTP"
        session.save()
        client.get("/mine/")  # the first request writes down the device
    return client


def open_browser(browser: Browser, hall: str, phone: str, *, is_staff: bool, **options: Any) -> Page:
    """Open a page of somebody who has signed in as people do, and surely is; an empty phone is a stranger."""
    context = browser.new_context(base_url=hall, locale="zh-CN", service_workers="block", **options)
    context.add_init_script(NOTE_VIOLATIONS)
    page = context.new_page()
    if is_staff:
        sign_in_at_the_desk(page, phone)
    elif phone:
        sign_in(page, phone)
    page.goto("/console/" if is_staff else "/")
    assert ("/sign-in/" in page.url) == (not phone), page.url
    return page


def sign_in_at_the_desk(page: Page, phone: str) -> None:
    """Sign a member of staff in with a second factor that is set up anew, and sit down at the console."""
    with snapshots.open_own() as own:
        own.execute(f"DELETE FROM identity_authenticator WHERE user_id = ({WHO})", [phone])
        own.execute(f"DELETE FROM identity_recoverycode WHERE user_id = ({WHO})", [phone])
    page.goto("/console/sign-in/")
    page.fill("#phone", phone)
    page.fill("#password", made.PASSWORD)
    page.click("main .gh-form button[type=submit] >> nth=0")
    page.wait_for_url("**/second-factor/set-up/**")
    page.fill("#code", pyotp.TOTP(page.inner_text("code").replace(" ", "")).now())
    page.click("main .gh-form button[type=submit] >> nth=0")
    page.wait_for_selector("text=备用码")
    page.click("main a.gh-button")
    page.wait_for_url("**/console/")


@contextmanager
def sit_down(browser: Browser, hall: str, role: str, *, expected: str = "") -> Iterator[Page]:
    """
    Sit down at the console in a role, on a screen of 1440 x 900; errors of the browser's console fail the test.

    :param expected: words of those that do not.
    """
    context = browser.new_context(base_url=hall, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not (expected and expected in message.text):
            errors.append(message.text)

    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", note)
    sign_in_at_the_desk(page, made.STAFF_PHONES[role])
    yield page
    context.close()
    assert not errors, errors


def forget_authenticators() -> None:
    """Let every member of staff set up his second factor anew; committed, so that the server sees it."""
    with snapshots.open_own() as own:
        own.execute("DELETE FROM identity_recoverycode")
        own.execute("DELETE FROM identity_authenticator")


class Listener:
    """Notes what the browser says against a page: errors of its console, failed scripts, breaches of the policy."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._said: list[str] = []
        page.on("pageerror", lambda error: self._said.append(f"script: {error}"))
        page.on("console", lambda message: self._note(message) if message.type == "error" else None)

    def _note(self, message: Any) -> None:
        if not any(words in message.text for words in EXPECTED_ERRORS):
            self._said.append(f"console: {message.text} ({message.location.get('url', '')})")

    def take(self) -> list[str]:
        """Give what was said since the last time."""
        said = [*self._said, *(f"policy: {one}" for one in self._page.evaluate("window.gridhallViolations || []"))]
        self._said.clear()
        return said
