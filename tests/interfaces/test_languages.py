"""A page speaks one language: no Chinese on an English page, no English on a Chinese one, but for what is marked so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from lxml import html

from tests.interfaces.examples import make_address
from tests.interfaces.people import make_persona
from tests.interfaces.test_access import EXPECTED

CHINESE = re.compile(r"[\u4e00-\u9fff\uff0c\u3002\uff1a\uff1b]")
ENGLISH = re.compile(r"[A-Za-z]{3,}")
# Units, signs and names that are written so in Chinese, too.
SAME_IN_BOTH = re.compile(
    r"kWh|kvarh|kVA|kW|MWh|GB/T|T/CEC|Green Button|PDF|CSV|XLSX|XML|JSON|YAML|UTF-8|APP|App|API|MQTT|Gridhall|WeChat|"
    r"IPv?[46]?|Excel|Android|iPhone|iOS|Chrome|Firefox|Safari|Edge|Windows|Linux|Mac(?:OS)?|Ctrl|Esc|Enter|Tab|Shift|Alt"
)
SAID_ALOUD = ("aria-label", "title", "alt", "placeholder", "value")
UNREAD = ("script", "style", "svg:style", "code", "kbd", "option")


def _list_words(page: str) -> Iterator[tuple[str, str]]:
    """Every text that is read or said, with the language that it is marked with (empty: that of the page)."""
    tree = html.fromstring(page)
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in UNREAD:
            continue
        marked = next((one.get("lang") for one in (element, *element.iterancestors()) if one.get("lang")), "")
        if element.text and element.text.strip():
            yield marked, element.text.strip()
        for name in SAID_ALOUD:
            if name != "value" or (element.tag == "input" and element.get("type") in ("submit", "button")):
                yield marked, element.get(name) or ""
        if element.tail and element.tail.strip() and element.getparent() is not None:
            above = element.getparent()
            marked = next((one.get("lang") for one in (above, *above.iterancestors()) if one.get("lang")), "")
            yield marked, element.tail.strip()


def _list_pages(language: str, bill: Any, sign_in: Callable[[str], Client]) -> Iterator[tuple[str, str]]:
    """Every page of the house, as the first persona who may see it."""
    from gridhall.apps.identity.models import User

    clients: dict[str, Client] = {}
    for (address, method), row in EXPECTED.items():
        persona = next((one for one in ("owner", *list(row)[2:]) if row[one] == "200"), None)
        if method != "GET" or persona is None:
            continue
        if persona not in clients:
            phone = make_persona(persona)
            User.objects.filter(phone=phone).update(language=language)
            clients[persona] = sign_in(phone)
            clients[persona].cookies["django_language"] = language
        answer = clients[persona].get(make_address(address, bill))
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            yield address, answer.content.decode()


@pytest.mark.parametrize(("language", "tag", "foreign"), [("en", "en", CHINESE), ("zh-hans", "zh-CN", ENGLISH)])
def test_pages_speak_one_language(
    language: str, tag: str, foreign: re.Pattern[str], bill: Any, sign_in: Callable[[str], Client]
) -> None:
    strange, seen = [], 0
    for address, page in _list_pages(language, bill, sign_in):
        seen += 1
        for marked, words in _list_words(page):
            ours = SAME_IN_BOTH.sub("", words) if foreign is ENGLISH else words
            if marked in ("", tag) and foreign.search(ours):
                strange.append(f"{address}: {words[:80]}")
    assert seen > 8
    assert not strange, "\n".join(sorted(set(strange)))
