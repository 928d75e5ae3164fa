"""Arriving reads against those we hold: what is new is written, what changed is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from gridhall.apps.metering.actions.imports.parts import MeterReads, day_of
from gridhall.apps.metering.events import ReadsCorrected
from gridhall.apps.metering.models import Meter
from gridhall.apps.metering.queries.store import blocks_of, get_store, load_block
from gridhall.apps.metering.rules.changes import Changes, compare_reads
from gridhall.engines.intervals.layout import MONTH_ROWS, SLOTS
from gridhall.engines.intervals.quality import ReadingQuality

_STORE_LOCK = 0x6D657465
_DENSE_SERIES = 64
_DENSE_SHARE = 0.5
_LONG_MONTH_DAYS = 20
_MISSING = int(ReadingQuality.MISSING)


@contextmanager
def writing_reads() -> Iterator[None]:
    """Hold the right to compare and write: one process at a time, so that every correction is noticed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_STORE_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_STORE_LOCK])


@dataclass
class Tally:
    """
    What became of the reads of an import so far.

    :param ours, ours_corrected: of the stored and of the corrected, those that an earlier attempt at it wrote.
    """

    stored: int = 0
    ours: int = 0
    unchanged: int = 0
    corrected: int = 0
    ours_corrected: int = 0

    def add(self, changes: Changes, ours_corrected: int) -> None:
        """Count a batch."""
        stored = int((changes.is_written | changes.is_ours).sum())
        self.stored += stored
        self.ours += int((changes.is_ours & ~changes.is_written).sum())
        self.unchanged += len(changes.is_written) - stored - int(changes.contradicts.sum())
        self.corrected += int((changes.replaces_value | changes.replaces_estimate).sum()) + ours_corrected
        self.ours_corrected += ours_corrected


def count_ours_corrected(reads: MeterReads, changes: Changes, *, known_at: datetime) -> int:
    """Count the reads that an earlier attempt at this import wrote in place of others, as the store tells of before."""
    ours = changes.is_ours & ~changes.is_written
    if not ours.any():
        return 0
    before = compare_with_store(reads, known_at=known_at, is_before=True)
    return int(np.count_nonzero(ours & (before.replaces_value | before.replaces_estimate)))


def compare_with_store(reads: MeterReads, *, known_at: datetime, is_before: bool = False) -> Changes:
    """
    Find what arriving reads change; reads are by series and cell.

    :param is_before: compare with what was known just before `known_at`, not with what is known now.
    """
    moment = round(known_at.timestamp() * 1_000_000)
    count = len(reads)
    values = np.zeros((3, count), np.int32)
    quality = np.full(count, _MISSING, np.uint8)
    known = np.full((3, count), -1, np.int64)
    for chunk, rows in blocks_of(reads.series_id):
        block = load_block(reads.month, chunk, as_of=moment - 1) if is_before else load_block(reads.month, chunk)
        row, cell = reads.series_id[rows] % MONTH_ROWS, reads.cell[rows].astype(np.intp)
        values[:, rows] = block.values[:, row, cell]
        quality[rows] = block.quality[row, cell]
        known[:, rows] = block.known_at[:, row, cell]
    return compare_reads(
        held_values=values, held_quality=quality, held_known_at=known, values=reads.values, quality=reads.quality,
        told=reads.told, known_at=moment,
    )  # fmt: skip


def find_corrections(reads: MeterReads, changes: Changes) -> list[ReadsCorrected]:
    """Tell of each meter whose reads have other values now, from its first to its last changed day of the month."""
    found = []
    for mask, cause in ((changes.replaces_value, "CORRECTED"), (changes.replaces_estimate, "ARRIVED")):
        rows = np.flatnonzero(mask)
        if len(rows):
            found += _by_meter(reads, rows, cause)
    return found


def _by_meter(reads: MeterReads, rows: NDArray[np.intp], cause: str) -> list[ReadsCorrected]:
    meters, starts, counts = np.unique(reads.meter_id[rows], return_index=True, return_counts=True)
    serials = dict(Meter.objects.filter(pk__in=meters.tolist()).values_list("pk", "serial_number"))
    found = []
    for meter, start, count in zip(meters.tolist(), starts.tolist(), counts.tolist(), strict=True):
        cells = reads.cell[rows[start : start + count]]
        found.append(
            ReadsCorrected(
                meter_id=meter, meter_serial=serials[meter], slots=count, cause=cause,
                first_day=day_of(reads.month, cells.min()).isoformat(),
                end_day=(day_of(reads.month, cells.max()) + timedelta(days=1)).isoformat(),
            )
        )  # fmt: skip
    return found


def write_changes(reads: MeterReads, changes: Changes, *, known_at: datetime) -> None:
    """Write what changed: many meters' days as shards, few reads to the log of late ones."""
    rows = np.flatnonzero(changes.is_written)
    if not len(rows):
        return
    series, cell = reads.series_id[rows], reads.cell[rows].astype(np.int64)
    values, quality = reads.values[:, rows], changes.quality[rows]
    channels = [values[channel] if told else None for channel, told in enumerate(reads.told)]
    ids, row = np.unique(series, return_inverse=True)
    days = np.unique(cell // SLOTS)
    is_fresh = not (changes.replaces_value | changes.replaces_estimate).any()
    if is_fresh and len(ids) >= _DENSE_SERIES and len(rows) >= _DENSE_SHARE * len(ids) * len(days) * SLOTS:
        _write_shards(reads, ids, row, cell, days, channels, quality, known_at)
        return
    first = np.datetime64(reads.month.first_day, "D")
    get_store().write_reads(
        series, first + (cell // SLOTS).astype("timedelta64[D]"), cell % SLOTS, *channels, quality, known_at=known_at
    )


def _write_shards(
    reads: MeterReads, ids: NDArray[np.int64], row: NDArray[np.intp], cell: NDArray[np.int64],
    days: NDArray[np.int64], channels: list[NDArray[np.int32] | None], quality: NDArray[np.uint8], known_at: datetime,
) -> None:  # fmt: skip
    month = reads.month
    shape = (len(ids), month.days * SLOTS)
    codes = np.full(shape, _MISSING, np.uint8)
    codes[row, cell] = quality
    matrices = []
    for channel in channels:
        matrix = None
        if channel is not None:
            matrix = np.zeros(shape, np.int32)
            matrix[row, cell] = channel
        matrices.append(matrix)
    if len(days) >= _LONG_MONTH_DAYS:
        shaped = [None if one is None else one.reshape(len(ids), month.days, SLOTS) for one in (*matrices, codes)]
        assert shaped[0] is not None
        get_store().write_month(month, ids, *shaped, known_at=known_at)
        return
    for day in days.tolist():
        span = slice(day * SLOTS, (day + 1) * SLOTS)
        cut = [None if one is None else np.ascontiguousarray(one[:, span]) for one in (*matrices, codes)]
        get_store().write_days(month.first_day + timedelta(days=day), ids, *cut, known_at=known_at)
