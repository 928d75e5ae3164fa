"""Forms in the hand: sent once, nothing lost, the way to each error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests import company as made

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_errors_are_told_above_with_the_focus_and_lead_to_their_field(
    browser: Browser, hall: str, company: made.Company, has_script: bool
) -> None:
    context = browser.new_context(
        base_url=hall, locale="zh-CN", java_script_enabled=has_script, service_workers="block"
    )
    page = context.new_page()
    page.goto("/sign-in/?by=password")
    page.fill("#phone", made.OWNER_PHONE)
    page.click("main button[type=submit]")
    summary = page.locator(".gh-summary")
    summary.wait_for()
    if has_script:
        assert page.evaluate("document.activeElement.classList.contains('gh-summary')")
    assert page.input_value("#phone") == made.OWNER_PHONE
    summary.get_by_role("link").click()
    assert page.url.endswith("#password")
    page.keyboard.type(made.PASSWORD)  # the link has put the cursor there
    assert page.input_value("#password") == made.PASSWORD
    page.keyboard.press("Enter")
    page.wait_for_url(f"{hall}/")
    context.close()


def test_a_double_click_sends_a_form_once(browser: Browser, hall: str, company: made.Company) -> None:
    sent = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.url)
            time.sleep(0.5)  # a slow line: the page is still there for the second click
        route.continue_()

    context = browser.new_context(base_url=hall, locale="zh-CN", service_workers="block")
    page = context.new_page()
    page.goto("/sign-in/?by=password")
    page.fill("#phone", made.OWNER_PHONE)
    page.fill("#password", made.PASSWORD)
    page.route("**/sign-in/*", hold)
    page.locator("form.gh-form button[type=submit]").dblclick(no_wait_after=True)
    page.wait_for_url(f"{hall}/")
    context.close()
    assert len(sent) == 1


def test_a_form_can_be_sent_again_after_going_back(phone: Page, company: made.Company) -> None:
    phone.goto("/sign-in/?by=password")
    phone.fill("#phone", made.OWNER_PHONE)
    phone.click("main button[type=submit]")
    phone.locator(".gh-summary").wait_for()
    phone.go_back()
    phone.fill("#phone", made.OWNER_PHONE)
    phone.fill("#password", made.PASSWORD)
    assert phone.locator("[aria-busy=true]").count() == 0
    phone.click("main button[type=submit]")
    phone.locator(".gh-trio").wait_for()
