"""Everything that a version of a tariff says, one fact at a time, under keys by which two versions are paired. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from gridhall.apps.tariffs.rules.phrases import pick_language, say_months
from gridhall.apps.tariffs.rules.prices import name_of, plain
from gridhall.engines.rating import tariff as t

SectionKind = Literal["dates", "prices", "tiers", "hours", "parts", "rules", "clauses"]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a version says; `number` where it is a figure."""

    section: SectionKind
    name: str
    text: str
    number: Decimal | None = None


# What stands in a tariff or version beside its charges; schedules are told by their hours, clauses by their words.
_OF_TARIFF = {
    "code": ("代码", "Code"),
    "category": ("类别", "Category"),
    "region": ("地区", "Region"),
    "voltage": ("电压等级", "Voltage"),
    "customer_kinds": ("适用客户", "For customers"),
    "currency": ("币种", "Currency"),
    "zone": ("时区", "Time zone"),
    "holidays": ("节假日历", "Holiday calendar"),
    "special_days": ("特殊日", "Special days"),
    "metering": ("上下网电量", "Import and export"),
    "credit_settled_in": ("结余清算月份", "Credits are settled in month"),
    "credit_by_hours": ("结余按时段结转", "Credits move by hours"),
    "carry_rounding": ("取整差额滚存", "Rounding is evened out"),
    "warnings": ("提示", "Warnings"),
}
_OF_SOURCE = {"url": ("网址", "Address"), "verified": ("与原文核对", "Compared with the original")}
_TEXTS_OF_SOURCE = {"document": ("文件", "Document"), "note": ("说明", "Remark")}
_OF_CLAUSE = {
    "document": ("文件", "document"),
    "article": ("条款", "article"),
    "text": ("原文", "text"),
    "url": ("网址", "address"),
    "text_en": ("英文", "in English"),
}
_OF_COMPONENT = {
    "clause": ("依据", "clause"),
    "rounding": ("取整位数", "places kept"),
    "when": ("适用条件", "applies where"),
    "months": ("执行月份", "months"),
    "direction": ("电量方向", "direction"),
    "schedule": ("时段表", "schedule"),
    "tier_basis": ("分档周期", "tiers by"),
    "tier_unit": ("分档单位", "unit of tiers"),
    "allocation": ("分档顺序", "tiers fill"),
    "allowances": ("多人口电量", "household allowance"),
    "prorate_limits": ("档限按天折算", "limits by days"),
    "sign": ("收或付", "charge or credit"),
    "cap": ("单价上限", "highest price"),
    "amount": ("金额", "amount"),
    "per": ("按", "per"),
    "prorate": ("按天折算", "by days"),
    "even_days": ("每月等天", "even months"),
    "price": ("单价", "price"),
    "basis": ("需量依据", "demand by"),
    "over_percent": ("超需量界限（%）", "over-demand from (%)"),
    "over_multiple": ("超出部分倍数", "times what is over"),
    "floor_percent": ("最低占容量（%）", "at least of capacity (%)"),
    "discount_percent": ("需量电价优惠（%）", "discount (%)"),
    "discount_kwh_per_kva": ("优惠起点（kWh/kVA）", "discount from (kWh/kVA)"),
    "base": ("计算基数", "base"),
    "excludes": ("不参与部分", "left out"),
    "tables": ("调整表", "table"),
    "kwh_per_month": ("每月电量（kWh）", "kWh a month"),
    "percent": ("税率（%）", "rate (%)"),
    "inside": ("价内", "inside the price"),
}
_PRICES = ("price", "amount", "percent", "kwh_per_month", "cap")
_TIERS = ("tier_basis", "tier_unit", "allocation", "allowances", "prorate_limits")
_TOLD_APART = ("code", "label", "ladders", "parts")  # told by facts of their own


def list_facts(tariff: t.Tariff, version: t.TariffVersion, *, is_english: bool) -> dict[Key, Fact]:
    """List everything that a version says but for its hours."""
    facts: dict[Key, Fact] = dict(_list_frame(tariff, version, is_english))
    seen: dict[str, int] = {}
    for component in version.components:
        name = component.code + "".join(f"?{one.term}={'|'.join(one.allowed)}" for one in component.when)
        seen[name] = seen.get(name, 0) + 1
        key = f"{name}#{seen[name]}"  # the same charge twice: by its place among them
        facts |= _list_component(tariff, component, key, is_english)
    for clause in _list_clauses(tariff, version):
        for part, words in _OF_CLAUSE.items():
            value = getattr(clause, part)
            if value:
                name = f"{clause.article or clause.document} · {words[is_english]}"
                facts["clause", clause.id, part] = Fact("clauses", name, value)
    return facts


def _list_frame(tariff: t.Tariff, version: t.TariffVersion, is_english: bool) -> Iterator[tuple[Key, Fact]]:
    days = {"from": (("起始日", "From"), version.first_day), "until": (("截止日", "Until"), version.end_day)}
    for key, (words, day) in days.items():
        yield ("version", key), Fact("dates", words[is_english], say_value(day, is_english))
    for field, words in _TEXTS_OF_SOURCE.items():
        text = getattr(version.source, field)
        halves = t.Label(pick_language(text, False), pick_language(text, True) if " / " in text else "")
        yield from _list_names(("source", field), "dates", words[is_english], halves, is_english)
    yield from _list_names(("tariff",), "dates", ("名称", "Name")[is_english], tariff.label, is_english)
    for period, label in tariff.period_labels.items():
        name = f"Name of period {period}" if is_english else f"时段名称 · {label.zh or label.en}"
        yield from _list_names(("period", period), "dates", name, label, is_english)
    for field, words in _OF_SOURCE.items():
        value = getattr(version.source, field)
        if value != "":
            yield ("source", field), Fact("dates", words[is_english], say_value(value, is_english))
    for field, words in _OF_TARIFF.items():
        value = getattr(tariff, field)
        if value not in ("", 0, False, (), {}):
            yield ("tariff", field), Fact("dates", words[is_english], say_value(value, is_english))


