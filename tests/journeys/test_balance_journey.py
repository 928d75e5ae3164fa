"""At the metering desk: what is lost in a month is walked by keyboard, from all feeders to one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests import company as made
from tests.journeys.conftest import find_axe_faults
from tests.journeys.people import sit_down
from tests.processes import manage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
BALANCE = """
from django.utils import timezone
from gridhall.apps.metering import actions
actions.balance_network(at=timezone.now())
"""


@pytest.fixture
def desk(browser: Browser, hall: str, company: Any) -> Iterator[Page]:
    """A member of the metering staff at the console, after a night."""
    manage("shell", "-c", BALANCE)
    with sit_down(browser, hall, "METERING") as page:
        yield page


def test_losses_are_walked_by_keyboard(desk: Page, company: made.Company) -> None:
    last, before = company.billed[-1], company.billed[-2]
    desk.goto("/console/")
    for key in "gl":
        desk.keyboard.press(key)
    desk.wait_for_url("**/console/balance/")
    assert "龙潭线" in desk.inner_text("main")
    assert not find_axe_faults(desk)
    desk.keyboard.press("[")
    desk.wait_for_url(f"**/console/balance/?month={before}")
    desk.keyboard.press("]")
    desk.wait_for_url(lambda address: "month=" not in address)
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**/console/balance/feeders/F1/?month={last}")
    assert desk.inner_text("h1").strip() == "龙潭线"
    assert not find_axe_faults(desk)
    for width, height in ((390, 844), (1440, 900)):
        desk.set_viewport_size({"width": width, "height": height})
        assert not desk.evaluate("document.documentElement.scrollWidth > innerWidth"), width
    desk.locator(".gh-chart-box").last.focus()
    desk.keyboard.press("ArrowRight")
    assert "1日" in desk.inner_text(".gh-tip:not([hidden])")
