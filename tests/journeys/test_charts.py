"""Charts in the hand: pointer, finger, arrow keys; and without a script their titles and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import company as made
from tests.journeys.conftest import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
BOX = "[data-chart]"


@pytest.fixture
def desk(browser: Browser, hall: str) -> Page:
    context = browser.new_context(base_url=hall, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    yield context.new_page()
    context.close()


def test_arrow_keys_go_from_mark_to_mark_and_are_read_aloud(desk: Page, company: made.Company) -> None:
    desk.goto("/styleguide/")
    box = desk.locator(f"{BOX}[data-ready]").first
    box.focus()
    spoken, tip = box.locator("[aria-live=polite]"), box.locator(".gh-tip")
    desk.keyboard.press("ArrowRight")
    assert spoken.text_content().startswith("00:00") and tip.is_visible()
    desk.keyboard.press("ArrowRight")
    assert spoken.text_content().startswith("00:15") and tip.text_content() == spoken.text_content()
    desk.keyboard.press("End")
    desk.keyboard.press("ArrowRight")
    assert spoken.text_content().startswith("23:45")
    desk.keyboard.press("PageUp")
    assert spoken.text_content().startswith("21:45")
    frame, sign = box.bounding_box(), tip.bounding_box()
    assert sign["x"] >= frame["x"] - 1 and sign["x"] + sign["width"] <= frame["x"] + frame["width"] + 1
    desk.keyboard.press("Escape")
    assert tip.is_hidden()


def test_enter_follows_the_link_of_a_bar(desk: Page, company: made.Company) -> None:
    sign_in(desk)
    desk.goto("/usage/")
    box = desk.locator(f"{BOX}[data-ready]").first
    box.focus()
    desk.keyboard.press("End")
    says = box.locator(".gh-tip").text_content()
    assert "kWh" in says
    desk.keyboard.press("ArrowLeft")
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**/usage/{company.billed[-1]}/")


def test_a_pointer_shows_what_it_is_on(desk: Page, company: made.Company) -> None:
    desk.goto("/styleguide/")
    box = desk.locator(f"{BOX}[data-ready]").nth(1)
    box.scroll_into_view_if_needed()
    frame = box.bounding_box()
    desk.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    assert "kWh" in box.locator(".gh-tip").text_content()
    desk.mouse.move(0, 0)
    assert box.locator(".gh-tip").is_hidden()


def test_a_first_touch_tells_and_the_second_follows(phone: Page, company: made.Company) -> None:
    sign_in(phone)
    phone.goto("/usage/")
    phone.wait_for_selector(f"{BOX}[data-ready]")
    bar = phone.locator("svg.gh-chart-narrow a.gh-mark >> nth=-2")
    bar.tap(force=True)
    assert "kWh" in phone.locator(f"{BOX} .gh-tip").first.text_content()
    assert phone.url.endswith("/usage/")
    bar.tap(force=True)
    phone.wait_for_url(f"**/usage/{company.billed[-1]}/")


def test_without_a_script_titles_and_tables_say_the_same(browser: Browser, hall: str, company: made.Company) -> None:
    context = browser.new_context(base_url=hall, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto("/styleguide/")
    figure = page.locator(".gh-guide-part .gh-card", has=page.locator(BOX)).first
    assert figure.locator("svg.gh-chart-wide .gh-mark > title").count() == 96
    assert figure.locator("table").is_hidden()
    figure.locator("summary").click()
    assert figure.locator("tbody tr").count() == 96 and figure.locator("table").is_visible()
    context.close()
