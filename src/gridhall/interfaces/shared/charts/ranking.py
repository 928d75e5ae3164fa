"""A ranking: one bar a row, the longest first, with its name above it and its figure at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from gridhall.interfaces.shared.charts.axis import cut_to_width, draw_hit, text_width


@dataclass(frozen=True, slots=True)
class Ranked:
    """One row; `figure` is the value in words, `title` the whole sentence."""

    label: str
    value: float
    figure: str
    title: str
    href: str = ""
    css_class: str = "total"


def draw_ranking(rows: Sequence[Ranked], *, is_large: bool = False) -> SafeString:
    """Draw the rows as they come, for a phone and for a wide screen; below zero is drawn as far, in its own color."""
    sizes = (("narrow", 358, 18 if is_large else 13), ("wide", 1040, 18 if is_large else 13))
    return mark_safe("".join(_draw(name, width, font_px, rows) for name, width, font_px in sizes))


def _draw(name: str, width: int, font_px: int, rows: Sequence[Ranked]) -> str:
    pitch = round(font_px * 1.5) + 20
    longest = max((abs(row.value) for row in rows), default=0) or 1
    parts = []
    for index, row in enumerate(rows):
        top = index * pitch
        room = width - text_width(row.figure) * font_px - 16
        baseline = top + font_px * 1.15
        length = max(abs(row.value) / longest * width, 2 if row.value else 0)
        label = escape(cut_to_width(row.label, room / font_px))
        body = (
            f"<title>{escape(row.title)}</title>{draw_hit(0, top, width, pitch)}"
            f'<text x="0" y="{baseline:.1f}" class="gh-chart-name">{label}</text>'
            f'<text x="{width}" y="{baseline:.1f}" text-anchor="end" class="gh-now">{escape(row.figure)}</text>'
            f'<rect class="gh-fill-muted" x="0" y="{top + font_px * 1.5:.1f}" width="{width}" height="8" rx="4"/>'
            f'<rect class="gh-fill-{row.css_class}" x="0" y="{top + font_px * 1.5:.1f}" width="{length:.1f}" '
            f'height="8" rx="4"/>'
        )
        if row.href:
            # The table beside the chart holds the same links for keyboard and screen reader.
            parts.append(f'<a class="gh-bar gh-mark" href="{escape(row.href)}" tabindex="-1">{body}</a>')
        else:
            parts.append(f'<g class="gh-bar gh-mark">{body}</g>')
    height = max(len(rows) * pitch - 8, 1)
    return (
        f'<svg class="gh-chart gh-chart-{name}" viewBox="0 0 {width} {height}" font-size="{font_px}" '
        f'aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )
