"""Reads as CSV, streamed: a row a quarter hour or a day, with the offset from UTC and the quality of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from gridhall.engines.intervals.export.parts import CLOCKS, ExportPart, iter_days, kwh_text, safe_text
from gridhall.engines.intervals.quality import ReadingQuality

QUARTER_HOUR_COLUMNS = ("usage_point", "meter", "timestamp", "kwh", "export_kwh", "kvarh", "quality")
DAY_COLUMNS = (
    "usage_point", "meter", "date", "kwh", "export_kwh", "kvarh", "estimated_slots", "missing_slots", "quality",
)  # fmt: skip
_QUALITIES = {int(code): code.name.lower() for code in ReadingQuality}


def stream_quarter_hours(parts: Iterable[ExportPart], zone: ZoneInfo) -> Iterator[bytes]:
    """Give the file piece by piece; a quarter hour without a read has empty values and the quality missing."""
    yield (",".join(QUARTER_HOUR_COLUMNS) + "\n").encode()
    for part in parts:
        yield "".join(_quarter_hours(part, zone)).encode()


def _quarter_hours(part: ExportPart, zone: ZoneInfo) -> Iterator[str]:
    head = f"{quoted(part.usage_point)},{quoted(part.meter_serial)},"
    for index in range(len(part.quality)):
        day = part.first_day + timedelta(days=index)
        stamps = slot_stamps(day.isoformat(), datetime.combine(day, time(), zone), zone)
        rows = zip(
            stamps, part.import_wh[index].tolist(), part.export_wh[index].tolist(),
            part.reactive_varh[index].tolist(), part.quality[index].tolist(), strict=True,
        )  # fmt: skip
        for stamp, energy, export, reactive, quality in rows:
            values = (
                ",,"
                if quality == ReadingQuality.MISSING
                else f"{kwh_text(energy)},{kwh_text(export)},{kwh_text(reactive)}"
            )
            yield f"{head}{stamp},{values},{_QUALITIES.get(quality, quality)}\n"


def slot_stamps(day: str, midnight: datetime, zone: ZoneInfo) -> list[str]:
    """Give the moments at which the quarter hours of a day begin, with their offsets from UTC."""
    first, last = offset_text(midnight), offset_text(midnight + timedelta(days=1))
    if first == last:
        return [f"{day}T{clock}:00{first}" for clock in CLOCKS]
    offsets = (offset_text(midnight + timedelta(minutes=15 * slot)) for slot in range(len(CLOCKS)))
    return [f"{day}T{clock}:00{offset}" for clock, offset in zip(CLOCKS, offsets, strict=True)]


def offset_text(moment: datetime) -> str:
    """
    Give the offset of a moment from UTC.

    >>> offset_text(datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")))
    '+08:00'
    """
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    return f"{'-' if seconds < 0 else '+'}{abs(seconds) // 3600:02d}:{abs(seconds) // 60 % 60:02d}"


def stream_days(parts: Iterable[ExportPart]) -> Iterator[bytes]:
    """Give a file of days piece by piece; local days of the zone that the file's name tells."""
    yield (",".join(DAY_COLUMNS) + "\n").encode()
    for part in parts:
        yield "".join(
            f"{quoted(row.usage_point)},{quoted(row.meter_serial)},{row.day.isoformat()},"
            + (
                ",,"
                if row.quality == "missing"
                else f"{kwh_text(row.import_wh)},{kwh_text(row.export_wh)},{kwh_text(row.reactive_varh)}"
            )
            + f",{row.estimated_slots},{row.missing_slots},{row.quality}\n"
            for row in iter_days(part)
        ).encode()


def quoted(text: str) -> str:
    """
    Give a text as one field that no spreadsheet takes for a formula.

    >>> quoted("=1+1"), quoted("a,b")
    ("'=1+1", '"a,b"')
    """
    safe = safe_text(text)
    return '"' + safe.replace('"', '""') + '"' if set(safe) & set(',"\r\n#;\t|') else safe
