"""One series of a usage point whose interval length changes: the finer reads are summed to the coarser length."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.merge import merge_channels
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries

LONGEST_S = 3600


def join_lengths(parts: list[ReadSeries]) -> ReadSeries | None:
    """
    Join series of one usage point, of different lengths and times, at the coarsest length; None if they do not fit.

    Time between them is MISSING. A coarse interval of which some reads are missing keeps the energy of the others and
    is SUSPECT.
    """
    step = max(part.duration_s for part in parts)
    if step > LONGEST_S or any(step % part.duration_s for part in parts):
        return None
    if len({part.utc_offset_s is None for part in parts}) > 1:
        return None
    coarse = sorted((coarsened(part, step) for part in parts), key=lambda part: int(_moment(part)[0]))
    for one, other in pairwise(coarse):
        gap = int(_moment(other)[0] - _moment(one)[-1])
        if gap < step or gap % step:
            return None
    channels = {
        "import": coarse,
        "export": [part for part in coarse if part.export_uwh is not None],
        "reactive": [part for part in coarse if part.reactive_uvarh is not None],
    }
    return merge_channels({kind: group for kind, group in channels.items() if group}, FaultLog("", None))


def coarsened(part: ReadSeries, step_s: int) -> ReadSeries:
    """Sum the reads of a series to steps of `step_s`, cut where the wall clock's grid has them."""
    times = step_s // part.duration_s
    if times == 1:
        return part
    before = int(part.local_start_s[0] % step_s) // part.duration_s
    after = -(before + len(part)) % times

    def summed(column: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.pad(column, (before, after)).reshape(-1, times).sum(axis=1)

    missing = np.uint8(ReadingQuality.MISSING)
    quality = np.pad(part.quality, (before, after), constant_values=missing).reshape(-1, times)
    is_missing = quality == missing
    worst = np.where(is_missing, 0, quality).max(axis=1).astype(np.uint8)
    worst[is_missing.any(axis=1)] = ReadingQuality.SUSPECT
    worst[is_missing.all(axis=1)] = missing
    first = _moment(part)[0] - before * part.duration_s
    moment = first + step_s * np.arange(len(worst), dtype=np.int64)
    offset = None
    if part.utc_offset_s is not None:
        offset = np.pad(part.utc_offset_s, (before, after), mode="edge").reshape(-1, times)[:, 0]
    return replace(
        part,
        local_start_s=moment if offset is None else moment + offset,
        duration_s=step_s,
        import_uwh=summed(part.import_uwh),
        quality=worst,
        export_uwh=None if part.export_uwh is None else summed(part.export_uwh),
        reactive_uvarh=None if part.reactive_uvarh is None else summed(part.reactive_uvarh),
        utc_offset_s=offset,
    )


def _moment(part: ReadSeries) -> NDArray[np.int64]:
    return part.local_start_s if part.utc_offset_s is None else part.local_start_s - part.utc_offset_s
