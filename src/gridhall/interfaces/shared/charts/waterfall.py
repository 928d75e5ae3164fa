"""The waterfall from one bill to another: what stood before, each cause up or down, what stands now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
class Step:
    """
    One column: a total that stands on the ground, or a change that hangs from the one before.

    :param figure: what is written above it, where there is room for the figures of all columns.
    """

    label: str
    title: str
    value: float
    is_total: bool = False
    figure: str = ""


def draw_waterfall(steps: Sequence[Step], *, is_large: bool = False) -> SafeString:
    """Draw the columns for a phone and for a wide screen."""
    return mark_safe("".join(_draw(name, frame, steps) for name, frame in get_frames(is_large=is_large)))


def _levels(steps: Sequence[Step]) -> list[tuple[float, float]]:
    """Give where each column starts and ends."""
    levels = []
    level = 0.0
    for step in steps:
        start = 0.0 if step.is_total else level
        level = step.value if step.is_total else level + step.value
        levels.append((start, level))
    return levels


def _cut_ground(steps: Sequence[Step], levels: Sequence[tuple[float, float]]) -> tuple[float, float, bool]:
    """
    Give the lowest and highest value drawn, and whether the ground is cut away.

    Changes are small beside the totals: cut the ground away so that they can be seen, and say so by a broken foot.
    Credits hang from zero; of them the upper part is cut away.
    """
    ends = [0.0, *(end for pair in levels for end in pair)]
    if max(ends) <= 0 and min(ends) < 0:
        low, high, is_cut = _cut_ground(
            [replace(step, value=-step.value) for step in steps], [(-start, -end) for start, end in levels]
        )
        return -high, -low, is_cut
    lowest = min((min(pair) for step, pair in zip(steps, levels, strict=True) if not step.is_total), default=0.0)
    ground = min([lowest, *(step.value for step in steps if step.is_total)])
    span = max(ends) - ground
    is_cut = min(ends) >= 0 and span < max(ends) * 0.5
    return max(0.0, ground - span * 0.6) if is_cut else min(ends), max(ends), is_cut


def _draw(name: str, frame: Frame, steps: Sequence[Step]) -> str:
    levels = _levels(steps)
    low, high, is_cut = _cut_ground(steps, levels)
    pitch = (frame.width - frame.left - frame.right) / max(len(steps), 1)
    widest = max((text_width(step.label) for step in steps), default=0.0) * frame.font_px
    # Names that would run into each other stand on two lines, every other one below.
    drop = frame.font_px * 1.25 if widest > pitch - 4 else 0.0
    has_figures = max((text_width(step.figure) for step in steps), default=0.0) * frame.font_px <= pitch - 4
    rise = round(frame.font_px * 1.1) if has_figures and any(step.figure for step in steps) else 0
    frame = replace(
        frame, bottom=frame.bottom + round(drop), height=frame.height + round(drop) + rise, top=frame.top + rise
    )
    axis = make_axis(frame, low, high if high > low else low + 1)
    parts = [draw_grid(axis)]
    for index, (step, pair) in enumerate(zip(steps, levels, strict=True)):
        middle = frame.left + (index + 0.5) * pitch
        parts.append(_draw_column(axis, step, pair, middle, pitch, is_cut))
        if rise and step.figure:
            above = axis.y(min(max(pair), axis.high)) - 5
            parts.append(f'<text x="{middle:.1f}" y="{above:.1f}" text-anchor="middle">{escape(step.figure)}</text>')
        y = frame.height - frame.bottom + frame.font_px * 1.35 + (drop if index % 2 else 0)
        parts.append(f'<text x="{middle:.1f}" y="{y:.1f}" text-anchor="middle">{escape(step.label)}</text>')
    return wrap(name, frame, "".join(parts))


def _draw_column(axis: Axis, step: Step, pair: tuple[float, float], middle: float, pitch: float, is_cut: bool) -> str:
    frame = axis.frame
    width = min(pitch * 0.6, 56)
    left = middle - width / 2
    high, low = axis.y(min(max(pair), axis.high)), axis.y(max(min(pair), axis.low))
    colour = "base" if step.is_total else "up" if step.value > 0 else "down"
    parts = [
        f"<title>{escape(step.title)}</title>",
        f'<rect class="gh-fill-{colour}" x="{left:.1f}" y="{high:.1f}" width="{width:.1f}" '
        f'height="{max(low - high, 1.2):.1f}" rx="2"/>',
    ]
    if step.is_total and is_cut:
        y = axis.y(axis.low) - 9 if step.value > 0 else axis.y(axis.high) + 13
        wave = f"M{left - 1:.1f} {y:.1f}l{width / 4:.1f} -4 {width / 4:.1f} 4 {width / 4:.1f} -4 {width / 4 + 2:.1f} 4"
        parts.append(f'<path class="gh-cut" d="{wave}"/>')
    if not step.is_total:
        parts.append(
            f'<line class="gh-lead" x1="{left - pitch * 0.4:.1f}" x2="{left:.1f}" '
            f'y1="{axis.y(pair[0]):.1f}" y2="{axis.y(pair[0]):.1f}"/>'
        )
    hit = draw_hit(middle - pitch / 2, 0, pitch, frame.height - frame.bottom)
    return f'<g class="gh-bar gh-mark">{hit}{"".join(parts)}</g>'
