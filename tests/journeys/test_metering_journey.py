"""At the metering desk: a file is sent, a failure that it brought is mended by keyboard, and nothing waits any more."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests import company as made
from tests.conftest import REPOSITORY
from tests.journeys.conftest import find_axe_faults
from tests.journeys.people import sign_in_at_the_desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
SERIAL = f"22110{made.NEIGHBOR.number[-8:]}"
PHONE = made.STAFF_PHONES["METERING"]
WORK = "from django.utils import timezone; from gridhall.apps.metering import actions; "


@pytest.fixture
def desk(browser: Browser, hall: str, company: Any) -> Iterator[Page]:
    """A member of the metering staff on a screen of 1440 x 900; errors of the browser's console fail the test."""
    context = browser.new_context(base_url=hall, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    sign_in_at_the_desk(page, PHONE)
    yield page
    context.close()
    assert not errors, errors


def _work() -> None:
    """Do what the worker does: bring in what waits, on the server's database."""
    from django.conf import settings
    from django.db import connection

    facts = settings.DATABASES["default"]
    place = f"{facts['HOST']}:{facts['PORT']}/{connection.settings_dict['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{facts['USER']}:{facts['PASSWORD']}@{place}",
        "GRIDHALL_DATA": str(settings.DATA_DIR),
        "GRIDHALL_INTERVAL_STORE": str(settings.GRIDHALL_INTERVAL_STORE),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY / "src"), os.environ.get("PYTHONPATH", "")])),
    }
    doing = WORK + "actions.import_received_files(at=timezone.now())"
    subprocess.run([sys.executable, "-m", "gridhall", "manage", "shell", "-c", doing], env=environment, check=True)


def test_a_file_is_sent_and_its_failure_mended_by_keyboard(desk: Page, company: made.Company) -> None:
    day = company.billed[-1].first_day + timedelta(days=14)
    rows = [f"{SERIAL},{day} {at // 4:02d}:{at % 4 * 15:02d},5.{at}" for at in range(40, 44)]
    content = "\n".join(["meter,timestamp,kwh", *rows]) + "\n"
    desk.goto("/console/read-files/")
    desk.set_input_files("#file", {"name": "补抄.csv", "mimeType": "text/csv", "buffer": content.encode()})
    desk.click("button:has-text('传上来')")
    desk.wait_for_selector("text=排队中")
    assert not find_axe_faults(desk)
    _work()
    desk.wait_for_selector("text=已导入", timeout=20_000)  # the page looks by itself

    desk.goto(f"/console/findings/?rule=SPIKE&meter={SERIAL}")
    assert not find_axe_faults(desk)
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("text=怎么处理")
    assert not find_axe_faults(desk)
    for width, height in ((390, 844), (1440, 900)):
        desk.set_viewport_size({"width": width, "height": height})
        assert not desk.evaluate("document.documentElement.scrollWidth > innerWidth"), width
    desk.keyboard.press("m")
    desk.wait_for_selector("text=已用估算值修正")
    desk.goto(f"/console/findings/?rule=SPIKE&meter={SERIAL}")
    assert "没有要处理的读数异常" in desk.inner_text("main")
    desk.goto(f"/console/meters/{SERIAL}/?day={day}")
    assert "更正过的实测" in desk.inner_text("main") and "现行" in desk.inner_text("main")
    for theme in ("light", "dark"):
        desk.emulate_media(color_scheme=theme)
        for path in (f"/console/meters/{SERIAL}/?day={day}", "/console/meters/exchange/", "/console/read-files/"):
            desk.goto(path)
            assert not find_axe_faults(desk), (theme, path)
