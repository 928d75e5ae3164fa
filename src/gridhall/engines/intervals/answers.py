"""What the store answers with, and how columns become a batch of single reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from gridhall.core.periods import Month, months_between
from gridhall.engines.intervals.delta import Reads
from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.intervals.quality import ReadingQuality


@dataclass(frozen=True)
class SeriesReads:
    """
    Reads of one series over whole days.

    :param first_day: the first day.
    :param import_wh, export_wh, reactive_varh: int32[D, 96], 0 where missing.
    :param quality: uint8[D, 96], codes of `ReadingQuality`.
    """

    first_day: date
    import_wh: NDArray[np.int32]
    export_wh: NDArray[np.int32]
    reactive_varh: NDArray[np.int32]
    quality: NDArray[np.uint8]


@dataclass(frozen=True)
class DailyReads:
    """
    Sums of one series by day, int64[D]: energy, the largest slot, and how many slots are missing or estimated.

    :param first_day: the first day.
    """

    first_day: date
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    peak_wh: NDArray[np.int64]
    missing_slots: NDArray[np.int64]
    estimated_slots: NDArray[np.int64]


def as_reads(series, cells, columns, quality, known_at: int) -> Reads:  # type: ignore[no-untyped-def]
    """Give columns as a batch for the log; reads that are MISSING are no reads."""
    count = len(series)
    values = np.zeros((3, count), np.int32)
    told = 0
    for channel, column in enumerate(columns):
        if column is not None:
            values[channel] = column
            told |= 1 << channel
    codes = np.zeros(count, np.uint8) if quality is None else quality
    reads = Reads(
        np.asarray(series, np.int64), np.asarray(cells, np.int16), np.full(count, told, np.uint8), values, codes,
        np.full(count, known_at, np.int64),
    )  # fmt: skip
    return reads.take(codes != ReadingQuality.MISSING).sorted()


def months_of(first_day: date, end_day: date) -> list[Month]:
    """List the months that the days [first_day, end_day) touch."""
    if end_day <= first_day:
        return []
    return list(months_between(Month.of(first_day), Month.of(end_day - timedelta(days=1))))


def cutter(first_day: date, end_day: date) -> Callable[[list[NDArray]], NDArray]:
    """Give what cuts months of days, one after the other, down to [first_day, end_day)."""
    begin = first_day.day - 1
    count = max((end_day - first_day).days, 0)

    def cut(pieces: list[NDArray]) -> NDArray:
        return np.concatenate(pieces)[begin : begin + count] if pieces else np.empty((0, SLOTS))

    return cut
