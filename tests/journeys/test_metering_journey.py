"""At the metering desk: a file is sent, a failure that it brought is mended by keyboard, and nothing waits any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests import company as made
from tests.journeys.conftest import find_axe_faults
from tests.journeys.people import sit_down
from tests.processes import manage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
SERIAL = f"22110{made.NEIGHBOR.number[-8:]}"
BRING_IN = """
from django.utils import timezone
from gridhall.apps.metering import actions
actions.import_received_files(at=timezone.now())
"""


@pytest.fixture
def desk(browser: Browser, hall: str, company: Any) -> Iterator[Page]:
    """A member of the metering staff at the console."""
    with sit_down(browser, hall, "METERING") as page:
        yield page


def _bring_in() -> None:
    """Bring in what waits, as the worker does."""
    manage("shell", "-c", BRING_IN)


def test_a_file_is_sent_and_its_failure_mended_by_keyboard(desk: Page, company: made.Company) -> None:
    day = company.billed[-1].first_day + timedelta(days=14)
    rows = [f"{SERIAL},{day} {at // 4:02d}:{at % 4 * 15:02d},5.{at}" for at in range(40, 44)]
    content = "\n".join(["meter,timestamp,kwh", *rows]) + "\n"
    desk.goto("/console/read-files/")
    desk.set_input_files("#file", {"name": "补抄.csv", "mimeType": "text/csv", "buffer": content.encode()})
    desk.click("button:has-text('传上来')")
    desk.wait_for_selector("text=排队中")
    assert not find_axe_faults(desk)
    _bring_in()
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
