"""What a first visit brings over the line: the page and everything that it asks for, packed as it is sent."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from gridhall.interfaces.shared.style_bundles import BUNDLES, SOURCES, join_styles
from tests import company as made
from tests.interfaces.pages import read_page

BUDGET_BYTES = 80_000
HEADERS_BYTES = 600
"""Of an answer, with the policy; more than any of ours has."""
PACKED = (".woff2", ".png")


def list_files(answer: Any) -> set[str]:
    """List the static files that a page leads to: named in it, brought by its scripts, named in its styles."""
    found = set(re.findall(r'"/static/([^"#?]+)', answer.content.decode()))
    for sheet in [name for name in found if name.endswith(".css")]:
        text = Path(finders.find(sheet)).read_text()
        for address in re.findall(r'url\("?([^")]+)"?\)', text):
            path = (Path("/") / sheet).parent / address
            found.add(str(Path(*_climb(path.parts[1:]))))
    return found


def _climb(parts: tuple[str, ...]) -> Iterator[str]:
    kept: list[str] = []
    for part in parts:
        kept.append(part) if part != ".." else kept.pop()
    return iter(kept)


def weigh(answer: Any) -> int:
    """Add up a page and its files, each packed, with its headers."""
    total = len(gzip.compress(answer.content)) + HEADERS_BYTES
    for name in list_files(answer):
        content = Path(finders.find(name)).read_bytes()
        total += (len(content) if name.endswith(PACKED) else len(gzip.compress(content))) + HEADERS_BYTES
    return total


@pytest.mark.parametrize("position", range(6))
def test_home_and_bill_come_light_to_a_new_phone(owner: Client, company: made.Company, position: int) -> None:
    from tests.interfaces.conftest import find_bill

    owner.post("/accounts/switch/", {"account": company.numbers[position]})
    for path in ("/", f"/bills/{find_bill(company.numbers[position]).mrid}/"):
        answer = owner.get(path)
        files = list_files(answer)
        assert "shared/js/vault.js" in files, "what a script brings later counts too"
        assert {"shared/css/portal.css", "shared/js/app.js", "vendor/icons.svg", "vendor/digits-600.woff2"} <= files
        copy = len(gzip.compress(owner.get("/offline/copy/").content)) + HEADERS_BYTES
        assert weigh(answer) + copy < BUDGET_BYTES, (path, weigh(answer), copy)


def test_home_and_bill_wait_for_one_style_sheet(owner: Client, bill: Any) -> None:
    """What must come before anything is drawn: one sheet, and no script that holds the page up."""
    for path in ("/", f"/bills/{bill.mrid}/"):
        tree = read_page(owner.get(path)).tree
        assert len(tree.xpath("//link[@rel='stylesheet']")) == 1
        assert not tree.xpath("//script[not(@defer)]")


def test_bundles_hold_their_parts_whole() -> None:
    for name, parts in BUNDLES.items():
        text = join_styles(name)
        assert text == Path(finders.find(name)).read_text()
        for part in parts:
            source = ((SOURCES / name).parent / f"{part}.css").read_text()
            rules = [line.strip() for line in re.sub(r"/\*.*?\*/", "", source, flags=re.S).splitlines()]
            assert all(rule in text for rule in rules)
            assert text.count("{") == text.count("}")
