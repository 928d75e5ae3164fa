"""What did we know when: every version of a day's reads of a meter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.models import Meter
from gridhall.apps.metering.queries.store import get_store, read_state
from gridhall.core.periods import Month
from gridhall.engines.intervals.layout import MONTH_ROWS
from gridhall.engines.intervals.state import MonthState, read_source
from gridhall.engines.intervals.store import SeriesReads


@dataclass(frozen=True)
class ReadVersion:
    """
    A day as it was known from a moment on.

    :param changed: bool[96], the slots that differ from the version before.
    """

    known_at: datetime
    import_wh: NDArray[np.int32]
    export_wh: NDArray[np.int32]
    quality: NDArray[np.uint8]
    changed: NDArray[np.bool_]


def read_as_of(*, meter: Meter, first_day: date, end_day: date, known_at: datetime | None = None) -> SeriesReads:
    """Give the reads of a meter on local days [first_day, end_day) as they were known at a moment, by default now."""
    return get_store().read_days(meter.series_id, first_day, end_day, as_of=known_at)


def list_read_versions(*, meter: Meter, day: date) -> list[ReadVersion]:
    """List the versions of a local day, oldest first; the last one counts."""
    moments = read_state(Month.of(day), lambda state: _moments(state, meter.series_id))
    versions: list[ReadVersion] = []
    for moment in moments:
        known_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
        reads = read_as_of(meter=meter, first_day=day, end_day=day + timedelta(days=1), known_at=known_at)
        values = (reads.import_wh[0], reads.export_wh[0], reads.quality[0])
        if versions:
            last = versions[-1]
            changed = (values[0] != last.import_wh) | (values[1] != last.export_wh) | (values[2] != last.quality)
        else:
            changed = values[2] != 255
        if changed.any():
            versions.append(ReadVersion(known_at, *values, changed))
    return versions


def _moments(state: MonthState, series: int) -> list[int]:
    """Every moment at which something of a series' month became known."""
    found: set[int] = set()
    chunk, row = divmod(series, MONTH_ROWS)
    for shard, at, offset in state.sources_of(chunk):
        source = read_source(shard, at, offset + row, 1)
        found.update(source.bases.tolist(), source.table.tolist())
    for reads in (state.late_reads(series, series + 1), state.overwritten_reads(series, series + 1)):
        if reads is not None:
            found.update(np.unique(reads.known_at).tolist())
    return sorted(moment for moment in found if moment >= 0)
