"""At the tariff desk: brought in, set side by side, tried on real bills, approved by another person."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from tests import company as made
from tests import snapshots
from tests.conftest import REPOSITORY
from tests.journeys.conftest import find_axe_faults
from tests.journeys.people import sign_in_at_the_desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
CODE = "hubei-residential"


@contextmanager
def sign_in(browser: Browser, hall: str, role: str) -> Iterator[Page]:
    """Sit down at the console in a role; errors of the browser's console fail the test, refused forms aside."""
    context = browser.new_context(base_url=hall, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: errors.append(message.text) if message.type == "error" and "422" not in message.text else None,
    )
    sign_in_at_the_desk(page, made.STAFF_PHONES[role])
    yield page
    context.close()
    assert not errors, errors


def work_off_the_queue() -> None:
    """Do what waits on the queue, as the worker of a hall does."""
    from django.db import connection

    facts = connection.settings_dict
    place = f"{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{place}",
        "GRIDHALL_DATA": str(settings.DATA_DIR),
        "GRIDHALL_INTERVAL_STORE": str(settings.GRIDHALL_INTERVAL_STORE),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY / "src"), os.environ.get("PYTHONPATH", "")])),
    }
    worker = [sys.executable, "-m", "gridhall", "manage", "procrastinate", "worker", "--one-shot"]
    subprocess.run(worker, env=environment, check=True, capture_output=True, timeout=300)


@pytest.fixture
def as_before(company: Any) -> Iterator[None]:
    """What this journey puts in force is gone for the next one."""
    yield
    with snapshots.open_own() as own:
        own.execute("DELETE FROM billing_tarifftrial")
        own.execute("ALTER TABLE tariffs_tariffdocument DISABLE TRIGGER USER")
        own.execute("DELETE FROM tariffs_tariffdocument WHERE code = %s AND loaded_by <> 'tests'", [CODE])
        own.execute(
            "UPDATE tariffs_tariffdocument SET status = 'APPROVED', retired_at = NULL, retired_by = '' WHERE code = %s",
            [CODE],
        )
        own.execute("ALTER TABLE tariffs_tariffdocument ENABLE TRIGGER USER")


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


def test_a_tariff_is_brought_in_tried_and_approved_by_another(browser: Browser, hall: str, as_before: None) -> None:
    text = (Path(settings.GRIDHALL_CATALOGUE) / "tariffs" / f"{CODE}.yaml").read_text(encoding="utf-8")
    with sign_in(browser, hall, "TARIFF") as desk:
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

    with sign_in(browser, hall, "TARIFF_APPROVER") as desk:
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
