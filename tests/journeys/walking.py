"""
Walking over all pages and measuring each: several walkers at a time, each with a browser of its own.

A page is loaded once for each language and size of type, which the server writes it for; what only the browser decides,
the width of the screen, light and dark, is changed on the loaded page.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from tests.conftest import CHROMIUM_SWITCHES, find_chromium
from tests.journeys import looking
from tests.journeys.conftest import find_axe_faults

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.journeys.looks_pages import Look

WALKERS = 2
# All of axe once in each frame of the app, both themes, both languages; its rule for contrast, which large type has
# colors of its own for, in the other two.
READ_WHOLE = ("phone-light-zh", "desk-dark-en")
READ_COLORS = ("phone-dark-large-en", "desk-light-large-zh")


@dataclass(frozen=True, slots=True)
class Stop:
    """A page with its address, and the cookies of who looks (None: nobody signed in)."""

    look: Look
    path: str
    state: Any


def walk(hall: str, stops: list[Stop], ways: list[looking.Way]) -> list[str]:
    """Look at every page in ways of one language and one size of type; gives the faults."""
    left: SimpleQueue[Stop] = SimpleQueue()
    for stop in stops:
        left.put(stop)
    with ThreadPoolExecutor(WALKERS) as walkers:
        walks = [walkers.submit(_walk_some, hall, left, ways) for _unused in range(WALKERS)]
        return sorted(fault for one in walks for fault in one.result())


def _walk_some(hall: str, left: SimpleQueue[Stop], ways: list[looking.Way]) -> list[str]:
    from playwright.sync_api import Error, sync_playwright

    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_SWITCHES)
        pages: dict[str | None, Page] = {}
        while True:
            try:
                stop = left.get_nowait()
            except Empty:
                break
            who = stop.look.phone
            try:
                page = pages[who] if who in pages else pages.setdefault(who, _open(browser, hall, stop.state, ways[0]))
                faults += [f"{stop.look.name}: {fault}" for fault in _measure(page, stop, ways)]
            except Error as error:
                faults.append(f"{stop.look.name}: could not be looked at: {error}")
        browser.close()
    return faults


def _open(browser: Browser, hall: str, state: Any, way: looking.Way) -> Page:
    context = browser.new_context(
        base_url=hall, viewport=_size(way), locale="zh-CN", service_workers="block", storage_state=state,
        reduced_motion="reduce",
    )  # fmt: skip
    context.add_init_script(looking.WATCH_SHIFT)
    context.add_cookies([{"name": name, "value": value, "url": hall} for name, value in way.wishes.items()])
    return context.new_page()


def _size(way: looking.Way) -> Any:
    width, height = looking.SCREENS[way.screen]
    return {"width": width, "height": height}


def _measure(page: Page, stop: Stop, ways: list[looking.Way]) -> list[str]:
    """Load a page and look at it in each way."""
    page.set_viewport_size(_size(ways[0]))
    page.goto(stop.path + ways[0].query if stop.look.name == "styleguide" else stop.path, wait_until="load")
    if stop.look.prepare:
        stop.look.prepare(page)
    page.evaluate("document.fonts.ready.then(() => true)")
    faults = []
    for number, way in enumerate(ways):
        if number:
            page.set_viewport_size(_size(way))
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", way.appearance.lower())
        found = looking.find_faults(page, counts_shift=number == 0)
        if way.name in READ_WHOLE or way.name in READ_COLORS:
            found += find_axe_faults(page, rule="" if way.name in READ_WHOLE else "color-contrast")
        faults += [f"{way.name}: {fault}" for fault in found]
    return faults
