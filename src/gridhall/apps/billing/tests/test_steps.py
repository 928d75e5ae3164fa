"""Every formula comes to the figure beside it, and the figures lead from the readings to the amount."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gridhall.apps.billing import actions
from gridhall.apps.billing.models import BillLine
from gridhall.apps.billing.queries.explanations import explain
from gridhall.apps.billing.queries.views import LineExplanation, Step
from gridhall.apps.billing.tests import world
from gridhall.apps.billing.tests.formulas import HOURS, work_out
from gridhall.core.periods import Month, months_between

MONTHS = list(months_between(Month(2026, 1), Month(2026, 3)))


@pytest.fixture
def explained(company: list[Any]) -> list[LineExplanation]:
    """Every line of three months, with readings enough to leave the first tier and the contract."""
    for month in MONTHS:
        reads = world.make_reads(month, 6, mean_wh=420)
        world.store_month(month, reads, reactive_varh=(reads // 3).astype(np.int32))
        actions.run_month(month=month, at=world.AT, actor="ann")
    lines = BillLine.objects.select_related("charge", "bill__account", "bill__replaces")
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


def test_readings_tell_how_the_register_advanced_and_the_highest_demand(explained: list[LineExplanation]) -> None:
    for why in explained:
        for span in why.readings:
            if span.register == "IMPORT":
                assert span.peak_kw is not None and span.peak_at is not None
                assert span.peak_kw * 24 * ((span.last_day - span.first_day).days + 1) >= span.energy_kwh
                assert span.first_day <= span.peak_at.date() <= span.last_day
