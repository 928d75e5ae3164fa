"""What the pages of balances show: totals, the course of months, the days of a month, what is behind a place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from gridhall.apps.metering import queries
from gridhall.core.periods import Month
from gridhall.interfaces.console import words_metering
from gridhall.interfaces.console.balance_lists import (
    Level,
    find_transformer,
    say_completeness,
    say_energy,
    say_percent,
)
from gridhall.interfaces.console.lists import PAGE_ROWS, Sheet
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.stacked_bars import Bar

SUSPECTS = 3


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One bar with the same figures for the table beside the chart."""

    bar: Bar
    name: str
    figures: tuple[str, ...]
    mark: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class StateLine:
    """How many are in a state, what that means, and where they are listed."""

    state: str
    count: int
    word: Any
    tone: str
    meaning: Any
    address: str
    is_chosen: bool


class MonthSwitch:
    """The month that is shown, those before and after, and until when it is balanced."""

    def __init__(
        self, spans: Sequence[queries.BalancedSpan], shown: Month | None, today: date, find: Callable[[Any], str]
    ) -> None:
        self.shown = shown
        months = [span.month for span in spans]
        at = months.index(shown) if shown in months else -1
        self.span = spans[at] if at >= 0 else None
        self.before = find(months[at + 1]) if 0 <= at < len(months) - 1 else ""
        self.after = find(months[at - 1]) if at > 0 else ""
        self.is_running = shown is not None and today < shown.next().first_day

    @property
    def last_day(self) -> date | None:
        """The last day that is balanced."""
        return self.span.end_day - timedelta(days=1) if self.span else None


def lay_out_trend(points: Sequence[queries.TrendPoint], shown: Month, find: Callable[[Any], str]) -> list[ChartLine]:
    """Lay out the losses of thirteen months, in percent."""
    lines = []
    for point in points:
        name = formats.month(point.month)
        percent, energy = say_percent(point.loss_percent), say_energy(point.loss_kwh)
        mark = _("读数不全") if point.is_incomplete else ""
        if point.loss_kwh is None:
            title = _("%(month)s：没有数据") % {"month": name}
        else:
            title = _("%(month)s：损耗率 %(percent)s，%(energy)s kWh") % {
                "month": name, "percent": percent, "energy": energy,
            }  # fmt: skip
        values = () if point.loss_percent is None else (("total", float(point.loss_percent)),)
        bar = Bar(
            formats.short_month(point.month), f"{title} · {mark}" if mark else title, values,
            is_estimated=point.is_incomplete, is_current=point.month == shown,
            href=find(point.month) if values else "",
        )  # fmt: skip
        lines.append(ChartLine(bar, name, (percent, energy), mark, find(point.month) if values else ""))
    return lines


def lay_out_days(days: Sequence[queries.Balance]) -> list[ChartLine]:
    """Lay out the losses of each day, in kWh."""
    lines = []
    for day in days:
        is_whole = day.check_completeness == 1 and day.customer_completeness == 1
        mark = "" if is_whole else _("读数不全")
        percent = say_percent(day.loss_percent)
        title = _("%(day)s：供入 %(supplied)s，供出 %(delivered)s，损耗 %(loss)s kWh（%(percent)s）") % {
            "day": formats.short_day(day.first_day), "supplied": say_energy(day.supplied_kwh),
            "delivered": say_energy(day.delivered_kwh), "loss": say_energy(day.loss_kwh), "percent": percent,
        }  # fmt: skip
        nothing = day.check_completeness == 0 or day.customer_completeness == 0
        bar = Bar(
            str(day.first_day.day), f"{title} · {mark}" if mark else title,
            () if nothing else (("total", float(day.loss_kwh)),), is_estimated=not is_whole,
        )  # fmt: skip
        figures = (say_energy(day.supplied_kwh), say_energy(day.delivered_kwh), say_energy(day.loss_kwh), percent)
        lines.append(ChartLine(bar, formats.short_day(day.first_day), figures, mark))
    return lines


class NetworkSheet:
    """What stands above the list of feeders, or of transformers."""

    def __init__(self, level: Level, switch: MonthSwitch, find: Callable[[Any], str], asked: Sheet) -> None:
        self.level, self.switch, self.find, self.asked = level, switch, find, asked

    @cached_property
    def totals(self) -> queries.MonthTotals:
        """All of the month together."""
        assert self.switch.shown is not None
        return queries.total_month(month=self.switch.shown, of_transformers=self.level.of_transformers)

    @cached_property
    def trend(self) -> list[ChartLine]:
        """The course of all together."""
        assert self.switch.shown is not None
        points = queries.list_balance_trend(
            until=self.switch.shown, of_transformers=self.level.of_transformers
        )  # fmt: skip
        return lay_out_trend(points, self.switch.shown, self.find)

    @property
    def states(self) -> list[StateLine]:
        """Every state, with how many are in it."""
        return [
            StateLine(
                state, count, words_metering.BALANCE_STATES[state],
                words_metering.BALANCE_TONES.get(state, "plain") if count else "plain",
                words_metering.BALANCE_MEANINGS[state], self.asked.address(state=state),
                state == self.asked.filters["state"],
            )
            for state, count in sorted(self.totals.states.items(), key=lambda pair: _ORDER.index(pair[0]))
        ]  # fmt: skip


