"""Which meter measured what: the spans behind a bill line, with register values and qualities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import connection

from gridhall.apps.accounts.models import UsagePoint
from gridhall.apps.metering.kinds import RegisterKind
from gridhall.apps.metering.queries.store import get_store
from gridhall.core.periods import local_midnight
from gridhall.core.units import kwh_from_wh
from gridhall.engines.intervals.answers import SeriesReads
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


class Spans:
    """What some meters said over stretches of days: asked of the database at once, the reads stretch by stretch."""

    def __init__(self, rows: list[tuple[Any, ...]], shown: dict[Any, int], known_at: datetime | None) -> None:
        self._rows = rows
        self._shown = shown
        self._known_at = known_at
        self._reads: dict[tuple[int, date, date], SeriesReads] = {}

    def list(self, first_day: date, end_day: date, register: str = RegisterKind.IMPORT) -> list[MeterSpan]:
        """
        List the spans of one of the stretches that were asked for, by usage point, oldest first.

        :param register: whose first and last reading to give.
        """
        zone = ZoneInfo(settings.TIME_ZONE)
        found = []
        for meter_id, serial, series_id, starts_on, ends_on, times in self._rows:
            start, end = max(starts_on, first_day), min(ends_on or end_day, end_day)
            if start < end:
                shown = [
                    None if wh is None else kwh_from_wh(wh)
                    for day in (start, end)
                    for wh in [self._shown.get((meter_id, str(register), local_midnight(day, zone)))]
                ]
                reads = self._read(series_id, start, end)
                found.append(_make_span(meter_id, serial, start, end, times, reads, shown, zone))
        return found

    def _read(self, series_id: int, start: date, end: date) -> SeriesReads:
        key = series_id, start, end
        if key not in self._reads:
            self._reads[key] = get_store().read_days(series_id, start, end, as_of=self._known_at)
        return self._reads[key]


_INSTALLED = """
SELECT i.meter_id, m.serial_number, m.series_id, i.starts_on, i.ends_on, i.ct_ratio::int8 * i.pt_ratio
  FROM accounts_usagepoint u
  JOIN metering_meterinstallation i ON i.usage_point_id = u.id
  JOIN metering_meter m ON m.id = i.meter_id
 WHERE {whose} = %s AND i.starts_on < %s AND (i.ends_on IS NULL OR i.ends_on > %s)
 ORDER BY i.usage_point_id, i.starts_on
"""
_SHOWN = """
SELECT DISTINCT ON (meter_id, register, read_at) meter_id, register, read_at, value_wh FROM metering_registerreading
 WHERE meter_id = ANY(%s::int8[]) AND register = ANY(%s::text[]) AND read_at = ANY(%s::timestamptz[])
   AND known_at <= coalesce(%s, 'infinity'::timestamptz)
 ORDER BY meter_id, register, read_at, known_at DESC
"""


def read_spans(
    *,
    stretches: Sequence[tuple[date, date]],
    account_id: int | None = None,
    usage_point_id: int | None = None,
    known_at: datetime | None = None,
) -> Spans:
    """
    Read which meters measured an account, or one usage point, and what their registers showed; in two statements.

    :param stretches: local days [first, end), one at least; the spans of each can be listed.
    :param known_at: as it was known then; now, if not given.
    """
    whose, pk = ("u.id", usage_point_id) if account_id is None else ("u.account_id", account_id)
    first, last = min(start for start, _end in stretches), max(end for _start, end in stretches)
    zone = ZoneInfo(settings.TIME_ZONE)
    with connection.cursor() as cursor:
        cursor.execute(_INSTALLED.format(whose=whose), [pk, last, first])
        rows = cursor.fetchall()
        days = {day for stretch in stretches for day in stretch}
        days |= {day for row in rows for day in row[3:5] if day is not None and first < day < last}
        moments = [local_midnight(day, zone) for day in sorted(days)]
        cursor.execute(_SHOWN, [[row[0] for row in rows], RegisterKind.values, moments, known_at])
        shown = {(meter_id, register, read_at): wh for meter_id, register, read_at, wh in cursor.fetchall()}
    return Spans(rows, shown, known_at)


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
    found = read_spans(stretches=[(first_day, end_day)], usage_point_id=usage_point.pk, known_at=known_at)
    return found.list(first_day, end_day, register)


def _make_span(
    meter_id: int, serial: str, start: date, end: date, times: int, reads: SeriesReads, shown: list[Decimal | None],
    zone: ZoneInfo,
) -> MeterSpan:  # fmt: skip
    codes, counts = np.unique(reads.quality, return_counts=True)
    slots = dict(zip(codes.tolist(), counts.tolist(), strict=True))
    estimated = sum(count for code, count in slots.items() if code in ESTIMATED)
    missing = slots.get(int(ReadingQuality.MISSING), 0)
    highest = int(np.argmax(reads.import_wh)) if reads.import_wh.size else 0
    slots_a_day = reads.import_wh.size // max((end - start).days, 1)
    return MeterSpan(
        meter_id=meter_id, meter_serial=serial, first_day=start, end_day=end, multiplier=times,
        register_first_kwh=shown[0], register_last_kwh=shown[1],
        energy_kwh=kwh_from_wh(int(reads.import_wh.sum(dtype=np.int64)) * times),
        export_kwh=kwh_from_wh(int(reads.export_wh.sum(dtype=np.int64)) * times),
        reactive_kvarh=kwh_from_wh(int(reads.reactive_varh.sum(dtype=np.int64)) * times),
        measured_slots=int(reads.quality.size) - estimated - missing,
        estimated_slots=estimated, missing_slots=missing, methods=_methods(slots),
        peak_kw=kwh_from_wh(int(reads.import_wh.ravel()[highest]) * times * slots_a_day // 24),
        peak_at=_moment(start, highest, slots_a_day, zone),
    )  # fmt: skip


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
