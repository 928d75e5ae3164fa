"""At the tariff desk: brought in, set side by side, tried on real bills, approved by another person."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from tests.journeys.conftest import find_axe_faults
from tests.journeys.people import sit_down
from tests.processes import work_off_the_queue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db, pytest.mark.usefixtures("put_back")]
CODE = "hubei-residential"
REFUSED = "422"
"""What the browser says of a form that comes back with faults."""


def look_at_pages(desk: Page, address: str) -> None:
    """Every page of a tariff, on desk and phone, light and dark: accessible, and nothing wider than the screen."""
    for width, height in ((1440, 900), (390, 844)):
        desk.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            desk.emulate_media(color_scheme=theme)
            for path in ("", "?tab=text", "?tab=history", "compare/", "effect/", "approve/", "retire/"):
                desk.goto(address + path)
                assert not find_axe_faults(desk), (width, theme, path)
                assert not desk.evaluate("document.documentElement.scrollWidth > innerWidth"), (width, path)


def test_a_tariff_is_brought_in_tried_and_approved_by_another(browser: Browser, hall: str, company: Any) -> None:
    text = (Path(settings.GRIDHALL_CATALOGUE) / "tariffs" / f"{CODE}.yaml").read_text(encoding="utf-8")
    with sit_down(browser, hall, "TARIFF", expected=REFUSED) as desk:
        desk.keyboard.press("g")
        desk.keyboard.press("t")
        desk.wait_for_url("**/console/tariffs/")
        desk.goto("/console/tariffs/upload/")
        desk.fill("#text", text.replace("up_to: 2160, price: 0.558", "up_to: 2160, price: cheap"))
        desk.click("button[value=check]")
        desk.wait_for_selector("tr[data-tone=error]")
        desk.fill("#text", text.replace("up_to: 2160, price: 0.558", "up_to: 2160, price: 0.578"))
        desk.dblclick("button[value=load]")
        desk.wait_for_url(re.compile(r"/console/tariffs/\d+/$"))
        address = desk.url
        assert desk.locator("text=这一版是您装入的").count() and not desk.locator("a[href$='/approve/']").count()

        desk.keyboard.press("3")
        desk.wait_for_url("**/compare/")
        assert "+0.02" in desk.inner_text("main") and "共 1 处不同" in desk.inner_text("main")
        desk.keyboard.press("4")
        desk.wait_for_url("**/effect/")
        desk.dblclick("#try button")
        desk.wait_for_selector("progress")
        work_off_the_queue()
        desk.wait_for_selector("#groups-title")  # by itself: the page asks again every second
        assert "重新算" in desk.inner_text("#try") and "不列出具体户" in desk.inner_text("main")
        assert not find_axe_faults(desk)

    with sit_down(browser, hall, "TARIFF_APPROVER", expected=REFUSED) as desk:
        desk.goto(address)
        desk.keyboard.press("a")
        desk.wait_for_url("**/approve/")
        assert "张多付" in desk.inner_text("main") and not find_axe_faults(desk)
        desk.click("button:has-text('批准，开始执行')")
        desk.wait_for_selector(".gh-summary")
        desk.fill("#note", "与发改委文件逐项核对")
        desk.dblclick("button:has-text('批准，开始执行')")
        desk.wait_for_url(address)
        assert "已批准" in desk.inner_text(".gh-topbar") and "与发改委文件逐项核对" in desk.inner_text("main")
        look_at_pages(desk, address)
