"""Stacked bars: energy by time-of-use period, a bar a month or a day; or single bars of amounts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from gridhall.interfaces.shared.charts.axis import (
    Axis,
    Frame,
    draw_grid,
    draw_hit,
    get_frames,
    make_axis,
    text_width,
    wrap,
)


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One bar.

    :param label: what stands under it.
    :param title: the whole sentence shown when pointed at.
    :param hanging: (class of colour, value) drawn downward from zero, such as energy fed in.
    :param values: (class of colour, value) from the bottom up; one value alone may be below zero and hangs down.
    """

    label: str
    title: str
    values: tuple[tuple[str, float], ...]
    href: str = ""
    is_estimated: bool = False
    is_current: bool = False
    hanging: tuple[str, float] | None = None

    @property
    def total(self) -> float:
        """The height of the stack."""
        return sum(value for _, value in self.values)


def draw_stacked_bars(bars: Sequence[Bar], *, is_large: bool = False) -> SafeString:
    """Draw the bars for a phone and for a wide screen."""
    return mark_safe("".join(_draw(name, frame, bars) for name, frame in get_frames(is_large=is_large)))


def _draw(name: str, frame: Frame, bars: Sequence[Bar]) -> str:
    low = min((0, *(bar.total for bar in bars), *(-bar.hanging[1] for bar in bars if bar.hanging)))
    high = max((0, *(bar.total for bar in bars)))
    axis = make_axis(frame, low, high if high > low else 1)
    pitch = (frame.width - frame.left - frame.right) / max(len(bars), 1)
    longest = max((text_width(bar.label) for bar in bars), default=1) * frame.font_px
    every = max(1, math.ceil((longest + 4) / pitch))
    parts = [draw_grid(axis)]
    for index, bar in enumerate(bars):
        middle = frame.left + (index + 0.5) * pitch
        shows_label = (len(bars) - 1 - index) % every == 0 if len(bars) <= 14 else index % every == 0
        parts.append(_draw_bar(axis, bar, middle, pitch, shows_label))
    return wrap(name, frame, "".join(parts))


def _draw_bar(axis: Axis, bar: Bar, middle: float, pitch: float, shows_label: bool) -> str:
    frame = axis.frame
    width = min(pitch * 0.66, 34)
    left = middle - width / 2
    parts = [f"<title>{escape(bar.title)}</title>"]
    reached = 0.0
    if bar.hanging is not None:
        parts.append(_draw_hanging(axis, *bar.hanging, left, width))
    for colour, value in bar.values:
        if value < 0 and len(bar.values) == 1:
            parts.append(_draw_hanging(axis, colour, -value, left, width))
        if value <= 0:
            continue
        bottom, top = axis.y(reached), axis.y(reached + value)
        # The gap below each part is the card showing through: it keeps the parts apart without colour.
        height = max(bottom - top - (1 if reached else 0), 0.4)
        parts.append(
            f'<rect class="gh-fill-{colour}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
            f'height="{height:.1f}" rx="1.5"/>'
        )
        reached += value
    if bar.is_estimated and reached:
        top = axis.y(reached)
        parts.append(_hatch(left, top, width, axis.y(0) - top))
    if shows_label:
        current = ' class="gh-now"' if bar.is_current else ""
        y = frame.height - frame.bottom + frame.font_px * 1.35
        parts.append(f'<text{current} x="{middle:.1f}" y="{y:.1f}" text-anchor="middle">{escape(bar.label)}</text>')
    hit = draw_hit(middle - pitch / 2, 0, pitch, frame.height - frame.bottom)
    body = hit + "".join(parts)
    if not bar.href:
        return f'<g class="gh-bar gh-mark">{body}</g>'
    # The table beside the chart holds the same links for keyboard and screen reader.
    return f'<a class="gh-bar gh-mark" href="{escape(bar.href)}" tabindex="-1">{body}</a>'


def _draw_hanging(axis: Axis, colour: str, value: float, left: float, width: float) -> str:
    return (
        f'<rect class="gh-fill-{colour}" x="{left:.1f}" y="{axis.y(0):.1f}" width="{width:.1f}" '
        f'height="{axis.y(-value) - axis.y(0):.1f}" rx="1.5"/>'
    )


def _hatch(left: float, top: float, width: float, height: float) -> str:
    """Draw slanted lines over an estimated bar."""
    lines = []
    y = top + 4.0
    while y < top + height + width:
        x1, y1, x2, y2 = left, y, left + width, y - width
        if y1 > top + height:
            x1, y1 = x1 + (y1 - top - height), top + height
        if y2 < top:
            x2, y2 = x2 - (top - y2), top
        if x2 > x1:
            lines.append(f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}")
        y += 5.0
    return f'<path class="gh-hatch" d="{"".join(lines)}"/>'
