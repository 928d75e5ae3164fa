"""
How pages look: no fault of geometry or accessibility in any way of reading, and nothing changed unseen.

`make looks` renews what is kept in `looks/`; docs/decisions/0011 says why it is kept this way. Pages stand in
`looks_pages.py`.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import company as made
from tests.journeys import looking
from tests.journeys.conftest import find_axe_faults, sign_in
from tests.journeys.looks_pages import LEAVES, PAGES, Look

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

pytestmark = [pytest.mark.journey, pytest.mark.django_db]
KEPT = Path(__file__).with_name("looks")
RENEWS = os.environ.get("GRIDHALL_RENEW_LOOKS", "") == "1"
WAYS = looking.list_ways()
# What axe finds depends on colors and words, and on the two frames of the app; the tablet shares the phone's.
AXE_WAYS = [way for way in WAYS if way.screen == "phone" or (way.screen == "desk" and way.reading_mode == "NORMAL")]
# What never changes with the day, so that it can be compared with what it was.
PICTURED = [look for look in PAGES if look.name in ("styleguide", "sign-in", "offline", "nowhere")]
PICTURED_WAYS = [way for way in WAYS if way.reading_mode == "NORMAL" or way.name == "phone-light-large-zh"]
STYLED_WAYS = [way for way in PICTURED_WAYS if way.screen == "phone" or way.name == "desk-light-zh"]
LEAF_WAYS = ("phone-light-zh", "phone-dark-large-en", "tablet-dark-zh", "desk-light-zh")
STYLES = KEPT / "styles.json"
LATE_WAYS = [way for way in WAYS if way.name in ("phone-light-large-zh", "desk-light-zh")]
LATE_MS = 300


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


def _hold_back(route: Route) -> None:
    time.sleep(LATE_MS / 1000)
    route.continue_()


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
    opened: dict[tuple[str | None, str, bool], Page] = {}

    def open_page(look: Look, way: looking.Way, *, late: bool = False) -> Page:
        key = (look.phone, way.name, late)
        if key not in opened:
            if look.phone and look.phone not in signed_in:
                context = browser.new_context(base_url=hall, locale="zh-CN", service_workers="block")
                sign_in(context.new_page(), look.phone)
                signed_in[look.phone] = context.storage_state()
                context.close()
            context = open_way(browser, hall, way, signed_in.get(look.phone or ""))
            if late:
                context.route(re.compile(r"\.(js|woff2)\b"), _hold_back)
            opened[key] = context.new_page()
        show(opened[key], look, company, way)
        return opened[key]

    yield open_page
    for page in opened.values():
        page.context.close()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_no_page_has_a_fault_in_any_way_of_reading(open_look: Any, way: looking.Way) -> None:
    faults = []
    for look in (*PAGES, *LEAVES) if way.name in LEAF_WAYS else PAGES:
        page = open_look(look, way)
        faults += [f"{look.name}: {fault}" for fault in looking.find_faults(page)]
        if way in AXE_WAYS:
            faults += [f"{look.name}: {fault}" for fault in find_axe_faults(page)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("way", LATE_WAYS, ids=lambda way: way.name)
def test_nothing_moves_when_scripts_and_letters_come_late(open_look: Any, way: looking.Way) -> None:
    """On a slow line the page is read before its scripts come; what they add has its place from the first paint."""
    moved = []
    for look in PAGES:
        page = open_look(look, way, late=True)
        moved += [f"{look.name} {movement}" for movement in looking.find_movement(page)]
    assert not moved, "\n".join(moved)


@pytest.mark.parametrize("way", PICTURED_WAYS, ids=lambda way: way.name)
def test_nothing_looks_different_unseen(open_look: Any, way: looking.Way) -> None:
    pictures, styles = {}, {}
    for look in PICTURED:
        page = open_look(look, way)
        pictures |= {f"{look.name}/{part}": picture for part, picture in looking.take_pictures(page).items()}
        if look.name == "styleguide" and way in STYLED_WAYS:
            styles = looking.read_styles(page)
    if RENEWS:
        _keep(way, pictures, styles)
        return
    changes = compare(way, pictures, styles)
    assert not changes, "Run `make looks` if this is meant, and look at the pictures:\n" + "\n".join(changes)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _keep(way: looking.Way, pictures: dict[str, Any], styles: dict[str, str]) -> None:
    KEPT.mkdir(exist_ok=True)
    places, packed = looking.pack_pictures(pictures)
    (KEPT / f"{way.name}.png").write_bytes(packed)
    all_kept = _read(STYLES)
    # The first way is written out, the others by what is different in them.
    usual = styles if way == WAYS[0] else all_kept[WAYS[0].name]["styles"]
    different = styles if way == WAYS[0] else {name: text for name, text in styles.items() if usual.get(name) != text}
    gone = sorted(usual.keys() - styles.keys()) if styles else []
    all_kept[way.name] = {"pictures": places, "styles": different, "without": gone}
    STYLES.write_text(json.dumps(all_kept, indent=0, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def compare(way: looking.Way, pictures: dict[str, Any], styles: dict[str, str]) -> list[str]:
    """Say what is different from what is kept."""
    all_kept = _read(STYLES)
    kept = all_kept[way.name]
    before = looking.unpack_pictures(kept["pictures"], (KEPT / f"{way.name}.png").read_bytes())
    changes = [f"{name} is not kept" for name in pictures.keys() - before.keys()]
    changes += [f"{name} is gone" for name in before.keys() - pictures.keys()]
    for name in pictures.keys() & before.keys():
        difference = looking.compare_pictures(pictures[name], before[name])
        changes += [f"{name}: {difference}"] if difference else []
    if way not in STYLED_WAYS:
        return changes
    usual = {name: text for name, text in all_kept[WAYS[0].name]["styles"].items() if name not in kept["without"]}
    expected = usual | kept["styles"]
    for name in sorted(styles.keys() | expected.keys()):
        was, now = expected.get(name), styles.get(name)
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
    """The net is fine enough: every changed token shows in the styles, a large change in the pictures."""
    way = WAYS[0]
    look = next(look for look in PICTURED if look.name == "styleguide")
    page = open_look(look, way)
    # As the browser's own tools do it: the page's policy forbids inline styles, a sheet made by script is none.
    page.evaluate(
        """(text) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(text);
        document.adoptedStyleSheets = [sheet]; }""",
        change,
    )
    pictures = {f"{look.name}/{part}": picture for part, picture in looking.take_pictures(page).items()}
    changes = compare(way, pictures, looking.read_styles(page))
    changes = [line for line in changes if not line.endswith("is gone")]
    assert any(line.startswith(".gh-") for line in changes)
    if sees_picture:
        assert any(line.startswith("styleguide/") for line in changes)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("overflow", "<div class='wide'>text</div>"),
        ("clipped", "<div class='short'>a long line of words that has no room</div>"),
        ("clipped", "<div class='low'>one<br>two<br>three</div>"),
        ("outside its box", "<p class='box'>a long line of words that has no room</p>"),
        ("overlaps", "<p>some words here</p><p class='up'>other words here</p>"),
        ("overlaps", "<svg width='200' height='40'><text y='20'>first</text><text x='9' y='24'>other</text></svg>"),
        ("small", "<button>x</button>"),
        ("small", "<p><a href='/'>alone</a></p>"),
        ("", "<p>words with <a href='/'>a link</a> in them</p><button class='large'>x</button>"),
        ("", "<div class='scrolls'><div class='wide'>text</div></div>"),
        ("", "<div class='low scrolls'>one<br>two<br>three<br>four</div><p>other words here</p>"),
    ],
)
def test_the_measure_finds_what_it_is_for(browser: Browser, kind: str, body: str) -> None:
    """A measure that finds nothing anywhere would be worth nothing."""
    page = browser.new_page(viewport={"width": 400, "height": 400})
    page.set_content(
        f"""<html data-mode=normal><style>body{{margin:0;font:16px/1.5 sans-serif}}.wide{{width:900px}}
        .short,.box{{width:60px;white-space:nowrap}}.short,.low{{overflow:hidden}}.low{{height:40px}}
        .box{{background:#eee}}.up{{margin-top:-32px}}.scrolls{{overflow:auto}}button{{padding:0}}
        .large{{width:50px;height:50px}}</style><body>{body}</body>"""
    )
    faults = looking.find_faults(page)
    page.close()
    assert [fault.partition(":")[0] for fault in faults] == ([kind] if kind else [])
