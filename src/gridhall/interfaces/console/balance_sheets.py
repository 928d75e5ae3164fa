"""What the pages of balances show: totals, the course of months, the days of a month, what is behind a place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

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
from gridhall.interfaces.console.lists import Sheet
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

    def __init__(self, months: Sequence[Month], shown: Month | None, today: date, find: Callable[[Any], str]) -> None:
        self.shown = shown
        at = months.index(shown) if shown in months else -1
        self.before = find(months[at + 1]) if 0 <= at < len(months) - 1 else ""
        self.after = find(months[at - 1]) if at > 0 else ""
        self.is_running = shown is not None and today < shown.next().first_day

    @cached_property
    def kept(self) -> tuple[date, datetime] | None:
        """Until which day it is balanced, not included, and when that was computed."""
        return queries.get_balanced_month(month=self.shown) if self.shown else None

    @property
    def last_day(self) -> date | None:
        """The last day that is balanced."""
        return self.kept[0] - timedelta(days=1) if self.kept else None


def lay_out_trend(points: Sequence[queries.TrendPoint], shown: Month, find: Callable[[Any], str]) -> list[ChartLine]:
    """Lay out the losses of thirteen months, in percent."""
    lines = []
    for point in points:
        name = formats.month(point.month)
        percent, energy = say_percent(point.loss_percent), say_energy(point.loss_kwh)
        mark = _("读数不全") if point.is_incomplete else ""
        if point.loss_kwh is None:
            title = _("%(month)s：没有") % {"month": name}
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
    """What the page of one feeder or transformer shows."""

    def __init__(self, place: Any, switch: MonthSwitch, find: Callable[[Any], str], *, is_feeder: bool) -> None:
        self.place, self.switch, self.find, self.is_feeder = place, switch, find, is_feeder
        assert switch.shown is not None
        self.month: Month = switch.shown
        self._key: dict[str, Any] = {"feeder": place} if is_feeder else {"transformer": place}

    @cached_property
    def kept(self) -> queries.KeptBalance | None:
        """The kept balance; None of a place that was made after it was computed."""
        ask = queries.get_feeder_month if self.is_feeder else queries.get_transformer_month
        return ask(month=self.month, **self._key)

    @property
    def end_day(self) -> date:
        """The day after the last one that is balanced."""
        return self.switch.kept[0] if self.switch.kept else self.month.next().first_day

    @cached_property
    def trend(self) -> list[ChartLine]:
        """The course of thirteen months."""
        return lay_out_trend(queries.list_balance_trend(until=self.month, **self._key), self.month, self.find)

    @cached_property
    def days(self) -> list[ChartLine]:
        """The days of the month, computed now."""
        ask: Any = queries.list_feeder_balance_days if self.is_feeder else queries.list_transformer_balance_days
        return lay_out_days(ask(first_day=self.month.first_day, end_day=self.end_day, **self._key))

    @cached_property
    def checks(self) -> list[queries.MeterBehind]:
        """The check meters, named."""
        return queries.list_check_meters(month=self.month, end_day=self.end_day, **self._key)

    @property
    def state(self) -> str:
        """What the loss can be taken for."""
        return self.kept.state.value if self.kept else "NO_CHECK"

    @property
    def percent(self) -> str:
        """The loss in percent."""
        return say_percent(self.kept.told_loss_percent) if self.kept else "–"

    @property
    def loss(self) -> str:
        """The loss in kWh."""
        return say_energy(self.kept.told_loss_kwh) if self.kept else "–"

    @property
    def meters(self) -> str:
        """How many meters of customers."""
        return f"{self.kept.customer_meters:,}" if self.kept else "–"

    @property
    def surplus(self) -> str:
        """By how much more came out than went in."""
        return say_energy(-self.kept.loss_kwh) if self.kept else "–"

    @property
    def check_completeness(self) -> str:
        """How whole the reads of check meters are."""
        return say_completeness(self.kept.check_completeness) if self.kept and self.kept.check_meters else "–"

    @property
    def customer_completeness(self) -> str:
        """How whole the reads of customers are."""
        return say_completeness(self.kept.customer_completeness) if self.kept and self.kept.customer_meters else "–"

    @property
    def ratios(self) -> str:
        """The ratios of the check meters, as they are known."""
        return ", ".join(f"{one.multiplier:,}" for one in self.checks)

    @cached_property
    def suspects(self) -> list[tuple[str, str, str]]:
        """Of a transformer that gave too much: those of its feeder that lose most, as (name, address, loss)."""
        if self.is_feeder or self.state != "NEGATIVE":
            return []
        page = queries.list_transformer_balances(
            feeder=self.place.feeder, month=self.month, choice=queries.BalanceChoice(), limit=SUSPECTS
        )
        return [
            _name(row, self.month)
            for row in page.rows
            if row.code != self.place.code and (row.told_loss_kwh or Decimal(0)) > 0
        ]  # fmt: skip

    @cached_property
    def negatives(self) -> list[tuple[str, str, str]]:
        """Of a feeder: transformers behind which more came out than went in, as (name, address, loss)."""
        if not self.is_feeder:
            return []
        page = queries.list_transformer_balances(
            feeder=self.place, month=self.month, choice=queries.BalanceChoice(state="NEGATIVE"), limit=SUSPECTS,
            descending=False,
        )  # fmt: skip
        return [_name(row, self.month) for row in page.rows]

    @property
    def missing_address(self) -> str:
        """Where the gaps of the month are listed."""
        feeder = self.place if self.is_feeder else self.place.feeder
        return f"{reverse('console:finding-list')}?rule=MISSING&month={self.month}&feeder={feeder.code}"
