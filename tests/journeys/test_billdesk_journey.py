"""A month's bills by two people: opened, computed, looked at, checked, approved by the second, issued; by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from gridhall.core.tests.threads import run_aside
from tests import company as made
from tests.journeys.conftest import find_axe_faults
from tests.journeys.people import sit_down
from tests.processes import work_off_the_queue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db, pytest.mark.usefixtures("put_back")]
DESK = "/console/bills/"


@pytest.fixture
def clerk(browser: Browser, hall: str, company: made.Company) -> Iterator[Page]:
    """Who prepares."""
    with sit_down(browser, hall, "BILLING") as page:
        yield page


@pytest.fixture
def approver(browser: Browser, hall: str, company: made.Company) -> Iterator[Page]:
    """Who looks at it with other eyes."""
    with sit_down(browser, hall, "BILLING_APPROVER") as page:
        yield page


@pytest.fixture
def open_month(company: made.Company) -> str:
    """The last month, its bills taken back; committed, so that the server sees it."""
    month = company.billed[-1]
    run_aside(lambda: _take_back(month))
    return str(month)


def _take_back(month: Any) -> None:
    from django.utils import timezone

    from gridhall.apps.billing import actions
    from gridhall.apps.billing.models import Bill

    for bill in Bill.objects.filter(is_current=True, first_day=month.first_day):
        actions.cancel_bill(bill=bill, reason="again", at=timezone.now(), actor="tests")


def _look_at(page: Page) -> None:
    """A page is accessible and nothing runs over its edge, on the desk and on a phone, light and dark."""
    for width, height in ((390, 844), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("dark", "light"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            assert not find_axe_faults(page), (page.url, width, theme)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), (page.url, width)


def _prepare(page: Page, month: str) -> str:
    """Open the run of a month, have it computed, look at what it found; gives its address."""
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url(f"**{DESK}")
    _look_at(page)
    page.select_option("#month", month)
    page.click("button:has-text('开始出账')")
    page.wait_for_url("**/runs/**")
    run = page.url
    page.wait_for_selector("#progress:has-text('正在计算')")
    page.goto("about:blank")  # left while it waits, and come back to
    page.goto(run)
    work_off_the_queue()
    page.wait_for_selector(".gh-topbar .gh-desk-mark:has-text('等复核')")  # the page looked by itself
    assert "复核通过" not in page.inner_text("main")
    _look_at(page)
    page.keyboard.press("3")
    page.wait_for_url("**/comparison/")
    _look_at(page)
    page.keyboard.press("2")
    page.wait_for_url("**/exceptions/**")
    _look_at(page)
    return run


def _decide(page: Page, run: str) -> None:
    """Check the sample, approve and issue."""
    page.goto(run)
    assert "还没有抽查" in page.inner_text("main")
    page.keyboard.press("s")
    page.wait_for_url("**/sample/")
    _look_at(page)
    page.keyboard.press("c")
    page.wait_for_selector("text=抽查第 1 张")
    _look_at(page)
    for _each in range(7):
        here = page.url
        page.keyboard.press("y")
        page.wait_for_url(lambda url, here=here: url != here)
    page.wait_for_url("**/sample/")
    page.keyboard.press("1")
    page.wait_for_url(run)
    page.keyboard.press("a")
    page.wait_for_selector("button:has-text('发行')")
    _look_at(page)
    page.dblclick("button:has-text('发行')")
    page.wait_for_selector("#progress:has-text('正在发行')")
    work_off_the_queue()
    page.wait_for_selector(".gh-topbar .gh-desk-mark:has-text('已发行')")
    assert "已发行 7 张" in page.inner_text("main")


def test_a_month_is_billed_by_two_people(clerk: Page, approver: Page, open_month: str) -> None:
    run = _prepare(clerk, open_month)
    _decide(approver, run)


def test_the_desk_works_without_script(browser: Browser, hall: str, clerk: Page, open_month: str) -> None:
    context = browser.new_context(
        base_url=hall, java_script_enabled=False, locale="zh-CN", storage_state=clerk.context.storage_state()
    )
    page = context.new_page()
    page.goto(DESK)
    page.select_option("#month", open_month)
    page.click("button:has-text('开始出账')")
    page.wait_for_url("**/runs/**")
    assert page.locator("#progress").count() == 1
    page.click("text=作废这一批") if page.locator("text=作废这一批").count() else page.goto(f"{page.url}cancel/")
    page.fill("#reason", "只是试一试")
    page.click("button:has-text('作废这一批')")
    page.wait_for_selector("text=只是试一试")
    context.close()
