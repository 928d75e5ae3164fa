"""Billing determinants: what a month of reads is folded into before it is priced. All integers, one row a segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SLOT_CLASSES = 16
"""A tariff month may tell apart this many classes of slots (energy period x demand window x …)."""


@dataclass(frozen=True)
class Segments:
    """
    Which slots of which series count for which row: a stretch of whole local days of one month, n rows.

    :param series_id: int64[n], the meter's series in the interval store.
    :param first_day: int16[n], first day of the stretch, 0 is the first day of the month.
    :param end_day: int16[n], the day after the last one.
    :param calendar: int16[n], index into the stack of slot-class calendars, uint8[C, D, slots a day].
    :param multiplier: int64[n], CT ratio x PT ratio; store values are multiplied by it.
    """

    series_id: NDArray[np.int64]
    first_day: NDArray[np.int16]
    end_day: NDArray[np.int16]
    calendar: NDArray[np.int16]
    multiplier: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.series_id)


@dataclass(frozen=True)
class Determinants:
    """
    What n segments come to, by slot class.

    From the interval store the unit is Wh (varh); one series priced alone may come in finer units and Python integers
    (object dtype): `units_per_kwh` says which.

    :param import_energy: int64[n, 16], energy delivered to the customer.
    :param export_energy: int64[n, 16], energy received from the customer.
    :param peak_energy: int64[n, 16], largest energy of one interval; demand is this divided by `interval_s`.
    :param reactive_energy: int64[n], reactive energy delivered.
    :param measured_slots, estimated_slots, missing_slots: int32[n].
    :param tier_energy: only for tariffs that fill tiers in order of time (`MonthPlan.needs_order`): component code ->
        int64[n, tiers, classes], made by `chronological.fold_tiers`.
    """

    import_energy: NDArray[np.int64]
    export_energy: NDArray[np.int64]
    peak_energy: NDArray[np.int64]
    reactive_energy: NDArray[np.int64]
    measured_slots: NDArray[np.int32]
    estimated_slots: NDArray[np.int32]
    missing_slots: NDArray[np.int32]
    interval_s: int = 900
    units_per_kwh: int = 1_000
    tier_energy: dict[str, NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self.reactive_energy)
