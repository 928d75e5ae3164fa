"""The scale of a chart: round steps, and where a value lies."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing in its own units, and of its type; `left`, `right`, `top`, `bottom` are margins."""

    width: int
    height: int
    font_px: int
    left: int
    right: int = 6
    top: int = 10
    bottom: int = 22


NARROW = Frame(width=358, height=196, font_px=11, left=34)
NARROW_LARGE = Frame(width=340, height=236, font_px=18, left=50, bottom=32)
WIDE = Frame(width=1040, height=290, font_px=12, left=48, bottom=28)
WIDE_LARGE = Frame(width=1040, height=330, font_px=18, left=72, bottom=36)


def get_frames(*, is_large: bool) -> tuple[tuple[str, Frame], tuple[str, Frame]]:
    """Give the two drawings of a chart, for a phone and for a wide screen; the style sheet shows one."""
    return ("narrow", NARROW_LARGE if is_large else NARROW), ("wide", WIDE_LARGE if is_large else WIDE)


@dataclass(frozen=True, slots=True)
class Axis:
    """A vertical scale with round marks."""

    frame: Frame
    low: float
    high: float
    marks: tuple[float, ...]

    def y(self, value: float) -> float:
        """Give the height of a value, downward from the top."""
        room = self.frame.height - self.frame.top - self.frame.bottom
        return self.frame.top + (self.high - value) / (self.high - self.low) * room


def make_axis(frame: Frame, low: float, high: float, *, steps: int = 4) -> Axis:
    """
    Give an axis that holds [low, high] with at most about `steps` round marks.

    >>> make_axis(NARROW, 0, 9.7).marks
    (0.0, 2.5, 5.0, 7.5, 10.0)
    """
    span = max(high - low, 1e-9)
    unit = 10 ** math.floor(math.log10(span))
    step = next(unit * factor for factor in (0.2, 0.25, 0.5, 1, 2, 2.5, 5, 10) if span / (unit * factor) <= steps)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if last == first:
        last = first + 1
    return Axis(frame, first * step, last * step, tuple(mark * step for mark in range(first, last + 1)))


def text_width(text: str) -> float:
    """Give a rough width in ems: Chinese characters are square."""
    return sum(1.0 if ord(letter) > 0x2E80 else 0.55 for letter in text)


def cut_to_width(text: str, ems: float) -> str:
    """
    Shorten a text to about a width in ems; the whole of it stands in the title and in the table.

    >>> cut_to_width("咸丰县高乐山镇", 5)
    '咸丰县高…'
    """
    if text_width(text) <= ems:
        return text
    while text and text_width(text) > ems - 1:
        text = text[:-1]
    return f"{text}…"


def draw_hit(left: float, top: float, width: float, height: float) -> str:
    """Draw the unseen field that finger and pointer find a mark by."""
    return f'<rect class="gh-hit" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def draw_grid(axis: Axis) -> str:
    """Draw the marks and their figures."""
    frame = axis.frame
    parts = []
    for mark in axis.marks:
        y = axis.y(mark)
        text = f"{mark:,.4g}" if abs(mark) < 10_000 else f"{mark / 1000:,.4g}k"
        parts.append(
            f'<line class="gh-grid" x1="{frame.left}" x2="{frame.width}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{frame.left - 6}" y="{y + frame.font_px * 0.36:.1f}" text-anchor="end">{text}</text>'
        )
    return "".join(parts)


def wrap(name: str, frame: Frame, body: str) -> str:
    """Give the drawing; what it says is told by the figure around it and the table beside it."""
    return (
        f'<svg class="gh-chart gh-chart-{name}" viewBox="0 0 {frame.width} {frame.height}" '
        f'font-size="{frame.font_px}" aria-hidden="true" focusable="false">{body}</svg>'
    )
