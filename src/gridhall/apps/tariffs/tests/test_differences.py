"""Two versions side by side: every change is told once, and nothing changes unseen."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from gridhall.apps.tariffs.rules import Comparison, compare_versions
from gridhall.apps.tariffs.rules.facts import list_facts
from gridhall.engines.rating import tariff as t
from gridhall.engines.rating.catalogue import parse, shipped_codes, shipped_tariff

TEXT = """tariff: shop
label: {zh: 商铺, en: Shops}
holidays: cn
periods:
  peak: {zh: 高峰, en: Peak}
  flat: {zh: 平, en: Flat}
clauses:
  one: {document: 文件一号, article: 第一条, text: 分时电价}
schedules:
  tou:
    - {period: flat}
    - {period: peak, hours: ["16:00-24:00"]}
versions:
  - from: 2026-01-01
    source: {document: 表, verified: false}
    components:
      - {kind: energy, code: energy, label: {zh: 电度电费, en: Energy}, clause: one, schedule: tou,
         prices: {flat: 0.65, peak: 1.02}}
      - {kind: energy, code: tiered, label: {zh: 阶梯, en: Tiers}, tier_basis: year,
         tiers: [{up_to: 2160, price: 0.5}, {price: 0.8}]}
      - {kind: fixed, code: service, label: {zh: 服务费, en: Service}, amount: 31}
"""


def compare(before: str, after: str, language: str = "zh-hans") -> Comparison:
    one, two = parse(before.encode(), "a.yaml"), parse(after.encode(), "b.yaml")
    return compare_versions((one, one.versions[-1]), (two, two.versions[-1]), language=language, year=2026)


def list_changed(found: Comparison) -> dict[str, list[tuple[str, str | None, str | None]]]:
    return {s.kind: [(row.name, row.before, row.after) for row in s.changed] for s in found.sections if s.changed}


def test_the_same_has_no_difference() -> None:
    found = compare(TEXT, TEXT)
    assert found.changes == 0 and sum(len(section.same) for section in found.sections) > 15


def test_prices_tiers_and_dates_are_told_with_their_figures() -> None:
    changed = TEXT.replace("peak: 1.02", "peak: 1.122").replace("up_to: 2160", "up_to: 2520").replace("31", "30.5")
    found = compare(TEXT, changed.replace("from: 2026-01-01", "from: 2027-01-01"))
    assert list_changed(found) == {
        "dates": [("起始日", "2026-01-01", "2027-01-01")],
        "prices": [("电度电费 · 高峰", "1.02", "1.122"), ("服务费 · 金额", "31", "30.5")],
        "tiers": [("阶梯 · 第1档 · 上限", "2160", "2520")],
    }
    peak = next(row for section in found.sections for row in section.changed if row.name == "电度电费 · 高峰")
    assert (peak.change, peak.percent, peak.state) == (Decimal("0.102"), Decimal("10.000"), "changed")


def test_hours_are_told_by_months_together() -> None:
    hot = TEXT.replace(
        '    - {period: peak, hours: ["16:00-24:00"]}\n',
        '    - {period: peak, hours: ["16:00-24:00"]}\n    - {period: flat, months: [7, 8], hours: ["16:00-18:00"]}\n',
    )
    changed = list_changed(compare(TEXT, hot, "en"))
    assert changed["hours"] == [
        ("Jul and Aug · Flat", "0:00–16:00", "0:00–18:00"),
        ("Jul and Aug · Peak", "16:00–24:00", "18:00–24:00"),
    ]


def test_charges_that_come_and_go_are_told_as_such() -> None:
    without = TEXT.replace("      - {kind: fixed, code: service, label: {zh: 服务费, en: Service}, amount: 31}\n", "")
    states = {row.state for section in compare(TEXT, without).sections for row in section.changed}
    assert states == {"removed"}
    states = {row.state for section in compare(without, TEXT).sections for row in section.changed}
    assert states == {"added"}


@pytest.mark.parametrize("code", shipped_codes())
def test_every_shipped_tariff_compares_with_itself(code: str) -> None:
    tariff = shipped_tariff(code)
    for version in tariff.versions:
        for language in ("zh-hans", "en"):
            found = compare_versions((tariff, version), (tariff, version), language=language, year=2026)
            assert found.changes == 0
            assert {section.kind for section in found.sections} >= {"dates", "prices"}


KINDS = [
    t.EnergyCharge, t.FixedCharge, t.CapacityCharge, t.DemandCharge, t.PowerFactorAdjustment, t.MinimumCharge,
    t.FreeAllowance, t.AverageCap, t.Tax,
]  # fmt: skip
OTHER: dict[str, Any] = {
    "label": t.Label("别的", "Other"),
    "rounding": t.Rounding(1),
    "when": (t.Condition("social", ("x",)),),
    "months": frozenset({3}),
    "direction": "export",
    "ladders": {"": (t.Tier(Decimal(7), {"": Decimal("0.1")}), t.Tier(None, {"": Decimal(9)}))},
    "tier_basis": "year",
    "tier_unit": "kWh/day",
    "allocation": "chronological",
    "allowances": (t.HouseholdAllowance(5, Decimal(100)),),
    "parts": (t.PricePart("p", t.Label("部分", "Part"), {"": Decimal(1)}),),
    "cap": Decimal(3),
    "per": "day",
    "basis": "actual",
    "discount_kwh_per_kva": Decimal(260),
    "tables": {"0.90": tuple(range(101))},
    "schedule": "tou",
}


def _other(name: str, value: Any) -> Any:
    if name in OTHER:
        return OTHER[name]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1 if value != 1 else -1
    if isinstance(value, Decimal):
        return value + 1
    return ("another",) if isinstance(value, tuple) else "another"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_changes_unseen(kind: Any) -> None:
    """Whatever is changed about a charge, some fact of it says so: a field added later must be told too."""
    base = parse(TEXT.encode(), "a.yaml")
    extra: dict[str, Any] = (
        {"ladders": {"": (t.Tier(None, {"": Decimal(1)}),)}} if "ladders" in kind.__annotations__ else {}
    )
    plain = kind(code="c", label=t.Label("费", "Charge"), **extra)
    before = t.TariffVersion(date(2026, 1, 1), None, (plain,), t.Source("s"))
    for field in fields(plain):
        changed = replace(plain, **{field.name: _other(field.name, getattr(plain, field.name))})
        assert changed != plain, field.name
        after = replace(before, components=(changed,))
        found = compare_versions((base, before), (base, after), language="zh-hans", year=2026)
        assert found.changes > 0, field.name


def test_nothing_about_a_tariff_changes_unseen() -> None:
    base = parse(TEXT.encode(), "a.yaml")
    version = base.versions[0]
    told_elsewhere = {"versions", "schedules", "clauses"}
    others: dict[str, Any] = {
        "label": t.Label("别", "Other"), "special_days": {"hot": frozenset({date(2026, 7, 1)})},
        "period_labels": {}, "customer_kinds": ("SHOP",), "warnings": ("a",), "metering": "net_month",
    }  # fmt: skip
    for field in fields(base):
        if field.name not in told_elsewhere:
            changed = replace(
                base, **{field.name: others.get(field.name, _other(field.name, getattr(base, field.name)))}
            )
            assert list_facts(base, version, is_english=False) != list_facts(changed, version, is_english=False), (
                field.name
            )
    assert is_dataclass(base)
