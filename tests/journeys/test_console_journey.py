"""At the counter: a customer is found by pinyin, unmasked for a reason; a note is written and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests import company as made
from tests.journeys.conftest import find_axe_faults
from tests.journeys.people import sit_down

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db, pytest.mark.usefixtures("put_back")]
NUMBER = made.CUSTOMERS[0].number


@pytest.fixture
def desk(browser: Browser, hall: str, company: Any) -> Iterator[Page]:
    """A clerk at the console."""
    with sit_down(browser, hall, "CLERK") as page:
        yield page


def test_a_customer_is_found_unmasked_and_noted_by_keyboard(desk: Page) -> None:
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


PAGES = (
    "/console/",
    f"/console/accounts/{NUMBER}/",
    f"/console/accounts/{NUMBER}/?tab=bills",
    f"/console/accounts/{NUMBER}/?tab=supply",
    f"/console/accounts/{NUMBER}/?tab=people",
    f"/console/accounts/{NUMBER}/?tab=timeline",
    "/console/accounts/",
    "/console/search/?q=tds",
    "/console/keyboard/",
)


def test_the_pages_of_the_console_are_accessible(desk: Page) -> None:
    for width, height in ((1440, 900), (390, 844)):
        desk.set_viewport_size({"width": width, "height": height})
        for path in PAGES:
            for theme in ("light", "dark"):
                desk.emulate_media(color_scheme=theme)
                desk.goto(path)
                assert not find_axe_faults(desk), (width, theme)
                assert not desk.evaluate("document.documentElement.scrollWidth > innerWidth"), (width, path)
