"""Without scripts every page can be read; without network the app says so and shows nobody's figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.company import Company
from tests.journeys.conftest import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


def test_everything_can_be_read_without_scripts(browser: Browser, hall: str, company: Company) -> None:
    context = browser.new_context(base_url=hall, viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    sign_in(page)
    page.click("a.gh-account")  # no sheet: a page with the same choices
    page.click(f"main button[value='{company.numbers[1]}']")
    assert "爸妈家" in page.inner_text("header")
    page.goto("/bills/")
    page.click("ul.gh-rows a >> nth=0")
    page.click("details.gh-line summary >> nth=0")
    page.click("details[open] a.gh-link")
    assert page.locator(".gh-steps li").count() >= 1 and "读数" in page.inner_text("main")
    page.goto("/usage/")
    assert page.locator("tbody tr").count() == 12
    assert page.locator("svg.gh-chart-narrow").is_visible()
    page.goto("/mine/")
    page.click("button[value=LARGE]")
    assert page.get_attribute("html", "data-mode") == "elder"
    page.click("button[value=NORMAL]")
    context.close()


def test_offline_the_app_says_so_and_keeps_nothing_of_anybody(browser: Browser, hall: str, company: Company) -> None:
    context = browser.new_context(base_url=hall, viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    sign_in(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/bills/")
    page.goto("/")
    kept = page.evaluate(
        """async () => { const names = await caches.keys(); const kept = [];
           for (const name of names) for (const request of await (await caches.open(name)).keys())
             kept.push(new URL(request.url).pathname);
           return kept; }"""
    )
    assert "/offline/" in kept
    assert all(path == "/offline/" or path.startswith("/static/") for path in kept), kept
    context.set_offline(True)
    page.goto("/bills/")
    assert "没有网络" in page.inner_text("main") and "¥" not in page.inner_text("main > .gh-empty")
    context.set_offline(False)
    page.click("a.gh-button")
    page.wait_for_selector(".gh-trio")
    context.close()


def test_a_line_that_cannot_be_fetched_says_so(browser: Browser, hall: str, company: Company) -> None:
    context = browser.new_context(
        base_url=hall, viewport={"width": 390, "height": 844}, locale="zh-CN", service_workers="block"
    )
    page = context.new_page()
    sign_in(page)
    page.goto("/bills/")
    page.click("ul.gh-rows a >> nth=0")
    page.wait_for_url(re.compile(r"/bills/[^/]+/$"))  # with its scripts, before the line is cut
    context.set_offline(True)
    page.click("details.gh-line summary >> nth=0")
    page.wait_for_selector(".gh-explain .gh-bad")
    assert page.get_by_text("看到的可能不是最新的").is_visible()
    context.set_offline(False)
    page.click(".gh-explain [data-again]")
    page.wait_for_selector(".gh-why")
    context.close()
