"""Which series of the store measured which usage point on which days of a month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.models import MeterInstallation
from gridhall.apps.metering.queries.columns import read_columns
from gridhall.core.fixed_queries import ask_rows
from gridhall.core.periods import Month


@dataclass(frozen=True)
class MeterSegments:
    """
    Stretches of whole local days in which one meter with one ratio measured one usage point; n rows.

    In the order of account, usage point and first day. A meter exchange or a change of ratio inside the month gives
    one row for each stretch; what changes in agreements is cut by whoever bills.

    :param account_id, usage_point_id, meter_id: int64[n], primary keys.
    :param series_id: int64[n], the meter's series in the interval store.
    :param first_day, end_day: int16[n], half-open; 0 is the first day of the month.
    :param multiplier: int64[n], CT ratio x PT ratio; values of the store are multiplied by it.
    """

    account_id: NDArray[np.int64]
    usage_point_id: NDArray[np.int64]
    meter_id: NDArray[np.int64]
    series_id: NDArray[np.int64]
    first_day: NDArray[np.int16]
    end_day: NDArray[np.int16]
    multiplier: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.series_id)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> MeterSegments:
        """Give some of the rows."""
        return MeterSegments(*(getattr(self, field.name)[rows] for field in fields(self)))


_FIELDS = (
    ("account_id", "int8"), ("usage_point_id", "int8"), ("meter_id", "int8"), ("series_id", "int8"),
    ("first_day", "int2"), ("end_day", "int2"), ("multiplier", "int8"),
)  # fmt: skip

_SQL = """
SELECT u.account_id, i.usage_point_id, i.meter_id, m.series_id,
       (greatest(i.starts_on, %s::date) - %s::date)::int2,
       (least(coalesce(i.ends_on, %s::date), %s::date) - %s::date)::int2,
       i.ct_ratio::int8 * i.pt_ratio
  FROM metering_meterinstallation i
  JOIN metering_meter m ON m.id = i.meter_id
  JOIN accounts_usagepoint u ON u.id = i.usage_point_id
 WHERE i.starts_on < %s::date AND (i.ends_on IS NULL OR i.ends_on > %s::date) {narrowed}
 ORDER BY u.account_id, i.usage_point_id, i.starts_on
"""


def list_segments(
    *,
    month: Month,
    account_ids: Sequence[int] | NDArray[np.int64] | None = None,
    usage_point_ids: Sequence[int] | NDArray[np.int64] | None = None,
) -> MeterSegments:
    """
    List the segments of a month: of some accounts, of some usage points, or of all.

    One set-based query whatever the number: a million usage points take about two seconds.
    """
    return list_day_segments(
        first_day=month.first_day,
        end_day=month.next().first_day,
        account_ids=account_ids,
        usage_point_ids=usage_point_ids,
    )


_OF_ACCOUNT = """
SELECT u.account_id, i.usage_point_id, i.meter_id, m.series_id, i.starts_on, i.ends_on, i.ct_ratio::int8 * i.pt_ratio
  FROM accounts_usagepoint u
  JOIN metering_meterinstallation i ON i.usage_point_id = u.id
  JOIN metering_meter m ON m.id = i.meter_id
 WHERE u.account_id = %s
 ORDER BY i.usage_point_id, i.starts_on
"""


@dataclass(frozen=True)
class AccountInstallations:
    """Which meters measured an account, ever: rows (account, usage point, meter, series, first, end day, ratio)."""

    rows: tuple[tuple[int, int, int, int, date, date | None, int], ...]

    def cut(self, month: Month) -> MeterSegments:
        """Give the segments of a month, as `list_segments` does."""
        return self.cut_days(month.first_day, month.next().first_day)

    def cut_days(self, first: date, end: date) -> MeterSegments:
        """Give the segments of the local days [first, end), as `list_day_segments` does."""
        found = [
            (*row[:4], (max(row[4], first) - first).days, (min(row[5] or end, end) - first).days, row[6])
            for row in self.rows
            if row[4] < end and (row[5] is None or row[5] > first)
        ]
        columns = np.array(found, np.int64).reshape(-1, len(_FIELDS)).T
        return MeterSegments(
            *(
                column.astype(np.int16) if kind == "int2" else column
                for column, (_, kind) in zip(columns, _FIELDS, strict=True)
            )
        )


def list_installations(account_id: int) -> AccountInstallations:
    """List what measured one account: asked by its pages, which look at many months."""
    return AccountInstallations(tuple(ask_rows(_OF_ACCOUNT, [account_id])))  # type: ignore[arg-type]


def map_single_accounts(meter_ids: Iterable[int]) -> dict[int, int]:
    """Give the account that a meter measured, for meters that measured one only, ever."""
    rows = MeterInstallation.objects.filter(meter__in=set(meter_ids)).values_list("meter_id", "usage_point__account_id")
    accounts: dict[int, set[int]] = {}
    for meter, account in rows:
        accounts.setdefault(meter, set()).add(account)
    return {meter: found.pop() for meter, found in accounts.items() if len(found) == 1}


def list_day_segments(
    *,
    first_day: date,
    end_day: date,
    account_ids: Sequence[int] | NDArray[np.int64] | None = None,
    usage_point_ids: Sequence[int] | NDArray[np.int64] | None = None,
    feeder_id: int | None = None,
    transformer_id: int | None = None,
) -> MeterSegments:
    """List the segments of the local days [first_day, end_day); day indices count from `first_day`."""
    narrowed, values, is_one = "", [], False
    for column, ids in (("u.account_id", account_ids), ("i.usage_point_id", usage_point_ids)):
        if ids is not None:
            is_one |= len(ids) == 1
            narrowed += f" AND {column} = %s::int8" if len(ids) == 1 else f" AND {column} = ANY(%s::int8[])"
            values.append(int(ids[0]) if len(ids) == 1 else np.asarray(ids, dtype=np.int64).tolist())
    if feeder_id is not None:
        narrowed += (
            " AND (u.feeder_id = %s OR u.transformer_id IN (SELECT id FROM accounts_transformer WHERE feeder_id = %s))"
        )
        values += [feeder_id, feeder_id]
    if transformer_id is not None:
        narrowed += " AND u.transformer_id = %s"
        values.append(transformer_id)
    params = [first_day, first_day, end_day, end_day, first_day, end_day, first_day, *values]
    return MeterSegments(**read_columns(_SQL.format(narrowed=narrowed), params, _FIELDS, is_prepared=is_one))
