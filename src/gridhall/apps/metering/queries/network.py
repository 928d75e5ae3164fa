"""Which series count for which feeder and transformer on which days: what kept balances are folded from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.queries.columns import read_columns
from gridhall.apps.metering.queries.store import read_state
from gridhall.core.periods import Month
from gridhall.engines.intervals.layout import SLOTS

_WAY_OF_BALANCING = b"1"
"""Another way of balancing gets another number here: then every month is done again."""


@dataclass(frozen=True)
class NetworkSegments:
    """
    Stretches of whole local days of one meter: of customers, and of the check meters; n rows by series and day.

    :param series_id: int64[n], the meter's series in the interval store.
    :param first_day, end_day: int16[n], half-open; 0 is the first day of the month.
    :param multiplier: int64[n], CT ratio x PT ratio.
    :param usage_point_id: int64[n], 0 for a check meter.
    :param transformer_id, feeder_id, above_id: int64[n], the transformer, the feeder and the transformer's feeder
        for which it counts; 0 for none.
    """

    series_id: NDArray[np.int64]
    first_day: NDArray[np.int16]
    end_day: NDArray[np.int16]
    multiplier: NDArray[np.int64]
    usage_point_id: NDArray[np.int64]
    transformer_id: NDArray[np.int64]
    feeder_id: NDArray[np.int64]
    above_id: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.series_id)

    @property
    def slots(self) -> NDArray[np.int64]:
        """int64[n], the slots of which a read is expected."""
        return (self.end_day - self.first_day).astype(np.int64) * SLOTS


@dataclass(frozen=True)
class Network:
    """What is balanced: every feeder and transformer (primary keys, rising), and what counts for them."""

    month: Month
    end_day: date
    feeder_ids: NDArray[np.int64]
    transformer_ids: NDArray[np.int64]
    segments: NetworkSegments
    mark: str


_FIELDS = (
    ("series_id", "int8"), ("first_day", "int2"), ("end_day", "int2"), ("multiplier", "int8"),
    ("usage_point_id", "int8"), ("transformer_id", "int8"), ("feeder_id", "int8"), ("above_id", "int8"),
)  # fmt: skip

_SQL = """
SELECT m.series_id, (greatest(i.starts_on, %(first)s::date) - %(first)s::date)::int2,
       (least(coalesce(i.ends_on, %(end)s::date), %(end)s::date) - %(first)s::date)::int2,
       i.ct_ratio::int8 * i.pt_ratio, i.usage_point_id, coalesce(u.transformer_id, 0)::int8,
       coalesce(u.feeder_id, 0)::int8, coalesce(t.feeder_id, 0)::int8
  FROM metering_meterinstallation i
  JOIN metering_meter m ON m.id = i.meter_id
  JOIN accounts_usagepoint u ON u.id = i.usage_point_id
  LEFT JOIN accounts_transformer t ON t.id = u.transformer_id
 WHERE i.starts_on < %(end)s::date AND (i.ends_on IS NULL OR i.ends_on > %(first)s::date)
UNION ALL
SELECT m.series_id, 0::int2, (%(end)s::date - %(first)s::date)::int2, m.check_multiplier::int8, 0::int8,
       coalesce(m.transformer_id, 0)::int8, coalesce(m.feeder_id, 0)::int8, 0::int8
  FROM metering_meter m
 WHERE m.feeder_id IS NOT NULL OR m.transformer_id IS NOT NULL
 ORDER BY 1, 2, 5
"""


def read_network(*, month: Month, end_day: date) -> Network:
    """
    Read what a month is balanced from, over the days until `end_day`.

    The mark names all of it and the reads that are held now: read it before the reads, and what comes in between makes
    a balance too old, never too new.
    """
    told = read_state(month, lambda state: state.fingerprint())
    params = {"first": month.first_day, "end": end_day}
    segments = NetworkSegments(**read_columns(_SQL, params, _FIELDS))
    feeders, transformers = (
        read_columns(f"SELECT id::int8 FROM {table} ORDER BY id", [], [("id", "int8")])["id"]
        for table in ("accounts_feeder", "accounts_transformer")
    )
    digest = hashlib.sha256(_WAY_OF_BALANCING)
    digest.update(f"{month} {end_day} {told} {len(segments)} {len(feeders)}".encode())
    for column in (*(getattr(segments, field.name) for field in fields(segments)), feeders, transformers):
        digest.update(np.ascontiguousarray(column).data)
    return Network(month, end_day, feeders, transformers, segments, digest.hexdigest())
