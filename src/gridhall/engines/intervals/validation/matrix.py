"""Validation of many meters at once: one pass of machine code over [meters x slots]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.validation.rules import Rule, Thresholds

SLOTS_PER_DAY = 96
_NO_QUALITY = np.zeros((0, 0), dtype=np.uint8)

_MISSING, _SPIKE, _NEGATIVE, _STUCK = (int(one) for one in (Rule.MISSING, Rule.SPIKE, Rule.NEGATIVE, Rule.STUCK))
_ZERO_RUN, _SHIFT, _REVERSE, _OVER = (
    int(one) for one in (Rule.ZERO_RUN, Rule.CLOCK_SHIFT, Rule.REVERSE_FLOW, Rule.OVER_LIMIT)
)
_MISSING_QUALITY = int(ReadingQuality.MISSING)


@dataclass(frozen=True)
class LikeDays:
    """
    What n meters usually do at each time of day.

    :param median_wh: int32[n, slots a day], median over the days learned from.
    :param spread_wh: int32[n, slots a day], median absolute deviation.
    :param high_wh: int32[n], what 7 of 1,000 reads exceed: the usual peak, whatever the time of day. None if not known.
    """

    median_wh: NDArray[np.int32]
    spread_wh: NDArray[np.int32]
    high_wh: NDArray[np.int32] | None = None


def learn_like_days(
    import_wh: NDArray[np.int32], quality: NDArray[np.uint8] | None = None, *, slots_per_day: int = SLOTS_PER_DAY
) -> LikeDays:
    """
    Learn the usual day of each meter.

    :param import_wh: int32[n, days x slots a day]; seven days or more make sense.
    :param quality: uint8 of the same shape; MISSING and SUSPECT reads are left out.
    """
    _check(import_wh, quality, slots_per_day)
    median = np.zeros((len(import_wh), slots_per_day), dtype=np.int32)
    spread = np.zeros_like(median)
    _learn(import_wh, _NO_QUALITY if quality is None else quality, median, spread)
    return LikeDays(median, spread, find_high(import_wh, quality))


def find_high(import_wh: NDArray[np.int32], quality: NDArray[np.uint8] | None = None) -> NDArray[np.int32]:
    """
    Give int32[n], what 7 of 1,000 reads of each meter exceed.

    :param import_wh: int32[n, slots]. quality: uint8[n, slots]; MISSING and SUSPECT reads are left out.
    """
    high = np.zeros(len(import_wh), dtype=np.int32)
    _find_high(import_wh, _NO_QUALITY if quality is None else quality, high)
    return high


def validate_matrix(
    import_wh: NDArray[np.int32],
    *,
    limit_wh: int | NDArray[np.int32],
    history: LikeDays | None = None,
    quality: NDArray[np.uint8] | None = None,
    export_wh: NDArray[np.int32] | None = None,
    has_generator: NDArray[np.bool_] | None = None,
    thresholds: Thresholds | None = None,
    slots_per_day: int = SLOTS_PER_DAY,
) -> NDArray[np.uint16]:
    """
    Check every read of many meters.

    :param import_wh: int32[n, slots], whole local days of `slots_per_day` slots.
    :param limit_wh: the most an interval can hold by the capacity of the connection; one for all, or int32[n].
    :param history: the usual days; without it spikes are found by the limit alone, shifts and long zeros not at all.
    :param quality: uint8[n, slots]; MISSING marks slots without a read. Without it every slot has one.
    :param export_wh: int32[n, slots]; with `has_generator` bool[n], energy to the grid from others is flagged.
    :returns: uint16[n, slots], bits of `Rule`; 0 passed.
    """
    _check(import_wh, quality, slots_per_day)
    count = len(import_wh)
    limits = np.broadcast_to(np.asarray(limit_wh, dtype=np.int32), (count,))
    limits = np.ascontiguousarray(limits)
    flags = np.zeros(import_wh.shape, dtype=np.uint16)
    rules = thresholds or Thresholds()
    nothing = np.zeros((0, slots_per_day), dtype=np.int32)
    usual = history or LikeDays(nothing, nothing)
    high = np.zeros(len(usual.median_wh), dtype=np.int32) if usual.high_wh is None else usual.high_wh
    stuck, zero = rules.stuck_hours * slots_per_day // 24, rules.zero_hours * slots_per_day // 24
    bounds = (
        rules.spike_spreads,
        rules.spike_floor_wh,
        rules.spike_peaks,
        stuck,
        rules.stuck_from_wh,
        zero,
        rules.zero_from_wh_per_day,
    )
    given = _NO_QUALITY if quality is None else quality
    _validate(import_wh, given, limits, usual.median_wh, usual.spread_wh, high, bounds, rules.shift_gain, flags)
    if export_wh is not None and has_generator is not None:
        flags[(export_wh > 0) & ~has_generator[:, None]] |= np.uint16(_REVERSE)
    return flags


def _check(import_wh: NDArray[Any], quality: NDArray[Any] | None, slots_per_day: int) -> None:
    if import_wh.ndim != 2 or import_wh.shape[1] % slots_per_day:
        raise ValueError(f"import_wh must be [meters, days x {slots_per_day}]")
    if quality is not None and quality.shape != import_wh.shape:
        raise ValueError("quality must have the shape of import_wh")


@njit(cache=True, nogil=True)
def _learn(energy, quality, median, spread):  # type: ignore[no-untyped-def]
    per_day = median.shape[1]
    days = energy.shape[1] // per_day
    kept = np.empty(days, dtype=np.int32)
    for row in range(energy.shape[0]):
        for slot in range(per_day):
            count = 0
            for day in range(days):
                at = day * per_day + slot
                if quality.shape[0] == 0 or quality[row, at] < 20:
                    kept[count] = energy[row, at]
                    count += 1
            if count == 0:
                continue
            _sort(kept, count)
            middle = (np.int64(kept[(count - 1) // 2]) + kept[count // 2]) // 2
            median[row, slot] = middle
            for index in range(count):
                kept[index] = min(abs(np.int64(kept[index]) - middle), 2**31 - 1)
            _sort(kept, count)
            spread[row, slot] = (np.int64(kept[(count - 1) // 2]) + kept[count // 2]) // 2


@njit(cache=True, inline="always")
def _sort(values, count):  # type: ignore[no-untyped-def]
    """Insertion sort: the rows are short and often nearly sorted."""
    for index in range(1, count):
        value = values[index]
        at = index
        while at > 0 and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value


@njit(cache=True, nogil=True)
def _find_high(energy, quality, high):  # type: ignore[no-untyped-def]
    """Keep the largest reads sorted, smallest first; most reads are below them all and cost one comparison."""
    slots = energy.shape[1]
    largest = np.empty(slots * 7 // 1000 + 1, dtype=np.int32)
    for row in range(energy.shape[0]):
        count = 0
        for at in range(slots):
            if quality.shape[0] == 0 or quality[row, at] < 20:
                count += 1
        keep = count * 7 // 1000 + 1
        held = 0
        for at in range(slots):
            value = energy[row, at]
            if quality.shape[0] > 0 and quality[row, at] >= 20:
                continue
            if held == keep and value <= largest[0]:
                continue
            place = held
            if held == keep:
                place = 0
                while place + 1 < held and largest[place + 1] < value:
                    largest[place] = largest[place + 1]
                    place += 1
            else:
                while place > 0 and largest[place - 1] > value:
                    largest[place] = largest[place - 1]
                    place -= 1
                held += 1
            largest[place] = value
        high[row] = largest[0] if held > 0 else 0


@njit(cache=True, nogil=True)
def _validate(energy, quality, limits, median, spread, high, rules, shift_gain, flags):  # type: ignore[no-untyped-def]
    spike_spreads, spike_floor, spike_peaks, stuck_slots, stuck_from, zero_slots, zero_from = rules
    has_history = median.shape[0] > 0
    per_day = median.shape[1]
    slots = energy.shape[1]
    for row in range(energy.shape[0]):
        usual_day = np.int64(0)
        if has_history:
            for slot in range(per_day):
                usual_day += median[row, slot]
        limit = limits[row]
        run_start = 0
        slot = 0
        previous = np.int32(-1)
        for at in range(slots):
            value = energy[row, at]
            flag = 0
            if quality.shape[0] > 0 and quality[row, at] == 255:
                flag = _MISSING
                value = np.int32(-1)
            elif value < 0:
                flag = _NEGATIVE
            elif value > limit:
                flag = _OVER
            if has_history and flag != _MISSING:
                usual = np.int64(median[row, slot])
                # 1.4826 x MAD is the standard deviation of a normal; 3/2 keeps it in integers
                reach = max(np.int64(spike_floor), spike_spreads * np.int64(spread[row, slot]) * 3 // 2)
                if value > usual + reach and value > spike_peaks * np.int64(high[row]):
                    flag |= _SPIKE
            flags[row, at] = flag
            slot += 1
            if slot == per_day:
                slot = 0
            if value != previous:
                _close_run(
                    flags, row, run_start, at, previous, usual_day, stuck_slots, stuck_from, zero_slots, zero_from
                )
                run_start = at
                previous = value
        _close_run(flags, row, run_start, slots, previous, usual_day, stuck_slots, stuck_from, zero_slots, zero_from)
        if has_history and usual_day >= zero_from:
            for day in range(slots // per_day):
                if _is_shifted(energy, row, day * per_day, median, shift_gain):
                    for at in range(day * per_day, (day + 1) * per_day):
                        flags[row, at] |= _SHIFT


@njit(cache=True, inline="always")
def _close_run(flags, row, start, end, value, usual_day, stuck_slots, stuck_from, zero_slots, zero_from):  # type: ignore[no-untyped-def]
    length = end - start
    if value > 0 and value >= stuck_from and length >= stuck_slots:
        for at in range(start, end):
            flags[row, at] |= _STUCK
    elif value == 0 and length >= zero_slots and usual_day >= zero_from:
        for at in range(start, end):
            flags[row, at] |= _ZERO_RUN


@njit(cache=True)
def _is_shifted(energy, row, first, median, gain):  # type: ignore[no-untyped-def]
    """Is the day much nearer to the usual day an hour earlier or later than to the usual day itself?"""
    here = 0.0
    earlier = 0.0
    later = 0.0
    hour = median.shape[1] // 24
    for slot in range(hour, median.shape[1] - hour):
        value = np.float64(energy[row, first + slot])
        here += (value - median[row, slot]) ** 2
        earlier += (value - median[row, slot - hour]) ** 2
        later += (value - median[row, slot + hour]) ** 2
    return min(earlier, later) < gain * here
