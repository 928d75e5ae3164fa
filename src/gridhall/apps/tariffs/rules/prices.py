"""A tariff's prices in words, for pages and for the counter. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from gridhall.engines.rating import tariff as t

_SYMBOLS = {"CNY": ("元", "yuan"), "USD": ("美元", "USD")}
_BASES = {"month": ("每月", "a month"), "year": ("每年", "a year")}
_PER = {"month": ("月", "month"), "day": ("日", "day"), "year": ("年", "year"), "kVA": ("千伏安", "kVA")}


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One price of a tariff: what it is for, how much, and the clause it rests on."""

    code: str
    label: str
    text: str
    clause: t.Clause | None


def list_prices(tariff: t.Tariff, version: t.TariffVersion, *, language: str) -> list[PriceLine]:
    """List what a version of a tariff charges, in its order, in Chinese or English."""
    is_english = language.startswith("en")
    lines: list[PriceLine] = []
    for component in version.components:
        for label, text in _texts(tariff, component, is_english):
            name = name_of(component.label, is_english)
            full = f"{name} · {label}" if label else name
            lines.append(PriceLine(component.code, full, text, tariff.clauses.get(component.clause)))
    return lines


def list_parts(tariff: t.Tariff, version: t.TariffVersion, *, language: str) -> list[PriceLine]:
    """List what the energy prices of a version are made of, by period where it matters."""
    is_english = language.startswith("en")
    lines: list[PriceLine] = []
    for component in version.components:
        if not isinstance(component, t.EnergyCharge):
            continue
        for part in component.parts:
            clause = tariff.clauses.get(part.clause or component.clause)
            for period, price in part.prices.items():
                label = tariff.period_labels.get(period)
                name = f"{name_of(part.label, is_english)} · {name_of(label, is_english) if label else period}"
                text = say_price(tariff, price, "kWh" if is_english else "千瓦时", is_english)
                lines.append(PriceLine(part.code, name if period else name_of(part.label, is_english), text, clause))
    return lines


def name_of(label: t.Label, is_english: bool) -> str:
    """Give a name in the reader's language, in the other where that is missing."""
    return (label.en or label.zh) if is_english else (label.zh or label.en)


def plain(value: Decimal) -> str:
    """
    Write a number without needless zeros.

    >>> plain(Decimal("0.5580")), plain(Decimal("2160")), plain(Decimal("1E+2"))
    ('0.558', '2160', '100')
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def say_price(tariff: t.Tariff, value: Decimal, per: str, is_english: bool) -> str:
    """Write a price with its currency and what it is for."""
    symbol = _SYMBOLS.get(tariff.currency, (tariff.currency, tariff.currency))[is_english]
    return f"{plain(value)} {symbol}/{per}"


def _texts(tariff: t.Tariff, component: t.Component, is_english: bool) -> list[tuple[str, str]]:
    if isinstance(component, t.EnergyCharge):
        unit = "kWh" if is_english else "千瓦时"
        return _ladders(tariff, component.ladders, unit, component.tier_basis, is_english)
    if isinstance(component, t.DemandCharge):
        unit = "kW·month" if is_english else "千瓦·月"
        return _ladders(tariff, component.ladders, unit, "month", is_english)
    if isinstance(component, t.CapacityCharge):
        return [("", say_price(tariff, component.price, "kVA·month" if is_english else "千伏安·月", is_english))]
    if isinstance(component, t.FixedCharge | t.MinimumCharge):
        return [("", say_price(tariff, component.amount, _PER[component.per][is_english], is_english))]
    if isinstance(component, t.FreeAllowance):
        given = plain(component.kwh_per_month)
        return [("", f"{given} kWh a month" if is_english else f"每月 {given} 千瓦时")]
    if isinstance(component, t.AverageCap):
        return [("", say_price(tariff, component.price, "kWh" if is_english else "千瓦时", is_english))]
    if isinstance(component, t.Tax):
        place = ("包含在内", "included") if component.inside else ("另计", "on top")
        return [("", f"{plain(component.percent)} % {place[is_english]}")]
    if isinstance(component, t.PowerFactorAdjustment):
        return [("", "by table" if is_english else "按表调整")]
    return []


def _ladders(
    tariff: t.Tariff, ladders: dict[str, tuple[t.Tier, ...]], unit: str, basis: str, is_english: bool
) -> list[tuple[str, str]]:
    out = []
    for period, tiers in ladders.items():
        label = tariff.period_labels.get(period)
        period_name = name_of(label, is_english) if label else period
        low: Decimal | None = None
        for index, tier in enumerate(tiers, start=1):
            price = tier.prices.get(period, tier.prices.get("", Decimal(0)))
            names = [period_name] if period_name else []
            if len(tiers) > 1:
                names.append(_tier_name(index, low, tier.up_to, basis, is_english))
            out.append((" ".join(names), say_price(tariff, price, unit, is_english)))
            low = tier.up_to
    return out


def _tier_name(index: int, low: Decimal | None, high: Decimal | None, basis: str, is_english: bool) -> str:
    span = f"{plain(low or Decimal(0))}–{plain(high)}" if high is not None else f">{plain(low or Decimal(0))}"
    base = _BASES[basis][is_english]
    return f"tier {index} ({span} kWh {base})" if is_english else f"第{index}档（{base} {span} 千瓦时）"
