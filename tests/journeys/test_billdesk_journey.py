"""A month's bills by two people: opened, computed, looked at, checked, approved by the second, issued; by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests import company as made
from tests import snapshots
from tests.journeys.conftest import find_axe_faults
from tests.journeys.people import sign_in_at_the_desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
DESK = "/console/bills/"


@pytest.fixture(autouse=True)
def bills_put_back(company: made.Company) -> Iterator[None]:
    """Let the next journey find the bills that the company had."""
    with snapshots.open_own() as own:
        before = snapshots.keep(own, "kept_for_bills")
        yield
        before.restore(own)
        snapshots.forget(own, before)


class _Person:
    """A member of staff at his own screen; errors of the browser's console are kept."""

    def __init__(self, browser: Browser, hall: str, role: str) -> None:
        self.context: BrowserContext = browser.new_context(
            base_url=hall, viewport={"width": 1440, "height": 900}, locale="zh-CN"
        )
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        sign_in_at_the_desk(self.page, made.STAFF_PHONES[role])


@pytest.fixture
def clerk(browser: Browser, hall: str, company: made.Company) -> Iterator[_Person]:
    """Who prepares."""
    person = _Person(browser, hall, "BILLING")
    yield person
    person.context.close()
    assert not person.errors, person.errors


@pytest.fixture
def approver(browser: Browser, hall: str, company: made.Company) -> Iterator[_Person]:
    """Who looks at it with other eyes."""
    person = _Person(browser, hall, "BILLING_APPROVER")
    yield person
    person.context.close()
    assert not person.errors, person.errors


@pytest.fixture
def worker(hall: str, own_interval_store: Any) -> Any:
    """Give who does what waits in the queue, once, in a process of its own, as in real life."""
    import os
    import subprocess
    import sys

    from django.conf import settings
    from django.db import connection

    facts = settings.DATABASES["default"]
    place = f"{facts['HOST']}:{facts['PORT']}/{connection.settings_dict['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{facts['USER']}:{facts['PASSWORD']}@{place}",
        "GRIDHALL_DATA": str(settings.DATA_DIR),
        "GRIDHALL_INTERVAL_STORE": str(own_interval_store),
    }

    def do() -> None:
        command = [sys.executable, "-m", "gridhall", "manage", "procrastinate", "worker", "--one-shot"]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)

    return do


@pytest.fixture
def open_month(company: made.Company) -> Iterator[str]:
    """The last month, its bills taken back; committed, and billed again afterwards whatever happened."""
    month = company.billed[-1]
    _take_back(month)
    yield str(month)


def _take_back(month: Any) -> None:
    """Take the bills of a month back in a transaction of its own, which the server sees."""
    import threading

    failed: list[BaseException] = []

    def do() -> None:
        from django.db import connections
        from django.utils import timezone

        from gridhall.apps.billing import actions
        from gridhall.apps.billing.models import Bill

        try:
            for bill in Bill.objects.filter(is_current=True, first_day=month.first_day):
                actions.cancel_bill(bill=bill, reason="again", at=timezone.now(), actor="tests")
        except BaseException as fault:
            failed.append(fault)
        finally:
            connections.close_all()

    thread = threading.Thread(target=do)
    thread.start()
    thread.join()
    assert not failed, failed


def _look_at(page: Page) -> None:
    """A page is accessible and nothing runs over its edge, on the desk and on a phone, light and dark."""
    for width, height in ((390, 844), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("dark", "light"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            assert not find_axe_faults(page), (page.url, width, theme)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), (page.url, width)


def _prepare(page: Page, month: str, worker: Any) -> str:
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
    worker()
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


def _decide(page: Page, run: str, worker: Any) -> None:
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
    worker()
    page.wait_for_selector(".gh-topbar .gh-desk-mark:has-text('已发行')")
    assert "已发行 7 张" in page.inner_text("main")


def test_a_month_is_billed_by_two_people(clerk: _Person, approver: _Person, worker: Any, open_month: str) -> None:
    run = _prepare(clerk.page, open_month, worker)
    _decide(approver.page, run, worker)


def test_the_desk_works_without_script(browser: Browser, hall: str, clerk: _Person, open_month: str) -> None:
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
