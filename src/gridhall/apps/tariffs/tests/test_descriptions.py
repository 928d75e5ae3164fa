"""Every shipped tariff is told in words made from its own figures, in both languages."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import pytest

from gridhall.apps.tariffs.rules.descriptions import _TELLERS, describe
from gridhall.engines.rating import tariff as t
from gridhall.engines.rating.calendar import TariffCalendar
from gridhall.engines.rating.catalogue import shipped_codes, shipped_tariff
from gridhall.engines.rating.schedule import applies, lay_day
from gridhall.engines.rating.seasons import list_patterns

CHINESE = re.compile("[\u4e00-\u9fff]")
DAY = date(2026, 11, 23)


@pytest.mark.parametrize("code", shipped_codes())
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_shipped_tariff_is_told(code: str, language: str) -> None:
    tariff = shipped_tariff(code)
    version = tariff.version_on(DAY)
    assert version is not None
    sheet = describe(tariff, version, day=DAY, language=language)
    assert len(sheet.sentences) == len(version.components)
    said = [sheet.name, *(s.heading for s in sheet.sentences), *(s.text for s in sheet.sentences)]
    said += [season.when for season in sheet.seasons]
    said += [part for season in sheet.seasons for row in season.periods for part in row[1:]]
    said += [part for line in (*sheet.prices, *sheet.parts) for part in (line.label, line.text)]
    assert all(said), said
    for text in said:
        assert bool(CHINESE.search(text)) is (language == "zh-hans") or not re.search("[A-Za-z\u4e00-\u9fff]", text), (
            text
        )
    numbers = {str(price) for price in _prices(version)}
    told = " ".join(line.text for line in sheet.prices)
    assert all(_written(number) in told for number in numbers), (numbers, told)


def _written(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _prices(version: t.TariffVersion) -> list[object]:
    found: list[object] = []
    for component in version.components:
        found += [
            price
            for ladder in getattr(component, "ladders", {}).values()
            for tier in ladder
            for price in tier.prices.values()
        ]
        found += [component.price] if isinstance(component, t.CapacityCharge) else []
    return found


@pytest.mark.parametrize("code", shipped_codes())
def test_hours_told_are_the_hours_priced(code: str) -> None:
    """Every minute of every day of a year is in the period that the words give it, and in one only."""
    tariff = shipped_tariff(code)
    calendar = TariffCalendar(tariff.holidays, tariff.special_days)
    for schedule in tariff.schedules.values():
        patterns = list_patterns(schedule, calendar, 2026)
        assert sorted(m for p in patterns if not p.selectors for m in p.months) == list(range(1, 13))
        for month in range(1, 13):
            day = date(2026, month, 14)
            laid = lay_day(schedule, tuple(r for r in schedule.rules if applies(r, day, calendar)), 1440, {})
            (pattern,) = [p for p in patterns if month in p.months and not p.selectors]
            minutes = [(*span, period) for period, spans in pattern.hours for span in spans]
            minutes.sort()
            assert minutes[0][0] == 0 and minutes[-1][1] == 1440
            assert all(before[1] == after[0] for before, after in pairwise(minutes))
            for start, end, period in minutes:
                assert (laid[start:end] == schedule.periods.index(period)).all()


def test_days_of_a_kind_are_told_apart() -> None:
    schedule = t.Schedule(
        "tou",
        ("peak", "valley"),
        (
            t.ScheduleRule("peak"),
            t.ScheduleRule("valley", ((0, 480),)),
            t.ScheduleRule("valley", months=frozenset({1, 2}), days=("holiday:spring_festival",)),
        ),
    )
    patterns = list_patterns(schedule, TariffCalendar("cn"), 2026)
    assert [(p.months, p.selectors) for p in patterns] == [
        (tuple(range(1, 13)), ()),
        ((2,), ("holiday:spring_festival",)),
    ]
    assert patterns[1].hours == (("valley", ((0, 1440),)),)


def test_every_kind_of_charge_has_words() -> None:
    kinds = {kind for kind in vars(t).values() if isinstance(kind, type) and issubclass(kind, t.Component)}
    assert kinds - {t.Component} == set(_TELLERS)


def test_only_what_applies_to_an_account_is_told() -> None:
    tariff = shipped_tariff("hubei-commercial-two-part-10kv")
    version = tariff.version_on(DAY)
    assert version is not None
    facts = {"demand_basis": "contract_demand"}
    sheet = describe(tariff, version, day=DAY, language="zh-hans", facts=facts)
    text = " ".join(sentence.text for sentence in sheet.sentences)
    assert "105%的部分按2倍" in text and "40%" in text and "变压器容量每月计收" not in text
    assert sheet.end_day == date(2027, 1, 1) and not sheet.is_verified and "不是公布价" in sheet.note
