"""Charts draw what they are given, below zero too."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as tree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridhall.interfaces.shared.charts.curve import Curve, draw_curve, list_runs
from gridhall.interfaces.shared.charts.distribution import Bin, draw_distribution
from gridhall.interfaces.shared.charts.heat_month import draw_heat_month
from gridhall.interfaces.shared.charts.ranking import Ranked, draw_ranking
from gridhall.interfaces.shared.charts.spark import draw_spark
from gridhall.interfaces.shared.charts.stacked_bars import Bar, draw_stacked_bars
from gridhall.interfaces.shared.charts.standalone import draw_alone
from gridhall.interfaces.shared.charts.waterfall import Step, draw_waterfall
from gridhall.interfaces.shared.styleguide_charts import list_charts


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


def _columns(steps: list[Step]) -> list[tuple[str, float]]:
    narrow = str(draw_waterfall(steps)).partition("gh-chart-wide")[0]
    return [
        (color, float(height))
        for color, height in re.findall(r'class="gh-fill-(\w+)"[^>]*height="([\d.]+)"', narrow)
    ]  # fmt: skip


def test_a_waterfall_of_credits_shows_small_changes_as_one_of_amounts_does() -> None:
    amounts = [Step("", "", 290.0, True), Step("", "", -7.0), Step("", "", -4.0), Step("", "", 279.0, True)]
    credits = [Step(step.label, step.title, -step.value, step.is_total) for step in amounts]
    drawn, mirrored = _columns(amounts), _columns(credits)
    assert [color for color, _ in mirrored] == ["base", "up", "up", "base"]
    assert mirrored[1][1] / mirrored[2][1] == pytest.approx(7 / 4, abs=0.02) and mirrored[1][1] > 20
    assert mirrored[1][1] == pytest.approx(drawn[1][1], rel=0.3)


def test_figures_stand_above_all_columns_of_a_waterfall_or_above_none() -> None:
    steps = [Step("", "", 10.0, index in (0, 3), figure="¥10.00") for index in range(4)]
    narrow = str(draw_waterfall(steps)).partition("gh-chart-wide")[0]
    assert narrow.count("¥10.00") == 4
    steps[1] = Step("", "", 10.0, figure="+¥1,234,567,890.00")
    assert "¥" not in str(draw_waterfall(steps)).partition("gh-chart-wide")[0]


def test_bars_of_nothing_still_have_an_axis() -> None:
    assert "gh-grid" in draw_stacked_bars([Bar(label="1", title="", values=(("total", 0.0),))])


def _narrow(drawing: str) -> tree.Element:
    return tree.fromstring(re.findall(r"<svg\b.*?</svg>", drawing, re.S)[0])


def test_a_curve_has_a_gap_where_nothing_was_read() -> None:
    values = [1.0, 2.0, None, 4.0, 5.0, 6.0]
    drawing = _narrow(draw_curve([Curve("total", values)], labels=[""] * 6, titles=list("abcdef")))
    lines = [path.get("d") for path in drawing.iter("path") if "gh-stroke" in path.get("class", "")]
    assert [line.count("L") for line in lines] == [1, 2]
    assert [title.text for title in drawing.iter("title")] == list("abcdef")


def test_a_curve_marks_what_is_estimated_without_breaking_the_line() -> None:
    curve = Curve("total", [1.0] * 6, estimated=[False, False, True, True, False, False])
    drawing = _narrow(draw_curve([curve], labels=[""] * 6, titles=[""] * 6))
    looks = [path.get("class") for path in drawing.iter("path")]
    assert [("gh-estimated" in look) for look in looks] == [False, True, False]
    ends = [re.findall(r"[\d.]+ [\d.]+", path.get("d", "")) for path in drawing.iter("path")]
    assert ends[0][-1] == ends[1][0] and ends[1][-1] == ends[2][0]


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=120), st.randoms())
def test_every_point_of_a_curve_is_drawn_inside_its_frame(values: list[float | None], random: Any) -> None:
    estimated = [random.random() < 0.3 for _value in values]
    curve = Curve("total", values, is_area=True, estimated=estimated)
    runs = list_runs(curve)
    assert {index for _mark, points in runs for index, _v in points} == {
        i for i, v in enumerate(values) if v is not None
    }
    drawing = _narrow(draw_curve([curve], labels=["x"] * len(values), titles=[""] * len(values), now=0))
    _l, _t, width, height = map(float, drawing.get("viewBox", "").split())
    for path in drawing.iter("path"):
        for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d", "")):
            assert -0.1 <= float(x) <= width + 0.1 and -0.1 <= float(y) <= height + 0.1


def test_a_curve_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="one entry a point"):
        draw_curve([Curve("total", [1.0])], labels=["", ""], titles=["", ""])


def test_a_ranking_shortens_names_and_keeps_them_whole_in_the_title() -> None:
    name = "龙" * 60
    drawing = _narrow(draw_ranking([Ranked(name, 10, "10 kWh", f"{name} 10 kWh"), Ranked("b", 5, "5 kWh", "b")]))
    texts = [text.text or "" for text in drawing.iter("text")]
    assert texts[0].endswith("…") and len(texts[0]) < 30
    assert name in next(drawing.iter("title")).text
    bars = [float(r.get("width", 0)) for r in drawing.iter("rect") if r.get("class") == "gh-fill-total"]
    assert bars[1] == pytest.approx(bars[0] / 2)


def test_a_distribution_is_as_high_as_its_counts() -> None:
    bins = [Bin(0, 1, 10, "0", "a"), Bin(1, 2, 5, "1", "b"), Bin(2, 3, 0, "2", "c")]
    drawing = _narrow(draw_distribution(bins, marked=1.5))
    heights = [float(r.get("height", 0)) for r in drawing.iter("rect") if r.get("class") == "gh-fill-total"]
    assert heights == [pytest.approx(heights[0]), pytest.approx(heights[0] / 2, rel=0.01), 0]
    assert len([line for line in drawing.iter("line") if line.get("class") == "gh-present"]) == 1


@pytest.mark.parametrize("year_month", [(2026, 2), (2026, 11), (2027, 2), (2024, 2)])
def test_a_month_has_each_day_once_under_its_weekday(year_month: tuple[int, int]) -> None:
    first = date(*year_month, 1)
    days = [first + timedelta(days=i) for i in range(monthrange(*year_month)[1])]
    drawing = _narrow(
        draw_heat_month(
            {day: float(day.day) for day in days},
            titles={day: day.isoformat() for day in days},
            weekdays="一二三四五六日",
        )
    )
    cells = [mark for mark in drawing.iter("g") if mark.get("class") == "gh-mark"]
    assert len(cells) == len(days)
    for day, cell in zip(days, cells, strict=True):
        assert float(cell.find("rect").get("x")) == day.weekday() * 48


def test_what_stands_in_a_chart_is_text_not_markup() -> None:
    evil = "<script>alert(1)</script>"
    drawings = (
        draw_curve([Curve("total", [1.0])], labels=[evil], titles=[evil]),
        draw_ranking([Ranked(evil, 1, evil, evil, href='"><script>')]),
        draw_distribution([Bin(0, 1, 1, evil, evil)]),
        draw_stacked_bars([Bar(evil, evil, (("total", 1.0),), href='"><script>')]),
    )
    for drawing in drawings:
        assert "<script" not in drawing
        tree.fromstring(f"<all>{drawing}</all>")


@pytest.mark.parametrize("drawing", [lambda: draw_curve([], labels=[], titles=[]), lambda: draw_ranking([]),
                                     lambda: draw_distribution([]), lambda: draw_stacked_bars([])])  # fmt: skip
def test_nothing_to_draw_is_drawn_calmly(drawing: Any) -> None:
    tree.fromstring(f"<all>{drawing()}</all>")
    assert draw_spark([]) == draw_spark([None]) == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_drawing_stands_alone_with_colors_of_its_own(theme: str) -> None:
    for _state, figure in list_charts(is_large=False):
        alone = draw_alone(figure.drawing, theme=theme)
        root = tree.fromstring(alone)
        assert "class=" not in alone and "var(" not in alone and "<a" not in alone and "<title" not in alone
        painted = [node for node in root.iter() if node.tag.rpartition("}")[2] in ("rect", "path", "circle", "line")]
        assert painted
        for node in painted:
            assert node.get("fill") or node.get("stroke"), (node.tag, node.attrib)
        colors = {node.get(key) for node in root.iter() for key in ("fill", "stroke")} - {None}
        assert all(re.fullmatch(r"#[0-9A-Fa-f]{3,6}|none|transparent", color) for color in colors), colors


def test_a_drawing_that_stands_alone_can_be_printed(tmp_path: Path) -> None:
    import typst

    for index, (_state, figure) in enumerate(list_charts(is_large=False)):
        (tmp_path / f"chart{index}.svg").write_text(draw_alone(figure.drawing), encoding="utf-8")
    page = "\n".join(f'#image("chart{index}.svg", width: 100%)' for index in range(6))
    (tmp_path / "page.typ").write_text(page, encoding="utf-8")
    assert bytes(typst.compile(str(tmp_path / "page.typ"))).startswith(b"%PDF")


def test_tables_hold_what_the_drawing_shows() -> None:
    for _state, figure in list_charts(is_large=False):
        if figure.table is not None:
            rows = list(figure.table.lines)
            marks = _narrow(figure.drawing).findall(".//*[@class='gh-mark']")
            marks += [m for m in _narrow(figure.drawing).iter() if m.get("class") == "gh-bar gh-mark"]
            assert len(rows) == len(marks)
            assert all(len(cells) == len(figure.table.columns) for _now, cells in rows)
