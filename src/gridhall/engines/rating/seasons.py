"""Which hours belong to which period in which months and on which kinds of days, as people would write it down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from gridhall.engines.rating.calendar import TariffCalendar
from gridhall.engines.rating.schedule import UNCOVERED, applies, lay_day
from gridhall.engines.rating.tariff import Schedule, ScheduleRule

SLOTS_A_DAY = 1440  # by the minute: nothing is rounded away
Hours = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class DayPattern:
    """
    Days that are cut alike.

    :param months: 1 to 12 in order; all twelve where the year is all alike.
    :param selectors: kinds of days it holds on (`calendar.matches`); empty means the days that no other pattern of
        the same months names.
    :param hours: period -> minutes [start, end), in the order of the schedule.
    """

    months: tuple[int, ...]
    selectors: tuple[str, ...]
    hours: tuple[tuple[str, Hours], ...]


def list_patterns(schedule: Schedule, calendar: TariffCalendar, year: int) -> list[DayPattern]:
    """
    List how a schedule cuts the days of a year, common patterns of several months put together.

    Months come in the order in which a pattern first holds, days that no selector names before those that one does.
    """
    by_month: dict[int, dict[tuple[str, ...], tuple[tuple[str, Hours], ...]]] = {}
    for day in _days(year):
        rules = tuple(rule for rule in schedule.rules if applies(rule, day, calendar))
        selectors = tuple(dict.fromkeys(s for rule in rules for s in rule.days if calendar.matches(day, s)))
        kinds = by_month.setdefault(day.month, {})
        if selectors not in kinds:
            kinds[selectors] = _hours(schedule, rules)
    gathered: dict[tuple[tuple[str, ...], tuple[tuple[str, Hours], ...]], list[int]] = {}
    for month, patterns in by_month.items():
        for selectors, hours in _simplify(patterns).items():
            gathered.setdefault((selectors, hours), []).append(month)
    found = [DayPattern(tuple(months), selectors, hours) for (selectors, hours), months in gathered.items()]
    return sorted(found, key=lambda pattern: (pattern.months[0], bool(pattern.selectors), pattern.selectors))


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def _simplify(
    patterns: dict[tuple[str, ...], tuple[tuple[str, Hours], ...]],
) -> dict[tuple[str, ...], tuple[tuple[str, Hours], ...]]:
    """Drop kinds of days that make no difference: those cut like the days that no selector names."""
    plain = patterns.get(())
    if plain is None:
        return patterns
    return {selectors: hours for selectors, hours in patterns.items() if not selectors or hours != plain}


def _hours(schedule: Schedule, rules: tuple[ScheduleRule, ...]) -> tuple[tuple[str, Hours], ...]:
    laid = lay_day(schedule, rules, SLOTS_A_DAY, {}).tolist()
    spans: dict[int, list[tuple[int, int]]] = {}
    start = 0
    for minute in range(1, SLOTS_A_DAY + 1):
        if minute == SLOTS_A_DAY or laid[minute] != laid[start]:
            spans.setdefault(laid[start], []).append((start, minute))
            start = minute
    return tuple((schedule.periods[index], tuple(spans[index])) for index in sorted(spans) if index != UNCOVERED)
