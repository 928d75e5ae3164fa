"""How a version cuts its days into hours, month by month, so that two versions can be set side by side. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gridhall.apps.tariffs.rules.phrases import say_hours, say_months, say_selector
from gridhall.apps.tariffs.rules.prices import name_of
from gridhall.engines.rating import tariff as t
from gridhall.engines.rating.calendar import TariffCalendar
from gridhall.engines.rating.seasons import list_patterns


@dataclass(frozen=True, slots=True)
class Cut:
    """A period on a kind of days of a month; `name` says period and kind of days."""

    schedule: str
    month: int
    selectors: tuple[str, ...]
    period: str
    name: str


def list_schedules(version: t.TariffVersion) -> list[str]:
    """List the schedules that the charges of a version go by."""
    named = (c.schedule for c in version.components if isinstance(c, t.EnergyCharge | t.DemandCharge) and c.schedule)
    return list(dict.fromkeys(named))


def list_cuts(tariff: t.Tariff, version: t.TariffVersion, *, year: int, is_english: bool) -> dict[Cut, str]:
    """List the hours of every period, by month and kind of days, in words."""
    calendar = TariffCalendar(tariff.holidays, tariff.special_days)
    found: dict[Cut, str] = {}
    for code in list_schedules(version):
        for pattern in list_patterns(tariff.schedules[code], calendar, year):
            kinds = [say_selector(selector, is_english=is_english) for selector in pattern.selectors]
            suffix = f" ({' and '.join(kinds) if is_english else '且'.join(kinds)})" if kinds else ""
            for period, hours in pattern.hours:
                label = tariff.period_labels.get(period)
                name = (name_of(label, is_english) if label else period) + suffix
                for month in pattern.months:
                    cut = Cut(code, month, pattern.selectors, period, name)
                    found[cut] = say_hours(hours, is_english=is_english)
    return found


def say_rules(tariff: t.Tariff, version: t.TariffVersion, *, is_english: bool) -> dict[str, str]:
    """Say the rules of every schedule as they are written, in their order: later ones win."""
    return {
        code: "; ".join(_say_rule(rule, is_english) for rule in tariff.schedules[code].rules)
        for code in list_schedules(version)
    }


def _say_rule(rule: t.ScheduleRule, is_english: bool) -> str:
    parts = [rule.period, say_hours(rule.minutes, is_english=is_english)]
    if rule.months:
        parts.append(say_months(sorted(rule.months), is_english=is_english))
    parts += [say_selector(selector, is_english=is_english) for selector in rule.days]
    return " ".join(parts)
