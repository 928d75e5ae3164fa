"""Tables of words: how kinds are called on a page."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import template


def get_word(words: dict[str, Any], kind: str) -> Any:
    """Give the word of a kind; one that has none yet shows its own name rather than nothing."""
    return words.get(kind, kind)


def add_word_filters(register: template.Library, known: dict[str, dict[str, Any]]) -> None:
    """Make each table a filter of templates: {{ kind|its_name }}."""
    for name, words in known.items():
        register.filter(name, partial(get_word, words))
