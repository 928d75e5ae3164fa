"""Half-open periods of time, and local days and months seen through a named zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """
    A half-open stretch of time [start, end), both aware UTC.

    :raises ValueError: if a moment is naive or the period is empty.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("A period needs aware moments.")
        if self.end <= self.start:
            raise ValueError("A period ends after it starts.")

    @property
    def hours(self) -> float:
        """Length in hours."""
        return (self.end - self.start).total_seconds() / 3600

    def overlaps(self, other: Period) -> bool:
        """Tell whether the two share any moment."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """
    A calendar month.

    >>> Month(2026, 1).next(), str(Month(2026, 12).next()), Month.parse("2026-02").days
    (Month(year=2026, month=2), '2027-01', 28)
    """

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `2026-01`. :raises ValueError: if it is not a month."""
        year, _, month = text.partition("-")
        if len(year) != 4 or len(month) != 2 or not (year + month).isdigit():
            raise ValueError(f"{text!r} is not a month; write it as 2026-01.")
        return cls.of(date(int(year), int(month), 1))

    @classmethod
    def of(cls, day: date) -> Month:
        """Give the month of a day."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first_day(self) -> date:
        """The first day."""
        return date(self.year, self.month, 1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.next().first_day - self.first_day).days

    def next(self) -> Month:
        """Give the month after."""
        return Month(self.year + 1, 1) if self.month == 12 else Month(self.year, self.month + 1)

    def previous(self) -> Month:
        """Give the month before."""
        return Month(self.year - 1, 12) if self.month == 1 else Month(self.year, self.month - 1)

    def period(self, zone: ZoneInfo) -> Period:
        """Give the month as a UTC period, cut at local midnights of `zone`."""
        return days_period(self.first_day, self.next().first_day, zone)


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """Give the moment (UTC) at which a local day begins."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def days_period(first_day: date, end_day: date, zone: ZoneInfo) -> Period:
    """
    Give the UTC period of the local days [first_day, end_day).

    >>> days_period(date(2026, 1, 1), date(2026, 1, 2), ZoneInfo("Asia/Shanghai")).start.isoformat()
    '2025-12-31T16:00:00+00:00'
    """
    return Period(local_midnight(first_day, zone), local_midnight(end_day, zone))


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Walk the months from `first` to `last`, both included."""
    month = first
    while month <= last:
        yield month
        month = month.next()


def days_between(first_day: date, end_day: date) -> Iterator[date]:
    """Walk the days of [first_day, end_day)."""
    for offset in range((end_day - first_day).days):
        yield first_day + timedelta(days=offset)
