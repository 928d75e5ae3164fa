"""
How reads of any interval come onto the grid of quarter hours, in whole watt hours.

Each read is rounded on its own, half up, and shares it over the quarter hours it spans so that they add up to it
exactly; three reads of 5 minutes are added and then rounded. Nothing depends on which other reads came in the same
file, so the order of arrival never changes a stored value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries

SLOT_S = 900
SLOTS_A_DAY = 96
UWH_PER_WH = 1_000_000
LARGEST_WH = 2**31 - 1
_MISSING = int(ReadingQuality.MISSING)


@dataclass(frozen=True)
class GridReads:
    """
    The reads of one meter on the grid; n slots that have a value, rising.

    :param slot: int64[n], quarter hours of the local wall clock since 1970-01-01T00:00.
    :param import_wh, export_wh, reactive_varh: int32[n]; None for a channel the file does not tell.
    :param quality: uint8[n].
    :param interval_s: how long the reads of the file were; 900 means nothing was split or folded.
    :param incomplete: int64[k], quarter hours of which some of the 5-minute reads are missing; they are left out.
    :param too_large: int64[k], slots left out because a value does not fit the store.
    """

    slot: NDArray[np.int64]
    import_wh: NDArray[np.int32]
    quality: NDArray[np.uint8]
    export_wh: NDArray[np.int32] | None
    reactive_varh: NDArray[np.int32] | None
    interval_s: int
    incomplete: NDArray[np.int64]
    too_large: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.slot)

    def between(self, first_slot: int, end_slot: int) -> GridReads:
        """Give the slots of [first_slot, end_slot)."""
        low, high = np.searchsorted(self.slot, [first_slot, end_slot])
        return self.take(slice(int(low), int(high)))

    def take(self, rows: slice | NDArray[np.bool_]) -> GridReads:
        """Give some of the slots."""
        export = None if self.export_wh is None else self.export_wh[rows]
        reactive = None if self.reactive_varh is None else self.reactive_varh[rows]
        return GridReads(
            self.slot[rows], self.import_wh[rows], self.quality[rows], export, reactive,
            self.interval_s, self.incomplete, self.too_large,
        )  # fmt: skip


def put_on_grid(series: ReadSeries) -> GridReads:
    """
    Bring a series onto the grid of quarter hours.

    A quarter hour that the wall clock shows twice (clocks set back) holds the energy of both. Of reads folded into one
    slot the worst quality counts.

    :raises ValueError: if the interval is not 5, 15, 30 or 60 minutes.
    """
    if series.duration_s not in (300, 900, 1800, 3600):
        raise ValueError(f"Reads of {series.duration_s} seconds do not fit the grid.")
    has_value = series.quality != _MISSING
    channels = [series.import_uwh, series.export_uwh, series.reactive_uvarh]
    start = series.local_start_s[has_value]
    quality = series.quality[has_value]
    values = [None if channel is None else channel[has_value] for channel in channels]
    incomplete = np.zeros(0, np.int64)
    if series.duration_s == 300:
        slot, quality, values, incomplete = _fold(start, quality, values)
        values = [None if channel is None else _round(channel) for channel in values]
    else:
        parts = series.duration_s // SLOT_S
        slot = (start[:, None] // SLOT_S + np.arange(parts)).ravel()
        quality = np.repeat(quality, parts)
        values = [None if channel is None else share(_round(channel), parts) for channel in values]
    if len(slot) > 1 and (np.diff(slot) <= 0).any():
        slot, quality, values = _merge_repeats(slot, quality, values)
    fits = np.ones(len(slot), dtype=bool)
    for channel in values:
        if channel is not None:
            fits &= np.abs(channel) <= LARGEST_WH
    kept = [None if channel is None else channel[fits].astype(np.int32) for channel in values]
    assert kept[0] is not None
    return GridReads(slot[fits], kept[0], quality[fits], kept[1], kept[2], series.duration_s, incomplete, slot[~fits])


def share(energy_wh: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """
    Share whole watt hours over equal parts that add up to them: no part is off by a watt hour or more.

    >>> share(np.array([10, -3]), 4).tolist()
    [2, 3, 2, 3, -1, -1, -1, 0]
    """
    if parts == 1:
        return energy_wh
    edges = energy_wh[:, None] * np.arange(parts + 1) // parts
    return np.diff(edges, axis=1).ravel()


def _round(energy_uwh: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.sign(energy_uwh) * ((np.abs(energy_uwh) + UWH_PER_WH // 2) // UWH_PER_WH)


def _fold(start: NDArray[np.int64], quality: NDArray[np.uint8], values: list) -> tuple:
    slot = start // SLOT_S
    order = np.argsort(slot, kind="stable")
    slot, quality = slot[order], quality[order]
    values = [None if channel is None else channel[order] for channel in values]
    if not len(slot):
        return slot, quality, values, slot
    first = np.flatnonzero(np.concatenate([[True], np.diff(slot) != 0]))
    count = np.diff(np.concatenate([first, [len(slot)]]))
    whole = count % 3 == 0
    folded = [None if channel is None else np.add.reduceat(channel, first)[whole] for channel in values]
    return slot[first][whole], np.maximum.reduceat(quality, first)[whole], folded, slot[first][~whole]


def _merge_repeats(slot: NDArray[np.int64], quality: NDArray[np.uint8], values: list) -> tuple:
    order = np.argsort(slot, kind="stable")
    slot = slot[order]
    first = np.flatnonzero(np.concatenate([[True], np.diff(slot) != 0]))
    merged = [None if channel is None else np.add.reduceat(channel[order], first) for channel in values]
    return slot[first], np.maximum.reduceat(quality[order], first), merged
