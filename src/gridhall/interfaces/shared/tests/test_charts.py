"""Charts draw what they are given, below zero too."""

from __future__ import annotations

import re

import pytest

from gridhall.interfaces.shared.charts.stacked_bars import Bar, draw_stacked_bars


def _heights(bars: list[Bar]) -> list[float]:
    """The heights of the coloured rectangles of the narrow drawing."""
    narrow = str(draw_stacked_bars(bars)).partition("gh-chart-wide")[0]
    return [float(height) for height in re.findall(r'class="gh-fill-[^>]*height="([\d.]+)"', narrow)]


@pytest.mark.parametrize(
    ("values", "shares"),
    [((100.0, 50.0), (1.0, 0.5)), ((-100.0, -25.0), (1.0, 0.25)), ((-60.0, 120.0), (0.5, 1.0)), ((0.0, 80.0), (1.0,))],
)
def test_bars_are_as_high_as_their_values(values: tuple[float, ...], shares: tuple[float, ...]) -> None:
    heights = _heights([Bar(label="1", title="", values=(("total", value),)) for value in values])
    assert [height / max(heights) for height in heights] == pytest.approx(shares, abs=0.02)


def test_bars_of_nothing_still_have_an_axis() -> None:
    assert "gh-grid" in draw_stacked_bars([Bar(label="1", title="", values=(("total", 0.0),))])
