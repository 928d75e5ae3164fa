"""One meter on one page: where it hung, what its registers showed, which failures it has; and meters exchanged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Q

from gridhall.apps.metering.models import Meter, MeterInstallation, RegisterReading, ValidationFinding
from gridhall.apps.metering.rules.registers import advance_wh, is_possible
from gridhall.core.periods import local_midnight
from gridhall.core.units import kwh_from_wh

SHOWN_READINGS = 26


@dataclass(frozen=True, slots=True)
class Reading:
    """What a register showed; `is_replaced` when a later reading of the same moment counts."""

    register: str
    read_at: datetime
    value_kwh: Decimal
    known_at: datetime
    source: str
    is_replaced: bool


@dataclass(frozen=True, slots=True)
class MeterSheet:
    """A meter with its installations (newest first), register readings (newest first) and open failures."""

    meter: Meter
    installations: list[MeterInstallation]
    readings: list[Reading]
    open_findings: int


def find_meter(*, serial: str) -> Meter | None:
    """Give a meter by its serial number."""
    return Meter.objects.select_related("feeder", "transformer").filter(serial_number=serial.strip()).first()


def get_meter_sheet(*, meter: Meter) -> MeterSheet:
    """Give what is known of a meter beside its reads, in three statements."""
    installations = MeterInstallation.objects.filter(meter=meter).select_related("usage_point__account")
    rows = RegisterReading.objects.filter(meter=meter).order_by("-read_at", "register", "-known_at")[:SHOWN_READINGS]
    seen: set[tuple[str, datetime]] = set()
    readings = []
    for row in rows:
        key = (row.register, row.read_at)
        readings.append(
            Reading(row.register, row.read_at, kwh_from_wh(row.value_wh), row.known_at, row.source, key in seen)
        )
        seen.add(key)
    waiting = ValidationFinding.objects.filter(meter=meter, status="OPEN").count()
    return MeterSheet(meter, list(installations.order_by("-starts_on")), readings, waiting)


@dataclass(frozen=True, slots=True)
class ExchangeCheck:
    """
    What an exchange of meters would mean, before it is done.

    :param problems: field of the form -> what stands against it: `not-there`, `too-early`, `same-meter`, `elsewhere`,
        `impossible` or `below-last`; empty when it can be done.
    :param advance_kwh: what the old register advanced since its last reading; None without one.
    :param is_done: the new meter hangs there from that day on already.
    """

    problems: dict[str, str]
    installation: MeterInstallation | None = None
    last_reading: RegisterReading | None = None
    advance_kwh: Decimal | None = None
    is_new_known: bool = False
    is_done: bool = False


def check_exchange(
    *, old_serial: str, new_serial: str, on: date, closing_wh: int, opening_wh: int, digits: int = 6
) -> ExchangeCheck:
    """Look at an exchange on a local day before it is done: does it fit what we know?"""
    hung = (
        MeterInstallation.objects.select_related("meter", "usage_point__account")
        .filter(meter__serial_number=old_serial, starts_on__lte=on)
        .order_by("-starts_on")
        .first()
    )
    new = Meter.objects.filter(serial_number=new_serial).first()
    if hung is not None and hung.ends_on == on and new is not None and _hangs_from(new, hung, on):
        return ExchangeCheck({}, hung, is_new_known=True, is_done=True)
    if hung is None or (hung.ends_on is not None and hung.ends_on <= on):
        return ExchangeCheck({"old_serial": "not-there"})
    problems: dict[str, str] = {}
    if hung.starts_on == on:
        problems["on"] = "too-early"
    if new_serial == old_serial:
        problems["new_serial"] = "same-meter"
    elif new is not None and (new.feeder_id or new.transformer_id or _hangs_after(new, on)):
        problems["new_serial"] = "elsewhere"
    if not is_possible(opening_wh, register_digits=new.register_digits if new else digits):
        problems["opening"] = "impossible"
    moment = local_midnight(on, ZoneInfo(settings.TIME_ZONE))
    readings = RegisterReading.objects.filter(meter=hung.meter, register="IMPORT", read_at__lte=moment)
    last, advance = readings.order_by("-read_at", "-known_at").first(), None
    if not is_possible(closing_wh, register_digits=hung.meter.register_digits):
        problems["closing"] = "impossible"
    elif last is not None:
        advance = advance_wh(last.value_wh, closing_wh, register_digits=hung.meter.register_digits)
        # A register that rolled over shows little; one that went back by mistake would have advanced nearly all round.
        if closing_wh < last.value_wh and advance > 10**hung.meter.register_digits * 500:
            problems["closing"] = "below-last"
    return ExchangeCheck(
        problems, hung, last, None if advance is None else kwh_from_wh(advance), is_new_known=new is not None
    )


def _hangs_from(meter: Meter, at: MeterInstallation, on: date) -> bool:
    return MeterInstallation.objects.filter(usage_point=at.usage_point, meter=meter, starts_on=on).exists()


def _hangs_after(meter: Meter, on: date) -> bool:
    hanging = MeterInstallation.objects.filter(meter=meter)
    return hanging.filter(Q(ends_on=None) | Q(ends_on__gt=on)).exists()


@dataclass(frozen=True, slots=True)
class NewestExchange:
    """One meter that took the place of another."""

    on: date
    usage_point_code: str
    account_number: str
    old_serial: str
    new_serial: str
    multiplier: int


_EXCHANGES = """
SELECT i.starts_on, u.code, a.number, o.serial_number, m.serial_number, i.ct_ratio::int8 * i.pt_ratio
  FROM metering_meterinstallation i
  JOIN metering_meterinstallation before ON before.usage_point_id = i.usage_point_id AND before.ends_on = i.starts_on
                                        AND before.meter_id <> i.meter_id
  JOIN metering_meter m ON m.id = i.meter_id
  JOIN metering_meter o ON o.id = before.meter_id
  JOIN accounts_usagepoint u ON u.id = i.usage_point_id
  JOIN accounts_customeraccount a ON a.id = u.account_id
 WHERE %(serial)s = '' OR starts_with(m.serial_number, %(serial)s) OR starts_with(o.serial_number, %(serial)s)
"""
_ORDERS = {
    False: " ORDER BY i.starts_on DESC, i.id DESC LIMIT %(limit)s OFFSET %(offset)s",
    True: " ORDER BY i.starts_on, i.id LIMIT %(limit)s OFFSET %(offset)s",
}


def list_exchanges(
    *, limit: int, offset: int = 0, serial: str = "", oldest_first: bool = False
) -> tuple[list[NewestExchange], int]:
    """
    List exchanges of meters, the newest first, and how many there are.

    :param serial: how the number of the old or the new meter begins; empty for all.
    """
    asked = {"serial": serial, "limit": limit, "offset": offset}
    with connection.cursor() as cursor:
        cursor.execute(_EXCHANGES + _ORDERS[oldest_first], asked)
        rows = [NewestExchange(*row) for row in cursor.fetchall()]
        cursor.execute(f"SELECT count(*) FROM ({_EXCHANGES}) AS found", asked)
        return rows, cursor.fetchone()[0]
