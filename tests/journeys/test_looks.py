"""
How pages look: no fault of geometry or accessibility in any way of reading, and nothing changed unseen.

`make looks` renews what is kept in `looks/`; docs/decisions/0011 says why it is kept this way. Pages stand in
`looks_pages.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import company as made
from tests.journeys import looking
from tests.journeys.conftest import find_axe_faults, sign_in
from tests.journeys.looks_pages import PAGES, Look

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
KEPT = Path(__file__).with_name("looks")
RENEWS = os.environ.get("GRIDHALL_RENEW_LOOKS", "") == "1"
WAYS = list(looking.list_ways())
# Colors and type decide what axe finds, and the frame of a wide screen; the tablet has both from the others.
AXE_SCREENS = ("phone", "desk")
# What never changes with the day, so that it can be compared with what it was.
PICTURED = [look for look in PAGES if look.name in ("styleguide", "sign-in", "offline", "nowhere")]
PICTURED_WAYS = [
    way for way in WAYS if way.screen == "phone" or (way.language == "zh-hans" and way.appearance == "LIGHT")
]


@pytest.fixture(scope="module")
def signed_in(browser: Browser, hall: str, company: made.Company) -> dict[str, Any]:
    """Who has signed in: phone -> cookies, so that each does it once."""
    return {}


def open_way(browser: Browser, hall: str, way: looking.Way, state: Any = None) -> BrowserContext:
    """Open a browser on a screen, with the way of reading on the device and, for those signed in, with the user."""
    import psycopg
    from django.db import connection

    width, height = looking.SCREENS[way.screen]
    context = browser.new_context(
        base_url=hall, viewport={"width": width, "height": height}, locale="zh-CN", service_workers="block",
        storage_state=state, reduced_motion="reduce",
    )  # fmt: skip
    context.add_init_script(looking.WATCH_SHIFT)
    wishes = {
        "django_language": way.language,
        "gridhall_appearance": way.appearance,
        "gridhall_reading": way.reading_mode,
    }
    context.add_cookies([{"name": name, "value": value, "url": hall} for name, value in wishes.items()])
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as own:
        own.execute(
            "UPDATE identity_user SET language = %s, appearance = %s, reading_mode = %s",
            (way.language, way.appearance, way.reading_mode),
        )
    return context


def show(page: Page, look: Look, company: made.Company, way: looking.Way) -> None:
    """Go to a page and prepare it."""
    path = look.get_path(company)
    page.goto(path + way.query if look.name == "styleguide" else path, wait_until="load")
    if look.prepare:
        look.prepare(page)
    page.evaluate("document.fonts.ready.then(() => true)")


@pytest.fixture
def open_look(browser: Browser, hall: str, company: made.Company, signed_in: dict[str, Any]) -> Iterator[Any]:
    """Give a function that opens a page in a way; each person and way has one browser window."""
    opened: dict[tuple[str | None, str], Page] = {}

    def open_page(look: Look, way: looking.Way) -> Page:
        key = (look.phone, way.name)
        if key not in opened:
            if look.phone and look.phone not in signed_in:
                context = browser.new_context(base_url=hall, locale="zh-CN", service_workers="block")
                sign_in(context.new_page(), look.phone)
                signed_in[look.phone] = context.storage_state()
                context.close()
            opened[key] = open_way(browser, hall, way, signed_in.get(look.phone or "")).new_page()
        show(opened[key], look, company, way)
        return opened[key]

    yield open_page
    for page in opened.values():
        page.context.close()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_no_page_has_a_fault_in_any_way_of_reading(open_look: Any, way: looking.Way) -> None:
    faults = []
    for look in PAGES:
        page = open_look(look, way)
        faults += [f"{look.name}: {fault}" for fault in looking.find_faults(page)]
        if way.screen in AXE_SCREENS:
            faults += [f"{look.name}: {fault}" for fault in find_axe_faults(page)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("way", PICTURED_WAYS, ids=lambda way: way.name)
def test_nothing_looks_different_unseen(open_look: Any, way: looking.Way) -> None:
    pictures, styles = {}, {}
    for look in PICTURED:
        page = open_look(look, way)
        pictures |= {f"{look.name}/{part}": picture for part, picture in looking.take_pictures(page).items()}
        if look.name == "styleguide":
            styles = looking.read_styles(page)
    if RENEWS:
        _keep(way, pictures, styles)
        return
    changes = compare(way, pictures, styles)
    assert not changes, "Run `make looks` if this is meant, and look at the pictures:\n" + "\n".join(changes)


def _keep(way: looking.Way, pictures: dict[str, Any], styles: dict[str, str]) -> None:
    KEPT.mkdir(exist_ok=True)
    places, packed = looking.pack_pictures(pictures)
    (KEPT / f"{way.name}.png").write_bytes(packed)
    kept = {"pictures": places, "styles": styles}
    (KEPT / f"{way.name}.json").write_text(json.dumps(kept, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


def compare(way: looking.Way, pictures: dict[str, Any], styles: dict[str, str]) -> list[str]:
    """Say what is different from what is kept."""
    kept = json.loads((KEPT / f"{way.name}.json").read_text(encoding="utf-8"))
    before = looking.unpack_pictures(kept["pictures"], (KEPT / f"{way.name}.png").read_bytes())
    changes = [f"{name} is not kept" for name in pictures.keys() - before.keys()]
    changes += [f"{name} is gone" for name in before.keys() - pictures.keys()]
    for name in pictures.keys() & before.keys():
        difference = looking.compare_pictures(pictures[name], before[name])
        changes += [f"{name}: {difference}"] if difference else []
    for name in sorted(styles.keys() | kept["styles"].keys()):
        was, now = kept["styles"].get(name), styles.get(name)
        if was != now:
            changes.append(f".{name} was {was}, is {now}")
    return changes


@pytest.mark.parametrize(
    ("change", "sees_picture"),
    [
        (":root{--brand:#00706F!important}", False),
        (":root{--brand:#6F0080!important}", True),
        (":root{--error-tint:#F0F0FE!important}", False),
        (":root{--s5:26px!important}", True),
        (":root{--pad:20px!important}", True),
        (":root{--type-body:16px!important}", True),
        (":root{--round-m:4px!important}", False),
    ],
)
def test_a_changed_color_or_space_is_noticed(open_look: Any, change: str, sees_picture: bool) -> None:
    """The proof that the net is fine enough: every changed token shows in the styles, a large change in the pictures."""
    way = WAYS[0]
    look = next(look for look in PICTURED if look.name == "styleguide")
    page = open_look(look, way)
    # As the browser's own tools do it: the page's policy forbids inline styles, a sheet made by script is none.
    page.evaluate(
        "(text) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(text); document.adoptedStyleSheets = [sheet]; }",
        change,
    )
    pictures = {f"{look.name}/{part}": picture for part, picture in looking.take_pictures(page).items()}
    changes = compare(way, pictures, looking.read_styles(page))
    assert any(line.startswith(".gh-") for line in changes)
    if sees_picture:
        assert any(line.startswith("styleguide/") for line in changes)
