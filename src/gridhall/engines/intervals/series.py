"""How reads travel between file formats, validation and rating: one usage point, even steps, integers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

UWH_PER_KWH = 1_000_000_000
"""Micro watt hours in a kilowatt hour: fine enough that no decimal in a file is rounded away."""


@dataclass(frozen=True)
class ReadSeries:
    """
    The interval reads of one usage point, as a file gave them.

    Energy is int64 micro watt hours (1e-9 kWh), so that every decimal of the file survives and sums are exact.
    Wall-clock time is what tariffs speak; the offset keeps the moment unambiguous where the file or the zone tells it.

    :param usage_point: the identifier in the file; empty if it has none.
    :param local_start_s: int64[n], start of each interval in local wall-clock time, as seconds since 1970-01-01T00:00
        read as if the wall clock were UTC. Sorted; an hour may repeat at a clock change, then `utc_offset_s` tells.
    :param duration_s: length of every interval: 300, 900, 1800 or 3600 (86400 and longer for accumulated reads).
    :param import_uwh: int64[n], energy delivered to the customer.
    :param export_uwh: int64[n] or None, energy received from the customer.
    :param reactive_uvarh: int64[n] or None, reactive energy delivered, in the same scale.
    :param quality: uint8[n], codes of `gridhall.engines.intervals.quality`.
    :param utc_offset_s: int32[n] or None when the file tells local time only.
    """

    usage_point: str
    local_start_s: NDArray[np.int64]
    duration_s: int
    import_uwh: NDArray[np.int64]
    quality: NDArray[np.uint8]
    export_uwh: NDArray[np.int64] | None = None
    reactive_uvarh: NDArray[np.int64] | None = None
    utc_offset_s: NDArray[np.int32] | None = None
    channels: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.local_start_s)
