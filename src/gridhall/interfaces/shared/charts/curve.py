"""Curves: a day by the quarter hour, a load beside another day's, with gaps where nothing was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

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

BAND_HEIGHT = 5


@dataclass(frozen=True, slots=True)
class Curve:
    """
    One line.

    :param css_class: class of color: `total`, `export`, `base`, a period …
    :param values: one a point; None where nothing was read leaves a gap.
    :param is_area: filled down to zero; for the line that the page is about.
    :param is_dashed: another day's, or a forecast.
    :param estimated: which points are estimated; empty if none is.
    """

    css_class: str
    values: Sequence[float | None]
    is_area: bool = False
    is_dashed: bool = False
    estimated: Sequence[bool] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of points [first, end) in the color of its period, along the foot of the chart."""

    first: int
    end: int
    css_class: str


def draw_curve(
    curves: Sequence[Curve],
    *,
    labels: Sequence[str],
    titles: Sequence[str],
    now: float | None = None,
    bands: Sequence[Band] = (),
    is_large: bool = False,
) -> SafeString:
    """
    Draw lines over one row of points, for a phone and for a wide screen.

    :param labels: one a point, what stands under it; empty for none.
    :param titles: one a point, the whole sentence shown when pointed at.
    :param now: where the present is, counted in points; None for a day that is over.
    :raises ValueError: if a curve has more or fewer points than there are titles.
    """
    if any(len(curve.values) != len(titles) for curve in curves) or len(labels) != len(titles):
        raise ValueError("Every curve, the labels and the titles need one entry a point.")
    drawn = (_draw(name, frame, curves, labels, titles, now, bands) for name, frame in get_frames(is_large=is_large))
    return mark_safe("".join(drawn))


@dataclass(frozen=True, slots=True)
class _Plane:
    axis: Axis
    pitch: float

    def x(self, index: float) -> float:
        return self.axis.frame.left + (index + 0.5) * self.pitch

    def at(self, index: int, value: float) -> str:
        return f"{self.x(index):.1f} {self.axis.y(value):.1f}"


def _draw(
    name: str,
    frame: Frame,
    curves: Sequence[Curve],
    labels: Sequence[str],
    titles: Sequence[str],
    now: float | None,
    bands: Sequence[Band],
) -> str:
    known = [value for curve in curves for value in curve.values if value is not None]
    low, high = min((0.0, *known)), max((0.0, *known))
    axis = make_axis(frame, low, high if high > low else 1)
    plane = _Plane(axis, (frame.width - frame.left - frame.right) / max(len(titles), 1))
    parts = [draw_grid(axis), *_draw_labels(plane, labels)]
    floor = frame.height - frame.bottom
    for band in bands:
        left, width = plane.x(band.first - 0.5), (band.end - band.first) * plane.pitch
        parts.append(
            f'<rect class="gh-fill-{band.css_class}" x="{left:.1f}" y="{floor + 1:.1f}" '
            f'width="{max(width - 0.6, 0.4):.1f}" height="{BAND_HEIGHT}"/>'
        )
    if now is not None:
        x = plane.x(now)
        parts.append(f'<line class="gh-present" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.top}" y2="{floor}"/>')
    # What the page is about is drawn last, over what it is compared with.
    for curve in sorted(curves, key=lambda curve: curve.is_area):
        parts += _draw_line(plane, curve)
    parts += [_draw_mark(plane, curves, index, title) for index, title in enumerate(titles)]
    return wrap(name, frame, "".join(parts))


def _draw_labels(plane: _Plane, labels: Sequence[str]) -> Iterator[str]:
    frame = plane.axis.frame
    y = frame.height - frame.bottom + frame.font_px * 1.35 + BAND_HEIGHT
    reached = 0.0
    for index, label in enumerate(labels):
        half = text_width(label) * frame.font_px / 2
        middle = min(max(plane.x(index), frame.left + half), frame.width - half)
        if label and middle - half >= reached:
            yield f'<text x="{middle:.1f}" y="{y:.1f}" text-anchor="middle">{escape(label)}</text>'
            reached = middle + half + 6


def list_runs(curve: Curve) -> list[tuple[bool, list[tuple[int, float]]]]:
    """
    Give the stretches without a gap, cut where estimates begin and end, as (is estimated, points).

    >>> list_runs(Curve("total", [1.0, None, 2.0, 3.0], estimated=[False, False, False, True]))
    [(False, [(0, 1.0)]), (False, [(2, 2.0)]), (True, [(2, 2.0), (3, 3.0)])]
    """
    runs: list[tuple[bool, list[tuple[int, float]]]] = []
    estimated = curve.estimated or [False] * len(curve.values)
    for is_known, group in groupby(enumerate(curve.values), key=lambda pair: pair[1] is not None):
        if not is_known:
            continue
        points = [(index, float(value)) for index, value in group if value is not None]
        start = 0
        for position in range(1, len(points) + 1):
            at_end = position == len(points)
            if at_end or estimated[points[position][0]] != estimated[points[start][0]]:
                # A stretch of estimates begins at the last reading before it, so that the line does not break.
                first = start - 1 if start and estimated[points[start][0]] else start
                last = position + (0 if at_end or not estimated[points[start][0]] else 1)
                runs.append((bool(estimated[points[start][0]]), points[first:last]))
                start = position
    return runs


def _draw_line(plane: _Plane, curve: Curve) -> Iterator[str]:
    zero = plane.axis.y(0)
    for is_estimated, points in list_runs(curve):
        line = "L".join(plane.at(index, value) for index, value in points)
        if len(points) == 1:
            x, y = plane.at(*points[0]).split()
            yield f'<circle class="gh-fill-{curve.css_class}" cx="{x}" cy="{y}" r="2"/>'
            continue
        if curve.is_area:
            first, last = plane.x(points[0][0]), plane.x(points[-1][0])
            area = f"M{first:.1f} {zero:.1f}L{line}L{last:.1f} {zero:.1f}Z"
            yield f'<path class="gh-area gh-fill-{curve.css_class}" d="{area}"/>'
        look = " gh-estimated" if is_estimated else " gh-dashed" if curve.is_dashed else ""
        yield f'<path class="gh-curve{look} gh-line-{curve.css_class}" d="M{line}"/>'


def _draw_mark(plane: _Plane, curves: Sequence[Curve], index: int, title: str) -> str:
    frame = plane.axis.frame
    x = plane.x(index)
    dots = "".join(
        f'<circle class="gh-dot gh-fill-{curve.css_class}" cx="{x:.1f}" cy="{plane.axis.y(value):.1f}" r="4"/>'
        for curve in curves
        if (value := curve.values[index]) is not None
    )
    hit = draw_hit(x - plane.pitch / 2, 0, plane.pitch, frame.height - frame.bottom)
    return f'<g class="gh-mark"><title>{escape(title)}</title>{hit}{dots}</g>'
