"""Tags of the console: its icons and its frame."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from gridhall.interfaces.console import keys, words, words_audit
from gridhall.interfaces.console.shell import Shell, make_shell
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.word_tables import add_word_filters

register = template.Library()


@lru_cache(maxsize=256)
def _draw(name: str) -> SafeString:
    return format_html(
        '<svg class="gh-icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("vendor/icons-staff.svg"),
        name,
    )


@register.simple_tag
def staff_icon(name: str) -> SafeString:
    """Draw an icon of the console's own sprite; what it means stands beside it in words."""
    return _draw(name)


@register.simple_tag(takes_context=True)
def console_shell(context: template.Context) -> Shell:
    """Give the frame of this page, made once a page."""
    request = context["request"]
    made: Shell | None = getattr(request, "console_shell", None)
    if made is None:
        made = request.console_shell = make_shell(request)
    return made


@register.inclusion_tag("console/desk/_keymap.html")
def keymap(which: str) -> dict[str, Any]:
    """Draw the keys that work everywhere, or in every list."""
    return {"keys": {"everywhere": keys.EVERYWHERE, "lists": keys.IN_LISTS}[which]}


add_word_filters(
    register,
    {
        "found_by": words.FOUND_BY,
        "customer_word": words.CUSTOMERS,
        "consent_word": words.CONSENTS,
        "party_word": words.PARTIES,
        "real_name_word": words.REAL_NAMES,
        "bill_word": words.BILLS,
        "bill_status_word": words.BILL_STATUSES,
        "bill_status_tone": words.BILL_TONES,
        "voltage_word": words.VOLTAGES,
        "point_word": words.POINTS,
        "basic_word": words.BASIC_CHARGES,
        "access_word": words.ACCESS_ROLES,
        "alias_word": words.ALIASES,
        "field_word": words.UNMASK_FIELDS,
        "reason_word": words.UNMASK_REASONS,
        "run_word": words.RUNS,
        "run_status_word": words.RUN_STATUSES,
        "run_tone": words.RUN_TONES,
        "tariff_status_word": words.TARIFF_STATUSES,
        "tariff_tone": words.TARIFF_TONES,
    },
)


@register.filter
def moment(value: datetime | None) -> str:
    """Give a moment as 2026-11-23 10:24."""
    return "–" if value is None else f"{timezone.localtime(value):%Y-%m-%d %H:%M}"


@register.filter
def actor_word(name: str) -> str:
    """Name who acted: a program by its word, a person as he is called."""
    return words_audit.name_actor(name)


@register.filter
def second(value: datetime) -> str:
    """Give a moment to the second, as a trail is read."""
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"


@register.filter
def subtract(one: int, other: int) -> int:
    """Give one number less another."""
    return one - other


@register.filter
def clock(value: datetime | None) -> str:
    """Give the hour and minute of a moment."""
    return "" if value is None else f"{timezone.localtime(value):%H:%M}"


@register.filter
def places(point: Any) -> str:
    """Give where a usage point is, from the county down."""
    return "".join(point.places) if formats.is_chinese() else ", ".join(reversed(point.places_en))


@register.filter
def written(text: str) -> str:
    """Mark what somebody typed, or a code, as the language that it is in where the page is in the other."""
    has_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    if formats.is_chinese():
        return "" if has_chinese or not text.strip() else mark_safe(' lang="en"')
    return mark_safe(' lang="zh-CN"') if has_chinese else ""
