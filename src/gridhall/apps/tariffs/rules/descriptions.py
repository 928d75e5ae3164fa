"""What a version of a tariff says, in short sentences made from its own components and hours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gridhall.apps.tariffs.rules.phrases import pick_language, say_hours, say_months, say_selector
from gridhall.apps.tariffs.rules.prices import PriceLine, list_parts, list_prices, name_of, plain, say_price
from gridhall.engines.rating import tariff as t
from gridhall.engines.rating.calendar import TariffCalendar
from gridhall.engines.rating.clock import holds
from gridhall.engines.rating.seasons import list_patterns


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing a tariff says, and the clause it rests on."""

    heading: str
    text: str
    clause: t.Clause | None


@dataclass(frozen=True, slots=True)
class SeasonHours:
    """The hours of every period in some months, in words; `period` is as the tariff calls it, such as `peak`."""

    when: str
    periods: tuple[tuple[str, str, str], ...]  # (period, its name, its hours)


@dataclass(frozen=True, slots=True)
class TariffSheet:
    """
    A tariff on a day, in one language.

    :param end_day: the first day on which these prices hold no more; None where no end is known.
    :param next_day: the day from which the tariff has other prices, None if none are known.
    :param note: what is uncertain about the figures; empty if nothing is.
    :param prices: every price; `parts`: what energy prices are made of.
    """

    code: str
    name: str
    voltage: str
    first_day: date
    end_day: date | None
    next_day: date | None
    source: t.Source
    note: str
    sentences: tuple[Sentence, ...]
    seasons: tuple[SeasonHours, ...]
    prices: tuple[PriceLine, ...]
    parts: tuple[PriceLine, ...]
    clauses: tuple[t.Clause, ...]
    warnings: tuple[str, ...]

    @property
    def is_verified(self) -> bool:
        """Whether somebody compared the figures with the original."""
        return self.source.verified


def describe(
    tariff: t.Tariff,
    version: t.TariffVersion,
    *,
    day: date,
    language: str,
    facts: Mapping[str, str] | None = None,
) -> TariffSheet:
    """
    Tell what a version of a tariff says.

    :param facts: what is true of an account, such as `demand_basis`; only what applies to it is told. None tells all.
    """
    is_english = language.startswith("en")
    if facts is not None:
        kept = tuple(component for component in version.components if holds(component, facts))
        version = t.TariffVersion(version.first_day, version.end_day, kept, version.source)
    used = {component.clause for component in version.components}
    used |= {part.clause for c in version.components if isinstance(c, t.EnergyCharge) for part in c.parts}
    later = [other.first_day for other in tariff.versions if other.first_day > day]
    return TariffSheet(
        code=tariff.code,
        name=name_of(tariff.label, is_english),
        voltage=tariff.voltage,
        first_day=version.first_day,
        end_day=version.end_day,
        next_day=min(later, default=None),
        source=version.source,
        note=pick_language(version.source.note, is_english),
        sentences=tuple(_say(tariff, component, is_english) for component in version.components),
        seasons=tuple(_say_seasons(tariff, version, day, is_english)),
        prices=tuple(list_prices(tariff, version, language=language)),
        parts=tuple(list_parts(tariff, version, language=language)),
        clauses=tuple(clause for code, clause in tariff.clauses.items() if code in used),
        warnings=tuple(str(fault) for fault in tariff.warnings),
    )


def _say(tariff: t.Tariff, component: t.Component, is_english: bool) -> Sentence:
    said = _TELLERS[type(component)](component, tariff, is_english)
    if component.months:
        months = say_months(sorted(component.months), is_english=is_english)
        said = f"{said} Only in {months}." if is_english else f"{said}只在{months}执行。"
    return Sentence(name_of(component.label, is_english), said, tariff.clauses.get(component.clause))


def _say_seasons(tariff: t.Tariff, version: t.TariffVersion, day: date, is_english: bool) -> list[SeasonHours]:
    codes = dict.fromkeys(
        c.schedule for c in version.components if isinstance(c, t.EnergyCharge | t.DemandCharge) and c.schedule
    )
    calendar = TariffCalendar(tariff.holidays, tariff.special_days)
    found = []
    for code in codes:
        schedule = tariff.schedules[code]
        for pattern in list_patterns(schedule, calendar, day.year):
            when = say_months(pattern.months, is_english=is_english)
            if pattern.selectors:
                kinds = [say_selector(selector, is_english=is_english) for selector in pattern.selectors]
                when += (": " + " and ".join(kinds)) if is_english else ("：" + "且".join(kinds))
            rows = tuple(
                (period, _period_name(tariff, period, is_english), say_hours(hours, is_english=is_english))
                for period, hours in sorted(pattern.hours, key=lambda item: schedule.periods.index(item[0]))
            )
            found.append(SeasonHours(when, rows))
    return found


def _period_name(tariff: t.Tariff, period: str, is_english: bool) -> str:
    label = tariff.period_labels.get(period)
    return name_of(label, is_english) if label else period


