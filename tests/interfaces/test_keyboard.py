"""The page of keys tells what the pages take: every key that a template announces, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

import gridhall.interfaces.console as console
from gridhall.interfaces.console import keys, navigation
from tests.interfaces.pages import read_page

ROOT = Path(console.__file__).parent
TEMPLATES = ROOT / "templates" / "console"
SCRIPT = ROOT.parent / "shared" / "static" / "shared" / "js" / "staff.js"
# What every list has, whichever desk it stands at.
OF_LISTS = {one for key in keys.IN_LISTS for one in key.keys}
OF_ALL = {one for key in keys.EVERYWHERE for one in key.keys}


def find_keys(folder: str) -> set[str]:
    """Give the keys that stand on links, buttons and fields of the templates of a desk."""
    texts = [path.read_text() for path in (TEMPLATES / folder).rglob("*.html")]
    return {key for text in texts for key in re.findall(r'data-keys="([^"{]+)"', text)}


def find_bulk_keys() -> dict[str, set[str]]:
    """Give the keys of bulk actions: module of lists -> keys."""
    return {
        path.stem: set(re.findall(r'keys="(.)"', text))
        for path in ROOT.glob("*_lists.py")
        if "BulkAction(" in (text := path.read_text())
    }


@pytest.mark.parametrize("group", keys.GROUPS, ids=lambda group: group.folder)
def test_a_desk_takes_the_keys_that_are_told(group: keys.KeyGroup) -> None:
    lists = {"customers": "account_lists", "billing": "run_lists", "metering": "finding_lists"}
    told = {one for key in group.keys for one in key.keys}
    taken = find_keys(group.folder) | find_bulk_keys().get(lists.get(group.folder, ""), set())
    assert told - taken == set()
    assert taken - told - {"n", "p"} == set()


def test_no_template_takes_a_key_that_nobody_tells_of() -> None:
    folders = {path.name for path in TEMPLATES.iterdir() if path.is_dir()} - {group.folder for group in keys.GROUPS}
    assert {key for folder in folders for key in find_keys(folder)} <= OF_LISTS
    with_keys = {name for name, found in find_bulk_keys().items() if found}
    assert with_keys == {"account_lists", "run_lists", "finding_lists"}


def test_keys_are_one_stroke_but_for_places() -> None:
    """A second stroke is only waited for after `g`: any other pair would never be heard."""
    alone = {key for path in TEMPLATES.rglob("*.html") for key in re.findall(r'data-keys="([^"{]+)"', path.read_text())}
    assert {key for key in alone if len(key) != 1} == set()
    places = [entry.keys for entry in navigation.ENTRIES if entry.keys]
    assert len(set(places)) == len(places) and all(re.fullmatch("g [a-z]", one) for one in places)


def test_the_script_takes_what_works_everywhere() -> None:
    script = SCRIPT.read_text()
    own = script.split("const own = {")[1].split("\n  };")[0]
    heard = set(re.findall(r'^    "?([^\s":]+)"?:', own, re.MULTILINE))
    # Enter follows the link on which j and k stand; n, p and u stand on links and buttons.
    elsewhere = {"Enter", "n", "p", "u", "Esc", "Ctrl K"}
    assert heard | elsewhere == OF_LISTS | OF_ALL
    assert '"Escape"' in script and "event.ctrlKey" in script
    assert {"n", "p"} <= find_keys("lists") and 'data-keys="u"' in (TEMPLATES / "_toasts.html").read_text()


def test_keyboard_shows_the_keys_of_the_desks_one_sits_at(sign_in: Callable[[str], Client], company: object) -> None:
    from tests import company as made

    clerk = read_page(sign_in(made.STAFF_PHONES["CLERK"]).get("/console/keyboard/")).text
    assert "切换客户页的标签" in clerk and "填写整段电量" not in clerk and "给选中的户写备注" in clerk
    metering = read_page(sign_in(made.STAFF_PHONES["METERING"]).get("/console/keyboard/")).text
    assert "填写整段电量" in metering and "复核通过" not in metering


def test_every_place_is_reached_by_its_keys_from_every_page(sign_in: Callable[[str], Client], company: object) -> None:
    from tests import company as made

    page = read_page(sign_in(made.STAFF_PHONES["MANAGER"]).get("/console/keyboard/"))
    taken = {link.get("data-keys"): link.get("href") for link in page.tree.xpath("//a[@data-keys][@href]")}
    wanted = [entry for entry in navigation.ENTRIES if entry.keys]
    assert {entry.keys for entry in wanted} <= taken.keys()
    assert taken["g s"] == "/console/search/"
