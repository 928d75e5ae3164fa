"""Every chart in every state, for the style guide; the values are made up by formulas."""

from __future__ import annotations

import math
from datetime import date, timedelta

from gridhall.interfaces.shared.charts.curve import Band, Curve, draw_curve
from gridhall.interfaces.shared.charts.distribution import Bin, draw_distribution
from gridhall.interfaces.shared.charts.heat_month import draw_heat_month
from gridhall.interfaces.shared.charts.ranking import Ranked, draw_ranking
from gridhall.interfaces.shared.charts.stacked_bars import Bar, draw_stacked_bars
from gridhall.interfaces.shared.charts.tables import (
    make_bar_table,
    make_curve_table,
    make_distribution_table,
    make_ranking_table,
)
from gridhall.interfaces.shared.charts.waterfall import Step, draw_waterfall
from gridhall.interfaces.shared.components import ChartFigure, Key, Legend
from gridhall.interfaces.shared.styleguide_parts import LONG_NAME, say

SLOTS = 96


def list_charts(*, is_large: bool) -> list[tuple[str, ChartFigure]]:
    """Give (state, chart with its table)."""
    return [
        _day(is_large),
        _bars(is_large),
        _changes(is_large),
        _month(is_large),
        _ranking(is_large),
        _distribution(is_large),
    ]


def _write(value: float) -> str:
    return f"{value:,.2f}"


def _day(is_large: bool) -> tuple[str, ChartFigure]:
    clock = [f"{slot // 4:02}:{slot % 4 * 15:02}" for slot in range(SLOTS)]
    usual = [0.4 + 0.3 * math.sin(slot / 9) ** 2 + 0.5 * math.exp(-(((slot - 78) / 8) ** 2)) for slot in range(SLOTS)]
    today = [
        value * (1.1 + 0.2 * math.sin(slot)) if slot < 83 and not 30 <= slot < 36 else None
        for slot, value in enumerate(usual)
    ]
    estimated = [50 <= slot < 60 for slot in range(SLOTS)]
    curves = [Curve("total", today, is_area=True, estimated=estimated), Curve("base", usual, is_dashed=True)]
    titles = [f"{clock[slot]}  {'–' if value is None else _write(value)} kW" for slot, value in enumerate(today)]
    bands = [Band(0, 32, "valley"), Band(32, 72, "flat"), Band(72, 88, "peak"), Band(88, 96, "valley")]
    labels = [text if slot % 16 == 0 else "" for slot, text in enumerate(clock)]
    drawing = draw_curve(curves, labels=labels, titles=titles, now=83, bands=bands, is_large=is_large)
    names = (say("今天", "Today"), say("昨天", "Yesterday"))
    table = make_curve_table(
        curves,
        title=say("每 15 分钟", "By the quarter hour"),
        first_column=say("时间", "Time"),
        points=clock,
        names=names,
        write=_write,
        unit="kW",
        anchor="chart-day",
    )
    legend = Legend(names[0], (Key(names[0], "total", "14.2"), Key(names[1], "base", "15.8")))
    summary = say("今天和昨天的负荷曲线，数字在表里。", "Today’s and yesterday’s load; the figures are in the table.")
    note = say("虚线是估算，断开处没有读数。", "Dots are estimates; gaps have no readings.")
    return say("曲线：有缺口、估算、现在", "Curve: gap, estimates, now"), ChartFigure(
        drawing, summary, table, legend, note
    )


