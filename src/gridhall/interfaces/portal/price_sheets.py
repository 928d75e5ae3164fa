"""Prices laid out for reading: the clock of today, the calendar of a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gridhall.apps.billing import queries as billing
from gridhall.interfaces.portal import words
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.day_strip import Stretch
from gridhall.interfaces.shared.word_tables import get_word

NO_PERIOD = "total"


@dataclass(frozen=True, slots=True)
class PeriodPrice:
    """One price of today: its period, its hours, what a kilowatt hour costs in it."""

    label: Any
    css_class: str
    hours: str
    price: Decimal
    is_now: bool


@dataclass(frozen=True, slots=True)
class ClockSheet:
    """What a kilowatt hour costs at this moment, when that changes, and when it costs least."""

    clock: billing.PriceClock
    at: datetime

    @property
    def now_word(self) -> Any:
        """The period of this moment."""
        return get_period_word(self.clock.now.period)

    @property
    def now_class(self) -> str:
        """Its color."""
        return get_period_class(self.clock.now.period)

    @property
    def later_word(self) -> Any:
        """The period that comes next; empty without."""
        return get_period_word(self.clock.later.period) if self.clock.later else ""

    @property
    def later_time(self) -> str:
        """When it comes, with `tomorrow` where it does."""
        return self._say_time(self.clock.later.start) if self.clock.later else ""

    @property
    def is_dearer_later(self) -> bool:
        """Whether the next price is higher."""
        return bool(self.clock.later and self.clock.later.price > self.clock.now.price)

    @property
    def cheapest_span(self) -> str:
        """From when to when it costs least next."""
        span = self.clock.cheapest
        if span is None:
            return ""
        return f"{self._say_time(span.start)}–{self._say_time(span.end)}"

    @property
    def cheapest_word(self) -> Any:
        """The period of the cheapest stretch."""
        return get_period_word(self.clock.cheapest.period) if self.clock.cheapest else ""

    @property
    def saving(self) -> Decimal | None:
        """How much less a kilowatt hour costs then than now; None where it is not less."""
        span = self.clock.cheapest
        return self.clock.now.price - span.price if span and span.price < self.clock.now.price else None

    @property
    def minute(self) -> int:
        """The minute of the day, for the needle: the beginning of the quarter hour, as the page is kept a while."""
        local = timezone.localtime(self.at)
        return local.hour * 60 + local.minute

    @property
    def strip(self) -> list[Stretch]:
        """Today, midnight to midnight."""
        return [
            Stretch(
                _minute(span.start),
                _minute(span.end) or 1440,
                get_period_class(span.period),
                f"{_clock(span.start)}–{_clock_end(span.end)} {get_period_word(span.period)} {span.price}",
                span.start <= self.at < span.end,
            )
            for span in self.clock.today
        ]

    @property
    def prices(self) -> list[PeriodPrice]:
        """The prices of today, the dearest first, each with its hours."""
        found: dict[tuple[str, Decimal], list[billing.PriceSpan]] = {}
        for span in self.clock.today:
            found.setdefault((span.period, span.price), []).append(span)
        now = (self.clock.now.period, self.clock.now.price)
        rows = [
            PeriodPrice(
                get_period_word(period),
                get_period_class(period),
                "、".join(f"{_clock(s.start)}–{_clock_end(s.end)}" for s in spans)
                if formats.is_chinese()
                else ", ".join(f"{_clock(s.start)}–{_clock_end(s.end)}" for s in spans),
                price,
                (period, price) == now,
            )
            for (period, price), spans in found.items()
        ]
        return sorted(rows, key=lambda row: -row.price)

    def _say_time(self, moment: datetime) -> str:
        local, today = timezone.localtime(moment), timezone.localdate(self.at)
        if local.date() == today or (local.hour, local.minute) == (0, 0):
            is_midnight = (local.hour, local.minute) == (0, 0) and local.date() > today
            return "24:00" if is_midnight and local.date() == today + timedelta(days=1) else _clock(moment)
        return _("明天 %(time)s") % {"time": _clock(moment)}


def get_period_word(period: str) -> Any:
    """Name a period; a price without periods is simply the price, and one of another tariff by its own name."""
    return words.PERIODS[period][0] if period in words.PERIODS else period.lower().replace("_", " ")


def get_period_class(period: str) -> str:
    """Give the color of a period."""
    return words.PERIODS[period][1] if period in words.PERIODS else NO_PERIOD


def _minute(moment: datetime) -> int:
    local = timezone.localtime(moment)
    return local.hour * 60 + local.minute


def _clock(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.hour}:{local.minute:02d}"


def _clock_end(moment: datetime) -> str:
    text = _clock(moment)
    return "24:00" if text == "0:00" else text


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One cell of the calendar; `day` is None for those before the first and after the last."""

    day: date | None
    strip: list[Stretch]
    note: Any = ""
    is_today: bool = False
    is_holiday: bool = False
    is_unusual: bool = False


@dataclass(frozen=True, slots=True)
class CalendarSheet:
    """A month of prices: weeks from Monday on, the ways in which days are cut, and what is special."""

    month: Any
    weeks: list[list[CalendarDay]]
    patterns: list[tuple[list[Stretch], int]]
    sharp_days: int
    is_timed: bool
    is_provisional: bool
    notes: list[tuple[Any, str]]


def lay_out_calendar(found: billing.PriceMonth, *, today: date) -> CalendarSheet:
    """Lay a month out in weeks."""
    strips = [[_stretch(stretch) for stretch in pattern] for pattern in found.patterns]
    cells = [CalendarDay(None, [])] * found.days[0].day.weekday()
    notes: list[tuple[Any, str]] = []
    for day in found.days:
        note = _note(day)
        cells.append(
            CalendarDay(
                day.day, strips[day.pattern], note, day.day == today, bool(day.holidays), day.pattern > 0
            )
        )  # fmt: skip
    cells += [CalendarDay(None, [])] * (-len(cells) % 7)
    for names, days in _gather_notes(found.days):
        notes.append((names, days))
    counts = [sum(1 for day in found.days if day.pattern == index) for index in range(len(strips))]
    return CalendarSheet(
        month=found.month,
        weeks=[cells[start : start + 7] for start in range(0, len(cells), 7)],
        patterns=list(zip(strips, counts, strict=True)),
        sharp_days=sum(1 for day in found.days if day.has_sharp),
        is_timed=any(len(pattern) > 1 for pattern in found.patterns) or len(found.patterns) > 1,
        is_provisional=found.is_provisional,
        notes=notes,
    )


def _stretch(stretch: Any) -> Stretch:
    return Stretch(stretch.start, stretch.end, get_period_class(stretch.period.upper()))


def _note(day: billing.PriceDay) -> Any:
    if day.holidays:
        return get_word(words.HOLIDAYS, day.holidays[0])
    return _("班") if day.is_moved_working_day else ""


def _gather_notes(days: list[billing.PriceDay]) -> list[tuple[Any, str]]:
    """Say from when to when each holiday lasts, and which days off are worked."""
    found: dict[str, list[date]] = {}
    for day in days:
        name = str(_note(day)) if day.holidays else _("调休上班") if day.is_moved_working_day else ""
        if name:
            found.setdefault(name, []).append(day.day)
    return [
        (
            name,
            formats.day_span(marked[0], marked[-1])
            if len(marked) > 1 and (marked[-1] - marked[0]).days == len(marked) - 1
            else ", ".join(formats.short_day(day) for day in marked),
        )
        for name, marked in found.items()
    ]
