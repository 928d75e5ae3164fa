"""The curve of a load over the hours of one or several days, and of what was fed in below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from gridhall.interfaces.shared.charts.axis import Axis, Frame, draw_grid, get_frames, make_axis, wrap


@dataclass(frozen=True, slots=True)
class Curve:
    """
    A curve to draw.

    :param values: mean power of equal stretches, from midnight on; None where nothing was read.
    :param hanging: what was fed in, drawn downward; empty if nothing was.
    :param marks: (share of the width, label) along the bottom.
    :param limit: (value, what it is) as a line across; None without.
    :param bands: (share from, share to, class of color) behind the curve.
    """

    values: Sequence[float | None]
    marks: Sequence[tuple[float, str]]
    hanging: Sequence[float | None] = ()
    limit: tuple[float, str] | None = None
    bands: Sequence[tuple[float, float, str]] = ()


def draw_curve(curve: Curve, *, is_large: bool = False) -> SafeString:
    """Draw the curve for a phone and for a wide screen."""
    return mark_safe("".join(_draw(name, frame, curve) for name, frame in get_frames(is_large=is_large)))


def _draw(name: str, frame: Frame, curve: Curve) -> str:
    known = [value for value in curve.values if value is not None]
    fed = [value for value in curve.hanging if value is not None]
    high = max([0.0, *known, curve.limit[0] if curve.limit else 0.0])
    axis = make_axis(frame, -max(fed, default=0.0), high or (0.0 if fed else 1.0))
    parts = [_band(axis, *band) for band in curve.bands]
    parts.append(draw_grid(axis))
    parts.append(_area(axis, curve.values, 1, "total"))
    if fed and max(fed) > 0:
        parts.append(_area(axis, curve.hanging, -1, "export"))
    if curve.limit:
        y = axis.y(curve.limit[0])
        parts.append(
            f'<line class="gh-limit" x1="{frame.left}" x2="{frame.width}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="gh-limit-text" x="{frame.width - 2}" y="{y - 4:.1f}" text-anchor="end">'
            f"{escape(curve.limit[1])}</text>"
        )
    for share, label in curve.marks:
        x = frame.left + share * (frame.width - frame.left - frame.right)
        anchor = "start" if share <= 0 else "end" if share >= 1 else "middle"
        y = frame.height - frame.bottom + frame.font_px * 1.35
        parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(label)}</text>')
    return wrap(name, frame, "".join(parts))


def _band(axis: Axis, start: float, end: float, css_class: str) -> str:
    frame = axis.frame
    room = frame.width - frame.left - frame.right
    return (
        f'<rect class="gh-fill-{css_class} gh-behind" x="{frame.left + start * room:.1f}" y="{frame.top}" '
        f'width="{(end - start) * room:.1f}" height="{frame.height - frame.top - frame.bottom}"/>'
    )


def _area(axis: Axis, values: Sequence[float | None], sign: int, css_class: str) -> str:
    """Draw each unbroken run as a filled area of steps: a mean holds for its whole stretch."""
    frame = axis.frame
    pitch = (frame.width - frame.left - frame.right) / max(len(values), 1)
    zero = axis.y(0)
    out = []
    start = 0
    while start < len(values):
        if values[start] is None:
            start += 1
            continue
        end = start
        line = f"M{frame.left + start * pitch:.1f} {zero:.1f}"
        while end < len(values) and (value := values[end]) is not None:
            line += f"V{axis.y(sign * value):.1f}h{pitch:.2f}"
            end += 1
        out.append(f'<path class="gh-fill-{css_class} gh-area" d="{line}V{zero:.1f}z"/>')
        start = end
    return "".join(out)
