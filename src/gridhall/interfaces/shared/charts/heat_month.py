"""A month as a calendar: each day darker the more was used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from gridhall.interfaces.shared.charts.axis import draw_hit

LEVELS = 5
CELL, GAP = 44, 4


def draw_heat_month(
    values: Mapping[date, float | None],
    *,
    titles: Mapping[date, str],
    weekdays: Sequence[str],
    estimated: frozenset[date] = frozenset(),
    hrefs: Mapping[date, str] | None = None,
    is_large: bool = False,
) -> SafeString:
    """
    Draw the days of one month, Monday first.

    :param values: None for a day without readings.
    :param weekdays: seven short names from Monday on.
    """
    if not values:
        return mark_safe("")
    days = sorted(values)
    offset = days[0].replace(day=1).weekday()
    highest = max((value for value in values.values() if value is not None), default=0.0)
    font_px = 18 if is_large else 13
    head = round(font_px * 1.8)
    y = f"{font_px * 1.1:.1f}"
    parts = [
        f'<text x="{index * (CELL + GAP) + CELL / 2}" y="{y}" text-anchor="middle">{escape(name)}</text>'
        for index, name in enumerate(weekdays)
    ]
    for day in days:
        row, column = divmod(day.day - 1 + offset, 7)
        left, top = column * (CELL + GAP), head + row * (CELL + GAP)
        level = find_level(values[day], highest)
        look = "missing" if level is None else str(level)
        body = (
            f"<title>{escape(titles[day])}</title>"
            f'<rect class="gh-heat-{look}" x="{left}" y="{top}" width="{CELL}" height="{CELL}" rx="8"/>'
            f'<text class="gh-heat-ink-{look}" x="{left + CELL / 2}" y="{top + CELL / 2 + font_px * 0.36:.1f}" '
            f'text-anchor="middle">{day.day}</text>'
        )
        if day in estimated:
            body += f'<path class="gh-heat-estimated" d="M{left + 10} {top + CELL - 7}h{CELL - 20}"/>'
        body += draw_hit(left, top, CELL, CELL)
        href = (hrefs or {}).get(day)
        tag = f'a class="gh-mark" href="{escape(href)}" tabindex="-1"' if href else 'g class="gh-mark"'
        parts.append(f"<{tag}>{body}</{tag[0]}>")
    rows = (days[-1].day - 1 + offset) // 7 + 1
    width, height = 7 * (CELL + GAP) - GAP, head + rows * (CELL + GAP) - GAP
    return mark_safe(
        f'<svg class="gh-chart gh-chart-month" viewBox="0 0 {width} {height}" font-size="{font_px}" aria-hidden="true" '
        f'focusable="false">{"".join(parts)}</svg>'
    )


def find_level(value: float | None, highest: float) -> int | None:
    """
    Give one of five levels by share of the highest; None for nothing read.

    >>> [find_level(value, 10) for value in (None, 0, 2, 10)]
    [None, 1, 1, 5]
    """
    if value is None:
        return None
    return min(max(math.ceil(value / highest * LEVELS), 1), LEVELS) if highest > 0 else 1
