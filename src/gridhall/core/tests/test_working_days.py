"""Holidays of mainland China as announced."""

from __future__ import annotations

from datetime import date

import pytest

from gridhall.core.working_days import load_calendar


def test_holidays_and_moved_working_days() -> None:
    calendar = load_calendar("cn")
    assert not calendar.is_working_day(date(2025, 10, 8))
    assert calendar.is_working_day(date(2025, 10, 11))  # a Saturday, worked
    assert calendar.stretch_of(date(2025, 10, 6)) is not None
    assert calendar.working_days_between(date(2026, 2, 1), date(2026, 3, 1)) == 16
    assert calendar.is_provisional(date(2027, 2, 8)) and not calendar.is_provisional(date(2026, 2, 8))
    # no day is both a holiday and worked, and moved working days are weekends
    assert all(not calendar.is_holiday(day) and day.weekday() >= 5 for day in calendar.moved_working_days)
    assert [sum(s.days for s in calendar if s.first_day.year == year) for year in (2024, 2025, 2026)] == [28, 28, 33]


def test_counting_working_days() -> None:
    calendar = load_calendar("cn")
    assert calendar.add_working_days(date(2026, 4, 30), 1) == date(2026, 5, 6)
    assert calendar.add_working_days(date(2026, 5, 6), -1) == date(2026, 4, 30)
    assert calendar.add_working_days(date(2026, 5, 1), 0) == date(2026, 5, 6)
    assert load_calendar("").is_working_day(date(2026, 5, 1))
    with pytest.raises(LookupError):
        load_calendar("xx")
