"""
How the pages of the staff console look: on the desk dense and roomy, light and dark, and on a phone.

`make looks` renews the pictures; docs/decisions/0011 says why they are kept so. Pages stand in `looks_console.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests import company as made
from tests.journeys import looking
from tests.journeys.conftest import find_axe_faults
from tests.journeys.looks_console import DESK_PAGES, LATE, PICTURED, DeskLook, make_desk_work
from tests.journeys.people import forget_authenticators, sign_in_at_the_desk
from tests.journeys.test_looks import RENEWS, _hold_back, _keep, compare, open_way

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


@dataclass(frozen=True, slots=True)
class DeskWay:
    """A way of reading, and how dense the rows stand."""

    way: looking.Way
    density: str = "dense"

    @property
    def name(self) -> str:
        """How the way is called in names of tests and files."""
        return f"console-{self.way.name}{'-roomy' if self.density == 'roomy' else ''}"


LIGHT = DeskWay(looking.Way("desk", "LIGHT", "NORMAL", "zh-hans"))
DARK = DeskWay(looking.Way("desk", "DARK", "NORMAL", "en"))
ROOMY = DeskWay(looking.Way("desk", "LIGHT", "NORMAL", "zh-hans"), "roomy")
PHONE = DeskWay(looking.Way("phone", "LIGHT", "NORMAL", "zh-hans"))
WAYS = (LIGHT, DARK, ROOMY, PHONE)
# In light, in Chinese, `test_every_page.py` has axe read each of these pages.
AXE_WAYS = (DARK,)
PICTURED_WAYS = (LIGHT, DARK)
# A pointer's targets, WCAG 2.2 2.5.8; what a thumb presses in the customer's app is larger.
DESK_TAP = {"tap": 24, "largeTap": 24, "cellTap": 24}
# A key that stands beside a button is told by the page, so something on the page must take it.
DEAD_KEYS = """() => {
  const taken = new Set([...document.querySelectorAll("[data-keys]")].map((one) => one.dataset.keys.replace(/ /g, "")));
  const own = new Set(["/", "j", "k", "x", "X", "f", "e", "?"]);
  return [...document.querySelectorAll("main kbd, .gh-topbar kbd")].filter((one) => !one.closest(".gh-keymap"))
    .map((one) => one.textContent.replace(/ /g, "")).filter((key) => !taken.has(key) && !own.has(key));
}"""
FREEZE = """(isFixed) => {
  const frozen = (text) => text.replace(/\\d[\\d,.]*/g, "00")
    .replace(/(January|February|March|April|May|June|July|August|September|October|November|December)/g, "June")
    .replace(/\\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\\b/g, "May");
  if (isFixed) return;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) walker.currentNode.data = frozen(walker.currentNode.data);
  for (const body of document.querySelectorAll("tbody")) while (body.rows.length > 3) body.deleteRow(3);
  for (const list of document.querySelectorAll(".gh-events, .gh-ranks")) {
    while (list.children.length > 1) list.lastElementChild.remove();
  }
  for (const mark of document.querySelectorAll(".gh-chart > *:not(.gh-grid), .gh-ranks svg")) mark.remove();
}"""


@pytest.fixture(scope="module")
def work(hall: str, company: made.Company, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """Work on every desk."""
    with django_db_blocker.unblock():
        yield from make_desk_work()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, hall: str, work: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Who has signed in: role -> cookies, so that each does it once."""
    found: dict[str, Any] = {}
    for role in sorted({look.role for look in DESK_PAGES if look.role}):
        context = browser.new_context(base_url=hall, locale="zh-CN", service_workers="block")
        sign_in_at_the_desk(context.new_page(), made.STAFF_PHONES[role])
        found[role] = context.storage_state()
        context.close()
    yield found
    forget_authenticators()


@pytest.fixture
def open_look(browser: Browser, hall: str, work: dict[str, Any], signed_in: dict[str, Any]) -> Iterator[Any]:
    """Give a function that opens a page in a way; each person and way has one browser window."""
    opened: dict[tuple[str | None, str, bool], Page] = {}

    def open_page(look: DeskLook, way: DeskWay, *, late: bool = False) -> Page:
        key = (look.role, way.name, late)
        if key not in opened:
            context = open_way(browser, hall, way.way, signed_in.get(look.role or ""))
            context.add_cookies(
                [{"name": "gridhall_density", "value": way.density, "url": f"{hall}/console/"}],
            )
            if late:
                context.route(re.compile(r"\.(js|woff2)\b"), _hold_back)
            opened[key] = context.new_page()
        page = opened[key]
        page.goto(look.path.format(**work), wait_until="load")
        if look.prepare:
            look.prepare(page)
        page.evaluate("document.fonts.ready.then(() => true)")
        return page

    yield open_page
    for page in opened.values():
        page.context.close()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_no_page_of_the_console_has_a_fault_in_any_way_of_reading(open_look: Any, way: DeskWay) -> None:
    faults = []
    for look in DESK_PAGES:
        page = open_look(look, way)
        faults += [f"{look.name}: {fault}" for fault in looking.find_faults(page, **DESK_TAP)]
        if way is LIGHT:
            faults += [f"{look.name}: nothing takes the key {key}" for key in page.evaluate(DEAD_KEYS)]
        if way in AXE_WAYS:
            faults += [f"{look.name}: {fault}" for fault in find_axe_faults(page)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("way", [LIGHT, PHONE], ids=lambda way: way.name)
def test_nothing_moves_when_scripts_and_letters_come_late(open_look: Any, way: DeskWay) -> None:
    moved = []
    for look in LATE:
        page = open_look(look, way, late=True)
        moved += [f"{look.name} {movement}" for movement in looking.find_movement(page)]
    assert not moved, "\n".join(moved)


@pytest.mark.parametrize("way", PICTURED_WAYS, ids=lambda way: way.name)
def test_nothing_looks_different_unseen(open_look: Any, way: DeskWay) -> None:
    pictures = {}
    for look in PICTURED:
        page = open_look(look, way)
        page.evaluate(FREEZE, look.is_fixed)
        pictures[look.name] = looking.take_screen(page)
    if RENEWS:
        _keep(way, pictures, {})
        return
    changes = compare(way, pictures, {})
    assert not changes, "Run `make looks` if this is meant, and look at the pictures:\n" + "\n".join(changes)
