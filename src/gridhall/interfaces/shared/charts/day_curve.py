"""A day by the quarter hour: steps in the colors of the periods, gaps where reads are missing, other days as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from gridhall.interfaces.shared.charts.axis import Axis, Frame, draw_grid, get_frames, make_axis, wrap

HOURS = 24


@dataclass(frozen=True, slots=True)
class Slot:
    """
    One step of the day.

    :param value: its height; None is a gap. :param hanging: drawn downward from zero, such as power fed in.
    """

    value: float | None
    colour: str
    is_estimated: bool = False
    hanging: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """Another day over the same hours, drawn as a line; None breaks it."""

    name: str
    values: tuple[float | None, ...]


def draw_day_curve(slots: Sequence[Slot], lines: Sequence[Line] = (), *, is_large: bool = False) -> SafeString:
    """Draw the day for a phone and for a wide screen."""
    return mark_safe("".join(_draw(name, frame, slots, lines) for name, frame in get_frames(is_large=is_large)))


def _draw(name: str, frame: Frame, slots: Sequence[Slot], lines: Sequence[Line]) -> str:
    beside = [value for line in lines for value in line.values if value is not None]
    high = max((0.0, *(slot.value for slot in slots if slot.value is not None), *beside))
    low = min((0.0, *(-slot.hanging for slot in slots)))
    axis = make_axis(frame, low, high if high > low else low + 1)
    step = (frame.width - frame.left - frame.right) / max(len(slots), 1)
    parts = [draw_grid(axis), _draw_hours(frame)]
    parts += _draw_gaps(axis, slots, step)
    parts += _draw_steps(axis, slots, step)
    parts += [_draw_line(axis, line, step) for line in lines]
    cursor = f'<line class="gh-cursor" x1="-9" x2="-9" y1="{frame.top}" y2="{frame.height - frame.bottom}"/>'
    hit = (
        f'<rect class="gh-hit gh-curve-hit" x="{frame.left}" y="0" width="{frame.width - frame.left - frame.right}" '
        f'height="{frame.height - frame.bottom}" data-slots="{len(slots)}"/>'
    )
    return wrap(name, frame, "".join([*parts, cursor, hit]))


def _draw_hours(frame: Frame) -> str:
    """Write the hours below; fewer where the type is large."""
    room = frame.width - frame.left - frame.right
    every = next(hours for hours in (2, 4, 6, 12) if room * hours / HOURS >= frame.font_px * 3.8)
    y = frame.height - frame.bottom + frame.font_px * 1.35
    parts = []
    for hour in range(0, HOURS + 1, every):
        anchor = "end" if hour == HOURS else "middle" if hour else "start"
        x = frame.left + room * hour / HOURS
        parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{hour}:00</text>')
    return "".join(parts)


def _runs(slots: Sequence[Slot], key: str) -> Iterator[tuple[object, int, list[Slot]]]:
    """Give neighbors that are alike, with the place of the first."""
    start = 0
    for value, group in groupby(slots, key=lambda slot: getattr(slot, key)):
        run = list(group)
        yield value, start, run
        start += len(run)


def _draw_steps(axis: Axis, slots: Sequence[Slot], step: float) -> list[str]:
    """Draw each run of one color as one area of steps, and slanted lines over what is estimated."""
    parts = []
    left = axis.frame.left
    for colour, start, run in _runs(slots, "colour"):
        body = _area(axis, [slot.value for slot in run], left + start * step, step)
        if body:
            parts.append(f'<path class="gh-fill-{escape(str(colour))}" d="{body}"/>')
    hanging = _area(axis, [-slot.hanging if slot.hanging else None for slot in slots], left, step)
    if hanging:
        parts.append(f'<path class="gh-fill-export" d="{hanging}"/>')
    for is_estimated, start, run in _runs(slots, "is_estimated"):
        if is_estimated:
            parts.append(_hatch(axis, [slot.value or 0.0 for slot in run], left + start * step, step))
    return parts


def _area(axis: Axis, values: Sequence[float | None], left: float, step: float) -> str:
    """Give the outline of steps that stand on zero; gaps part them."""
    zero = axis.y(0)
    pieces = []
    x = left
    for has_value, group in groupby(values, key=lambda value: value is not None):
        run = list(group)
        if has_value:
            path = [f"M{x:.1f} {zero:.1f}"]
            for value in run:
                path.append(f"V{axis.y(value or 0.0):.1f}H{x + step:.1f}")
                x += step
            pieces.append("".join(path) + f"V{zero:.1f}Z")
        else:
            x += step * len(run)
    return "".join(pieces)


def _hatch(axis: Axis, values: Sequence[float], left: float, step: float) -> str:
    lines = []
    for index, value in enumerate(values):
        x, top, ground = left + index * step, axis.y(value), axis.y(0)
        y = top + 3.0
        while y < ground:
            lines.append(f"M{x:.1f} {min(y + step, ground):.1f}L{x + step:.1f} {y:.1f}")
            y += 5.0
    return f'<path class="gh-hatch" d="{"".join(lines)}"/>'


def _draw_gaps(axis: Axis, slots: Sequence[Slot], step: float) -> list[str]:
    """Shade what has no read."""
    frame = axis.frame
    height = frame.height - frame.bottom - frame.top
    parts = []
    start = 0
    for is_gap, group in groupby(slots, key=lambda slot: slot.value is None):
        count = len(list(group))
        if is_gap:
            parts.append(
                f'<rect class="gh-gap" x="{frame.left + start * step:.1f}" y="{frame.top}" '
                f'width="{count * step:.1f}" height="{height}"/>'
            )
        start += count
    return parts


def _draw_line(axis: Axis, line: Line, step: float) -> str:
    pieces = []
    is_open = False
    for index, value in enumerate(line.values):
        if value is None:
            is_open = False
            continue
        x = axis.frame.left + (index + 0.5) * step
        pieces.append(f"{'L' if is_open else 'M'}{x:.1f} {axis.y(value):.1f}")
        is_open = True
    return f'<path class="gh-beside gh-beside-{escape(line.name)}" d="{"".join(pieces)}"/>'
