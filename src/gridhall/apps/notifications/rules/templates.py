"""
The words of messages: templates with typed places, checked when they are read, filled in both languages.

A template file says for one kind of message who may get it by which channel and what it says:

    kind: BILL_ISSUED
    fields: {month: month, amount: yuan}        # type of each place
    title: {zh: "{month}账单", en: "Bill of {month}"}
    text:                                        # sentences; one with an empty value is left out
      zh: ["{month}电费 {amount}。"]
      en: ["Your bill of {month} is {amount}."]
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from gridhall.core.errors import Fault

LANGUAGES = ("zh", "en")
LONGEST_TEXT = 60
"""Names that people chose are cut to so many characters."""
LONGEST_LETTER = 1_000
"""What staff write to somebody is at most so long."""
CHANNELS = ("IN_APP", "SMS", "WEB_PUSH")
TYPES = ("text", "count", "month", "day", "moment", "yuan", "tail", "words", "letter")
PARTS = ("name", "title", "text", "reason", "sms")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class BadContext(ValueError):
    """A message cannot be written: a value is missing, unknown or of another type; the text says which."""


@dataclass(frozen=True, slots=True)
class Template:
    """How one kind of message is written and sent. `parts` holds sentences by (part, language)."""

    kind: str
    group: str
    icon: str
    is_urgent: bool
    offers: tuple[str, ...]
    default: tuple[str, ...]
    mandatory: tuple[str, ...]
    expires_h: int
    fields: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    parts: Mapping[tuple[str, str], tuple[str, ...]]

    def name(self, language: str) -> str:
        """Name the kind of message."""
        return "".join(self.parts["name", language])


def read_template(text: Mapping[str, Any], *, file: str) -> tuple[Template | None, list[Fault]]:
    """Check what stands in a template file; gives the template, or everything that is wrong with it."""
    faults = list(_find_faults(text, file))
    if faults:
        return None, faults
    return (
        Template(
            kind=text["kind"],
            group=text["group"],
            icon=text["icon"],
            is_urgent=bool(text.get("urgent", False)),
            offers=tuple(text["offers"]),
            default=tuple(text["default"]),
            mandatory=tuple(text.get("mandatory", ())),
            expires_h=int(text["expires_h"]),
            fields=dict(text.get("fields") or {}),
            words={code: dict(word) for code, word in (text.get("words") or {}).items()},
            parts={
                (part, language): _sentences(text[part][language])
                for part in PARTS
                if part in text
                for language in LANGUAGES
            },
        ),
        [],
    )


def _sentences(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _find_faults(text: Mapping[str, Any], file: str) -> Iterator[Fault]:
    for key in ("kind", "group", "icon", "offers", "default", "expires_h", "name", "title", "text", "reason"):
        if key not in text:
            yield Fault(file, None, key, "it is missing", "say it as the other templates do")
    offers = text.get("offers") or []
    for key in ("offers", "default", "mandatory"):
        for channel in text.get(key) or []:
            if channel not in CHANNELS or channel not in offers:
                yield Fault(file, None, key, f"{channel!r} is not offered", f"choose of {', '.join(CHANNELS)}")
    if "SMS" in offers and "sms" not in text:
        yield Fault(file, None, "sms", "text messages are offered and have no words", "write them")
    fields = text.get("fields") or {}
    for field, kind in fields.items():
        if kind not in TYPES:
            yield Fault(file, None, field, f"{kind!r} is no type", f"choose of {', '.join(TYPES)}")
    used: set[str] = set()
    for part in PARTS:
        for language in LANGUAGES:
            said = (text.get(part) or {}).get(language)
            if part in text and not said:
                yield Fault(file, None, f"{part}.{language}", "it says nothing", "write it in both languages")
            for sentence in _sentences(said or ()):
                places = list(list_places(sentence))
                used.update(places)
                for place in places:
                    if place not in fields:
                        yield Fault(file, None, f"{part}.{language}", f"{{{place}}} is no field", "add its type")
    for idle in sorted(set(fields) - used):
        yield Fault(file, None, idle, "no sentence says it", "take it out, or say it")


def list_places(sentence: str) -> Iterator[str]:
    """
    List the names of the places in a sentence.

    >>> list(list_places("{month}电费 {amount}"))
    ['month', 'amount']
    """
    for _literal, name, _spec, _conversion in string.Formatter().parse(sentence):
        if name is not None:
            yield name


def check_context(template: Template, context: Mapping[str, Any]) -> None:
    """
    Check the values for a message.

    :raises BadContext: if one is missing or nobody asked for it.
    """
    missing, strange = set(template.fields) - set(context), set(context) - set(template.fields)
    if missing or strange:
        raise BadContext(
            f"{template.kind} asks for {sorted(template.fields)}: missing {sorted(missing)}, unknown {sorted(strange)}."
        )


def write_part(template: Template, part: str, language: str, context: Mapping[str, Any], zone: ZoneInfo) -> str:
    """
    Write one part of a message in a language; sentences with an empty value are left out.

    :raises BadContext: if a value is not of its type.
    """
    said = []
    for sentence in template.parts.get((part, language), ()):
        values = {place: _show(template, place, context[place], language, zone) for place in list_places(sentence)}
        if all(values.values()):
            said.append(sentence.format_map(values))
    return ("" if language == "zh" else " ").join(said)


def _show(template: Template, field: str, value: Any, language: str, zone: ZoneInfo) -> str:
    if value is None or value == "" or value == []:
        return ""
    kind = template.fields[field]
    try:
        if kind == "words":
            shown = [template.words[code][language] for code in ([value] if isinstance(value, str) else value)]
            return ("、" if language == "zh" else ", ").join(shown)
        return _SHOWN[kind](value, language == "zh", zone)
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation) as error:
        raise BadContext(f"{template.kind}: {field}={value!r} is no {kind}.") from error


def _show_text(value: Any, _chinese: bool, _zone: ZoneInfo) -> str:
    clean = " ".join(str(value).split())
    return clean if len(clean) <= LONGEST_TEXT else clean[: LONGEST_TEXT - 1] + "…"


def _show_letter(value: Any, _chinese: bool, _zone: ZoneInfo) -> str:
    clean = " ".join(str(value).split())
    if len(clean) > LONGEST_LETTER:
        raise ValueError("a letter is not cut")
    return clean


def _show_month(value: Any, chinese: bool, _zone: ZoneInfo) -> str:
    day = value if isinstance(value, date) else date.fromisoformat(f"{value}-01")
    return f"{day.year}年{day.month}月" if chinese else f"{_MONTHS[day.month - 1]} {day.year}"


def _show_day(value: Any, chinese: bool, _zone: ZoneInfo) -> str:
    day = value if isinstance(value, date) else date.fromisoformat(value)
    return f"{day.month}月{day.day}日" if chinese else f"{day.day} {_MONTHS[day.month - 1]}"


def _show_moment(value: Any, chinese: bool, zone: ZoneInfo) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a moment has a zone")
    local = moment.astimezone(zone)
    return f"{_show_day(local.date(), chinese, zone)} {local:%H:%M}"


def _show_yuan(value: Any, _chinese: bool, _zone: ZoneInfo) -> str:
    amount = Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{'−' if amount < 0 else ''}¥{abs(amount):,.2f}"


def _show_tail(value: Any, chinese: bool, _zone: ZoneInfo) -> str:
    return f"尾号{str(value)[-4:]}" if chinese else f"ending in {str(value)[-4:]}"


_SHOWN = {
    "text": _show_text,
    "letter": _show_letter,
    "count": lambda value, _chinese, _zone: f"{int(value):,}",
    "month": _show_month,
    "day": _show_day,
    "moment": _show_moment,
    "yuan": _show_yuan,
    "tail": _show_tail,
}
