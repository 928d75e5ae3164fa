"""Does the town add up? Check meters of feeders and transformers against the customers behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.accounts.models import Feeder, Transformer
from gridhall.apps.metering.models import Meter
from gridhall.apps.metering.queries.segments import MeterSegments, list_day_segments
from gridhall.apps.metering.queries.store import read_matrix
from gridhall.core.periods import Month, months_between
from gridhall.core.units import kwh_from_wh
from gridhall.engines.intervals.layout import SLOTS


@dataclass(frozen=True)
class Balance:
    """
    What went into a stretch of network and what came out at the customers, net of what they fed in.

    :param loss_percent: losses of what went in; None unless something did, on balance.
    :param check_completeness, customer_completeness: slots with a value of those expected, 0 to 1.
    """

    first_day: date
    end_day: date
    supplied_kwh: Decimal
    delivered_kwh: Decimal
    check_meters: int
    customer_meters: int
    check_completeness: Decimal
    customer_completeness: Decimal

    @property
    def loss_kwh(self) -> Decimal:
        """What was lost on the way."""
        return self.supplied_kwh - self.delivered_kwh

    @property
    def loss_percent(self) -> Decimal | None:
        """Losses in percent of what went in."""
        if self.supplied_kwh <= 0:  # an area that feeds the line: its loss is no share of what it was given
            return None
        return (100 * self.loss_kwh / self.supplied_kwh).quantize(Decimal("0.01"))


def get_feeder_balance(*, feeder: Feeder, first_day: date, end_day: date) -> Balance:
    """Balance a feeder over local days [first_day, end_day)."""
    return _total(list_feeder_balance_days(feeder=feeder, first_day=first_day, end_day=end_day))


def list_feeder_balance_days(*, feeder: Feeder, first_day: date, end_day: date) -> list[Balance]:
    """Balance a feeder day by day."""
    check = list_check_segments(first_day=first_day, end_day=end_day, feeder=feeder)
    customers = list_day_segments(first_day=first_day, end_day=end_day, feeder_id=feeder.pk)
    return balance_days(check, customers, first_day, end_day)


def list_transformer_balance_days(*, transformer: Transformer, first_day: date, end_day: date) -> list[Balance]:
    """Balance a transformer area (台区) day by day."""
    check = list_check_segments(first_day=first_day, end_day=end_day, transformer=transformer)
    customers = list_day_segments(first_day=first_day, end_day=end_day, transformer_id=transformer.pk)
    return balance_days(check, customers, first_day, end_day)


def get_transformer_balance(*, transformer: Transformer, first_day: date, end_day: date) -> Balance:
    """Balance a transformer area over local days [first_day, end_day)."""
    return _total(list_transformer_balance_days(transformer=transformer, first_day=first_day, end_day=end_day))


def list_check_segments(
    *, first_day: date, end_day: date, feeder: Feeder | None = None, transformer: Transformer | None = None
) -> MeterSegments:
    """List the check meters of a feeder or transformer, as measuring all of the days."""
    found = Meter.objects.filter(feeder=feeder) if feeder else Meter.objects.filter(transformer=transformer)
    rows = list(found.values_list("pk", "series_id", "check_multiplier"))
    meters, none = np.array(rows, np.int64).reshape(-1, 3), np.zeros(len(rows), np.int64)
    return MeterSegments(
        account_id=none, usage_point_id=none, meter_id=meters[:, 0], series_id=meters[:, 1],
        first_day=none.astype(np.int16), end_day=np.full(len(rows), (end_day - first_day).days, np.int16),
        multiplier=meters[:, 2],
    )  # fmt: skip


def balance_days(check: MeterSegments, customers: MeterSegments, first_day: date, end_day: date) -> list[Balance]:
    """Balance check meters against customers, day by day; day indices count from `first_day`."""
    supplied = net_days(check, first_day, end_day)
    delivered = net_days(customers, first_day, end_day)
    found = []
    for at in range((end_day - first_day).days):
        there = (customers.first_day <= at) & (customers.end_day > at)
        found.append(
            Balance(
                first_day=first_day + timedelta(days=at), end_day=first_day + timedelta(days=at + 1),
                supplied_kwh=kwh_from_wh(int(supplied[0, at])), delivered_kwh=kwh_from_wh(int(delivered[0, at])),
                check_meters=len(check), customer_meters=int(there.sum()),
                check_completeness=_share(supplied[1:, at]), customer_completeness=_share(delivered[1:, at]),
            )
        )  # fmt: skip
    return found


def _share(slots: NDArray[np.int64]) -> Decimal:
    expected, missing = int(slots[0]), int(slots[1])
    return (Decimal(expected - missing) / expected).quantize(Decimal("0.0001")) if expected else Decimal(0)


def net_days(segments: MeterSegments, first_day: date, end_day: date) -> NDArray[np.int64]:
    """Give int64[3, days]: import less export in Wh with ratios, slots expected, slots missing; shard by shard."""
    sums = np.zeros((3, (end_day - first_day).days), np.int64)
    if not len(segments):
        return sums
    order = np.argsort(segments.series_id, kind="stable")
    for month in months_between(Month.of(first_day), Month.of(end_day - timedelta(days=1))):
        offset = (month.first_day - first_day).days
        for start in range(0, len(order), 2_048):
            rows = order[start : start + 2_048]
            _add_month(sums, segments.take(rows), month, offset)
    return sums


def _add_month(sums: NDArray[np.int64], segments: MeterSegments, month: Month, offset: int) -> None:
    series, which = np.unique(segments.series_id, return_inverse=True)
    matrix = read_matrix(month, series)
    shape = (len(series), month.days, SLOTS)
    net = matrix.import_wh.reshape(shape).sum(axis=2, dtype=np.int64)
    net -= matrix.export_wh.reshape(shape).sum(axis=2, dtype=np.int64)
    missing = (matrix.quality.reshape(shape) == 255).sum(axis=2)
    day = np.arange(month.days) + offset
    inside = (day[None, :] >= segments.first_day[:, None]) & (day[None, :] < segments.end_day[:, None])
    kept = (day >= 0) & (day < sums.shape[1])
    sums[0, day[kept]] += (net[which] * segments.multiplier[:, None] * inside).sum(axis=0)[kept]
    sums[1, day[kept]] += inside.sum(axis=0)[kept] * SLOTS
    sums[2, day[kept]] += (missing[which] * inside).sum(axis=0)[kept]


def _total(days: list[Balance]) -> Balance:
    return Balance(
        first_day=days[0].first_day, end_day=days[-1].end_day,
        supplied_kwh=sum((day.supplied_kwh for day in days), Decimal(0)),
        delivered_kwh=sum((day.delivered_kwh for day in days), Decimal(0)),
        check_meters=max(day.check_meters for day in days), customer_meters=max(day.customer_meters for day in days),
        check_completeness=_mean([day.check_completeness for day in days]),
        customer_completeness=_mean([day.customer_completeness for day in days]),
    )  # fmt: skip


def _mean(shares: list[Decimal]) -> Decimal:
    return (sum(shares, Decimal(0)) / len(shares)).quantize(Decimal("0.0001"))