def _list_names(
    key: Key, section: SectionKind, name: str, label: t.Label, is_english: bool
) -> Iterator[tuple[Key, Fact]]:
    """List what something is called, each language a fact of its own."""
    for language, text, words in (("zh", label.zh, ("中文", "Chinese")), ("en", label.en, ("英文", "English"))):
        if text:
            yield (*key, language), Fact(section, f"{name} ({words[is_english]})", text)


def _list_component(tariff: t.Tariff, component: t.Component, key: str, is_english: bool) -> dict[Key, Fact]:
    title = name_of(component.label, is_english)
    kind = type(component).__name__
    name = ("名称", "name")[is_english]
    facts = dict(_list_names((key, kind), "rules", f"{title} · {name}", component.label, is_english))
    for period, ladder in getattr(component, "ladders", {}).items():
        facts |= _list_ladder(tariff, (key, kind, period), title, ladder, is_english)
    for field in fields(component):
        value = getattr(component, field.name)
        if field.name in _TOLD_APART:
            continue
        section: SectionKind = "rules"
        if field.name in _PRICES:
            section = "prices"
        elif field.name in _TIERS:
            section = "tiers"
        if value in (None, "", (), {}) or value == frozenset():
            continue
        words = _OF_COMPONENT[field.name][is_english]
        number = value if isinstance(value, Decimal) else None
        facts[(key, kind, field.name)] = Fact(section, f"{title} · {words}", say_value(value, is_english), number)
    for part in getattr(component, "parts", ()):
        for period, price in part.prices.items():
            name = " · ".join(
                filter(None, (title, name_of(part.label, is_english), _period(tariff, period, is_english)))
            )
            facts[(key, "part", part.code, period)] = Fact("parts", name, plain(price), price)
        if part.clause:
            name = f"{title} · {name_of(part.label, is_english)} · {_OF_COMPONENT['clause'][is_english]}"
            facts[(key, "part", part.code, "", "clause")] = Fact("parts", name, part.clause)
    return facts


def _list_ladder(
    tariff: t.Tariff, key: Key, title: str, ladder: tuple[t.Tier, ...], is_english: bool
) -> Iterator[tuple[Key, Fact]]:
    period = key[-1]
    for index, tier in enumerate(ladder, start=1):
        names = [title, _period(tariff, period, is_english)]
        if len(ladder) > 1:
            names.append(f"tier {index}" if is_english else f"第{index}档")
        for own, price in tier.prices.items():
            said = [*names, _period(tariff, own, is_english)] if own != period else names
            name = " · ".join(filter(None, said))
            yield (*key, str(index), own, "price"), Fact("prices", name, plain(price), price)
        if tier.up_to is not None:
            limit = "up to" if is_english else "上限"
            name = " · ".join(filter(None, [*names, limit]))
            yield (*key, str(index), "limit"), Fact("tiers", name, plain(tier.up_to), tier.up_to)


def _list_clauses(tariff: t.Tariff, version: t.TariffVersion) -> list[t.Clause]:
    used = {component.clause for component in version.components}
    used |= {part.clause for c in version.components if isinstance(c, t.EnergyCharge) for part in c.parts}
    return [clause for code, clause in tariff.clauses.items() if code in used]


def _period(tariff: t.Tariff, period: str, is_english: bool) -> str:
    label = tariff.period_labels.get(period)
    return name_of(label, is_english) if label else period


def say_value(value: Any, is_english: bool) -> str:
    """
    Say any value of a tariff.

    >>> say_value(True, False), say_value(Decimal("0.50"), True), say_value(None, False)
    ('是', '0.5', '无')
    >>> say_value(frozenset({1, 2}), True), say_value(t.Label("电费", "Energy"), False)
    ('Jan and Feb', '电费 / Energy')
    """
    if value is None:
        return "none" if is_english else "无"
    if isinstance(value, bool):
        return (("no", "yes") if is_english else ("否", "是"))[value]
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, t.Label):
        return " / ".join(filter(None, (value.zh, value.en)))
    if isinstance(value, t.Rounding):
        return str(value.places)
    if isinstance(value, t.Condition):
        return f"{value.term} = {'|'.join(value.allowed)}"
    if isinstance(value, t.HouseholdAllowance):
        return f"≥{value.from_size}: +{plain(value.extra_kwh_per_month)} kWh"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {say_value(item, is_english)}" for key, item in value.items())
    if isinstance(value, frozenset):
        if all(isinstance(item, int) for item in value):
            return say_months(sorted(value), is_english=is_english)
        return ", ".join(str(item) for item in sorted(value))
    if isinstance(value, tuple):
        return _say_several(value, is_english)
    return value.isoformat() if isinstance(value, date) else str(value)


def _say_several(values: tuple[Any, ...], is_english: bool) -> str:
    """Say several values; a row of figures, as in the table of power factors, by where it changes."""
    if len(values) > 12 and all(isinstance(item, int) for item in values):
        changes = [index for index in range(len(values)) if index == 0 or values[index] != values[index - 1]]
        return ", ".join(f"{index / 100:.2f} {values[index] / 100:+g}%" for index in changes)
    return ", ".join(say_value(item, is_english) for item in values)