def _bars(is_large: bool) -> tuple[str, ChartFigure]:
    bars = []
    for day in range(1, 23):
        parts = tuple(
            (css, 2 + math.sin(day + index) + index * 0.3) for index, css in enumerate(("valley", "flat", "peak"))
        )
        whole = sum(value for _css, value in parts)
        bars.append(
            Bar(
                str(day),
                say(f"11月{day}日 {whole:.1f} kWh", f"November {day} {whole:.1f} kWh"),
                parts,
                is_estimated=day == 7,
                is_current=day == 22,
                hanging=("export", 1.5) if day in (3, 4) else None,
            )
        )
    names = {
        "valley": say("谷", "Valley"),
        "flat": say("平", "Flat"),
        "peak": say("峰", "Peak"),
        "export": say("上网", "Fed in"),
    }
    table = make_bar_table(
        bars,
        title=say("每日", "By day"),
        first_column=say("日", "Day"),
        names=names,
        write=_write,
        unit="kWh",
        anchor="chart-bars",
    )
    summary = say("每日用电柱状图，数字在表里。", "Bars of each day; the figures are in the table.")
    return say("柱：估算、上网", "Bars: an estimate, energy fed in"), ChartFigure(
        draw_stacked_bars(bars, is_large=is_large), summary, table
    )


def _changes(is_large: bool) -> tuple[str, ChartFigure]:
    steps = [
        Step(say("9月", "Sep"), say("9月 ¥172", "September ¥172"), 172, True),
        Step(say("用得多", "More used"), say("用得多 +¥24", "More used +¥24"), 24),
        Step(say("价格", "Price"), say("价格 −¥10", "Price −¥10"), -10),
        Step(say("10月", "Oct"), say("10月 ¥186", "October ¥186"), 186, True),
    ]
    summary = say("从上月到本月的瀑布图。", "From last month to this month.")
    return say("瀑布", "Waterfall"), ChartFigure(draw_waterfall(steps, is_large=is_large), summary)


def _month(is_large: bool) -> tuple[str, ChartFigure]:
    days = [date(2026, 11, 1) + timedelta(days=index) for index in range(30)]
    values = {day: None if day.day > 22 else 5 + 4 * math.sin(day.day) for day in days}
    titles = {
        day: say(f"11月{day.day}日", f"November {day.day}") + (f" {value:.1f} kWh" if value is not None else " –")
        for day, value in values.items()
    }
    weekdays = say("一 二 三 四 五 六 日", "Mo Tu We Th Fr Sa Su").split()
    drawing = draw_heat_month(
        values, titles=titles, weekdays=weekdays, estimated=frozenset({days[8]}), is_large=is_large
    )
    summary = say("十一月每日用电，越深越多。", "November by day; darker is more.")
    return say("月历", "Month calendar"), ChartFigure(drawing, summary)


def _ranking(is_large: bool) -> tuple[str, ChartFigure]:
    names = (say(*LONG_NAME), say("一号车间", "Workshop one"), say("冷库", "Cold store"), say("办公楼", "Offices"))
    rows = [
        Ranked(name, value, f"{value:,.0f} kWh", f"{name} {value:,.0f} kWh", href="?")
        for name, value in zip(names, (51234.0, 20120.0, 9800.0, 310.0), strict=True)
    ]
    table = make_ranking_table(
        rows,
        title=say("各用电点", "Sites"),
        first_column=say("用电点", "Site"),
        value_column=say("用电", "Used"),
        anchor="chart-rank",
    )
    summary = say("各用电点排名，数字在表里。", "Sites by use; the figures are in the table.")
    return say("排名：名字很长", "Ranking: a long name"), ChartFigure(
        draw_ranking(rows, is_large=is_large), summary, table
    )


def _distribution(is_large: bool) -> tuple[str, ChartFigure]:
    bins = []
    for low in range(-50, 50, 5):
        count = round(900 * math.exp(-(((low + 8) / 18) ** 2)))
        title = say(f"{low} 到 {low + 5} 元：{count} 户", f"{low} to {low + 5} yuan: {count} customers")
        bins.append(Bin(low, low + 5, count, str(low), title, "down" if low < 0 else "up"))
    table = make_distribution_table(
        bins,
        title=say("账单变化", "Change of bills"),
        first_column=say("元", "Yuan"),
        count_column=say("户数", "Customers"),
        write=lambda value: f"{value:,.0f}",
        anchor="chart-bins",
    )
    summary = say("账单变化的分布，数字在表里。", "How bills change; the figures are in the table.")
    return say("分布：标出中位数", "Distribution: the median marked"), ChartFigure(
        draw_distribution(bins, marked=-6, is_large=is_large), summary, table
    )
