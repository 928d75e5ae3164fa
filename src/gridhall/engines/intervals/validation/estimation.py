"""Estimation of missing reads: by the register, a straight line, or the customer's like days. Integers, exact sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.quality import ReadingQuality

LINEAR_UP_TO_S = 7_200
"""A straight line bridges gaps of at most two hours."""
_SCALE_FROM_S = 7_200
_SCALE_LIMITS = (1, 5)  # like days are scaled by a fifth to five times


@dataclass(frozen=True)
class RegisterAdvance:
    """
    Two register reads around a stretch of slots.

    :param first_slot, end_slot: the stretch, half-open.
    :param advance: what the register advanced, in the unit of the energies.
    """

    first_slot: int
    end_slot: int
    advance: int


@dataclass(frozen=True)
class Estimate:
    """A gap that was filled: the slots, the method as a quality code, and the sum that was put in."""

    first_slot: int
    end_slot: int
    method: ReadingQuality
    energy: int


@dataclass(frozen=True)
class Estimated:
    """
    A series with its gaps filled as far as there is ground for it.

    :param energy: int64[n]; slots that stay MISSING are 0.
    :param quality: uint8[n].
    :param estimates: what was filled, and how.
    """

    energy: NDArray[np.int64]
    quality: NDArray[np.uint8]
    estimates: list[Estimate]


def share_out(total: int, weights: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Share a whole number out by weights so that the parts add up exactly (largest remainder; earlier slots win ties).

    >>> share_out(10, [1, 1, 1]).tolist(), share_out(7, [0, 0]).tolist(), share_out(5, [3, 0, 1]).tolist()
    ([4, 3, 3], [4, 3], [4, 0, 1])

    :param weights: not negative; all zero shares evenly.
    """
    numbers = [int(weight) for weight in weights]
    if not numbers:
        return np.zeros(0, dtype=np.int64)
    whole = sum(numbers)
    if whole == 0:
        numbers, whole = [1] * len(numbers), len(numbers)
    parts = [total * number // whole for number in numbers]
    remainders = [total * number % whole for number in numbers]
    left = total - sum(parts)
    for at in sorted(range(len(parts)), key=lambda at: (-remainders[at], at))[:left]:
        parts[at] += 1
    return np.array(parts, dtype=np.int64)


def estimate_gaps(
    energy: NDArray[np.int64],
    quality: NDArray[np.uint8],
    *,
    interval_s: int = 900,
    like_day: NDArray[np.int64] | None = None,
    first_slot_of_day: int = 0,
    registers: Sequence[RegisterAdvance] = (),
) -> Estimated:
    """
    Fill the MISSING slots of one series.

    In this order: where two register reads bracket a gap, its slots are shaped like the usual day and add up with the
    measured ones to exactly what the register advanced (zeros if it stood still); gaps of up to two hours between two
    reads get a straight line; other gaps the usual day, scaled to what was measured on the same day. A gap for which
    there is no ground stays MISSING.

    :param energy: int64[n], any unit.
    :param like_day: int64[slots a day], the usual day in the same unit, from `learn_like_days`.
    :param first_slot_of_day: slot of the day of the first read.
    """
    filled, codes = energy.astype(np.int64).copy(), quality.copy()
    filled[codes == ReadingQuality.MISSING] = 0
    estimates: list[Estimate] = []
    per_day = 86_400 // interval_s
    slot_of_day = (np.arange(len(filled)) + first_slot_of_day) % per_day
    for register in registers:
        estimates += _by_register(filled, codes, register, like_day, slot_of_day)
    is_measured = codes < ReadingQuality.ESTIMATED_LINEAR
    for first, end in _gaps(codes):
        if first > 0 and end < len(filled) and (end - first) * interval_s <= LINEAR_UP_TO_S:
            part, method = _line(int(filled[first - 1]), int(filled[end]), end - first), ReadingQuality.ESTIMATED_LINEAR
        elif like_day is not None:
            part = _scaled_days(filled, is_measured, first, end, like_day, slot_of_day, interval_s)
            method = ReadingQuality.ESTIMATED_PROFILE
        else:
            continue
        filled[first:end], codes[first:end] = part, method
        estimates.append(Estimate(first, end, method, int(part.sum())))
    return Estimated(filled, codes, sorted(estimates, key=lambda one: one.first_slot))


def _gaps(codes: NDArray[np.uint8]) -> list[tuple[int, int]]:
    is_missing = np.concatenate([[False], codes == ReadingQuality.MISSING, [False]])
    edges = np.flatnonzero(np.diff(is_missing.astype(np.int8)))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def _by_register(
    filled: NDArray[np.int64], codes: NDArray[np.uint8], register: RegisterAdvance,
    like_day: NDArray[np.int64] | None, slot_of_day: NDArray[np.intp],
) -> list[Estimate]:  # fmt: skip
    first, end = max(register.first_slot, 0), min(register.end_slot, len(filled))
    slots = first + np.flatnonzero(codes[first:end] == ReadingQuality.MISSING)
    if not len(slots) or (first, end) != (register.first_slot, register.end_slot):
        return []
    left = register.advance - sum(int(value) for value in filled[first:end])
    if left < 0:
        return []  # the measured reads alone exceed the register: the sum check tells that
    weights = np.ones(len(slots), dtype=np.int64) if like_day is None else np.maximum(like_day[slot_of_day[slots]], 0)
    filled[slots] = share_out(left, weights)
    codes[slots] = ReadingQuality.ESTIMATED_REGISTER
    runs = np.split(slots, np.flatnonzero(np.diff(slots) > 1) + 1)
    return [
        Estimate(int(run[0]), int(run[-1]) + 1, ReadingQuality.ESTIMATED_REGISTER, int(filled[run].sum()))
        for run in runs
    ]


def _line(before: int, after: int, count: int) -> NDArray[np.int64]:
    """Points of a straight line between two reads, rounded half up."""
    steps = [(before * (count - at) + after * (at + 1), count + 1) for at in range(count)]
    return np.array([(2 * value + whole) // (2 * whole) for value, whole in steps], dtype=np.int64)


def _scaled_days(
    filled: NDArray[np.int64], is_measured: NDArray[np.bool_], first: int, end: int, like_day: NDArray[np.int64],
    slot_of_day: NDArray[np.intp], interval_s: int,
) -> NDArray[np.int64]:  # fmt: skip
    """The usual day, in each day scaled to what was measured in it."""
    part = np.zeros(end - first, dtype=np.int64)
    at = first
    while at < end:
        day_start = at - int(slot_of_day[at])
        day_end = day_start + len(like_day)
        stop = min(end, day_end)
        around = np.arange(max(day_start, 0), min(day_end, len(filled)))
        around = around[is_measured[around]]
        usual = sum(int(value) for value in like_day[slot_of_day[around]])
        seen = sum(int(value) for value in filled[around])
        top, bottom = 1, 1
        if len(around) * interval_s >= _SCALE_FROM_S and usual > 0:
            low, high = _SCALE_LIMITS
            top, bottom = (
                (low, high)
                if seen * high < usual * low
                else (high, low)
                if seen * low > usual * high
                else (seen, usual)
            )
        for slot in range(at, stop):
            part[slot - first] = (2 * max(int(like_day[slot_of_day[slot]]), 0) * top + bottom) // (2 * bottom)
        at = stop
    return part
