"""Documents tell the truth about where things are: every link leads to a file, and `name` in `file` is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.source_files import REPOSITORY, name

LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
PAGES = sorted(
    path
    for folder in (REPOSITORY, REPOSITORY / "docs", REPOSITORY / "src")
    for path in (folder.glob("*.md") if folder == REPOSITORY else folder.rglob("*.md"))
)


def _list_links(page: Path) -> list[tuple[str, Path]]:
    links = LINK.finditer(re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S))
    return [
        (link["text"], page.parent / link["target"].partition("#")[0])
        for link in links
        if not re.match(r"[a-z]+:|#", link["target"])
    ]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link in a document leads to a file or folder of the repository."""
    missing = [str(target) for _, target in _list_links(page) if not target.exists()]
    assert not missing, f"{name(page)} links to what is not there: {missing}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_names_that_are_linked_are_there(page: Path) -> None:
    """A link whose text is one name in backticks leads to the Python file that defines it."""
    missing = []
    for text, target in _list_links(page):
        known = re.fullmatch(r"`([A-Za-z_][\w.]*)`", text)
        if known and target.suffix == ".py":
            last = known[1].rpartition(".")[2]
            if not re.search(rf"^\s*(async )?(def|class) {last}\b|^{last}\b.* = ", target.read_text(), re.MULTILINE):
                missing.append(f"{text} in {name(target.resolve())}")
    assert not missing, f"{name(page)} names what is not there: {missing}"
