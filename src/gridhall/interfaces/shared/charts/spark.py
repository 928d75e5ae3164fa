"""A line the size of a word: where a figure has been lately. It stands beside the figure, never alone."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString, mark_safe

from gridhall.interfaces.shared.charts.curve import Curve, list_runs

WIDTH, HEIGHT, MARGIN = 120, 32, 3


def draw_spark(values: Sequence[float | None], *, css_class: str = "total") -> SafeString:
    """Draw the values from the lowest to the highest; gaps stay gaps."""
    known = [value for value in values if value is not None]
    if not known:
        return mark_safe("")
    low, span = min(known), (max(known) - min(known)) or 1.0
    pitch = (WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)

    def place(index: int, value: float) -> str:
        return f"{MARGIN + index * pitch:.1f} {HEIGHT - MARGIN - (value - low) / span * (HEIGHT - 2 * MARGIN):.1f}"

    parts = []
    for _estimated, points in list_runs(Curve(css_class, values)):
        line = "L".join(place(index, value) for index, value in points)
        if len(points) > 1:
            first, last = (MARGIN + points[end][0] * pitch for end in (0, -1))
            parts.append(
                f'<path class="gh-area gh-fill-{css_class}" d="M{first:.1f} {HEIGHT}L{line}L{last:.1f} {HEIGHT}Z"/>'
            )
        parts.append(f'<path class="gh-curve gh-line-{css_class}" d="M{line}{"h.01" if len(points) == 1 else ""}"/>')
    return mark_safe(
        f'<svg class="gh-spark" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">'
        f"{''.join(parts)}</svg>"
    )
