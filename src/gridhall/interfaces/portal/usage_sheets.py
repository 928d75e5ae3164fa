"""Usage laid out for reading: bars, legend with figures, table, and the way to the sheet before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gridhall.apps.billing import queries as billing
from gridhall.core.periods import Month
from gridhall.interfaces.portal import words
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.stacked_bars import Bar

LONG_FIGURE = 7


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, one bar of the chart; `cells` follow the columns of the sheet."""

    key: Month | date
    label: str
    short_label: str
    energy_kwh: Decimal
    export_kwh: Decimal | None
    cells: list[Decimal]
    is_estimated: bool
    href: str = ""
    amount: Decimal | None = None
    bill_mrid: Any = None
    has_data: bool = True


@dataclass(frozen=True, slots=True)
class Share:
    """One field of the legend."""

    label: Any
    css_class: str
    energy_kwh: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class UsageSheet:
    """A page of usage. `columns` are the periods that occur, from sharp to valley."""

    title: str
    rows: list[Row]
    columns: list[tuple[str, Any, str]]
    legend: list[Share]
    bars: list[Bar]
    energy_kwh: Decimal
    export_kwh: Decimal
    amount: Decimal | None
    complete_through: date | None
    earlier: str
    later: str
    has_estimates: bool
    bill_mrid: Any = None
    amount_is_so_far: bool = False
    all_rows: Sequence[Row] = ()

    def without_amounts(self) -> UsageSheet:
        """Give the sheet for a viewer who may not look at bills."""
        rows = [replace(row, amount=None, bill_mrid=None) for row in self.rows]
        return replace(self, rows=rows, amount=None, bill_mrid=None)

    def in_yuan(self) -> UsageSheet:
        """Give the sheet with bars of what was billed; months without a bill have none."""
        bars = [
            replace(
                bar,
                title=f"{row.label} {formats.yuan(row.amount)}",
                values=(("total", float(row.amount or 0)),),
                hanging=None,
                is_estimated=False,
            )
            for bar, row in zip(self.bars, self.all_rows, strict=True)
        ]
        return replace(self, bars=bars, legend=[], has_estimates=False)

    @property
    def places(self) -> int:
        """With how many places the energies of this page are written, the same for all."""
        return 1 if max(self.energy_kwh, self.export_kwh) < formats.WHOLE_FROM_KWH else 0

    @property
    def has_long_figures(self) -> bool:
        """Whether four figures of the legend do not fit a phone side by side."""
        return any(len(formats.energy(share.energy_kwh, self.places)) > LONG_FIGURE for share in self.legend)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not any(row.has_data for row in self.rows)


def step_back(month: Month, count: int) -> Month:
    """
    Give the month `count` months before.

    >>> str(step_back(Month(2026, 1), 11))
    '2025-02'
    """
    for _unused in range(count):
        month = month.previous()
    return month


def _step_on(month: Month, count: int) -> Month:
    for _unused in range(count):
        month = month.next()
    return month


def _find_columns(splits: Sequence[dict[str, Decimal]]) -> list[tuple[str, Any, str]]:
    """Give the periods that occur; energy that is not told apart needs no columns."""
    present = {kind for split in splits for kind, value in split.items() if value}
    if present <= {"FLAT"}:
        return []
    return [(kind, *words.PERIODS[kind]) for kind in words.PERIODS if kind in present]


def _make_values(row: Row, columns: list[tuple[str, Any, str]]) -> tuple[tuple[str, float], ...]:
    if not columns:
        return (("total", float(row.energy_kwh)),)
    by_kind = {kind: float(cell) for (kind, _, _), cell in zip(columns, row.cells, strict=True)}
    colours = {kind: css_class for kind, _, css_class in columns}
    return tuple((colours[kind], by_kind[kind]) for kind in words.STACKING if kind in by_kind)


def _make_bar(row: Row, columns: list[tuple[str, Any, str]], label: str, is_current: bool) -> Bar:
    title = f"{row.label} {formats.energy(row.energy_kwh)} kWh"
    if row.export_kwh:
        title += _("，上网 %(energy)s kWh") % {"energy": formats.energy(row.export_kwh)}
    if row.is_estimated:
        title += _("（含估算）")
    hanging = ("export", float(row.export_kwh)) if row.export_kwh else None
    return Bar(label, title, _make_values(row, columns), row.href, row.is_estimated, is_current, hanging)


def _make_legend(rows: list[Row], columns: list[tuple[str, Any, str]]) -> list[Share]:
    sums = [sum((row.cells[index] for row in rows), Decimal(0)) for index in range(len(columns))]
    whole = sum(sums, Decimal(0)) or Decimal(1)
    return [
        Share(label, css_class, value, value / whole)
        for (_, label, css_class), value in zip(columns, sums, strict=True)
    ]


def _label(month: Month) -> str:
    """Name a month in a narrow column; January tells where the year begins."""
    if month.month > 1:
        return formats.short_month(month)
    return f"{month.year}.1" if formats.is_chinese() else f"{formats.short_month(month)} {month.year}"


