"""A distribution: how many fall into each stretch of values, such as customers by the change of their bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from gridhall.interfaces.shared.charts.axis import Frame, draw_grid, draw_hit, get_frames, make_axis, text_width, wrap


@dataclass(frozen=True, slots=True)
class Bin:
    """A stretch of values [low, high) and how many fall into it; `label` stands at its lower edge."""

    low: float
    high: float
    count: int
    label: str
    title: str
    css_class: str = "total"


def draw_distribution(bins: Sequence[Bin], *, marked: float | None = None, is_large: bool = False) -> SafeString:
    """
    Draw the bins as columns that touch, for a phone and for a wide screen.

    :param marked: a value to draw a line at, such as the median.
    """
    return mark_safe("".join(_draw(name, frame, bins, marked) for name, frame in get_frames(is_large=is_large)))


def _draw(name: str, frame: Frame, bins: Sequence[Bin], marked: float | None) -> str:
    axis = make_axis(frame, 0, max((part.count for part in bins), default=0) or 1)
    room = frame.width - frame.left - frame.right
    pitch = room / max(len(bins), 1)
    floor = frame.height - frame.bottom
    parts = [draw_grid(axis)]
    reached = 0.0
    for index, part in enumerate(bins):
        left, top = frame.left + index * pitch, axis.y(part.count)
        parts.append(
            f'<g class="gh-bar gh-mark"><title>{escape(part.title)}</title>{draw_hit(left, 0, pitch, floor)}'
            f'<rect class="gh-fill-{part.css_class}" x="{left:.1f}" y="{top:.1f}" width="{max(pitch - 1, 0.5):.1f}" '
            f'height="{max(floor - top, 0):.1f}"/></g>'
        )
        half = text_width(part.label) * frame.font_px / 2
        if part.label and left - half >= reached and left + half <= frame.width:
            y = floor + frame.font_px * 1.35
            parts.append(f'<text x="{left:.1f}" y="{y:.1f}" text-anchor="middle">{escape(part.label)}</text>')
            reached = left + half + 6
    place = find_place(bins, marked)
    if place is not None:
        x = frame.left + place * pitch
        parts.append(f'<line class="gh-present" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.top}" y2="{floor}"/>')
    return wrap(name, frame, "".join(parts))


def find_place(bins: Sequence[Bin], value: float | None) -> float | None:
    """
    Give where a value lies, counted in bins; None where it lies outside them.

    >>> find_place([Bin(0, 10, 1, "", ""), Bin(10, 30, 1, "", "")], 20)
    1.5
    """
    for index, part in enumerate(bins):
        if value is not None and part.low <= value <= part.high and part.high > part.low:
            return index + (value - part.low) / (part.high - part.low)
    return None
