"""Validation: each rule on a case made for it, quiet on ordinary days, and findings in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries
from gridhall.engines.intervals.validation import (
    RegisterAdvance,
    Rule,
    Severity,
    Thresholds,
    check_registers,
    findings_of_flags,
    learn_like_days,
    validate_matrix,
    validate_series,
)


def ordinary(days: int = 28, seed: int = 1) -> NDArray[np.int32]:
    """Homes with a morning and an evening, int32[5, days x 96]."""
    random = np.random.default_rng(seed)
    slot = np.arange(96)
    shape = 60 + 400 * np.exp(-((slot - 30) ** 2) / 40) + 700 * np.exp(-((slot - 78) ** 2) / 90)
    return np.rint(np.tile(shape, (5, days)) * random.gamma(12, 1 / 12, (5, days * 96))).astype(np.int32)


def test_ordinary_days_pass() -> None:
    energy = ordinary()
    assert not validate_matrix(energy, limit_wh=10_000, history=learn_like_days(energy)).any()


def place(energy: NDArray[np.int32], row: int, first: int, values: object) -> None:
    values = np.atleast_1d(np.asarray(values, dtype=np.int32))
    energy[row, first : first + len(values)] = values


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ([-5], Rule.NEGATIVE),
        ([20_000], Rule.OVER_LIMIT),
        ([9_000], Rule.SPIKE),
        ([333] * 48, Rule.STUCK),
        ([0] * 96, Rule.ZERO_RUN),
    ],
)
def test_each_rule_finds_its_case_and_nothing_else_is_touched(values: list[int], rule: Rule) -> None:
    energy = ordinary()
    history = learn_like_days(energy)
    place(energy, 2, 500, values)
    flags = validate_matrix(energy, limit_wh=10_000, history=history)
    assert (flags[2, 500 : 500 + len(values)] & rule).all()
    flags[2, 500 : 500 + len(values)] = 0
    assert not flags.any()


def test_missing_reads_are_flagged_and_judged_by_nothing_else() -> None:
    energy, quality = ordinary(), np.zeros((5, 28 * 96), dtype=np.uint8)
    energy[1, 10:20], quality[1, 10:20] = -9, ReadingQuality.MISSING
    flags = validate_matrix(energy, limit_wh=10_000, quality=quality, history=learn_like_days(energy, quality))
    assert (flags[1, 10:20] == Rule.MISSING).all() and flags.astype(bool).sum() == 10


@pytest.mark.parametrize("shift", [4, -4])
def test_a_day_moved_by_an_hour(shift: int) -> None:
    energy = ordinary()
    history = learn_like_days(energy)
    day = slice(10 * 96, 11 * 96)
    energy[0, day] = np.roll(history.median_wh[0], shift)
    flags = validate_matrix(energy, limit_wh=10_000, history=history)
    assert (flags[0, day] & Rule.CLOCK_SHIFT).all()
    assert not (flags[1:] & Rule.CLOCK_SHIFT).any()


def test_reverse_flow_without_a_generator() -> None:
    energy = ordinary(1)
    export = np.zeros_like(energy)
    export[:, 50] = 40
    has_generator = np.array([True, False, True, True, True])
    flags = validate_matrix(energy, limit_wh=10_000, export_wh=export, has_generator=has_generator)
    assert flags[1, 50] == Rule.REVERSE_FLOW and flags.astype(bool).sum() == 1


def test_limits_of_each_meter() -> None:
    energy = np.full((3, 96), 100, dtype=np.int32) + np.arange(96, dtype=np.int32) % 2
    flags = validate_matrix(energy, limit_wh=np.array([1_000, 100, 50], dtype=np.int32))
    assert (flags > 0).sum(axis=1).tolist() == [0, 48, 96]


def test_small_standing_loads_are_not_stuck() -> None:
    assert not validate_matrix(np.full((1, 96), 5, dtype=np.int32), limit_wh=1_000).any()
    strict = Thresholds(stuck_from_wh=1)
    assert validate_matrix(np.full((1, 96), 5, dtype=np.int32), limit_wh=1_000, thresholds=strict).all()


def test_like_days_are_medians() -> None:
    energy = np.zeros((1, 96 * 5), dtype=np.int32)
    energy[0, ::96] = [1, 100, 3, 2, 50]
    days = learn_like_days(energy)
    assert (days.median_wh[0, 0], days.spread_wh[0, 0]) == (3, 2)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_the_order_of_meters_does_not_matter(seed: int) -> None:
    random = np.random.default_rng(seed)
    energy = random.integers(-50, 3_000, (6, 192), dtype=np.int32)
    order = random.permutation(6)
    history = learn_like_days(energy)
    whole = validate_matrix(energy, limit_wh=2_000, history=history)
    assert (
        validate_matrix(energy[order], limit_wh=2_000, history=learn_like_days(energy[order])) == whole[order]
    ).all()


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="days x 96"):
        validate_matrix(np.zeros((1, 95), dtype=np.int32), limit_wh=1)
    with pytest.raises(ValueError, match="shape"):
        validate_matrix(np.zeros((1, 96), dtype=np.int32), limit_wh=1, quality=np.zeros((1, 95), dtype=np.uint8))


def test_findings_speak_both_languages() -> None:
    energy = np.array([1, -7, -9, 2], dtype=np.int32)
    flags = np.array([0, Rule.NEGATIVE, Rule.NEGATIVE, 0], dtype=np.uint16)
    [found] = findings_of_flags(flags, energy, series="m1")
    assert (found.first_slot, found.end_slot, found.value_wh, found.severity) == (1, 3, -9, Severity.BLOCKING)
    assert "-9" in found.explanation_zh and "-9" in found.explanation_en


@pytest.mark.parametrize(("advance", "count"), [(96, 0), (97, 0), (98, 1), (90, 1)])
def test_sum_check(advance: int, count: int) -> None:
    energy, quality = np.ones(96, dtype=np.int64), np.zeros(96, dtype=np.uint8)
    assert len(check_registers("m", energy, quality, [RegisterAdvance(0, 96, advance)], tolerance=1)) == count


def test_sum_check_with_a_gap_looks_one_way_only() -> None:
    energy, quality = np.ones(96, dtype=np.int64), np.zeros(96, dtype=np.uint8)
    quality[3] = ReadingQuality.MISSING
    assert not check_registers("m", energy, quality, [RegisterAdvance(0, 96, 500)])
    assert check_registers("m", energy, quality, [RegisterAdvance(0, 96, 50)])


def test_a_series_from_a_file() -> None:
    energy = ordinary()[0].astype(np.int64) * 1_000_000
    energy[700] = 15_000 * 1_000_000
    start = 1_767_225_600 + 6 * 3600 + 900 * np.arange(len(energy), dtype=np.int64)
    quality = np.zeros(len(energy), dtype=np.uint8)
    series = ReadSeries("p", start, 900, np.roll(energy, -24), quality)
    found = validate_series(series, limit_wh=10_000)
    assert {(one.rule, one.first_slot) for one in found} == {(Rule.SPIKE, 676), (Rule.OVER_LIMIT, 676)}
    assert all(one.explanation_zh and one.explanation_en for one in found)
