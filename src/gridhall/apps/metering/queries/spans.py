"""Which meter measured what: the spans behind a bill line, with register values and qualities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import connection

from gridhall.apps.accounts.models import UsagePoint
from gridhall.apps.metering.kinds import RegisterKind
from gridhall.apps.metering.models import Meter
from gridhall.apps.metering.queries.segments import list_day_segments
from gridhall.apps.metering.queries.store import get_store
from gridhall.core.periods import local_midnight
from gridhall.core.units import kwh_from_wh
from gridhall.engines.intervals.quality import ESTIMATED, ReadingQuality


@dataclass(frozen=True)
class MeterSpan:
    """
    One meter with one ratio at one usage point over local days [first_day, end_day).

    :param register_first_kwh, register_last_kwh: what the register that was asked for showed at the start and the end
        (kvarh for reactive energy); None where it was not read at that very moment.
    :param energy_kwh: the sum of its interval reads times `multiplier`; `export_kwh` and `reactive_kvarh` likewise.
    :param peak_kw, peak_at: highest import of an interval as power, times `multiplier`, and when it began (local).
    :param methods: names of `ReadingQuality` other than MEASURED that stand in the span, by how often.
    """

    meter_id: int
    meter_serial: str
    first_day: date
    end_day: date
    register_first_kwh: Decimal | None
    register_last_kwh: Decimal | None
    multiplier: int
    energy_kwh: Decimal
    export_kwh: Decimal
    reactive_kvarh: Decimal
    measured_slots: int
    estimated_slots: int
    missing_slots: int
    methods: tuple[str, ...]
    peak_kw: Decimal = Decimal(0)
    peak_at: datetime | None = None

    @property
    def last_day(self) -> date:
        """The last day of the span."""
        return self.end_day - timedelta(days=1)


def list_meter_spans(
    *,
    usage_point: UsagePoint,
    first_day: date,
    end_day: date,
    known_at: datetime | None = None,
    register: str = RegisterKind.IMPORT,
) -> list[MeterSpan]:
    """
    List the spans of a usage point over local days, oldest first.

    :param known_at: as it was known then; now, if not given.
    :param register: whose first and last reading to give.
    """
    segments = list_day_segments(first_day=first_day, end_day=end_day, usage_point_ids=[usage_point.pk])
    serials = dict(Meter.objects.filter(pk__in=segments.meter_id.tolist()).values_list("pk", "serial_number"))
    zone = ZoneInfo(settings.TIME_ZONE)
    found = []
    for row in range(len(segments)):
        start = first_day + timedelta(days=int(segments.first_day[row]))
        end = first_day + timedelta(days=int(segments.end_day[row]))
        meter_id, times = int(segments.meter_id[row]), int(segments.multiplier[row])
        reads = get_store().read_days(int(segments.series_id[row]), start, end, as_of=known_at)
        codes, counts = np.unique(reads.quality, return_counts=True)
        slots = dict(zip(codes.tolist(), counts.tolist(), strict=True))
        estimated = sum(count for code, count in slots.items() if code in ESTIMATED)
        missing = slots.get(int(ReadingQuality.MISSING), 0)
        shown = [
            get_register_kwh(meter_id=meter_id, read_at=local_midnight(day, zone), known_at=known_at, register=register)
            for day in (start, end)
        ]
        highest = int(np.argmax(reads.import_wh)) if reads.import_wh.size else 0
        slots_a_day = reads.import_wh.size // max((end - start).days, 1)
        found.append(
            MeterSpan(
                meter_id=meter_id, meter_serial=serials[meter_id], first_day=start, end_day=end, multiplier=times,
                register_first_kwh=shown[0], register_last_kwh=shown[1],
                energy_kwh=kwh_from_wh(int(reads.import_wh.sum(dtype=np.int64)) * times),
                export_kwh=kwh_from_wh(int(reads.export_wh.sum(dtype=np.int64)) * times),
                reactive_kvarh=kwh_from_wh(int(reads.reactive_varh.sum(dtype=np.int64)) * times),
                measured_slots=int(reads.quality.size) - estimated - missing,
                estimated_slots=estimated, missing_slots=missing, methods=_methods(slots),
                peak_kw=kwh_from_wh(int(reads.import_wh.ravel()[highest]) * times * slots_a_day // 24),
                peak_at=_moment(start, highest, slots_a_day, zone),
            )
        )  # fmt: skip
    return found


def _moment(first_day: date, slot: int, slots_a_day: int, zone: ZoneInfo) -> datetime | None:
    """Give when a slot begins, counted from the first of a stretch of days."""
    if not slots_a_day:
        return None
    day, place = divmod(slot, slots_a_day)
    hour, minute = divmod(place * 1440 // slots_a_day, 60)
    return datetime.combine(first_day + timedelta(days=day), time(hour, minute), zone)


def _methods(slots: dict[int, int]) -> tuple[str, ...]:
    told = [code for code in slots if code not in (ReadingQuality.MEASURED, ReadingQuality.MISSING)]
    return tuple(ReadingQuality(code).name for code in sorted(told, key=lambda code: -slots[code]))


_REGISTER = """
SELECT value_wh FROM metering_registerreading
 WHERE meter_id = %s AND register = %s AND read_at = %s AND known_at <= coalesce(%s, 'infinity'::timestamptz)
 ORDER BY known_at DESC LIMIT 1
"""


def get_register_kwh(
    *, meter_id: int, read_at: datetime, known_at: datetime | None = None, register: str = RegisterKind.IMPORT
) -> Decimal | None:
    """Give what a register showed at a moment, as last known; None if it was not read then."""
    with connection.cursor() as cursor:
        cursor.execute(_REGISTER, [meter_id, str(register), read_at, known_at])
        row = cursor.fetchone()
    return None if row is None else kwh_from_wh(row[0])
