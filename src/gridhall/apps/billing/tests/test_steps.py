"""Every formula comes to the figure beside it, and the figures lead from the readings to the amount."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gridhall.apps.billing import actions
from gridhall.apps.billing.models import BillLine as Line
from gridhall.apps.billing.queries.explanations import explain
from gridhall.apps.billing.queries.views import LineExplanation, Step
from gridhall.apps.billing.rules.steps import Surroundings, steps_of
from gridhall.apps.billing.tests import world
from gridhall.apps.billing.tests.formulas import HOURS, work_out
from gridhall.core.periods import Month, months_between
from gridhall.engines.rating.bill import BillLine
from gridhall.engines.rating.tariff import Label

MONTHS = list(months_between(Month(2026, 1), Month(2026, 3)))


@pytest.fixture
def explained(company: list[Any]) -> list[LineExplanation]:
    """Every line of three months, with readings enough to leave the first tier and the contract."""
    for month in MONTHS:
        reads = world.make_reads(month, 6, mean_wh=420)
        world.store_month(month, reads, reactive_varh=(reads // 3).astype(np.int32))
        actions.run_month(month=month, at=world.AT, actor="ann")
    lines = Line.objects.select_related("charge", "bill__account", "bill__replaces")
    return [explain(line.bill, line, "zh-hans") for line in lines]


def test_every_formula_comes_to_its_value(explained: list[LineExplanation]) -> None:
    checked = 0
    for why in explained:
        for step in why.steps:
            if step.formula and not HOURS.fullmatch(step.formula):
                assert abs(work_out(step.formula) - Fraction(step.value)) <= _tolerance(step), (why.line, step)
                checked += 1
    assert checked > 100


def _tolerance(step: Step) -> Fraction:
    """A power factor has two places, a share of a tier three, what never ends is shown with nine; all else is exact."""
    places = {"功率因数": 2, "本时段按比例": 3}
    usual = Fraction(1, 2 * 10**9) if "÷" in step.formula else Fraction(0)
    return next((Fraction(1, 2 * 10**n) for words, n in places.items() if step.text.startswith(words)), usual)


def test_energy_of_a_period_is_told_as_a_part_of_the_readings(explained: list[LineExplanation]) -> None:
    split = [why for why in explained if why.line.code.endswith((".peak", ".flat", ".valley")) and why.line.quantity]
    assert split
    for why in split:
        read = sum((span.energy_kwh for span in why.readings), Decimal(0))
        whole, own = why.steps[0], why.steps[1]
        assert whole.value == read >= own.value
        assert "时段的电量" in own.text
        if "share" not in why.line.code and not why.line.code.startswith("energy.tier"):
            assert own.value == why.line.quantity


def test_nobody_has_to_read_a_programmers_formula(explained: list[LineExplanation]) -> None:
    for why in explained:
        assert not [step for step in why.steps if "min(" in step.formula or "max(" in step.formula]


@pytest.mark.parametrize(
    ("months", "extras", "limit", "formula"),
    [
        (12, (), 2160, None),
        (3, (), 540, "2,160 × 3 ÷ 12"),
        (12, ((Decimal(100), 12),), 3360, "2,160 + 100 × 12"),
        (7, ((Decimal(100), 5),), 1760, "2,160 × 7 ÷ 12 + 100 × 5"),
        (7, (), 1261, ""),  # never a formula that does not come to its value
    ],
)
def test_a_limit_that_is_not_the_tariffs_is_worked_out(
    months: int, extras: tuple[tuple[Decimal, int], ...], limit: int, formula: str | None
) -> None:
    operands = {
        "rule": "tier", "tier_from_kwh": Decimal(0), "tier_to_kwh": Decimal(limit),
        "used_before_kwh": Decimal(0), "energy_kwh": Decimal(100),
    }  # fmt: skip
    line = BillLine(
        "energy.tier1", Label("一", "One"), Decimal(100), "kWh", Decimal(1), Decimal(100), Decimal(100), None, operands
    )
    around = Surroundings(listed=(None, Decimal(2160)), months=months, extras=extras)
    told = [step[1] for step in steps_of(line, "zh-hans", around) if step[0].startswith("本档的界限")]
    assert told == ([] if formula is None else [formula])
    assert not formula or work_out(formula) == limit


def test_readings_tell_how_the_register_advanced_and_the_highest_demand(explained: list[LineExplanation]) -> None:
    for why in explained:
        for span in why.readings:
            if span.register == "IMPORT":
                assert span.peak_kw is not None and span.peak_at is not None
                assert span.peak_kw * 24 * ((span.last_day - span.first_day).days + 1) >= span.energy_kwh
                assert span.first_day <= span.peak_at.date() <= span.last_day
