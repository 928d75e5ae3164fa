"""What a tariff must hold together: bases that exist, days without a hole."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from gridhall.core.errors import Fault
from gridhall.engines.rating.calendar import TariffCalendar
from gridhall.engines.rating.language.document import Node
from gridhall.engines.rating.language.reader import Reader
from gridhall.engines.rating.schedule import UNCOVERED, applies, lay_day
from gridhall.engines.rating.tariff import (
    AverageCap,
    Component,
    EnergyCharge,
    MinimumCharge,
    PowerFactorAdjustment,
    Schedule,
    Tariff,
    Tax,
)

STEPS = 288
HOLIDAYS_ONLY = ("holiday", "long_holiday", "moved_working_day")


def check_bases(reader: Reader, node: Node, where: str, component: Component, before: list[Component]) -> None:
    """Check that a component which builds on others names components above it, and parts that exist."""
    if not isinstance(component, PowerFactorAdjustment | MinimumCharge | AverageCap | Tax):
        return
    known = {other.code for other in before}
    for code in component.base:
        if code not in known:
            remedy = f"above it stand: {', '.join(sorted(known)) or 'none'}"
            reader.fault(node, f"{where}.base", f"there is no component {code!r} above this one", remedy)
    if isinstance(component, PowerFactorAdjustment):
        parts = {part.code for other in before if isinstance(other, EnergyCharge) for part in other.parts}
        for code in component.excludes:
            if code not in parts:
                remedy = "add it to the `parts:` of the energy charge, or leave it out of `excludes:`"
                reader.fault(node, f"{where}.excludes", f"no energy price has a part {code!r}", remedy)


def is_zone(name: str) -> bool:
    """Tell whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def check_coverage(reader: Reader, node: Node, tariff: Tariff) -> list[Fault]:
    """
    Check that every moment of two years of days is in a period of every schedule.

    :returns: warnings of periods that never hold, as later rules cover theirs.
    """
    hidden: list[Fault] = []
    for schedule in tariff.schedules.values():
        calendar = TariffCalendar(tariff.holidays, tariff.special_days)
        cache: dict[object, object] = {}
        child = node.value.get(schedule.code) if node.is_map else None
        present: set[int] = set()
        for offset in range(731):
            day = date(2025, 1, 1) + timedelta(days=offset)
            rules = tuple(rule for rule in schedule.rules if applies(rule, day, calendar))
            laid = lay_day(schedule, rules, STEPS, cache)  # type: ignore[arg-type]
            present |= {*np.unique(laid).tolist()}
            holes = (laid == UNCOVERED).nonzero()[0]
            if len(holes):
                minute = int(holes[0]) * 5
                problem = f"no rule says which period {day} {minute // 60:02d}:{minute % 60:02d} is in"
                remedy = "begin the schedule with a rule without hours, such as `- {period: flat}`; later rules win"
                reader.fault(child, f"schedules.{schedule.code}", problem, remedy)
                break
        hidden += _without_calendar(reader.file, child, schedule, tariff)
        hidden += _hidden(reader.file, child, schedule, present)
    return hidden


def _without_calendar(file: str, node: Node | None, schedule: Schedule, tariff: Tariff) -> list[Fault]:
    """Name the kinds of days that never come, as the tariff has no calendar of public holidays."""
    days = {day for rule in schedule.rules for day in rule.days if day.startswith(HOLIDAYS_ONLY)}
    if tariff.holidays or not days:
        return []
    problem = f"days of {', '.join(sorted(days))} never come: the tariff names no calendar of holidays"
    line = node.line if node is not None else None
    return [Fault(file, line, f"schedules.{schedule.code}", problem, "add `holidays: cn`", is_warning=True)]


def _hidden(file: str, node: Node | None, schedule: Schedule, present: set[int]) -> list[Fault]:
    line = node.line if node is not None else None
    told_apart = ("special:", *HOLIDAYS_ONLY)
    dated = {rule.period for rule in schedule.rules if any(day.startswith(told_apart) for day in rule.days)}
    return [
        Fault(
            file, line, f"schedules.{schedule.code}", f"the period {name!r} never holds: later rules cover its hours",
            "later rules win: put it below them", is_warning=True,
        )
        for index, name in enumerate(schedule.periods)
        if index not in present and name not in dated
    ]  # fmt: skip
