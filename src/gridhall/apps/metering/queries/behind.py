"""What is behind a feeder or transformer in a month: its days, its check meters, the meters of its customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from gridhall.apps.accounts.models import Feeder, Transformer, UsagePoint
from gridhall.apps.metering.queries.balance import Balance, balance_days, list_check_segments
from gridhall.apps.metering.queries.segments import MeterSegments, list_day_segments
from gridhall.apps.metering.queries.usage import fold_month
from gridhall.core.periods import Month, local_midnight
from gridhall.core.units import kwh_from_wh
from gridhall.engines.intervals.layout import SLOTS


@dataclass(frozen=True, slots=True)
class MeterBehind:
    """
    One meter and what it counted in a month, ratios applied.

    :param energy_kwh: what was taken less what was fed in.
    :param multiplier: the ratio of its last stretch in the month.
    :param account_number, usage_point_code: where it hangs; empty for a check meter.
    """

    serial_number: str
    account_number: str
    usage_point_code: str
    multiplier: int
    energy_kwh: Decimal
    slots: int
    missing_slots: int
    open_findings: int

    @property
    def completeness(self) -> Decimal:
        """Slots with a value of those expected, 0 to 1; never 1 while one is missing."""
        if not self.slots:
            return Decimal(0)
        return Decimal(10_000 * (self.slots - self.missing_slots) // self.slots) / 10_000

    @property
    def is_silent(self) -> bool:
        """Whether not a single read came."""
        return self.missing_slots == self.slots


@dataclass(frozen=True, slots=True)
class PlaceReads:
    """
    What was read at a feeder or transformer in a month.

    :param days: the balance of each day.
    :param checks: its check meters, the largest first.
    :param meters: some of its customers' meters, the largest first: behind a transformer all of them, of a feeder those
        that hang on the line itself. :param total: how many of them there are.
    """

    days: Sequence[Balance]
    checks: Sequence[MeterBehind]
    meters: Sequence[MeterBehind]
    total: int


def read_feeder(*, feeder: Feeder, month: Month, end_day: date, offset: int = 0, limit: int) -> PlaceReads:
    """Read the days of a month until `end_day` of a feeder; every meter behind it is read."""
    span = {"first_day": month.first_day, "end_day": end_day}
    customers = list_day_segments(feeder_id=feeder.pk, **span)
    direct = list(UsagePoint.objects.filter(feeder=feeder, transformer=None).values_list("pk", flat=True))
    own = customers.take(np.isin(customers.usage_point_id, direct))
    return _read(list_check_segments(feeder=feeder, **span), customers, own, month, end_day, offset, limit)


def read_transformer(
    *, transformer: Transformer, month: Month, end_day: date, offset: int = 0, limit: int
) -> PlaceReads:  # fmt: skip
    """Read the days of a month until `end_day` of a transformer."""
    span = {"first_day": month.first_day, "end_day": end_day}
    customers = list_day_segments(transformer_id=transformer.pk, **span)
    check = list_check_segments(transformer=transformer, **span)
    return _read(check, customers, customers, month, end_day, offset, limit)


def _read(
    check: MeterSegments, customers: MeterSegments, own: MeterSegments, month: Month, end_day: date, offset: int,
    limit: int,
) -> PlaceReads:  # fmt: skip
    days = balance_days(check, customers, month.first_day, end_day)
    checks, meters = _add_up(check, month), _add_up(own, month)
    shown = np.concatenate([checks, meters[offset : offset + limit]])
    rows = _describe(shown, month, end_day)
    return PlaceReads(days, rows[: len(checks)], rows[len(checks) :], len(meters))


_COLUMNS = np.dtype([(name, np.int64) for name in ("meter", "point", "ratio", "energy_wh", "slots", "missing")])


def _add_up(segments: MeterSegments, month: Month) -> NDArray[np.void]:
    """Give one row a meter, the largest first; with the usage point and ratio of its last stretch."""
    meters, which = np.unique(segments.meter_id, return_inverse=True)
    found = np.zeros(len(meters), _COLUMNS)
    if not len(segments):
        return found
    folded = fold_month(month, segments)
    order = np.argsort(segments.first_day, kind="stable")  # of several stretches the last one written stays
    found["meter"] = meters
    found["point"][which[order]] = segments.usage_point_id[order]
    found["ratio"][which[order]] = segments.multiplier[order]
    slots = (segments.end_day - segments.first_day).astype(np.int64) * SLOTS
    net = folded.import_energy.sum(axis=1) - folded.export_energy.sum(axis=1)
    for name, values in (("energy_wh", net), ("slots", slots), ("missing", folded.missing_slots)):
        np.add.at(found[name], which, values)
    return found[np.lexsort((meters, -np.abs(found["energy_wh"])))]


_DESCRIBED = """
SELECT m.serial_number, coalesce(a.number, ''), coalesce(u.code, ''),
       (SELECT count(*) FROM metering_validationfinding f
         WHERE f.meter_id = m.id AND f.status = 'OPEN' AND f.period_start_at < %s AND f.period_end_at > %s)
  FROM unnest(%s::int8[], %s::int8[]) WITH ORDINALITY AS asked (meter_id, usage_point_id, place)
  JOIN metering_meter m ON m.id = asked.meter_id
  LEFT JOIN accounts_usagepoint u ON u.id = asked.usage_point_id
  LEFT JOIN accounts_customeraccount a ON a.id = u.account_id
 ORDER BY asked.place
"""


def _describe(found: NDArray[np.void], month: Month, end_day: date) -> list[MeterBehind]:
    """Name the meters and count the failures of these days that wait."""
    zone = ZoneInfo(settings.TIME_ZONE)
    first, end = (local_midnight(day, zone) for day in (month.first_day, end_day))
    with connection.cursor() as cursor:
        cursor.execute(_DESCRIBED, [end, first, found["meter"].tolist(), found["point"].tolist()])
        names = cursor.fetchall()
    return [
        MeterBehind(serial, number, code, ratio, kwh_from_wh(energy_wh), slots, missing, waiting)
        for (serial, number, code, waiting), (_meter, _point, ratio, energy_wh, slots, missing) in zip(
            names, found.tolist(), strict=True
        )
    ]
