"""Fixed sentences with gaps, said in another language: what a pure engine tells in English reads well on a page."""

from __future__ import annotations

import re
from collections.abc import Mapping


class Phrasebook:
    """
    Sentences and how they are said.

    :param sentences: a pattern that fits a whole sentence -> how it is said, `{0}` for what filled the first gap.
        Braces of a pattern stand for themselves; what is said writes them twice.
    :param parts: the same for what may fill a gap; what is not among them stays as it is, for it comes from a file.

    >>> book = Phrasebook({"the reads are (.+) apart": "读数相隔 {0}"}, {"an hour": "1 小时"})
    >>> book.say("the reads are an hour apart"), book.say("the reads are 7 s apart"), book.say("it rains")
    ('读数相隔 1 小时', '读数相隔 7 s', None)
    """

    def __init__(self, sentences: Mapping[str, str], parts: Mapping[str, str] | None = None) -> None:
        self._sentences, self._parts = _compile(sentences), _compile(parts or {})

    def say(self, text: str) -> str | None:
        """Say a sentence; None where it is not known. Brackets around a gap that nothing fills are left out."""
        return self._say(text, self._sentences)

    def _say(self, text: str, known: list[tuple[re.Pattern[str], str]]) -> str | None:
        for pattern, said in known:
            found = pattern.fullmatch(text)
            if found:
                gaps = (gap or "" for gap in found.groups())
                return said.format(*(self._say(gap, self._parts) or gap for gap in gaps)).replace("（）", "")
        return None


def _compile(words: Mapping[str, str]) -> list[tuple[re.Pattern[str], str]]:
    """Patterns without gaps first: they say exactly what is meant."""
    ordered = sorted(words.items(), key=lambda item: "(" in item[0])
    return [(re.compile(pattern.replace("{", r"\{"), re.DOTALL), said) for pattern, said in ordered]