_ORDER = list(words_metering.BALANCE_STATES)


def _name(row: queries.KeptBalance, month: Month) -> tuple[str, str, str]:
    figures = f"{say_percent(row.told_loss_percent)}, {say_energy(row.told_loss_kwh)} kWh"
    return row.name, find_transformer(row.code, month), figures


class PlaceSheet:
    """What the page of one feeder or transformer shows of a month."""

    def __init__(
        self, course: queries.PlaceCourse, kept: queries.KeptBalance, find: Callable[[Any], str], *, page: int = 1
    ) -> None:
        self.place, self.course, self.kept, self.find, self.page = course.place, course, kept, find, page
        self.month = Month.of(kept.first_day)
        self.feeder = getattr(course.place, "feeder", None)

    @property
    def is_feeder(self) -> bool:
        """Whether it is a feeder; a transformer has one."""
        return self.feeder is None

    @cached_property
    def trend(self) -> list[ChartLine]:
        """The course of thirteen months."""
        return lay_out_trend(self.course.list_trend(self.month), self.month, self.find)

    @cached_property
    def reads(self) -> queries.PlaceReads:
        """What was read in the month, as it stands now."""
        part: dict[str, Any] = {
            "month": self.month, "end_day": self.kept.end_day, "offset": (self.page - 1) * PAGE_ROWS,
            "limit": PAGE_ROWS,
        }  # fmt: skip
        if self.feeder is None:
            return queries.read_feeder(feeder=self.place, **part)  # type: ignore[arg-type]
        return queries.read_transformer(transformer=self.place, **part)  # type: ignore[arg-type]

    @cached_property
    def days(self) -> list[ChartLine]:
        """The days of the month."""
        return lay_out_days(self.reads.days)

    @property
    def is_outdated(self) -> bool:
        """Whether reads or meters changed since the month was balanced: its days come to something else now."""
        now = [(day.supplied_kwh, day.delivered_kwh) for day in self.reads.days]
        sums = [sum(column, Decimal(0)) for column in zip(*now, strict=True)]
        return sums != [self.kept.supplied_kwh, self.kept.delivered_kwh]

    @property
    def first_row(self) -> int:
        """The number of the first meter shown."""
        return (self.page - 1) * PAGE_ROWS + 1 if self.reads.meters else 0

    @property
    def last_row(self) -> int:
        """The number of the last meter shown."""
        return self.first_row + len(self.reads.meters) - 1 if self.reads.meters else 0

    @property
    def page_before(self) -> str:
        """The address of the meters before."""
        return f"{self.find(self.month)}&page={self.page - 1}" if self.page > 1 else ""

    @property
    def page_after(self) -> str:
        """The address of the meters after."""
        return f"{self.find(self.month)}&page={self.page + 1}" if self.page * PAGE_ROWS < self.reads.total else ""

    @property
    def state(self) -> str:
        """What the loss can be taken for."""
        return self.kept.state.value

    @property
    def surplus(self) -> Decimal:
        """By how much more came out than went in."""
        return -self.kept.loss_kwh

    @property
    def check_completeness(self) -> str:
        """How whole the reads of check meters are."""
        return say_completeness(self.kept.check_completeness) if self.kept.check_meters else "–"

    @property
    def customer_completeness(self) -> str:
        """How whole the reads of customers are."""
        return say_completeness(self.kept.customer_completeness) if self.kept.customer_meters else "–"

    @property
    def meters(self) -> str:
        """How many meters of customers."""
        return f"{self.kept.customer_meters:,}"

    @property
    def ratios(self) -> str:
        """The ratios of the check meters, as they are known."""
        return ", ".join(f"{one.multiplier:,}" for one in self.reads.checks)

    @cached_property
    def suspects(self) -> list[tuple[str, str, str]]:
        """Of a transformer that gave too much: those of its feeder that lose most, as (name, address, loss)."""
        if self.feeder is None or self.state != "NEGATIVE":
            return []
        rows = queries.list_outermost_transformers(feeder=self.feeder, month=self.month, limit=SUSPECTS)
        return [_name(row, self.month) for row in rows if (row.told_loss_kwh or Decimal(0)) > 0]

    @cached_property
    def negatives(self) -> list[tuple[str, str, str]]:
        """Of a feeder: transformers that gave more than they got, as (name, address, loss)."""
        if self.feeder is not None:
            return []
        found: dict[str, Any] = {"feeder": self.place, "month": self.month, "limit": SUSPECTS, "gains": True}
        return [_name(row, self.month) for row in queries.list_outermost_transformers(**found)]

    @property
    def missing_address(self) -> str:
        """Where the gaps of the month are listed."""
        query = {"rule": "MISSING", "month": str(self.month), "feeder": (self.feeder or self.place).code}
        return f"{reverse('console:finding-list')}?{urlencode(query)}"
