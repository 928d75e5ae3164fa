"""The words of messages: complete in both languages, filled by type, refused when they do not fit."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridhall.apps.notifications.kinds import MessageKind
from gridhall.apps.notifications.queries import find_catalog_faults, list_templates
from gridhall.apps.notifications.rules.templates import (
    LONGEST_TEXT,
    BadContext,
    Template,
    check_context,
    read_template,
    write_part,
)

ZONE = ZoneInfo("Asia/Shanghai")
VALUES: dict[str, Any] = {
    "text": "油茶汤店", "count": 12, "month": date(2026, 10, 1), "day": date(2026, 11, 20), "yuan": Decimal("132.58"),
    "moment": datetime(2026, 11, 3, 4, 5, tzinfo=UTC), "tail": "4228260000017", "words": [],
    "letter": "2026-11",
}  # fmt: skip
USUAL = {
    "kind": "X", "group": "BILLS", "icon": "x", "offers": ["IN_APP"], "default": ["IN_APP"], "expires_h": 1,
    "fields": {"amount": "yuan", "day": "day"},
    "name": {"zh": "名", "en": "Name"}, "title": {"zh": "{amount}", "en": "{amount}"},
    "text": {"zh": ["共{amount}。", "{day}前。"], "en": ["{amount} in all.", "By {day}."]},
    "reason": {"zh": "因", "en": "Why"},
}  # fmt: skip


def _read(**changes: Any) -> Template:
    template, faults = read_template(USUAL | changes, file="x.yaml")
    assert template is not None, faults
    return template


def test_catalogue_is_in_order_and_complete() -> None:
    assert find_catalog_faults() == []
    assert [template.kind for template in list_templates()] == MessageKind.values


@pytest.mark.parametrize("kind", MessageKind.values)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_template_speaks_one_language(kind: str, language: str) -> None:
    template = next(template for template in list_templates() if template.kind == kind)
    context = {name: VALUES[of] for name, of in template.fields.items()}
    words = [name for name, of in template.fields.items() if of == "words"]
    context |= {name: list(template.words) for name in words}
    context |= {name: "X" for name, of in template.fields.items() if of == "text"}
    for part in ("name", "title", "text", "reason", "sms"):
        said = write_part(template, part, language, context, ZONE)
        assert said and "{" not in said and "}" not in said
        assert bool(re.search("[\u4e00-\u9fff，。：（）、]", said)) == (language == "zh"), said
        # A text message of three parts at most; a title that fits a phone.
        assert len(said) <= {"title": 60, "sms": 160}.get(part, 400), said


def test_sentences_with_an_empty_value_are_left_out() -> None:
    template = _read()
    context = {"amount": Decimal("1234.5"), "day": None}
    assert write_part(template, "text", "zh", context, ZONE) == "共¥1,234.50。"
    assert write_part(template, "text", "en", context | {"day": "2026-11-20"}, ZONE) == "¥1,234.50 in all. By 20 Nov."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": {"zh": "{amount}"}}, "title.en"),
        ({"title": {"zh": "{sum}", "en": "{amount}"}}, "title.zh"),
        ({"fields": {"amount": "money", "day": "day"}}, "amount"),
        ({"fields": {"amount": "yuan", "day": "day", "idle": "text"}}, "idle"),
        ({"offers": ["IN_APP", "SMS"]}, "sms"),
        ({"default": ["SMS"]}, "default"),
        ({"mandatory": ["SMS"]}, "mandatory"),
        ({"offers": ["PIGEON"]}, "offers"),
    ],
)
def test_faulty_templates_are_named(changes: dict[str, Any], field: str) -> None:
    template, faults = read_template(USUAL | changes, file="x.yaml")
    assert template is None
    assert field in {fault.field for fault in faults}
    assert all(fault.file == "x.yaml" and fault.remedy for fault in faults)


def test_empty_file_is_no_template() -> None:
    template, faults = read_template({}, file="x.yaml")
    assert template is None and {"kind", "title", "text", "reason"} <= {fault.field for fault in faults}


@pytest.mark.parametrize("context", [{}, {"amount": 1}, {"amount": 1, "day": None, "more": 2}])
def test_context_must_fit(context: dict[str, Any]) -> None:
    with pytest.raises(BadContext):
        check_context(_read(), context)


@pytest.mark.parametrize(("kind", "value"), [
    ("yuan", "much"), ("day", "soon"), ("month", "2026-13"), ("moment", "2026-11-03T12:00"), ("count", "few"),
])  # fmt: skip
def test_values_must_be_of_their_type(kind: str, value: str) -> None:
    template = _read(fields={"amount": kind, "day": "day"})
    with pytest.raises(BadContext):
        write_part(template, "title", "zh", {"amount": value, "day": None}, ZONE)


@given(name=st.text(max_size=300), amount=st.decimals(-(10**12), 10**12, places=4))
def test_any_name_and_amount_can_be_said(name: str, amount: Decimal) -> None:
    template = _read(fields={"amount": "yuan", "day": "text"})
    said = write_part(template, "text", "en", {"amount": amount, "day": name}, ZONE)
    assert "\n" not in said and len(said) <= LONGEST_TEXT + 60
    assert re.search(r"¥[\d,]+\.\d\d in all\.", said)
