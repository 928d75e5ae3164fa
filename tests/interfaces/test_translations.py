"""Chinese is the source; English is complete, current and compiled."""

from __future__ import annotations

import re

import pytest
from babel.messages.mofile import read_mo

from gridhall.config.translations import compile_catalog
from tests.interfaces.messages import CATALOG, find_messages, read_translations

MESSAGES = find_messages()


def test_english_is_complete_and_holds_nothing_idle() -> None:
    translated = read_translations()
    assert set(MESSAGES) - set(translated) == set()
    assert set(translated) - set(MESSAGES) == set()
    assert not [message for message, english in translated.items() if not english]


def test_compiled_english_is_current() -> None:
    with CATALOG.with_suffix(".mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}
    assert compiled == read_translations()
    # To the byte as `gridhall up` makes it: otherwise a fresh checkout would be changed, and `git pull` refuse.
    source = CATALOG.read_text(encoding="utf-8")
    assert CATALOG.with_suffix(".mo").read_bytes() == compile_catalog(source, name=CATALOG.name)


@pytest.mark.parametrize(("message", "english"), sorted(read_translations().items()))
def test_english_keeps_the_places_of_values(message: str, english: str) -> None:
    places = re.compile(r"%\((\w+)\)s")
    assert sorted(places.findall(message)) == sorted(places.findall(english))
    assert not re.search("[\u4e00-\u9fff，。：（）]", english)


def test_source_texts_are_chinese_or_signs() -> None:
    for message, path in MESSAGES.items():
        assert re.search("[\u4e00-\u9fff]", message), (message, path)
