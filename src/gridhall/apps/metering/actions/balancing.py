"""
Balance feeders and transformers of whole months ahead of those who look at them.

Every read of a month is folded once, whatever the number of feeders. What is written can be made again at any time and
says itself from what it was made, so no event tells of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from numpy.typing import NDArray

from gridhall.apps.metering.models import BalancedMonth, NetworkBalance
from gridhall.apps.metering.queries.network import Network, NetworkSegments, read_network
from gridhall.apps.metering.queries.store import get_store, read_state
from gridhall.core.periods import Month
from gridhall.core.units import kwh_from_wh
from gridhall.engines.intervals.layout import SLOTS, UnreadableShard
from gridhall.engines.rating.determinants import Determinants, Segments

Progress = Callable[[Month, int, int], None]
"""Told of a month how many stretches of meters are folded, and of how many."""


@dataclass(frozen=True)
class MonthBalancing:
    """
    What became of one month.

    :param end_day: balanced until this day, not included.
    :param is_new: whether it had to be computed; what is kept still held otherwise.
    :param problem: why it could not be, in a sentence; what was kept before stands.
    """

    month: str
    end_day: date
    feeders: int = 0
    transformers: int = 0
    meters: int = 0
    is_new: bool = False
    problem: str = ""


def balance_network(
    *, first: Month | None = None, last: Month | None = None, at: datetime, progress: Progress | None = None
) -> list[MonthBalancing]:
    """
    Balance every feeder and transformer in each month that holds reads, the newest first, where nothing kept holds.

    A month is done again when a read of it came, changed or was mended, a meter was hung, exchanged or given another
    ratio, the network changed, or a day has passed. Each month is one transaction: killed at any moment it is as before
    or as after, and the next start goes on with the months that are left.

    :param first, last: both included; all months that hold reads if not given.
    """
    today = timezone.localdate(at)
    months = [
        month
        for month in reversed(get_store().months())
        if (first is None or month >= first) and (last is None or month <= last) and month.first_day < today
    ]
    return [_balance_month(month, min(month.next().first_day, today), at, progress) for month in months]


def _balance_month(month: Month, end_day: date, at: datetime, progress: Progress | None) -> MonthBalancing:
    try:
        return balance_month(month=month, end_day=end_day, at=at, progress=progress)
    except UnreadableShard as damaged:  # the other months are whole
        return MonthBalancing(str(month), end_day, problem=str(damaged))


@transaction.atomic
def balance_month(*, month: Month, end_day: date, at: datetime, progress: Progress | None = None) -> MonthBalancing:
    """
    Balance the days [first, end_day) of one month, unless what is kept was made from the very same.

    :raises UnreadableShard: when a file of reads is damaged.
    """
    with connection.cursor() as cursor:  # who comes meanwhile waits, and then finds it done
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"balance:{month}"])
    network = read_network(month=month, end_day=end_day)
    counts = (len(network.feeder_ids), len(network.transformer_ids), len(network.segments))
    if BalancedMonth.objects.filter(month=month.first_day, mark=network.mark).exists():
        return MonthBalancing(str(month), end_day, *counts)
    net_wh, missing = _fold(network, progress)
    BalancedMonth.objects.filter(month=month.first_day).delete()
    kept = BalancedMonth.objects.create(
        month=month.first_day, end_day=end_day, mark=network.mark, meters=len(network.segments), computed_at=at
    )
    rows = [*_add_up(kept, network, net_wh, missing)]
    NetworkBalance.objects.bulk_create(rows, batch_size=2_000)
    return MonthBalancing(str(month), end_day, *counts, is_new=True)


def _fold(network: Network, progress: Progress | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give int64[n] twice: import less export in Wh with ratios, and slots missing, of each segment."""
    segments, month = network.segments, network.month
    rows = Segments(
        segments.series_id, segments.first_day, segments.end_day,
        np.zeros(len(segments), np.int16), segments.multiplier,
    )  # fmt: skip
    calendar = np.zeros((1, month.days, SLOTS), np.uint8)

    def net(which: NDArray[np.int64], folded: Determinants) -> tuple[NDArray[np.int64], Sequence[NDArray]]:
        energy = folded.import_energy.sum(axis=1) - folded.export_energy.sum(axis=1)
        return which, (energy, folded.missing_slots)

    def fold() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        found, done = np.zeros((2, len(segments)), np.int64), 0
        for which, (energy, missing) in get_store().fold_batches(month, rows, calendar, net):
            found[0, which], found[1, which] = energy, missing
            done += len(which)
            if progress is not None:
                progress(month, done, len(segments))
        return found[0], found[1]

    return read_state(month, lambda _state: fold())  # begins again if a compaction took a file away meanwhile


def _add_up(
    kept: BalancedMonth, network: Network, net_wh: NDArray[np.int64], missing: NDArray[np.int64]
) -> Iterator[NetworkBalance]:
    """Give the balance of every transformer and every feeder."""
    segments = network.segments
    feeders = [segments.feeder_id, np.where(segments.above_id != segments.feeder_id, segments.above_id, 0)]
    for name, ids, counted in (
        ("transformer_id", network.transformer_ids, [segments.transformer_id]),
        ("feeder_id", network.feeder_ids, feeders),
    ):
        sums = np.zeros((len(ids), 9), np.int64)
        for column in counted:
            _add_to_places(sums, ids, column, segments, net_wh, missing)
        for place, row in zip(ids.tolist(), sums.tolist(), strict=True):
            yield NetworkBalance(
                balanced_month=kept, **{name: place},
                supplied_kwh=kwh_from_wh(row[0]), delivered_kwh=kwh_from_wh(row[1]),
                check_slots=row[2], customer_slots=row[3],
                check_missing_slots=row[4], customer_missing_slots=row[5],
                check_meters=row[6], customer_meters=row[7], silent_meters=row[8],
            )  # fmt: skip


def _add_to_places(
    sums: NDArray[np.int64], ids: NDArray[np.int64], column: NDArray[np.int64], segments: NetworkSegments,
    net_wh: NDArray[np.int64], missing: NDArray[np.int64],
) -> None:  # fmt: skip
    """Add what counts for places `ids` by `column` to their sums: even columns check meters, odd ones customers."""
    rows = np.flatnonzero(column)
    place = np.searchsorted(ids, column[rows])
    side = (segments.usage_point_id[rows] > 0).astype(np.int64)
    for offset, values in ((0, net_wh), (2, segments.slots), (4, missing)):
        np.add.at(sums, (place, offset + side), values[rows])
    # A usage point whose meter was exchanged has several stretches and is one meter at a time; a check meter is itself.
    meter = np.where(side == 1, segments.usage_point_id[rows], -1 - segments.series_id[rows])
    meters, first, which = np.unique(meter, return_index=True, return_inverse=True)
    np.add.at(sums, (place[first], 6 + side[first]), 1)
    expected, lacking = np.zeros(len(meters), np.int64), np.zeros(len(meters), np.int64)
    np.add.at(expected, which, segments.slots[rows])
    np.add.at(lacking, which, missing[rows])
    np.add.at(sums, (place[first], 8), (lacking == expected) & (expected > 0))
