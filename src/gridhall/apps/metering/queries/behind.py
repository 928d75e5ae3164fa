"""The meters behind a transformer or feeder in a month: what each counted, how whole that is, what is open about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db.models import Count

from gridhall.apps.accounts.models import Feeder, Transformer, UsagePoint
from gridhall.apps.metering.kinds import FindingStatusKind
from gridhall.apps.metering.models import Meter, ValidationFinding
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
class MetersBehind:
    """Some of the meters, the largest first, and how many there are in all."""

    rows: Sequence[MeterBehind]
    total: int


def list_meters_of_transformer(
    *, transformer: Transformer, month: Month, end_day: date, offset: int = 0, limit: int
) -> MetersBehind:
    """List the customers' meters behind a transformer on the days of a month until `end_day`, the largest first."""
    found = list_day_segments(first_day=month.first_day, end_day=end_day, transformer_id=transformer.pk)
    return _list(found, month, end_day, offset, limit)


def list_meters_of_feeder(
    *, feeder: Feeder, month: Month, end_day: date, offset: int = 0, limit: int
) -> MetersBehind:  # fmt: skip
    """List the meters of customers who hang on a feeder itself, without a transformer of the company."""
    points = list(UsagePoint.objects.filter(feeder=feeder, transformer=None).values_list("pk", flat=True))
    if not points:
        return MetersBehind((), 0)
    found = list_day_segments(first_day=month.first_day, end_day=end_day, usage_point_ids=points)
    return _list(found, month, end_day, offset, limit)


def list_check_meters(
    *, month: Month, end_day: date, feeder: Feeder | None = None, transformer: Transformer | None = None
) -> list[MeterBehind]:
    """List the check meters of a feeder or transformer, the largest first."""
    place = {"feeder": feeder} if feeder else {"transformer": transformer}
    rows = list(Meter.objects.filter(**place).values_list("pk", "series_id", "check_multiplier"))
    days = (end_day - month.first_day).days
    columns = np.array(rows, np.int64).reshape(-1, 3)
    none = np.zeros(len(rows), np.int64)
    segments = MeterSegments(
        account_id=none, usage_point_id=none, meter_id=columns[:, 0], series_id=columns[:, 1],
        first_day=none.astype(np.int16), end_day=np.full(len(rows), days, np.int16), multiplier=columns[:, 2],
    )  # fmt: skip
    return list(_list(segments, month, end_day, 0, len(rows)).rows)


def _list(segments: MeterSegments, month: Month, end_day: date, offset: int, limit: int) -> MetersBehind:
    if not len(segments):
        return MetersBehind((), 0)
    folded = fold_month(month, segments)
    net = folded.import_energy.sum(axis=1) - folded.export_energy.sum(axis=1)
    meters, which = np.unique(segments.meter_id, return_inverse=True)
    energy, slots, missing = (np.zeros(len(meters), np.int64) for _unused in range(3))
    last = np.zeros(len(meters), np.int64)
    np.add.at(energy, which, net)
    np.add.at(slots, which, (segments.end_day - segments.first_day).astype(np.int64) * SLOTS)
    np.add.at(missing, which, folded.missing_slots)
    order = np.argsort(segments.first_day, kind="stable")
    last[which[order]] = order  # the last one written stays
    shown = np.lexsort((meters, -np.abs(energy)))[offset : offset + limit]
    serials = dict(Meter.objects.filter(pk__in=meters[shown].tolist()).values_list("pk", "serial_number"))
    points = UsagePoint.objects.filter(pk__in=segments.usage_point_id[last[shown]].tolist())
    hung = {pk: (number, code) for pk, number, code in points.values_list("pk", "account__number", "code")}
    waiting = _count_open(meters[shown].tolist(), month, end_day)
    rows = [
        MeterBehind(
            serials[meter], *hung.get(int(segments.usage_point_id[last[at]]), ("", "")),
            int(segments.multiplier[last[at]]), kwh_from_wh(int(energy[at])), int(slots[at]), int(missing[at]),
            waiting.get(meter, 0),
        )
        for at, meter in zip(shown.tolist(), meters[shown].tolist(), strict=True)
    ]  # fmt: skip
    return MetersBehind(rows, len(meters))


def _count_open(meters: list[int], month: Month, end_day: date) -> dict[int, int]:
    zone = ZoneInfo(settings.TIME_ZONE)
    first, end = (local_midnight(day, zone) for day in (month.first_day, end_day))
    found = ValidationFinding.objects.filter(
        meter__in=meters, status=FindingStatusKind.OPEN, period_start_at__lt=end, period_end_at__gt=first
    )
    return dict(found.values_list("meter").annotate(Count("id")).order_by())
