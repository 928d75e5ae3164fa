"""A day as a strip of twenty-four hours: which period holds when, and where now is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 720, 26
MINUTES_A_DAY = 1440
HOURS = (0, 6, 12, 18, 24)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes [start, end) of the day in one color; `title` is shown when pointed at, `is_now` marked above."""

    start: int
    end: int
    css_class: str
    title: str = ""
    is_now: bool = False


def draw_strip(stretches: Sequence[Stretch], *, now: int | None = None, is_large: bool = False) -> SafeString:
    """Draw the strip with its hours below; `now` is the minute to mark."""
    font = 40 if is_large else 24
    body = [_draw_band(stretches, HEIGHT)]
    for hour in HOURS:
        anchor = "start" if hour == 0 else "end" if hour == 24 else "middle"
        x = hour * 60 / MINUTES_A_DAY * WIDTH
        body.append(f'<text x="{x:.0f}" y="{HEIGHT + font * 1.25:.0f}" text-anchor="{anchor}">{hour}:00</text>')
    if now is not None:
        x = now / MINUTES_A_DAY * WIDTH
        body.append(f'<path class="gh-needle" d="M{x:.1f} -8v{HEIGHT + 12}"/><circle cx="{x:.1f}" cy="-9" r="6"/>')
    height = HEIGHT + font * 1.5 + 16
    return mark_safe(
        f'<svg class="gh-strip" viewBox="0 -16 {WIDTH} {height:.0f}" font-size="{font}" aria-hidden="true" '
        f'focusable="false">{"".join(body)}</svg>'
    )


def draw_small_strip(stretches: Sequence[Stretch]) -> SafeString:
    """Draw the bare strip, for a day of the calendar."""
    return mark_safe(
        f'<svg class="gh-strip-small" viewBox="0 0 {WIDTH} 90" preserveAspectRatio="none" aria-hidden="true" '
        f'focusable="false">{_draw_band(stretches, 90)}</svg>'
    )


def _draw_band(stretches: Sequence[Stretch], height: int) -> str:
    parts = []
    for stretch in stretches:
        x = stretch.start / MINUTES_A_DAY * WIDTH
        width = (stretch.end - stretch.start) / MINUTES_A_DAY * WIDTH
        title = f"<title>{escape(stretch.title)}</title>" if stretch.title else ""
        parts.append(
            f'<rect class="gh-fill-{stretch.css_class}" x="{x:.1f}" width="{max(width - 2, 1):.1f}" '
            f'height="{height}" rx="3">{title}</rect>'
        )
        if stretch.is_now:
            mark = f'x="{x:.1f}" y="-7" width="{max(width - 2, 1):.1f}" height="4" rx="2"'
            parts.append(f'<rect class="gh-now-mark" {mark}/>')
    return "".join(parts)
