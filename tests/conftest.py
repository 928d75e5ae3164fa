"""What tests across apps have: the real server on the test database, and a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gridhall.config import addresses, translations
from gridhall.config.run_folder import Wanted
from tests.processes import REPOSITORY, make_environment, manage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

PHONE = {"width": 390, "height": 844}
CHROMIUM_SWITCHES = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session", autouse=True)
def compiled_translations() -> None:
    """English pages need their catalogs."""
    translations.compile_all(REPOSITORY / "src" / "gridhall")


@pytest.fixture(scope="session", autouse=True)
def own_interval_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tests read and write an interval store of their own, never this installation's."""
    from django.conf import settings

    settings.GRIDHALL_INTERVAL_STORE = tmp_path_factory.mktemp("intervals")
    return settings.GRIDHALL_INTERVAL_STORE


@pytest.fixture(scope="session")
def hall(django_db_setup: None, own_interval_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """
    The address of the real server (granian, ASGI) on the test database.

    It sees what is committed: fill the database in a session or module fixture under `django_db_blocker.unblock()`.
    """
    from gridhall.cli.operations import supervision

    port = next(port for port in range(8100, 8200) if addresses.is_port_free("127.0.0.1", port))
    environment = make_environment() | {"GRIDHALL_STYLEGUIDE": "1"}
    # The real server serves static files by their hashed names, so they are collected as in real life.
    manage("collectstatic", "--no-input", "-v", "0")
    log_path = tmp_path_factory.mktemp("hall") / "server.log"
    with log_path.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "granian", "--interface", "asginl", "--port", str(port), "--workers", "1",
             "gridhall.config.asgi:application"],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while supervision.ask_server(Wanted(port=port)) is None:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The server did not start:\n{log_path.read_text()}")
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium from the system's packages; without it the journeys fail, they are never left out."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail("No Chromium on this machine. Run `make browser`.")
    # Playwright runs an event loop in this thread, and Django refuses the database inside one; tests use both.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=CHROMIUM_SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def phone(browser: Browser, hall: str) -> Iterator[Page]:
    """A page on a phone (390 x 844) in Chinese; console errors fail the test."""
    yield from _open_page(browser, hall, locale="zh-CN")


@pytest.fixture
def english_phone(browser: Browser, hall: str) -> Iterator[Page]:
    """The same phone, set to English."""
    yield from _open_page(browser, hall, locale="en-US")


def _open_page(browser: Browser, hall: str, **options: Any) -> Iterator[Page]:
    context = browser.new_context(
        base_url=hall, viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True,
        timezone_id="Asia/Shanghai", **options,
    )  # fmt: skip
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.text} ({message.location.get('url', '')})")

    page.on("console", note)
    yield page
    context.close()
    assert not errors, f"The browser's console reports: {errors}"
