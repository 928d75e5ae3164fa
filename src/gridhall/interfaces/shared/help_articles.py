"""
Help, as the business writes it: a Markdown file an article in `catalogue/help`, Chinese first, English after a mark.

The head of a file names it in both languages, says by which other words people look for it, where it belongs, and where
to go from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from gridhall.core.errors import Fault, FaultyInput
from gridhall.interfaces.shared.formats import is_chinese

ENGLISH = "\n<!-- en -->\n"
AREAS = ("bills", "usage", "accounts", "app")
_HEAD = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
# No HTML and no pictures: what is written here stands on pages as it is.
_markdown = MarkdownIt("js-default", {"html": False, "linkify": False, "typographer": False}).disable("image")


@dataclass(frozen=True, slots=True)
class Article:
    """One help article in both languages."""

    slug: str
    area: str
    order: int
    titles: Mapping[str, str]
    summaries: Mapping[str, str]
    words: tuple[str, ...]
    related: tuple[str, ...]
    page: str  # the name of an address that it is about, such as `portal:bill-list`
    sources: Mapping[str, str]

    @property
    def title(self) -> str:
        """Its name in the language of the page."""
        return self.titles[_language()]

    @property
    def summary(self) -> str:
        """One sentence about it, in the language of the page."""
        return self.summaries[_language()]

    @property
    def body(self) -> SafeString:
        """The article as HTML, in the language of the page."""
        return _draw(self.sources[_language()])


def _language() -> str:
    return "zh" if is_chinese() else "en"


@cache
def _draw(source: str) -> SafeString:
    return mark_safe(_markdown.render(source))


def list_articles() -> list[Article]:
    """
    List all articles in the order of their areas.

    :raises FaultyInput: if one is not in order.
    """
    return list(_read_all(Path(settings.GRIDHALL_CATALOGUE) / "help").values())


def find_article(slug: str) -> Article | None:
    """Give the article of a name."""
    return _read_all(Path(settings.GRIDHALL_CATALOGUE) / "help").get(slug)


@cache
def _read_all(folder: Path) -> dict[str, Article]:
    articles, faults = read_articles(folder)
    if faults:
        raise FaultyInput(faults)
    return articles


def read_articles(folder: Path) -> tuple[dict[str, Article], list[Fault]]:
    """Read the articles of a folder; gives those in order and what is wrong with the others."""
    found: list[Article] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.md")):
        article, wrong = _read(path)
        faults += wrong
        found += [article] if article is not None else []
    found.sort(key=lambda article: (AREAS.index(article.area), article.order, article.slug))
    articles = {article.slug: article for article in found}
    for article in found:
        faults += [
            Fault(f"{article.slug}.md", None, "related", f"there is no article {slug!r}", "name one that there is")
            for slug in article.related
            if slug not in articles
        ]
    return articles, faults


def _read(path: Path) -> tuple[Article | None, list[Fault]]:
    text = path.read_text(encoding="utf-8")
    head = _HEAD.match(text)
    if head is None:
        return None, [Fault(path.name, 1, None, "it has no head", "begin with --- and the title")]
    facts: Any = yaml.safe_load(head[1])
    zh, mark, en = text[head.end() :].partition(ENGLISH)
    faults = (
        [] if mark and zh.strip() and en.strip() else [Fault(path.name, None, "body", "English is missing", ENGLISH)]
    )
    for key in ("title", "summary"):
        if set(facts.get(key) or {}) != {"zh", "en"}:
            faults.append(Fault(path.name, None, key, "it is not in both languages", "write {zh: …, en: …}"))
    if facts.get("area") not in AREAS:
        faults.append(Fault(path.name, None, "area", "it belongs nowhere", f"choose of {', '.join(AREAS)}"))
    if faults:
        return None, faults
    return (
        Article(
            slug=path.stem,
            area=facts["area"],
            order=int(facts.get("order", 50)),
            titles=facts["title"],
            summaries=facts["summary"],
            words=tuple(str(word) for word in facts.get("words", ())),
            related=tuple(facts.get("related", ())),
            page=facts.get("page", ""),
            sources={"zh": zh.strip(), "en": en.strip()},
        ),
        [],
    )
