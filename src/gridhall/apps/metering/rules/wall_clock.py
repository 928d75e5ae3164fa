"""
Where clocks are set forward: quarter hours of the grid that no clock ever showed.

The grid is the wall clock's, 96 slots a day. A skipped hour holds nothing; that is told together with the quarter hour
before it, so that the day is complete for whoever bills it, in whatever order its reads arrive.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.rules.grid import SLOT_S, SLOTS_A_DAY, GridReads
from gridhall.core.periods import local_midnight
from gridhall.engines.intervals.formats.zones import zone_table
from gridhall.engines.intervals.ingestion import DayRows
from gridhall.engines.intervals.quality import ReadingQuality

_MISSING, _MEASURED = int(ReadingQuality.MISSING), int(ReadingQuality.MEASURED)
_FROM_S, _UNTIL_S = 0, 4_102_444_800
_EPOCH = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=8)
def skipped_slots(zone: ZoneInfo) -> NDArray[np.int64]:
    """
    Give the quarter hours of the wall clock since 1970-01-01T00:00 that a zone skips until 2100, rising.

    >>> (skipped_slots(ZoneInfo("Europe/Berlin"))[-4:] % 96).tolist()
    [8, 9, 10, 11]
    """
    table = zone_table(zone, _FROM_S, _UNTIL_S)
    change, before, after = table.change_s[1:], table.offset_s[:-1], table.offset_s[1:]
    pieces = [np.zeros(0, np.int64)]
    for moment, old, new in zip(change.tolist(), before.tolist(), after.tolist(), strict=True):
        if new > old:
            pieces.append(np.arange(-(-(moment + old) // SLOT_S), (moment + new) // SLOT_S))
    return np.concatenate(pieces)


def slot_of(moment: datetime, zone: ZoneInfo) -> int:
    """Give the quarter hour of the wall clock since 1970-01-01T00:00 that a moment lies in."""
    local = moment.astimezone(zone)
    return (local.date().toordinal() - _EPOCH) * SLOTS_A_DAY + (local.hour * 60 + local.minute) // 15


def moment_of(slot: int, zone: ZoneInfo) -> datetime:
    """Give the moment at which a quarter hour of the wall clock begins; of a repeated one the first time."""
    day, quarter = divmod(slot, SLOTS_A_DAY)
    midnight = local_midnight(date.fromordinal(day + _EPOCH), zone)
    wall = midnight.astimezone(zone).replace(tzinfo=None) + timedelta(minutes=15 * quarter)
    return midnight if quarter == 0 else wall.replace(tzinfo=zone).astimezone(UTC)


def tell_skipped(reads: GridReads, skipped: NDArray[np.int64]) -> GridReads:
    """Add the skipped quarter hours behind those that are told, with nothing in them."""
    if not len(reads) or not len(skipped):
        return reads
    near = skipped[(skipped > reads.slot[0]) & (skipped <= reads.slot[-1] + SLOTS_A_DAY)]
    if not len(near):
        return reads
    first = near[np.concatenate([[True], np.diff(near) > 1])]
    before = first[np.searchsorted(first, near, side="right") - 1] - 1
    new = near[np.isin(before, reads.slot) & ~np.isin(near, reads.slot)]
    if not len(new):
        return reads
    order = np.argsort(np.concatenate([reads.slot, new]), kind="stable")

    def column(values: NDArray | None, nothing: int) -> NDArray | None:
        return None if values is None else np.concatenate([values, np.full(len(new), nothing, values.dtype)])[order]

    return replace(
        reads, slot=np.concatenate([reads.slot, new])[order], import_wh=column(reads.import_wh, 0),
        quality=column(reads.quality, _MEASURED), export_wh=column(reads.export_wh, 0),
        reactive_varh=column(reads.reactive_varh, 0),
    )  # fmt: skip


def tell_skipped_of_days(rows: DayRows, skipped: NDArray[np.int64]) -> None:
    """Put nothing, measured, into the skipped quarter hours of whole days; the rows are changed."""
    for day in np.intersect1d(rows.day, skipped // SLOTS_A_DAY).tolist():
        slots = skipped[skipped // SLOTS_A_DAY == day] % SLOTS_A_DAY
        which = np.flatnonzero((rows.day == day) & (rows.quality[:, slots[0] - 1] != _MISSING))
        for slot in slots.tolist():
            rows.quality[which[rows.quality[which, slot] == _MISSING], slot] = _MEASURED
