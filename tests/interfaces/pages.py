"""Reading pages as a person does: the words, the heading, the links, the tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lxml import html


@dataclass(frozen=True, slots=True)
class Page:
    """One answered page."""

    tree: Any
    status: int

    @property
    def text(self) -> str:
        """All words in a row."""
        return re.sub(r"\s+", " ", self.tree.text_content())

    @property
    def heading(self) -> str:
        """The one h1."""
        (heading,) = self.tree.xpath("//h1")
        return heading.text_content().strip()

    @property
    def language(self) -> str:
        """The `lang` of the page."""
        return self.tree.getroottree().getroot().get("lang")

    def links(self) -> list[str]:
        """Where one can go from here."""
        return self.tree.xpath("//a/@href")

    def rows(self) -> list[list[str]]:
        """The cells of all tables."""
        return [
            [re.sub(r"\s+", " ", cell.text_content()).strip() for cell in row.xpath("./th|./td")]
            for row in self.tree.xpath("//table//tr")
        ]


def read_page(response: Any, *, status: int = 200) -> Page:
    """Read an answer, which must have the given status."""
    assert response.status_code == status, response.status_code
    return Page(html.fromstring(response.content.decode()), response.status_code)


def read_amount(text: str) -> Decimal:
    """Read an amount as it stands on a page."""
    return Decimal(re.sub(r"[^0-9.\-]", "", text.replace("\u2212", "-")))
