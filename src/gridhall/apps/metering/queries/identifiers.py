"""Whose reads are these? Identifiers of files led to meters: serial number, usage point, customer number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days (ordinals of proleptic dates, half-open) on which an identifier means one meter."""

    meter_id: int
    series_id: int
    first_day: int
    end_day: int


_ALWAYS = (0, date.max.toordinal())

_METERS = "SELECT serial_number, id, series_id FROM metering_meter WHERE serial_number = ANY(%s)"
_POINTS = """
SELECT u.code, u.id, m.id, m.series_id, i.starts_on, i.ends_on
  FROM accounts_usagepoint u
  LEFT JOIN metering_meterinstallation i ON i.usage_point_id = u.id
  LEFT JOIN metering_meter m ON m.id = i.meter_id
 WHERE u.code = ANY(%s) ORDER BY u.id, i.starts_on
"""
_ACCOUNTS = """
SELECT n.number, u.id, m.id, m.series_id, i.starts_on, i.ends_on
  FROM (SELECT number, id FROM accounts_customeraccount WHERE number = ANY(%s)
        UNION SELECT value, account_id FROM accounts_accountalias WHERE value = ANY(%s)) n
  JOIN accounts_usagepoint u ON u.account_id = n.id
  LEFT JOIN metering_meterinstallation i ON i.usage_point_id = u.id
  LEFT JOIN metering_meter m ON m.id = i.meter_id
 ORDER BY u.id, i.starts_on
"""


@dataclass(frozen=True)
class Identified:
    """
    What identifiers of a file mean.

    :param stretches: for each identifier that was found, its meters by day; empty if no meter ever hung there.
    :param ambiguous: customer numbers with several usage points, and how many.
    """

    stretches: dict[str, list[Stretch]]
    ambiguous: dict[str, int]


def identify(identifiers: Iterable[str]) -> Identified:
    """
    Find the meters of identifiers; those of nothing we know are in neither answer.

    A serial number means its meter on all days; a usage point or a customer number the meters that hung there.
    """
    wanted = [one for one in dict.fromkeys(identifiers) if "\0" not in one]  # no text in the database holds that sign
    stretches: dict[str, list[Stretch]] = {}
    ambiguous: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_METERS, [wanted])
        for serial, meter_id, series_id in cursor.fetchall():
            stretches[serial] = [Stretch(meter_id, series_id, *_ALWAYS)]
        for sql, times in ((_POINTS, 1), (_ACCOUNTS, 2)):
            left = [one for one in wanted if one not in stretches]
            if not left:
                break
            cursor.execute(sql, [left] * times)
            for name, points in _by_identifier(cursor.fetchall()).items():
                if len(points) > 1:
                    ambiguous[name] = len(points)
                else:
                    stretches[name] = next(iter(points.values()))
    return Identified(stretches, ambiguous)


def _by_identifier(rows: list[tuple]) -> dict[str, dict[int, list[Stretch]]]:
    found: dict[str, dict[int, list[Stretch]]] = defaultdict(lambda: defaultdict(list))
    for name, point_id, meter_id, series_id, starts_on, ends_on in rows:
        hung = found[name][point_id]
        if meter_id is not None:
            end = _ALWAYS[1] if ends_on is None else ends_on.toordinal()
            hung.append(Stretch(meter_id, series_id, starts_on.toordinal(), end))
    return found
