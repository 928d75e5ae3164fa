"""Where does the meter hang whose number someone reads off its front? Account search and bar-code binding ask this."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

_SQL = """
SELECT i.usage_point_id FROM metering_meter m JOIN metering_meterinstallation i ON i.meter_id = m.id
 WHERE m.serial_number {matches} AND i.starts_on <= %(day)s AND (i.ends_on IS NULL OR i.ends_on > %(day)s)
 ORDER BY m.serial_number LIMIT %(limit)s
"""
_WHOLE = _SQL.format(matches="= %(text)s")
_BEGINNING = _SQL.format(matches="LIKE %(text)s")


def find_usage_points_by_meter(serial_number: str, *, limit: int, is_whole: bool = False) -> list[int]:
    """
    Give the ids of usage points where a meter hangs today whose number begins so.

    :param is_whole: the number is not the beginning of another one.
    """
    if not serial_number or "\x00" in serial_number:
        return []
    text = serial_number
    if not is_whole:
        text = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    with connection.cursor() as cursor:
        day = timezone.localdate()
        cursor.execute(_WHOLE if is_whole else _BEGINNING, {"text": text, "day": day, "limit": limit})
        return [row[0] for row in cursor.fetchall()]
