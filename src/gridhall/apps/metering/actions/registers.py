"""Readings of registers: recorded once, corrected by a new row, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from gridhall.apps.metering import events
from gridhall.apps.metering.kinds import RegisterKind
from gridhall.apps.metering.models import Meter, RegisterReading
from gridhall.apps.metering.rules.registers import is_possible
from gridhall.core.errors import BusinessError
from gridhall.core.events import publish
from gridhall.engines.intervals.quality import ReadingQuality


class UnableToRecordReading(BusinessError):
    """The reading was not recorded; nothing changed."""


@dataclass(frozen=True)
class NewReading:
    """What a register showed."""

    meter_id: int
    register: str
    read_at: datetime
    value_wh: int
    quality: int = int(ReadingQuality.MEASURED)


@transaction.atomic
def record_register_reading(
    *, meter: Meter, register: RegisterKind, read_at: datetime, value_wh: int, source: str, at: datetime, actor: str,
    quality: ReadingQuality = ReadingQuality.MEASURED,
) -> RegisterReading:  # fmt: skip
    """
    Record what a register showed; the same value again changes nothing, another value is a correction.

    :raises UnableToRecordReading: if the register cannot show the value, or the moment lies ahead.
    """
    if not is_possible(value_wh, register_digits=meter.register_digits):
        raise UnableToRecordReading(
            f"A register of {meter.register_digits} digits cannot show {value_wh / 1000:,.3f} kWh.",
            code="value-impossible",
        )
    if read_at > at:
        raise UnableToRecordReading("The reading lies in the future.", code="in-the-future")
    reading, before = write_register_reading(
        meter=meter, register=register, read_at=read_at, value_wh=value_wh, source=source, at=at, quality=quality
    )
    if before is None or before.pk != reading.pk:
        publish(
            events.RegisterReadingRecorded(
                meter_serial=meter.serial_number, register=str(register), read_at=read_at.isoformat(),
                is_correction=before is not None,
            ),
            actor=actor, at=at,
        )  # fmt: skip
    return reading


def write_register_reading(
    *, meter: Meter, register: RegisterKind, read_at: datetime, value_wh: int, source: str, at: datetime,
    quality: ReadingQuality = ReadingQuality.MEASURED,
) -> tuple[RegisterReading, RegisterReading | None]:  # fmt: skip
    """Write a reading unless we hold the same; gives it and what we knew before."""
    before = (
        RegisterReading.objects.filter(meter=meter, register=register, read_at=read_at).order_by("-known_at").first()
    )
    if before is not None and (before.value_wh, before.quality) == (value_wh, int(quality)):
        return before, before
    reading = RegisterReading.objects.create(
        meter=meter, register=register, read_at=read_at, value_wh=value_wh, quality=int(quality),
        known_at=at, source=source[:120],
    )  # fmt: skip
    return reading, before


_INSERT = """
INSERT INTO metering_registerreading (meter_id, register, read_at, value_wh, quality, known_at, source)
SELECT n.meter_id, n.register, n.read_at, n.value_wh, n.quality, %s, %s
  FROM unnest(%s::int8[], %s::text[], %s::timestamptz[], %s::int8[], %s::int2[])
       AS n (meter_id, register, read_at, value_wh, quality)
  LEFT JOIN LATERAL (
       SELECT value_wh, quality FROM metering_registerreading r
        WHERE r.meter_id = n.meter_id AND r.register = n.register AND r.read_at = n.read_at
        ORDER BY r.known_at DESC LIMIT 1) last ON true
 WHERE last.value_wh IS NULL OR (last.value_wh, last.quality) <> (n.value_wh, n.quality)
    ON CONFLICT DO NOTHING
"""


@transaction.atomic
def record_register_readings(*, new: Sequence[NewReading], source: str, at: datetime) -> int:
    """Record many readings in one statement; gives how many told something new. Of one register and moment the last counts."""
    latest = {(one.meter_id, str(one.register), one.read_at): one for one in new}
    rows = list(latest.values())
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                at, source[:120], [one.meter_id for one in rows], [str(one.register) for one in rows],
                [one.read_at for one in rows], [one.value_wh for one in rows], [one.quality for one in rows],
            ],
        )  # fmt: skip
        return cursor.rowcount
