"""Working days: public holidays and moved working days of a country, dated and with their source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "catalogue" / "calendars"


@dataclass(frozen=True)
class HolidayStretch:
    """
    Days off in a row.

    :param names: what is celebrated, such as `spring_festival`; two where holidays meet.
    :param first_day, end_day: half-open.
    """

    names: tuple[str, ...]
    first_day: date
    end_day: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end_day - self.first_day).days


class WorkingDayCalendar:
    """
    Which days are worked.

    :param announced_years: years whose notice is out; in others moved working days are not known yet (provisional).
    """

    def __init__(self, *, code: str, stretches: list[HolidayStretch], moved: set[date], announced: set[int]) -> None:
        self.code = code
        self.stretches = tuple(stretches)
        self.moved_working_days = frozenset(moved)
        self.announced_years = frozenset(announced)
        self._by_day = {
            stretch.first_day + timedelta(days=i): stretch for stretch in stretches for i in range(stretch.days)
        }

    def stretch_of(self, day: date) -> HolidayStretch | None:
        """Give the public holiday that a day belongs to."""
        return self._by_day.get(day)

    def is_holiday(self, day: date) -> bool:
        """Tell whether a day is in a public holiday (moved rest days included)."""
        return day in self._by_day

    def is_working_day(self, day: date) -> bool:
        """
        Tell whether a day is worked: weekdays that are no holiday, and moved working days.

        >>> calendar = load_calendar("cn")
        >>> calendar.is_working_day(date(2026, 2, 14)), calendar.is_working_day(date(2026, 2, 16))
        (True, False)
        """
        if day in self.moved_working_days:
            return True
        return day.weekday() < 5 and day not in self._by_day

    def is_provisional(self, day: date) -> bool:
        """Tell whether the year's notice is not out yet."""
        return day.year not in self.announced_years

    def add_working_days(self, day: date, count: int) -> date:
        """
        Give the day that lies `count` working days after `day` (before, if negative); 0 gives `day` or the next one.

        >>> load_calendar("cn").add_working_days(date(2026, 2, 13), 2)
        datetime.date(2026, 2, 24)
        """
        step = timedelta(days=-1 if count < 0 else 1)
        if count == 0:
            while not self.is_working_day(day):
                day += step
            return day
        left = abs(count)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def working_days_between(self, first_day: date, end_day: date) -> int:
        """Count the working days of [first_day, end_day)."""
        return sum(self.is_working_day(first_day + timedelta(days=i)) for i in range((end_day - first_day).days))

    def __iter__(self) -> Iterator[HolidayStretch]:
        return iter(self.stretches)


NO_HOLIDAYS = WorkingDayCalendar(code="", stretches=[], moved=set(), announced=set(range(1900, 2200)))


@cache
def load_calendar(code: str) -> WorkingDayCalendar:
    """
    Load a calendar of `catalogue/calendars` by its code; an empty code gives weekdays without holidays.

    :raises LookupError: if there is none.
    """
    if not code:
        return NO_HOLIDAYS
    path = FOLDER / f"{code}.yaml"
    if not code.isalnum() or not path.is_file():
        raise LookupError(f"There is no holiday calendar {code!r}; there is {', '.join(calendar_codes())}.")
    years = yaml.safe_load(path.read_text("utf-8"))["years"]
    stretches = [
        HolidayStretch(tuple(row["names"]), row["first"], row["last"] + timedelta(days=1))
        for year in years.values()
        for row in year["holidays"]
    ]
    moved = {day for year in years.values() for day in year["working_days"]}
    announced = {number for number, year in years.items() if year["announced"]}
    return WorkingDayCalendar(code=code, stretches=stretches, moved=moved, announced=announced)


def calendar_codes() -> list[str]:
    """Give the codes of the calendars there are."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))
