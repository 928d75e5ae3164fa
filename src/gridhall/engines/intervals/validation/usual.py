"""The usual day of many meters, fast: days are sorted by a network that compares all slots of a day at once."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.intervals.validation.matrix import LikeDays, find_high, learn_like_days

_LARGEST = np.int32(2**31 - 1)
_LEFT_OUT = 20
"""Quality codes from here on (SUSPECT, MISSING) are not learned from."""
_MOST_DAYS = 64


def _network(size: int) -> NDArray[np.int64]:
    """Give the comparators of Batcher's odd-even merge sort for `size` rows, a power of two."""
    pairs = []
    step = 1
    while step < size:
        gap = step
        while gap >= 1:
            for begin in range(gap % step, size - gap, 2 * gap):
                for at in range(begin, min(begin + gap, size - gap)):
                    if at // (2 * step) == (at + gap) // (2 * step):
                        pairs.append((at, at + gap))
            gap //= 2
        step *= 2
    return np.array(pairs, np.int64).reshape(-1, 2)


@numba.njit(nogil=True, cache=True)
def _sort_rows(rows, pairs):  # type: ignore[no-untyped-def]
    for index in range(pairs.shape[0]):
        low = rows[pairs[index, 0]]
        high = rows[pairs[index, 1]]
        for slot in range(SLOTS):
            first = low[slot]
            second = high[slot]
            low[slot] = first if first < second else second
            high[slot] = second if first < second else first


@numba.njit(nogil=True, cache=True)
def _learn(energy, quality, pairs, size, median, spread):  # type: ignore[no-untyped-def]
    days = energy.shape[1] // SLOTS
    rows = np.empty((size, SLOTS), np.int32)
    counts = np.empty(SLOTS, np.int64)
    for series in range(energy.shape[0]):
        rows[:] = _LARGEST
        counts[:] = 0
        for day in range(days):
            for slot in range(SLOTS):
                if quality[series, day * SLOTS + slot] < _LEFT_OUT:
                    rows[day, slot] = energy[series, day * SLOTS + slot]
                    counts[slot] += 1
        _sort_rows(rows, pairs)
        for slot in range(SLOTS):
            count = counts[slot]
            middle = np.int64(0)
            if count > 0:
                middle = (np.int64(rows[(count - 1) // 2, slot]) + rows[count // 2, slot]) // 2
            median[series, slot] = middle
            for day in range(days):
                if day < count:
                    rows[day, slot] = min(abs(np.int64(rows[day, slot]) - middle), np.int64(_LARGEST))
        _sort_rows(rows, pairs)
        for slot in range(SLOTS):
            count = counts[slot]
            if count > 0:
                spread[series, slot] = (np.int64(rows[(count - 1) // 2, slot]) + rows[count // 2, slot]) // 2


def usual_days(import_wh: NDArray[np.int32], quality: NDArray[np.uint8]) -> LikeDays:
    """
    Give what `learn_like_days` gives, some fifty times faster, for 96 slots a day.

    :param import_wh: int32[n, days x 96]. quality: uint8 of the same shape.
    """
    if import_wh.shape[1] > _MOST_DAYS * SLOTS:
        return learn_like_days(import_wh, quality)
    days = import_wh.shape[1] // SLOTS
    size = 1 << max((days - 1).bit_length(), 1)
    median = np.zeros((len(import_wh), SLOTS), np.int32)
    spread = np.zeros_like(median)
    _learn(import_wh, quality, _network(size), size, median, spread)
    return LikeDays(median, spread, find_high(import_wh, quality))
