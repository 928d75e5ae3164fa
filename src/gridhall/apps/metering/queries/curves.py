"""Quarter-hour reads of an account's meters on local days, ratios applied: what curves and files are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from gridhall.apps.metering.queries.store import get_store
from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.intervals.quality import ReadingQuality


@dataclass(frozen=True, slots=True)
class MeterStretch:
    """One meter with one ratio at one usage point of an account on the local days [first_day, end_day)."""

    usage_point_id: int
    usage_point_code: str
    meter_serial: str
    series_id: int
    multiplier: int
    first_day: date
    end_day: date


@dataclass(frozen=True, slots=True)
class StretchReads:
    """
    Reads of a stretch: int64[D, 96] Wh and varh with the ratio applied, 0 where missing.

    :param quality: uint8[D, 96], codes of `ReadingQuality`.
    """

    stretch: MeterStretch
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    reactive_varh: NDArray[np.int64]
    quality: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Curve:
    """
    Several meters together, by day and quarter hour; int64[D, 96], Wh and varh.

    :param expected, missing, estimated: how many meters hung there, gave no read, or were estimated: int32[D, 96].
    """

    first_day: date
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    reactive_varh: NDArray[np.int64]
    expected: NDArray[np.int32]
    missing: NDArray[np.int32]
    estimated: NDArray[np.int32]


_SQL = """
SELECT u.id, u.code, m.serial_number, m.series_id, i.ct_ratio::int8 * i.pt_ratio,
       greatest(i.starts_on, %s::date), least(coalesce(i.ends_on, %s::date), %s::date)
  FROM metering_meterinstallation i
  JOIN metering_meter m ON m.id = i.meter_id
  JOIN accounts_usagepoint u ON u.id = i.usage_point_id
 WHERE u.account_id = ANY(%s::int8[]) AND i.starts_on < %s::date AND (i.ends_on IS NULL OR i.ends_on > %s::date)
 ORDER BY u.code, i.starts_on
"""


def list_stretches(
    *, account_ids: list[int], first_day: date, end_day: date, usage_point_code: str = ""
) -> list[MeterStretch]:
    """List which meters measured some accounts on [first_day, end_day), by usage point and first day."""
    if end_day <= first_day:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [first_day, end_day, end_day, account_ids, end_day, first_day])
        found = [MeterStretch(*row) for row in cursor.fetchall()]
    return [stretch for stretch in found if not usage_point_code or stretch.usage_point_code == usage_point_code]


def read_stretch(stretch: MeterStretch, first_day: date | None = None, end_day: date | None = None) -> StretchReads:
    """Read the quarter hours of a stretch, or of some of its days."""
    first = max(first_day or stretch.first_day, stretch.first_day)
    end = max(min(end_day or stretch.end_day, stretch.end_day), first)
    reads = get_store().read_days(stretch.series_id, first, end)
    cut = MeterStretch(
        stretch.usage_point_id, stretch.usage_point_code, stretch.meter_serial, stretch.series_id,
        stretch.multiplier, first, end,
    )  # fmt: skip
    values = (reads.import_wh, reads.export_wh, reads.reactive_varh)
    return StretchReads(cut, *(value.astype(np.int64) * stretch.multiplier for value in values), reads.quality)


def iter_reads(stretches: list[MeterStretch], *, days: int) -> Iterator[StretchReads]:
    """Read stretches one after the other, at most so many days at a time: memory does not grow with their number."""
    for stretch in stretches:
        first = stretch.first_day
        while first < stretch.end_day:
            end = min(first + timedelta(days=days), stretch.end_day)
            yield read_stretch(stretch, first, end)
            first = end


def add_up(stretches: list[MeterStretch], *, first_day: date, end_day: date) -> Curve:
    """Add the quarter hours of stretches up over [first_day, end_day)."""
    shape = ((end_day - first_day).days, SLOTS)
    energies = [np.zeros(shape, np.int64) for _ in range(3)]
    counts = [np.zeros(shape, np.int32) for _ in range(3)]
    for stretch in stretches:
        if stretch.first_day >= end_day or stretch.end_day <= first_day:
            continue
        reads = read_stretch(stretch, first_day, end_day)
        low = (reads.stretch.first_day - first_day).days
        rows = slice(low, low + len(reads.quality))
        for total, part in zip(energies, (reads.import_wh, reads.export_wh, reads.reactive_varh), strict=True):
            total[rows] += part
        counts[0][rows] += 1
        counts[1][rows] += reads.quality == ReadingQuality.MISSING
        counts[2][rows] += is_estimated(reads.quality)
    return Curve(first_day, *energies, *counts)


def is_estimated(quality: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which reads are estimates."""
    return (quality >= ReadingQuality.ESTIMATED_LINEAR) & (quality <= ReadingQuality.ESTIMATED_OTHER)
