"""Bring the channels of one usage point onto one grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries


def merge_channels(channels: dict[str, list[ReadSeries]], log: FaultLog) -> ReadSeries:
    """
    Make one series of import, export and reactive series of one usage point and interval length.

    Several of a kind (two meters, two registers) are summed. Quality is that of the import, or of what there is.

    :param channels: by `import`, `export`, `reactive`; every one keeps its energy in the column of its kind.
    """
    parts = [one for group in channels.values() for one in group]
    step = parts[0].duration_s
    has_offset = all(one.utc_offset_s is not None for one in parts)
    first = min(_moments(one, has_offset)[0] for one in parts)
    end = max(_moments(one, has_offset)[-1] for one in parts) + step
    count = int((end - first) // step)
    offset = np.zeros(count, dtype=np.int64)
    has_read = np.zeros(count, dtype=bool)
    sums: dict[str, NDArray[np.int64]] = {}
    quality: dict[str, NDArray[np.uint8]] = {}
    for kind, group in channels.items():
        sums[kind] = np.zeros(count, dtype=np.int64)
        worst = np.zeros(count, dtype=np.uint8)
        is_seen = np.zeros(count, dtype=bool)
        for one in group:
            slots = (_moments(one, has_offset) - first) // step
            sums[kind][slots] += _energy(one, kind)
            worst[slots] = np.maximum(worst[slots], one.quality)
            is_seen[slots] = True
            has_read[slots] = True
            if has_offset and one.utc_offset_s is not None:
                offset[slots] = one.utc_offset_s
        worst[~is_seen] = ReadingQuality.MISSING
        quality[kind] = worst
    offset = offset[np.maximum.accumulate(np.where(has_read, np.arange(count), 0))]  # gaps take the one before
    moments = first + step * np.arange(count, dtype=np.int64)
    main = next(quality[kind] for kind in ("import", "export", "reactive") if kind in quality)
    return ReadSeries(
        parts[0].usage_point, moments + offset, step, sums.get("import", np.zeros(count, dtype=np.int64)), main,
        sums.get("export"), sums.get("reactive"), offset.astype(np.int32) if has_offset else None,
        tuple(kind for kind in ("import", "export", "reactive") if kind in sums),
    )  # fmt: skip


def _moments(series: ReadSeries, has_offset: bool) -> NDArray[np.int64]:
    if has_offset and series.utc_offset_s is not None:
        return series.local_start_s - series.utc_offset_s
    return series.local_start_s


def _energy(series: ReadSeries, kind: str) -> NDArray[np.int64]:
    column = {"import": series.import_uwh, "export": series.export_uwh, "reactive": series.reactive_uvarh}[kind]
    return np.zeros(len(series), dtype=np.int64) if column is None else column
