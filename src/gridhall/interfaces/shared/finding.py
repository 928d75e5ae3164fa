"""
Finding things by what people type: Chinese, pinyin whole or by its initials or mixed, English.

Pure: give `Finder` what can be found, ask it for the best. Every word typed must fit; where a Chinese sentence fits
nothing as it stands, pairs of its characters decide; where nothing fits at all, words of one sound or one slip off.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pypinyin import Style, lazy_pinyin

from gridhall.interfaces.shared.misspelling import Speller

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WORDS = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*")
LONGEST = 60
_NAME, _WORD, _BODY = 1.5, 1.0, 0.35
_SHARE_OF_PAIRS = 0.34
_MOST_SYLLABLES = 6


@dataclass(frozen=True, slots=True)
class Findable:
    """One thing that can be found. `words` are other names for it, in either language; `body` is what it says."""

    key: str
    names: tuple[str, ...]
    words: tuple[str, ...] = ()
    body: str = ""


def normalize(text: str) -> str:
    """
    Give a text in the form in which it is compared.

    >>> normalize("  ＡＰＰ　账单 "), normalize("Time-of-Use")
    ('app 账单', 'time-of-use')
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())[:LONGEST]


@lru_cache(maxsize=4_096)
def _syllables(text: str) -> tuple[str, ...]:
    return tuple(part for part in lazy_pinyin(text, style=Style.NORMAL, errors="ignore") if part)


def fits_pinyin(typed: str, syllables: Sequence[str]) -> bool:
    """
    Tell whether what was typed spells syllables from the first on, each by any beginning of it.

    >>> [fits_pinyin(typed, ("zhang", "dan")) for typed in ("zhangdan", "zd", "zhd", "zhangd", "dan", "zn")]
    [True, True, True, True, False, False]
    """
    if not typed:
        return True
    if not syllables:
        return False
    first, rest = syllables[0], syllables[1:]
    same = next((n for n, (a, b) in enumerate(zip(typed, first, strict=False)) if a != b), min(len(typed), len(first)))
    return any(fits_pinyin(typed[taken:], rest) for taken in range(same, 0, -1))


def _score(typed: str, phrase: str) -> float:
    """Say how well one typed word fits one phrase; 0 is not at all."""
    if _CHINESE.search(typed):
        if typed in phrase:
            return 100.0 if typed == phrase else 80.0 if phrase.startswith(typed) else 60.0
        return 0.0
    if _CHINESE.search(phrase):
        if typed in phrase:
            return 60.0
        syllables = _syllables(phrase)
        if "".join(syllables) == typed:
            return 95.0
        for start in range(len(syllables)):
            if fits_pinyin(typed, syllables[start:]):
                return (70.0 if start == 0 else 45.0) - (25.0 if len(typed) == 1 else 0.0)
        return 0.0
    if phrase == typed:
        return 100.0
    words = _WORDS.findall(phrase)
    if typed in words:
        return 75.0
    return 55.0 if any(word.startswith(typed) for word in words) and len(typed) > 1 else 0.0


def _pairs(text: str) -> set[str]:
    chinese = "".join(_CHINESE.findall(text))
    return {chinese[start : start + 2] for start in range(len(chinese) - 1)}


class Finder:
    """Finds among things that do not change."""

    def __init__(self, things: Iterable[Findable]) -> None:
        self._things = [
            (
                thing.key,
                [normalize(name) for name in thing.names],
                [normalize(word) for word in thing.words],
                unicodedata.normalize("NFKC", thing.body).casefold(),
            )
            for thing in things
        ]
        self._pairs = [
            (key, _pairs("，".join([*names, *words])), _pairs(body)) for key, names, words, body in self._things
        ]
        seen = [named | said for _, named, said in self._pairs]
        self._weights = (
            {pair: math.log(1 + len(seen) / sum(1 for pairs in seen if pair in pairs)) for pair in set().union(*seen)}
            if seen
            else {}
        )

    def find(self, text: str, *, limit: int = 8) -> list[str]:
        """Give the keys of what fits best, best first."""
        typed = normalize(text).split()
        if not typed:
            return []
        scores = {key: self._fit(typed, names, words, body) for key, names, words, body in self._things}
        best = sorted((key for key, score in scores.items() if score), key=lambda key: -scores[key])
        if len(best) < limit and any(_CHINESE.search(word) for word in typed):
            best += [key for key in self._find_by_pairs("".join(typed)) if key not in best]
        return (best or self._find_misspelled(typed))[:limit]

    @cached_property
    def _speller(self) -> Speller:
        """Every English word and every run of syllables in names and other names."""
        phrases = [phrase for _key, names, words, _body in self._things for phrase in (*names, *words)]
        spelled = {word for phrase in phrases for word in _WORDS.findall(phrase)}
        for phrase in phrases:
            syllables = _syllables(phrase) if _CHINESE.search(phrase) else ()
            for start in range(len(syllables)):
                spelled |= {"".join(syllables[start:end]) for end in range(start + 2, start + _MOST_SYLLABLES + 1)}
        return Speller(spelled)

    def _find_misspelled(self, typed: list[str]) -> list[str]:
        meant = [[word, *self._list_meant(word)] for word in typed]
        if all(len(words) == 1 for words in meant):
            return []
        scores: dict[str, float] = {}
        for key, names, words, body in self._things:
            fits = [max(self._fit([word], names, words, body) for word in options) for options in meant]
            if all(fits):
                scores[key] = sum(fits)
        return sorted(scores, key=lambda key: -scores[key])

    def _list_meant(self, word: str) -> list[str]:
        if _CHINESE.search(word):
            sound = "".join(_syllables(word))
            return [sound] if self._speller.knows(sound) else []
        return self._speller.list_near(word)

    @staticmethod
    def _fit(typed: list[str], names: list[str], words: list[str], body: str) -> float:
        total = 0.0
        for word in typed:
            named = max((_score(word, name) for name in names), default=0.0) * _NAME
            called = max((_score(word, other) for other in words), default=0.0) * _WORD
            is_word = bool(_CHINESE.search(word)) or len(word) > 3
            said = 60.0 * _BODY if is_word and word in body else 0.0
            best = max(named, called, said)
            if not best:
                return 0.0
            total += best
        return total / len(typed)

    def _find_by_pairs(self, text: str) -> list[str]:
        wanted = _pairs(text)
        if not wanted:
            return []
        whole = sum(self._weights.get(pair, 0.0) for pair in wanted)
        scores = {}
        for key, named, said in self._pairs:
            got = sum(self._weights[pair] * (1.0 if pair in named else 0.4) for pair in wanted & (named | said))
            if whole and got / whole >= _SHARE_OF_PAIRS:
                scores[key] = got
        return sorted(scores, key=lambda key: -scores[key])
