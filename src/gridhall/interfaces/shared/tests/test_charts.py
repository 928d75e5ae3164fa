"""Charts draw what they are given, below zero too."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from gridhall.interfaces.shared.charts.stacked_bars import Bar, draw_stacked_bars
from gridhall.interfaces.shared.charts.waterfall import Step, draw_waterfall


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


def test_energy_fed_in_hangs_below_zero_on_the_same_scale() -> None:
    bar = Bar(label="1", title="", values=(("flat", 30.0), ("peak", 20.0)), hanging=("export", 100.0))
    hanging, flat, peak = _heights([bar])
    assert (flat / hanging, peak / hanging) == pytest.approx((0.3, 0.2), abs=0.02)


def test_names_under_a_waterfall_never_run_into_each_other() -> None:
    names = ("2025", "用电量", "单价", "季节", "容需量", "其他", "2026")
    steps = [Step(name, "", 10.0, is_total=index in (0, 6)) for index, name in enumerate(names)]
    narrow = str(draw_waterfall(steps, is_large=True)).partition("gh-chart-wide")[0]
    heights = re.findall(r'<text x="[\d.]+" y="([\d.]+)" text-anchor="middle">', narrow)
    assert len(heights) == 7 and all(one != other for one, other in pairwise(heights))


def test_bars_of_nothing_still_have_an_axis() -> None:
    assert "gh-grid" in draw_stacked_bars([Bar(label="1", title="", values=(("total", 0.0),))])
