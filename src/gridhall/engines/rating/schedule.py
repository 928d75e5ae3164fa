"""Lay a schedule over a day: which period each slot is in."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.rating.calendar import TariffCalendar
from gridhall.engines.rating.tariff import Schedule, ScheduleRule

UNCOVERED = 255
DAY_MINUTES = 1440


def applies(rule: ScheduleRule, day: date, calendar: TariffCalendar) -> bool:
    """Tell whether a rule holds on a day."""
    if rule.months and day.month not in rule.months:
        return False
    return not rule.days or any(calendar.matches(day, selector) for selector in rule.days)


def lay_day(
    schedule: Schedule, rules: tuple[ScheduleRule, ...], slots_a_day: int, cache: dict[object, NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """
    Give the period index of each slot under the rules that hold on a day; later rules win.

    A slot belongs to the period in which it starts. :returns: uint8[slots a day], 255 where no rule reaches.
    """
    key = (schedule.code, tuple(map(id, rules)), slots_a_day)
    if key not in cache:
        starts = np.arange(slots_a_day) * (DAY_MINUTES / slots_a_day)
        laid = np.full(slots_a_day, UNCOVERED, np.uint8)
        for rule in rules:
            for first, last in rule.minutes:
                laid[(starts >= first) & (starts < last)] = schedule.periods.index(rule.period)
        cache[key] = laid
    return cache[key]


def lay_days(schedule: Schedule, days: list[date], calendar: TariffCalendar, slots_a_day: int) -> NDArray[np.uint8]:
    """Give the period index of each slot of each day: uint8[D, slots a day]."""
    cache: dict[object, NDArray[np.uint8]] = {}
    rows = [
        lay_day(schedule, tuple(r for r in schedule.rules if applies(r, day, calendar)), slots_a_day, cache)
        for day in days
    ]
    return np.stack(rows)


def splits_slots(schedule: Schedule, slots_a_day: int) -> bool:
    """Tell whether a period begins or ends inside a slot."""
    width = DAY_MINUTES // slots_a_day if slots_a_day <= DAY_MINUTES else 1
    return any(edge % width for rule in schedule.rules for span in rule.minutes for edge in span)