def _energy(component: t.Component, tariff: t.Tariff, is_english: bool) -> str:
    assert isinstance(component, t.EnergyCharge)
    unit = "kWh" if is_english else "千瓦时"
    ladders = component.ladders
    out = []
    if component.direction == "export":
        out.append("For what you feed in." if is_english else "按上网电量结算，付给您。")
    elif component.sign < 0:
        out.append("Taken off your bill." if is_english else "从电费中减去。")
    tiers = max(len(ladder) for ladder in ladders.values())
    if component.schedule and set(ladders) != {""}:
        out.append("The price depends on the hour." if is_english else "不同时段不同价。")
    if tiers > 1:
        out.append(_tiers(component, tiers, is_english))
    elif set(ladders) == {""}:
        price = say_price(tariff, ladders[""][0].prices[""], unit, is_english)
        out.append(f"{price}, at all hours." if is_english else f"{price}，不分时段。")
    if component.parts:
        names = [name_of(part.label, is_english) for part in component.parts]
        listed = ", ".join(names) if is_english else "、".join(names)
        out.append(f"Made up of {listed}." if is_english else f"由{listed}组成。")
    if component.cap is not None:
        cap = say_price(tariff, component.cap, unit, is_english)
        out.append(f"Never more than {cap}." if is_english else f"最高不超过{cap}。")
    return (" " if is_english else "").join(out)


def _tiers(component: t.EnergyCharge, tiers: int, is_english: bool) -> str:
    yearly = component.tier_basis == "year"
    if is_english:
        text = f"{tiers} tiers by what you use in a {'calendar year' if yearly else 'month'}: the more, the dearer."
        text += "".join(
            f" Households of {a.from_size} or more have {plain(a.extra_kwh_per_month)} kWh a month more in each tier."
            for a in component.allowances
        )
        return text
    text = f"按{'全年（公历年）' if yearly else '每月'}用电量分{tiers}档，用得越多单价越高。"
    return text + "".join(
        f"{a.from_size}人及以上的家庭，每档每月多{plain(a.extra_kwh_per_month)}千瓦时。" for a in component.allowances
    )


def _fixed(component: t.Component, tariff: t.Tariff, is_english: bool) -> str:
    assert isinstance(component, t.FixedCharge)
    return (
        "The same whatever you use; part of a month counts by days."
        if is_english and component.prorate
        else "The same whatever you use."
        if is_english
        else "与用电量无关，不足一月按天计。"
        if component.prorate
        else "与用电量无关。"
    )


def _capacity(component: t.Component, tariff: t.Tariff, is_english: bool) -> str:
    return (
        "For every kVA of transformer capacity, each month, however much you use."
        if is_english
        else "按变压器容量每月计收，与用电量无关。"
    )


def _demand(component: t.Component, tariff: t.Tariff, is_english: bool) -> str:
    assert isinstance(component, t.DemandCharge)
    out = [_BASES_OF_DEMAND[component.basis][is_english]]
    if component.basis == "contract":
        over, times = component.over_percent, component.over_multiple
        out.append(
            f"What was measured above {over}% of the contract counts {times} times."
            if is_english
            else f"实际最大需量超过合同值{over}%的部分按{times}倍计收。"
        )
    if component.floor_percent:
        share = component.floor_percent
        out.append(
            f"At least {share}% of the transformer capacity counts."
            if is_english
            else f"低于变压器容量{share}%的，按{share}%计。"
        )
    if component.discount_percent and component.discount_kwh_per_kva is not None:
        use, left = plain(component.discount_kwh_per_kva), 100 - component.discount_percent
        out.append(
            f"From {use} kWh per kVA in a month on, the price is {left}% of the listed one."
            if is_english
            else f"每月每千伏安用电达到{use}千瓦时的，需量电价按{left}%执行。"
        )
    return (" " if is_english else "").join(out)


_BASES_OF_DEMAND = {
    "measured": (
        "按当月最大需量（15分钟平均功率）计收。",
        "For the highest 15-minute mean power of the month.",
    ),
    "contract": ("按合同最大需量每月计收。", "For the contracted maximum demand, each month."),
    "actual": ("按实际最大需量每月计收。", "For the maximum demand as measured, each month."),
}


def _power_factor(component: t.Component, tariff: t.Tariff, is_english: bool) -> str:
    return (
        "Raises or lowers the charges by a table: above the standard power factor you earn, below it you pay."
        if is_english
        else "按月平均功率因数查表：高于标准减收，低于标准加收。"
    )


def _minimum(component: t.Component, tariff: t.Tariff, is_english: bool) -> str:
    return "If the charges come to less, the difference is added." if is_english else "电费不足这个数的，补足差额。"


def _allowance(component: t.Component, tariff: t.Tariff, is_english: bool) -> str:
    assert isinstance(component, t.FreeAllowance)
    given = plain(component.kwh_per_month)
    return f"{given} kWh a month are free." if is_english else f"每月免费{given}千瓦时。"


def _cap(component: t.Component, tariff: t.Tariff, is_english: bool) -> str:
    assert isinstance(component, t.AverageCap)
    price = say_price(tariff, component.price, "kWh" if is_english else "千瓦时", is_english)
    return (
        f"On average never more than {price}; what is above is credited."
        if is_english
        else f"平均不超过{price}，超出部分退还。"
    )


def _tax(component: t.Component, tariff: t.Tariff, is_english: bool) -> str:
    assert isinstance(component, t.Tax)
    share = plain(component.percent)
    if is_english:
        return f"{share}%, " + ("included in the prices." if component.inside else "added on top.")
    return f"{share}%，" + ("已含在价格内。" if component.inside else "另外加收。")


_TELLERS = {
    t.EnergyCharge: _energy,
    t.FixedCharge: _fixed,
    t.CapacityCharge: _capacity,
    t.DemandCharge: _demand,
    t.PowerFactorAdjustment: _power_factor,
    t.MinimumCharge: _minimum,
    t.FreeAllowance: _allowance,
    t.AverageCap: _cap,
    t.Tax: _tax,
}
"""How each kind of charge is told; a kind without a teller fails the test over all kinds."""
