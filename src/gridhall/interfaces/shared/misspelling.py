"""
Words that somebody probably meant: one letter too many, too few, wrong, or two that changed places. Pure.

Words are indexed by what is left of them without one letter (as SymSpell does), so a look costs as many steps as the
typed word has letters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

SHORTEST = 4
"""In shorter words one letter makes another word."""


def is_near(typed: str, word: str) -> bool:
    """
    Tell whether two words differ by one slip at most.

    >>> [is_near(typed, "usage") for typed in ("usage", "uasge", "usge", "usagee", "usaga", "usgea", "us")]
    [True, True, True, True, True, False, False]
    """
    if typed == word:
        return True
    start = next((place for place, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), None)
    if start is None:
        return abs(len(typed) - len(word)) == 1
    a, b = typed[start:], word[start:]
    swapped = len(a) > 1 and len(b) > 1 and (a[0], a[1]) == (b[1], b[0]) and a[2:] == b[2:]
    return swapped or a[1:] == b[1:] or a[1:] == b or a == b[1:]


def _without_one(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


class Speller:
    """Knows words, and gives those that are near to what was typed."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {word for word in words if len(word) >= SHORTEST}
        self._by_rest: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._words):
            for rest in _without_one(word):
                self._by_rest[rest].append(word)

    def knows(self, word: str) -> bool:
        """Tell whether it is a word."""
        return word in self._words

    def list_near(self, typed: str) -> list[str]:
        """List the words one slip away from what was typed; none for what is too short."""
        if len(typed) < SHORTEST:
            return []
        found = {word for rest in _without_one(typed) for word in self._by_rest.get(rest, ())}
        return sorted(word for word in found if is_near(typed, word))
