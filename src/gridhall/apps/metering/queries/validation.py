"""What validation needs to know of many meters: which days they hung, what the connection carries, their registers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from gridhall.apps.metering.queries.columns import read_columns


@dataclass(frozen=True)
class ValidationRows:
    """
    Meters and days to validate: n rows by series; a meter may have several.

    :param first_day, end_day: int16[n], half-open, counted from the first of the days asked for.
    :param limit_kw: int64[n], the most the connection carries on the primary side; `multiplier` leads to the meter's.
    :param has_generation: int16[n], whether energy may flow back.
    :param is_check: int16[n], a check meter, of which nobody knows from when on it measures.
    """

    series_id: NDArray[np.int64]
    meter_id: NDArray[np.int64]
    first_day: NDArray[np.int16]
    end_day: NDArray[np.int16]
    multiplier: NDArray[np.int64]
    limit_kw: NDArray[np.int64]
    has_generation: NDArray[np.int16]
    is_check: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.series_id)


_FIELDS = (
    ("series_id", "int8"), ("meter_id", "int8"), ("first_day", "int2"), ("end_day", "int2"), ("multiplier", "int8"),
    ("limit_kw", "int8"), ("has_generation", "int2"), ("is_check", "int2"),
)  # fmt: skip

# What a connection carries where no contract capacity is known, by its voltage; far above the usual, below nonsense.
_SQL = """
SELECT m.series_id, m.id, (greatest(i.starts_on, %(first)s::date) - %(first)s::date)::int2,
       (least(coalesce(i.ends_on, %(end)s::date), %(end)s::date) - %(first)s::date)::int2,
       i.ct_ratio::int8 * i.pt_ratio,
       coalesce(ceil(c.capacity * 1.5)::int8,
                CASE u.voltage WHEN 'V220' THEN 30 WHEN 'V380' THEN 500 WHEN 'KV10' THEN 30000 WHEN 'KV35' THEN 120000
                               ELSE 1000000 END)::int8,
       u.has_generation::int::int2, 0::int2
  FROM metering_meterinstallation i
  JOIN metering_meter m ON m.id = i.meter_id
  JOIN accounts_usagepoint u ON u.id = i.usage_point_id
  LEFT JOIN (SELECT a.account_id, max(t.contract_capacity_kva) AS capacity
               FROM accounts_agreementterms t JOIN accounts_customeragreement a ON a.id = t.agreement_id
              WHERE t.starts_on < %(end)s::date AND (t.ends_on IS NULL OR t.ends_on > %(first)s::date)
              GROUP BY a.account_id) c ON c.account_id = u.account_id
 WHERE i.starts_on < %(end)s::date AND (i.ends_on IS NULL OR i.ends_on > %(first)s::date) {narrowed}
UNION ALL
SELECT m.series_id, m.id, 0::int2, (%(end)s::date - %(first)s::date)::int2, m.check_multiplier::int8,
       1000000::int8, 1::int2, 1::int2
  FROM metering_meter m
 WHERE (m.feeder_id IS NOT NULL OR m.transformer_id IS NOT NULL) {narrowed}
 ORDER BY 1, 3
"""


def list_validation_rows(*, first_day: date, end_day: date, meter_ids: Sequence[int] | None = None) -> ValidationRows:
    """List the meters that hung on any of the local days [first_day, end_day), and all check meters."""
    narrowed = "" if meter_ids is None else " AND m.id = ANY(%(meters)s::int8[])"
    params = {"first": first_day, "end": end_day, "meters": None if meter_ids is None else list(meter_ids)}
    return ValidationRows(**read_columns(_SQL.format(narrowed=narrowed), params, _FIELDS))


@dataclass(frozen=True, slots=True)
class RegisterPair:
    """Two neighboring readings of a meter's import register, as last known."""

    meter_id: int
    series_id: int
    register_digits: int
    first_at: datetime
    end_at: datetime
    first_wh: int
    end_wh: int


_PAIRS = """
SELECT * FROM (
  SELECT r.meter_id, m.series_id, m.register_digits,
         lag(r.read_at) OVER w AS first_at, r.read_at, lag(r.value_wh) OVER w AS first_wh, r.value_wh
    FROM (SELECT DISTINCT ON (meter_id, read_at) meter_id, read_at, value_wh FROM metering_registerreading
           WHERE register = 'IMPORT' AND quality < 10 AND meter_id = ANY(%s::int8[])
           ORDER BY meter_id, read_at, known_at DESC) r
    JOIN metering_meter m ON m.id = r.meter_id
  WINDOW w AS (PARTITION BY r.meter_id ORDER BY r.read_at)) pairs
 WHERE first_at IS NOT NULL AND read_at > %s AND read_at <= %s
"""


def list_register_pairs(*, meter_ids: Sequence[int], after: datetime, until: datetime) -> list[RegisterPair]:
    """List the neighboring import register readings whose second one lies in (after, until]; estimates left out."""
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, [list(meter_ids), after, until])
        return [
            RegisterPair(meter, series, digits, first_at, end_at, first, end)
            for meter, series, digits, first_at, end_at, first, end in cursor.fetchall()
        ]
