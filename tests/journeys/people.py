"""Persons at a browser of their own, signed in without its forms, and what the browser says against a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from gridhall.apps.identity.rules import get_network
from tests.journeys.pressing import run_aside

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NOTE_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) => {
  (window.gridhallViolations ||= []).push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`); });"""
# A browser reports each answer of 4xx as an error of its console; pages that say so are what is asked for here.
EXPECTED_ERRORS = ("the server responded with a status of 404", "the server responded with a status of 403")


def sign_in_aside(phone: str, *, is_on_device: bool = True) -> Client:
    """
    Sign a person in, as after a fresh proof and, for staff, the second factor; committed.

    `is_on_device` writes down this client as the device of the session; a browser that takes it over is that itself.
    """
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
        if is_on_device:
            client.get("/mine/")
    return client


def open_browser(browser: Browser, hall: str, phone: str, **options: Any) -> BrowserContext:
    """Open a browser in which somebody has signed in; an empty phone is a stranger."""
    (client,) = run_aside(lambda: sign_in_aside(phone, is_on_device=False))
    context = browser.new_context(base_url=hall, locale="zh-CN", service_workers="block", **options)
    context.add_init_script(NOTE_VIOLATIONS)
    if phone:
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": hall, "httpOnly": True}])
    return context


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
