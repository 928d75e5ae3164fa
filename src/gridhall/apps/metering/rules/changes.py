"""What an arriving read does to what we hold: is it new, the same, a correction, or weaker than what we know?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.quality import ESTIMATED, ReadingQuality

_MISSING = int(ReadingQuality.MISSING)
_MEASURED, _CORRECTED = int(ReadingQuality.MEASURED), int(ReadingQuality.CORRECTED)
_ESTIMATED = np.array(sorted(int(code) for code in ESTIMATED), dtype=np.uint8)

Int64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Changes:
    """
    What becomes of n arriving reads; masks bool[n].

    :param is_written: to be written to the store: new, another value, or better known.
    :param is_ours: we hold it because this very import wrote it before it was interrupted.
    :param replaces_value: another measured value stood there.
    :param replaces_estimate: an estimate stood there.
    :param contradicts: the very same import told another value before: the first one stays.
    :param quality: uint8[n], the code to write.
    """

    is_written: Mask
    is_ours: Mask
    replaces_value: Mask
    replaces_estimate: Mask
    contradicts: Mask
    quality: NDArray[np.uint8]


def is_estimate(quality: NDArray[np.uint8]) -> Mask:
    """Tell which codes are estimates."""
    return np.isin(quality, _ESTIMATED)


def compare_reads(
    *, held_values: NDArray[np.int32], held_quality: NDArray[np.uint8], held_known_at: Int64,
    values: NDArray[np.int32], quality: NDArray[np.uint8], told: tuple[bool, bool, bool], known_at: int,
) -> Changes:  # fmt: skip
    """
    Decide what n arriving reads change.

    An estimate never replaces what was measured. A measured read replaces an estimate, and another measured value as a
    correction; what was known later than the arriving read stays, and the arriving one becomes history.

    :param held_values, values: int32[3, n]: import, export, reactive; `told` says which channels arrive.
    :param held_known_at: int64[3, n], microseconds since 1970 UTC; negative where the channel is not known.
    :param known_at: the moment of the arriving reads, in the same unit.
    """
    is_held = held_quality != _MISSING
    is_equal = np.ones(len(quality), dtype=bool)
    for channel in range(3):
        if told[channel]:
            is_equal &= (held_values[channel] == values[channel]) & (held_known_at[channel] >= 0)
    is_same = is_held & is_equal & ((held_quality == quality) | _are_both_measured(held_quality, quality))
    held_moment = held_known_at.max(axis=0)
    was_estimate = is_held & is_estimate(held_quality)
    is_weaker = is_held & is_estimate(quality) & ~was_estimate
    contradicts = is_held & ~is_same & (held_moment == known_at) & _differs(held_values, held_known_at, values, told)
    is_written = ~is_same & ~is_weaker & ~contradicts
    takes_effect = is_written & is_held & (held_moment <= known_at)
    replaces_value = takes_effect & ~was_estimate & _differs(held_values, held_known_at, values, told)
    code = np.where(replaces_value & (quality == _MEASURED), np.uint8(_CORRECTED), quality)
    return Changes(
        is_written=is_written,
        is_ours=is_same & (held_moment == known_at),
        replaces_value=replaces_value,
        replaces_estimate=takes_effect & was_estimate,
        contradicts=contradicts,
        quality=code,
    )


def _are_both_measured(held: NDArray[np.uint8], quality: NDArray[np.uint8]) -> Mask:
    return (quality == _MEASURED) & (held == _CORRECTED)


def _differs(
    held_values: NDArray[np.int32], held_known_at: Int64, values: NDArray[np.int32], told: tuple[bool, bool, bool]
) -> Mask:
    differs = np.zeros(held_values.shape[1], dtype=bool)
    for channel in range(3):
        if told[channel]:
            differs |= (held_known_at[channel] >= 0) & (held_values[channel] != values[channel])
    return differs
