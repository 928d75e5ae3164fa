"""The table beside each chart, made of the same figures as the drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _

from gridhall.interfaces.shared.charts.curve import Curve
from gridhall.interfaces.shared.charts.distribution import Bin
from gridhall.interfaces.shared.charts.ranking import Ranked
from gridhall.interfaces.shared.charts.stacked_bars import Bar
from gridhall.interfaces.shared.components import Badge, Cell, Column, DataTable, ToneKind, Words

Write = Callable[[float], str]
NOTHING = "–"


def make_curve_table(
    curves: Sequence[Curve],
    *,
    title: Words,
    first_column: Words,
    points: Sequence[Words],
    names: Sequence[Words],
    write: Write,
    unit: Words = "",
    anchor: str = "table",
) -> DataTable:
    """
    Give the values of curves, a row a point; what is estimated says so.

    :param points: the name of each point, such as 00:15.
    :param names: the name of each curve.
    """
    columns = [Column(first_column, is_number=False)]
    columns += [Column(name, swatch=curve.css_class) for name, curve in zip(names, curves, strict=True)]
    rows = []
    for index, point in enumerate(points):
        cells: list[Words | Cell] = [Cell(point, badge=_estimate() if _is_estimated(curves, index) else None)]
        for curve in curves:
            value = curve.values[index]
            cells.append(NOTHING if value is None else write(value))
        rows.append(tuple(cells))
    return DataTable(title, tuple(columns), tuple(rows), unit=unit, anchor=anchor, is_bare=True)


def make_bar_table(
    bars: Sequence[Bar],
    *,
    title: Words,
    first_column: Words,
    names: Mapping[str, Words],
    write: Write,
    unit: Words = "",
    anchor: str = "table",
) -> DataTable:
    """
    Give the parts of bars, a row a bar.

    :param names: what each class of color stands for, in the order of the columns.
    """
    columns = (
        Column(first_column, is_number=False),
        *(Column(name, swatch=css_class) for css_class, name in names.items()),
    )
    rows = []
    for bar in bars:
        parts = dict(bar.values) | (dict([bar.hanging]) if bar.hanging else {})
        first = Cell(bar.label, href=bar.href, badge=_estimate() if bar.is_estimated else None)
        rows.append((first, *(write(parts[key]) if key in parts else NOTHING for key in names)))
    return DataTable(title, columns, tuple(rows), unit=unit, anchor=anchor, is_bare=True)


def make_ranking_table(
    rows: Sequence[Ranked], *, title: Words, first_column: Words, value_column: Words, anchor: str = "table"
) -> DataTable:
    """Give the rows of a ranking with their links."""
    columns = (Column(first_column, is_number=False), Column(value_column))
    cells = tuple((Cell(row.label, href=row.href), row.figure) for row in rows)
    return DataTable(title, columns, cells, anchor=anchor, is_bare=True)


def make_distribution_table(
    bins: Sequence[Bin],
    *,
    title: Words,
    first_column: Words,
    count_column: Words,
    write: Write,
    anchor: str = "table",
) -> DataTable:
    """Give the stretches of a distribution and how many fall into each."""
    columns = (Column(first_column, is_number=False), Column(count_column))
    rows = tuple((f"{write(part.low)} – {write(part.high)}", f"{part.count:,}") for part in bins)
    return DataTable(title, columns, rows, anchor=anchor, is_bare=True)


def _is_estimated(curves: Sequence[Curve], index: int) -> bool:
    return any(bool(curve.estimated) and curve.estimated[index] and curve.values[index] is not None for curve in curves)


def _estimate() -> Badge:
    return Badge(_("估"), ToneKind.DUE)
