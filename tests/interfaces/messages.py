"""Finds every text of the interfaces that a person may read, in templates and in Python."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

KEYWORDS = (
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
)
ROOT = Path(__file__).resolve().parents[2] / "src" / "gridhall" / "interfaces"
CATALOG = ROOT / "shared" / "locale" / "en" / "LC_MESSAGES" / "django.po"


def find_messages(root: Path = ROOT) -> dict[str, str]:
    """Give each message and the file in which it was first seen."""
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*")):
        if "tests" in path.parts or path.suffix not in (".html", ".py", ".js", ".svg") or "static" in path.parts:
            continue
        source = path.read_text()
        if path.suffix != ".py":
            source = templatize(source)
        for _line, _function, texts, _comments in extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {}):
            text = texts[0] if isinstance(texts, tuple) else texts
            if text:
                found.setdefault(text, str(path.relative_to(root)))
    return found


def read_translations() -> dict[str, str]:
    """Give the English of each message in the catalog."""
    with CATALOG.open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale="en") if message.id}
