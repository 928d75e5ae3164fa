"""What a file of reads holds, in figures: one summary for each series, ready for people and for JSON."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.formats.timestamps import show_stamp
from gridhall.engines.intervals.quality import ESTIMATED, ReadingQuality
from gridhall.engines.intervals.series import ReadSeries


@dataclass(frozen=True)
class Gap:
    """A stretch without reads: wall clock of its first slot and of its end, and how many slots it has."""

    start: str
    end: str
    slots: int


@dataclass(frozen=True)
class SeriesSummary:
    """
    The figures of one series.

    :param first, end: wall clock of the first start and of the last end.
    :param import_kwh, export_kwh, reactive_kvarh: exact decimals; None where the file has no such channel.
    :param quality: how many slots of each `ReadingQuality`, by name.
    """

    usage_point: str
    interval_s: int
    slots: int
    first: str
    end: str
    import_kwh: str
    export_kwh: str | None
    reactive_kvarh: str | None
    quality: dict[str, int]
    estimated: int
    missing: int
    gaps: list[Gap]


def exact_sum(values: NDArray[np.int64]) -> int:
    """The sum of int64 values without overflow."""
    return int((values >> 32).sum()) * (1 << 32) + int((values & 0xFFFFFFFF).sum())


def show_energy(energy_uwh: int) -> str:
    """
    Micro watt hours as an exact decimal of kWh.

    >>> show_energy(1_500_000_000), show_energy(-1), show_energy(0)
    ('1.5', '-0.000000001', '0')
    """
    sign, digits = ("-" if energy_uwh < 0 else ""), f"{abs(energy_uwh):010d}"
    return sign + f"{digits[:-9]}.{digits[-9:]}".rstrip("0").rstrip(".")


def summarize(series: ReadSeries) -> SeriesSummary:
    """Count and add up a series."""
    codes, counts = np.unique(series.quality, return_counts=True)
    quality = {ReadingQuality(int(code)).name: int(count) for code, count in zip(codes, counts, strict=True)}
    is_missing = series.quality == ReadingQuality.MISSING
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_missing, [False]]).astype(np.int8)))
    step = series.duration_s
    local = series.local_start_s
    gaps = [
        Gap(show_stamp(int(local[start])), show_stamp(int(local[end - 1]) + step), int(end - start))
        for start, end in edges.reshape(-1, 2)
    ]
    return SeriesSummary(
        series.usage_point, step, len(series), show_stamp(int(local[0])), show_stamp(int(local[-1]) + step),
        show_energy(exact_sum(series.import_uwh)),
        None if series.export_uwh is None else show_energy(exact_sum(series.export_uwh)),
        None if series.reactive_uvarh is None else show_energy(exact_sum(series.reactive_uvarh)),
        quality, sum(quality.get(code.name, 0) for code in ESTIMATED), quality.get("MISSING", 0), gaps,
    )  # fmt: skip