def make_year_sheet(months: list[billing.UsageMonth], *, last: Month, this_month: Month) -> UsageSheet:
    """Lay twelve months out."""
    columns = _find_columns([month.by_period for month in months])
    exports = any(month.export_kwh for month in months)
    rows = [
        Row(
            key=month.month,
            label=formats.month(month.month),
            short_label=_label(month.month),
            energy_kwh=month.energy_kwh,
            export_kwh=month.export_kwh if exports else None,
            cells=[month.by_period.get(kind, Decimal(0)) for kind, _, _ in columns],
            is_estimated=month.estimated_share > 0,
            href=reverse("portal:usage-month", args=[month.month]),
            amount=month.amount,
            bill_mrid=month.bill_mrid,
            has_data=month.complete_until is not None or bool(month.energy_kwh or month.export_kwh),
        )
        for month in months
    ]
    shown = [row for row in rows if row.has_data]
    first = step_back(last, 11)
    until = [month.complete_until for month in months if month.complete_until is not None]
    known = [row.amount for row in rows if row.amount is not None]
    year_url = reverse("portal:usage-year")
    return UsageSheet(
        title=f"{formats.month(first)} – {formats.month(last)}",
        rows=list(reversed(shown)),
        columns=columns,
        legend=_make_legend(shown, columns),
        bars=[_make_bar(row, columns, formats.short_month(row.key), row.key == this_month) for row in rows],
        energy_kwh=sum((row.energy_kwh for row in rows), Decimal(0)),
        export_kwh=sum((row.export_kwh or Decimal(0) for row in rows), Decimal(0)),
        amount=sum(known, Decimal(0)) if known else None,
        complete_through=max(until) - timedelta(days=1) if until else None,
        earlier=f"{year_url}?until={first.previous()}" if rows and rows[0].has_data else "",
        later=f"{year_url}?until={min(_step_on(last, 12), this_month)}" if last < this_month else "",
        has_estimates=any(row.is_estimated for row in rows),
        all_rows=rows,
    )


def make_month_sheet(
    days: list[billing.UsageDay],
    *,
    month: Month,
    usage: billing.UsageMonth | None,
    this_month: Month,
    amount_so_far: Decimal | None = None,
    point: str = "",
) -> UsageSheet:
    """Lay the days of a month out; `amount_so_far` stands in for the bill of a month that is not over."""
    asked = f"?point={point}" if point else ""
    billed = usage.amount if usage else None
    columns = _find_columns([day.by_period for day in days])
    exports = any(day.export_kwh for day in days)
    rows = [
        Row(
            key=day.day,
            label=formats.short_day(day.day),
            short_label=str(day.day.day),
            energy_kwh=day.energy_kwh,
            export_kwh=day.export_kwh if exports else None,
            cells=[day.by_period.get(kind, Decimal(0)) for kind, _, _ in columns],
            is_estimated=day.is_estimated,
            href=reverse("portal:usage-day", args=[day.day]) + asked,
        )
        for day in days
    ]
    has_data = bool(rows)
    return UsageSheet(
        title=formats.month(month),
        rows=rows,
        columns=columns,
        legend=_make_legend(rows, columns),
        bars=[_make_bar(row, columns, str(row.key.day), False) for row in rows],
        energy_kwh=sum((row.energy_kwh for row in rows), Decimal(0)),
        export_kwh=usage.export_kwh if usage else sum((day.export_kwh for day in days), Decimal(0)),
        amount=amount_so_far if billed is None else billed,
        amount_is_so_far=billed is None,
        complete_through=usage.complete_until - timedelta(days=1) if usage and usage.complete_until else None,
        earlier=reverse("portal:usage-month", args=[month.previous()]) + asked if has_data else "",
        later=reverse("portal:usage-month", args=[month.next()]) + asked if month < this_month else "",
        has_estimates=any(row.is_estimated for row in rows),
        bill_mrid=usage.bill_mrid if usage else None,
    )


@dataclass(frozen=True, slots=True)
class PeriodCost:
    """What the energy of one period of the day cost; `price` is None where it had several."""

    label: Any
    css_class: str
    price: Decimal | None
    energy_kwh: Decimal
    amount: Decimal


def list_period_costs(lines: list[billing.LineView]) -> list[PeriodCost]:
    """Give a bill's energy charges by period, from sharp to valley, if they are the whole of its energy charges."""
    found: dict[str, list[billing.LineView]] = {}
    for line in lines:
        if line.counts and line.unit == "kWh" and line.group in ("ENERGY", "TIER"):
            found.setdefault(line.code.rpartition(".")[2].upper(), []).append(line)
    if len(found) < 2 or not found.keys() <= words.PERIODS.keys():
        return []
    return [
        PeriodCost(
            label, css_class, _one_price(found[kind]),
            sum((line.quantity for line in found[kind]), Decimal(0)),
            sum((line.amount for line in found[kind]), Decimal(0)),
        )
        for kind, (label, css_class) in words.PERIODS.items()
        if kind in found
    ]  # fmt: skip


def _one_price(lines: list[billing.LineView]) -> Decimal | None:
    prices = {line.price for line in lines}
    return prices.pop() if len(prices) == 1 else None
