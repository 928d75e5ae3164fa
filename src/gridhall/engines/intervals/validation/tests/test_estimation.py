"""Estimation: exact sums, the right method for each gap, and a code that tells it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.validation import RegisterAdvance, estimate_gaps, share_out

MISSING = int(ReadingQuality.MISSING)
DAY = np.array([10] * 48 + [30] * 48, dtype=np.int64)


@given(st.integers(0, 10**18), st.lists(st.integers(0, 10**15), min_size=1, max_size=50))
def test_shares_add_up_and_follow_the_weights(total: int, weights: list[int]) -> None:
    parts = share_out(total, weights)
    assert sum(int(part) for part in parts) == total and (parts >= 0).all()
    whole = sum(weights)
    if whole:
        assert all(abs(int(part) * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True))


def test_a_short_gap_gets_a_straight_line() -> None:
    energy = np.array([10, 0, 0, 0, 50], dtype=np.int64)
    done = estimate_gaps(energy, np.array([0, MISSING, MISSING, MISSING, 0], dtype=np.uint8))
    assert done.energy.tolist() == [10, 20, 30, 40, 50]
    assert done.quality.tolist() == [0, 10, 10, 10, 0]
    assert [(one.first_slot, one.end_slot, one.energy) for one in done.estimates] == [(1, 4, 90)]


def test_a_gap_at_the_edge_or_too_long_without_ground_stays() -> None:
    quality = np.zeros(40, dtype=np.uint8)
    quality[0] = quality[10:30] = MISSING
    done = estimate_gaps(np.full(40, 5, dtype=np.int64), quality)
    assert (done.quality == MISSING).sum() == 21 and not done.estimates


def test_a_long_gap_gets_the_usual_day_scaled_to_the_day() -> None:
    energy = np.concatenate([DAY, DAY * 2])
    quality = np.zeros(192, dtype=np.uint8)
    quality[96 + 20 : 96 + 60] = MISSING
    done = estimate_gaps(energy, quality, like_day=DAY)
    assert done.energy.tolist() == energy.tolist()
    assert set(done.quality[116:156].tolist()) == {11}


def test_the_register_is_met_exactly() -> None:
    energy = np.tile(DAY, 2)
    quality = np.zeros(192, dtype=np.uint8)
    quality[30:70], quality[100:101] = MISSING, MISSING
    advance = int(energy.sum()) + 7
    done = estimate_gaps(energy, quality, like_day=DAY, registers=[RegisterAdvance(0, 192, advance)])
    assert int(done.energy.sum()) == advance
    assert set(done.quality[30:70].tolist()) == {12} and done.quality[100] == 12
    assert sum(one.energy for one in done.estimates) == advance - int(energy[quality == 0].sum())


def test_zero_when_the_register_stood_still() -> None:
    quality = np.full(96, MISSING, dtype=np.uint8)
    done = estimate_gaps(np.zeros(96, dtype=np.int64), quality, like_day=DAY, registers=[RegisterAdvance(0, 96, 0)])
    assert not done.energy.any() and set(done.quality.tolist()) == {12}


def test_a_register_below_the_measured_reads_is_not_used() -> None:
    energy, quality = np.full(96, 10, dtype=np.int64), np.zeros(96, dtype=np.uint8)
    quality[50] = MISSING
    done = estimate_gaps(energy, quality, registers=[RegisterAdvance(0, 96, 5)])
    assert done.quality[50] == ReadingQuality.ESTIMATED_LINEAR


@given(st.lists(st.tuples(st.integers(0, 10**13), st.booleans()), min_size=1, max_size=192), st.integers(0, 10**15))
def test_measured_reads_are_never_changed(reads: list[tuple[int, bool]], extra: int) -> None:
    energy = np.array([value for value, _ in reads], dtype=np.int64)
    quality = np.array([MISSING if is_missing else 0 for _, is_missing in reads], dtype=np.uint8)
    measured = sum(value for value, is_missing in reads if not is_missing)
    done = estimate_gaps(energy, quality, like_day=DAY, registers=[RegisterAdvance(0, len(reads), measured + extra)])
    assert (done.energy[quality == 0] == energy[quality == 0]).all() and (done.quality[quality == 0] == 0).all()
    assert (done.energy >= 0).all()
    if (quality == MISSING).any():
        assert sum(int(value) for value in done.energy) == measured + extra
