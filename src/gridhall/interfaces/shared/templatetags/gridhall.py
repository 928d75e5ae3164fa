"""Tags of every page: icons, figures, days, charts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.template.loader import get_template, render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.day_curve import Line, Slot, draw_day_curve
from gridhall.interfaces.shared.charts.shares import draw_ring, draw_tiers
from gridhall.interfaces.shared.charts.stacked_bars import Bar, draw_stacked_bars
from gridhall.interfaces.shared.charts.waterfall import Step, draw_waterfall
from gridhall.interfaces.shared.components import Component, Words
from gridhall.interfaces.shared.forms import FORM_KEY, HouseBoundField, HouseForm, give_form_key

register = template.Library()
LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
for shown in (
    formats.account_number,
    formats.change,
    formats.day_span,
    formats.day,
    formats.energy,
    formats.exact,
    formats.iso_day,
    formats.local_day,
    formats.moment,
    formats.money,
    formats.money_change,
    formats.month,
    formats.percent,
    formats.power,
    formats.quarter_hour,
    formats.short_day,
    formats.short_month,
    formats.yuan,
):
    register.filter(shown.__name__, shown)


@lru_cache(maxsize=256)
def draw_icon(name: str, css_class: str) -> SafeString:
    """Give one icon of the sprite."""
    return format_html(
        '<svg class="gh-icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css_class,
        static("vendor/icons.svg"),
        name,
    )


@register.filter
def unread_count(count: int) -> str:
    """
    Give a number of unread messages as it fits a badge.

    >>> unread_count(7), unread_count(100)
    ('7', '99+')
    """
    return str(count) if count < 100 else "99+"


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """Draw an icon; what it means stands beside it in words."""
    return draw_icon(name, css_class)


@register.simple_tag(takes_context=True)
def stacked_bars(context: template.Context, bars: Sequence[Bar]) -> SafeString:
    """Draw stacked bars in the size of type of the page."""
    return draw_stacked_bars(bars, is_large=context["preferences"].is_large)


@register.simple_tag(takes_context=True)
def day_curve(context: template.Context, slots: Sequence[Slot], lines: Sequence[Line]) -> SafeString:
    """Draw a day by the quarter hour in the size of type of the page."""
    return draw_day_curve(slots, lines, is_large=context["preferences"].is_large)


@register.simple_tag(takes_context=True)
def waterfall(context: template.Context, steps: Sequence[Step]) -> SafeString:
    """Draw a waterfall in the size of type of the page."""
    return draw_waterfall(steps, is_large=context["preferences"].is_large)


@register.simple_tag
def chart_box(drawing: SafeString | str, summary: Words) -> SafeString:
    """Put a drawing into the figure that pointer, finger and arrow keys can read; `summary` says what it shows."""
    facts = {"drawing": drawing, "summary": summary}
    return render_to_string("shared/components/_chart_box.html", facts)


@register.simple_tag
def ring(shares: Sequence[tuple[str, float]]) -> SafeString:
    """Draw the ring of this month."""
    return draw_ring(shares)


@register.simple_tag
def tier_bar(fills: Sequence[float]) -> SafeString:
    """Draw the bar of annual tiers."""
    return draw_tiers(fills)


@register.simple_tag
def field(bound: HouseBoundField) -> SafeString:
    """Draw a field: label, help, hint, why it is asked, what is wrong with it."""
    return render_to_string("shared/forms/field.html", {"field": bound})


@register.simple_tag
def form_summary(form: HouseForm) -> SafeString | str:
    """Draw what is wrong with a form, with a link to each field, and put the focus on it; nothing where all is well."""
    if not form.errors:
        return ""
    return render_to_string("shared/forms/summary.html", {"form": form})


@register.simple_tag(takes_context=True)
def form_key(context: template.Context) -> SafeString:
    """Give the hidden key by which an action knows that a form was sent twice."""
    return format_html('<input type="hidden" name="{}" value="{}">', FORM_KEY, give_form_key(context.get("request")))


@register.simple_tag(takes_context=True)
def show(context: template.Context, thing: Component) -> SafeString:
    """Draw a component by its partial."""
    drawn = {name: context[name] for name in ("preferences", "csrf_token", "request") if name in context}
    return get_template(thing.template).template.render(template.Context(drawn | {"thing": thing}))


@register.filter
def foreign(text: str) -> str:
    """Mark words in another language than that of the page, so that they are read aloud as what they are."""
    has_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    if formats.is_chinese():
        return mark_safe(' lang="en"') if not has_chinese and LATIN_WORD.search(text) else ""
    return mark_safe(' lang="zh-CN"') if has_chinese else ""
