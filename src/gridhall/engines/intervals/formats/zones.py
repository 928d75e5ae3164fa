"""Wall clock and moment, for arrays: the clock changes of a zone as a small table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

_STEP_S = 10 * 86_400


@dataclass(frozen=True)
class ZoneTable:
    """
    The offsets of a zone over a stretch of time.

    :param change_s: int64[k], moments (UTC seconds) at which an offset begins; the first is the start of the stretch.
    :param offset_s: int64[k], the offset from that moment on.
    """

    change_s: NDArray[np.int64]
    offset_s: NDArray[np.int64]

    def offsets_at(self, utc_s: NDArray[np.int64]) -> NDArray[np.int64]:
        """UTC offset in seconds at each moment, int64[n]."""
        return self.offset_s[np.maximum(np.searchsorted(self.change_s, utc_s, side="right") - 1, 0)]

    def to_utc(self, local_s: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """
        Find the moments of wall-clock times.

        :returns: earliest utc int64[n]; seconds from the earliest to the latest moment with that wall clock (0 unless the
            hour is repeated); and whether the wall clock never showed this time (the hour was skipped).
        """
        candidates = [local_s - offset for offset in np.unique(self.offset_s)]
        first = np.full(len(local_s), np.iinfo(np.int64).max)
        last = np.full(len(local_s), np.iinfo(np.int64).min)
        for utc in candidates:
            fits = self.offsets_at(utc) == local_s - utc
            first = np.where(fits, np.minimum(first, utc), first)
            last = np.where(fits, np.maximum(last, utc), last)
        is_skipped = first > last
        fallback = local_s - self.offsets_at(local_s)
        return np.where(is_skipped, fallback, first), np.where(is_skipped, 0, last - first), is_skipped


@lru_cache(maxsize=64)
def zone_table(zone: ZoneInfo, first_s: int, end_s: int) -> ZoneTable:
    """
    Tabulate the clock changes of a zone from two days before `first_s` to two days after `end_s` (UTC seconds).

    Found by bisection between probes ten days apart: no public interface gives them.
    """
    start, stop = first_s - 2 * 86_400, end_s + 2 * 86_400
    changes, offsets = [start], [_offset(zone, start)]
    probe = start
    while probe < stop:
        following = probe + _STEP_S
        if _offset(zone, following) != offsets[-1]:
            low, high = probe, following
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == offsets[-1] else (low, middle)
            changes.append(high)
            offsets.append(_offset(zone, high))
            probe = high
        else:
            probe = following
    return ZoneTable(np.array(changes, dtype=np.int64), np.array(offsets, dtype=np.int64))


def _offset(zone: ZoneInfo, moment_s: int) -> int:
    delta = datetime.fromtimestamp(moment_s, UTC).astimezone(zone).utcoffset()
    return 0 if delta is None else int(delta.total_seconds())
