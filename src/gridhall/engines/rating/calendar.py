"""Which day is of which kind for a tariff: weekdays, holidays, moved working days, special days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from gridhall.core.working_days import WorkingDayCalendar, load_calendar

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PLAIN_SELECTORS = (*WEEKDAYS, "weekday", "weekend", "holiday", "working_day", "rest_day", "moved_working_day")
HOLIDAY_NAMES = (
    "new_year",
    "spring_festival",
    "tomb_sweeping",
    "labor_day",
    "dragon_boat",
    "mid_autumn",
    "national_day",
)


@dataclass(frozen=True)
class TariffCalendar:
    """
    Kinds of days.

    :param holidays: name of a holiday calendar of `core.working_days` ("cn"), or empty.
    :param special_days: named lists of days (hot days …), over and above those of the tariff.
    """

    holidays: str = ""
    special_days: dict[str, frozenset[date]] = field(default_factory=dict)

    @property
    def working_days(self) -> WorkingDayCalendar:
        """The holiday calendar behind it."""
        return load_calendar(self.holidays)

    def with_special_days(self, more: dict[str, frozenset[date]]) -> TariffCalendar:
        """Give a calendar with further special days."""
        names = {*self.special_days, *more}
        merged = {name: self.special_days.get(name, frozenset()) | more.get(name, frozenset()) for name in names}
        return TariffCalendar(self.holidays, merged)

    def matches(self, day: date, selector: str) -> bool:
        """
        Tell whether a day is of a kind.

        `monday` … `sunday`; `weekday`, `weekend` (Saturday and Sunday as the week goes); `holiday` (public holidays and
        days off moved to them); `holiday:NAME`; `long_holiday` (of three days or more); `working_day`, `rest_day` (with
        moved working days); `moved_working_day`; `special:NAME`.

        >>> TariffCalendar("cn").matches(date(2026, 10, 1), "holiday:national_day")
        True
        """
        kind, _, name = selector.partition(":")
        calendar = self.working_days
        if kind == "special":
            return day in self.special_days.get(name, ())
        if kind == "holiday":
            stretch = calendar.stretch_of(day)
            return stretch is not None and (not name or name in stretch.names)
        if kind == "long_holiday":
            stretch = calendar.stretch_of(day)
            return stretch is not None and stretch.days >= 3
        if kind in WEEKDAYS:
            return day.weekday() == WEEKDAYS.index(kind)
        plain = {
            "weekday": day.weekday() < 5,
            "weekend": day.weekday() >= 5,
            "working_day": calendar.is_working_day(day),
            "rest_day": not calendar.is_working_day(day),
            "moved_working_day": day in calendar.moved_working_days,
        }
        return plain[kind]


def is_selector(text: str) -> bool:
    """Tell whether a word names a kind of day."""
    kind, _, name = text.partition(":")
    if name:
        return kind == "special" or (kind == "holiday" and name in HOLIDAY_NAMES)
    return kind in PLAIN_SELECTORS or kind == "long_holiday"
