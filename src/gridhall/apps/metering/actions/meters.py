"""Meters and where they hang: register, install, exchange, remove, change the ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from gridhall.apps.accounts.models import Feeder, Transformer, UsagePoint
from gridhall.apps.metering import events
from gridhall.apps.metering.actions.registers import write_register_reading
from gridhall.apps.metering.kinds import RegisterKind
from gridhall.apps.metering.models import SERIES_SEQUENCE, Meter, MeterInstallation
from gridhall.core.errors import BusinessError
from gridhall.core.events import publish
from gridhall.core.periods import local_midnight


class UnableToRegisterMeter(BusinessError):
    """The meter was not registered; nothing changed."""


class UnableToInstallMeter(BusinessError):
    """The meter was not installed; nothing changed."""


class UnableToExchangeMeter(BusinessError):
    """The meter was not exchanged; nothing changed."""


class UnableToChangeRatio(BusinessError):
    """The ratio was not changed; nothing changed."""


@dataclass(frozen=True)
class NewMeter:
    """What is known of a meter before it is registered. A check meter names its feeder or transformer."""

    serial_number: str
    model: str = ""
    register_digits: int = 6
    feeder: Feeder | None = None
    transformer: Transformer | None = None
    check_multiplier: int = 1


@dataclass(frozen=True)
class NewInstallation:
    """A meter to hang at a usage point from a local day on."""

    usage_point_id: int
    meter_id: int
    starts_on: date
    ends_on: date | None = None
    ct_ratio: int = 1
    pt_ratio: int = 1


def register_meter(*, new: NewMeter, at: datetime, actor: str) -> Meter:
    """Register one meter. :raises UnableToRegisterMeter: if the serial number is known or unusable."""
    return register_meters(new=[new], at=at, actor=actor)[0]


@transaction.atomic
def register_meters(*, new: Sequence[NewMeter], at: datetime, actor: str) -> list[Meter]:
    """
    Register many meters; each gets the next place in the interval store, in the order given.

    :raises UnableToRegisterMeter: naming the serial numbers that are known, repeated or unusable.
    """
    serials = [one.serial_number for one in new]
    known = set(Meter.objects.filter(serial_number__in=serials).values_list("serial_number", flat=True))
    repeated = set(known)
    if len(set(serials)) < len(serials):
        seen: set[str] = set()
        repeated |= {serial for serial in serials if serial in seen or seen.add(serial)}
    if repeated:
        raise UnableToRegisterMeter(
            f"{len(repeated):,} serial numbers are registered already or given twice: {_first(repeated)}.",
            code="serial-known",
        )
    bad = [serial for serial in serials if not 1 <= len(serial) <= 32 or serial != serial.strip()]
    if bad:
        raise UnableToRegisterMeter(
            f"Serial numbers have 1 to 32 characters without spaces around them; not so: {_first(bad)}.",
            code="serial-unusable",
        )
    places = _next_series(len(new))
    meters = Meter.objects.bulk_create(
        [Meter(series_id=place, **vars(one)) for place, one in zip(places, new, strict=True)], batch_size=5_000
    )
    publish(events.MetersRegistered(serial_numbers=serials if len(serials) <= 20 else serials[:20]), actor=actor, at=at)
    return meters


@transaction.atomic
def install_meter(
    *, usage_point: UsagePoint, meter: Meter, on: date, at: datetime, actor: str,
    ct_ratio: int = 1, pt_ratio: int = 1, opening_wh: int | None = None,
) -> MeterInstallation:  # fmt: skip
    """
    Hang a meter at a usage point from a local day on.

    :param opening_wh: what its import register showed then.
    :raises UnableToInstallMeter: if another meter hangs there, the meter hangs elsewhere, or a ratio is not positive.
    """
    _check_ratios(ct_ratio, pt_ratio, UnableToInstallMeter)
    try:
        with transaction.atomic():
            installation = MeterInstallation.objects.create(
                usage_point=usage_point, meter=meter, starts_on=on, ct_ratio=ct_ratio, pt_ratio=pt_ratio
            )
    except IntegrityError as error:
        raise UnableToInstallMeter(_why_not(error, usage_point, meter), code="already-installed") from error
    if opening_wh is not None:
        _record(meter, on, opening_wh, at=at, source=f"installed by {actor}")
    publish(
        events.MeterInstalled(
            usage_point_code=usage_point.code,
            meter_serial=meter.serial_number,
            starts_on=on.isoformat(),
            account_id=usage_point.account_id,
        ),
        actor=actor,
        at=at,
    )
    return installation


@transaction.atomic
def install_meters(*, new: Sequence[NewInstallation], at: datetime, actor: str) -> int:
    """
    Hang many meters in few statements; returns how many. For taking over a company's books.

    :raises UnableToInstallMeter: if any place or meter is taken; nothing is installed then.
    """
    rows = [MeterInstallation(**vars(one)) for one in new]
    try:
        with transaction.atomic():
            MeterInstallation.objects.bulk_create(rows, batch_size=5_000)
    except IntegrityError as error:
        raise UnableToInstallMeter(
            f"One of the {len(rows):,} installations cannot be: {_database_says(error)}.", code="already-installed"
        ) from error
    return len(rows)


@transaction.atomic
def exchange_meter(
    *, usage_point: UsagePoint, new_meter: Meter, on: date, at: datetime, actor: str,
    closing_wh: int | None = None, opening_wh: int = 0, ct_ratio: int | None = None, pt_ratio: int | None = None,
) -> MeterInstallation:  # fmt: skip
    """
    Take one meter down and hang another from the local day `on`; the ratios stay unless given.

    :param closing_wh: what the old meter's import register showed; `opening_wh`: what the new one shows.
    :raises UnableToExchangeMeter: if no meter hangs there on that day, or the new one hangs elsewhere.
    """
    old = _installed(usage_point, on, UnableToExchangeMeter)
    if old.meter_id == new_meter.pk:
        raise UnableToExchangeMeter(f"Meter {new_meter} hangs there already.", code="same-meter")
    if old.starts_on == on:
        raise UnableToExchangeMeter(
            f"Meter {old.meter} was hung on that very day; exchange it on a later day.", code="too-early"
        )
    ratios = (old.ct_ratio if ct_ratio is None else ct_ratio, old.pt_ratio if pt_ratio is None else pt_ratio)
    _check_ratios(*ratios, UnableToExchangeMeter)
    old_end, old.ends_on = old.ends_on, on
    try:
        with transaction.atomic():
            old.save(update_fields=["ends_on"])
            installation = MeterInstallation.objects.create(
                usage_point=usage_point, meter=new_meter, starts_on=on, ends_on=old_end,
                ct_ratio=ratios[0], pt_ratio=ratios[1],
            )  # fmt: skip
    except IntegrityError as error:
        raise UnableToExchangeMeter(_why_not(error, usage_point, new_meter), code="already-installed") from error
    if closing_wh is not None:
        _record(old.meter, on, closing_wh, at=at, source=f"exchanged by {actor}")
    _record(new_meter, on, opening_wh, at=at, source=f"exchanged by {actor}")
    publish(
        events.MeterExchanged(
            usage_point_code=usage_point.code, old_meter_serial=old.meter.serial_number,
            new_meter_serial=new_meter.serial_number, on=on.isoformat(), account_id=usage_point.account_id,
        ),
        actor=actor, at=at,
    )  # fmt: skip
    return installation


@transaction.atomic
def remove_meter(
    *, usage_point: UsagePoint, on: date, at: datetime, actor: str, closing_wh: int | None = None
) -> MeterInstallation:
    """
    Take the meter of a usage point down; `on` is the first local day without it.

    :raises UnableToExchangeMeter: if none hangs there.
    """
    old = _installed(usage_point, on, UnableToExchangeMeter)
    if old.starts_on == on:
        raise UnableToExchangeMeter(f"Meter {old.meter} was hung on that very day.", code="too-early")
    old.ends_on = on
    old.save(update_fields=["ends_on"])
    if closing_wh is not None:
        _record(old.meter, on, closing_wh, at=at, source=f"removed by {actor}")
    publish(
        events.MeterRemoved(
            usage_point_code=usage_point.code,
            meter_serial=old.meter.serial_number,
            on=on.isoformat(),
            account_id=usage_point.account_id,
        ),
        actor=actor,
        at=at,
    )
    return old


@transaction.atomic
def change_ratio(
    *, usage_point: UsagePoint, on: date, ct_ratio: int, pt_ratio: int, at: datetime, actor: str
) -> MeterInstallation:
    """
    Change the instrument-transformer ratios of a usage point from the local day `on`; the meter stays.

    :raises UnableToChangeRatio: if no meter hangs there, the ratios are the same, or one is not positive.
    """
    _check_ratios(ct_ratio, pt_ratio, UnableToChangeRatio)
    old = _installed(usage_point, on, UnableToChangeRatio)
    if (old.ct_ratio, old.pt_ratio) == (ct_ratio, pt_ratio):
        raise UnableToChangeRatio(f"The ratios are {ct_ratio} and {pt_ratio} already.", code="same-ratio")
    if old.starts_on == on:
        old.ct_ratio, old.pt_ratio = ct_ratio, pt_ratio
        old.save(update_fields=["ct_ratio", "pt_ratio"])
        new = old
    else:
        old_end, old.ends_on = old.ends_on, on
        old.save(update_fields=["ends_on"])
        new = MeterInstallation.objects.create(
            usage_point=usage_point, meter=old.meter, starts_on=on, ends_on=old_end,
            ct_ratio=ct_ratio, pt_ratio=pt_ratio,
        )  # fmt: skip
    publish(
        events.RatioChanged(
            usage_point_code=usage_point.code, meter_serial=old.meter.serial_number,
            on=on.isoformat(), multiplier=ct_ratio * pt_ratio, account_id=usage_point.account_id,
        ),
        actor=actor, at=at,
    )  # fmt: skip
    return new


def _next_series(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [SERIES_SEQUENCE, count])
        return [row[0] for row in cursor.fetchall()]


def _installed(usage_point: UsagePoint, on: date, refusal: type[BusinessError]) -> MeterInstallation:
    running = MeterInstallation.objects.select_for_update(of=("self",)).select_related("meter")
    for installation in running.filter(usage_point=usage_point, starts_on__lte=on).order_by("-starts_on")[:1]:
        if installation.ends_on is None or installation.ends_on > on:
            return installation
    raise refusal(f"No meter measures {usage_point.code} on {on}.", code="no-meter")


def _check_ratios(ct_ratio: int, pt_ratio: int, refusal: type[BusinessError]) -> None:
    if not (0 < ct_ratio <= 100_000 and 0 < pt_ratio <= 100_000):
        raise refusal(f"Ratios are whole numbers from 1 to 100,000, not {ct_ratio} and {pt_ratio}.", code="bad-ratio")


def _record(meter: Meter, on: date, value_wh: int, *, at: datetime, source: str) -> None:
    read_at = local_midnight(on, ZoneInfo(settings.TIME_ZONE))
    write_register_reading(
        meter=meter, register=RegisterKind.IMPORT, read_at=read_at, value_wh=value_wh, source=source, at=at
    )


def _why_not(error: IntegrityError, usage_point: UsagePoint, meter: Meter) -> str:
    text = str(error)
    if "one_meter_a_usage_point_a_day" in text:
        return f"Another meter measures {usage_point.code} in that time; exchange it instead."
    if "a_meter_hangs_in_one_place" in text:
        return f"Meter {meter} hangs at another usage point in that time."
    return f"The database refused: {_database_says(error)}."


def _database_says(error: IntegrityError) -> str:
    lines = str(error).splitlines()
    return lines[-1].removeprefix("DETAIL:").strip().rstrip(".") if lines else "a constraint"


def _first(items: Sequence[str] | set[str]) -> str:
    listed = sorted(items)
    return ", ".join(listed[:5]) + (" …" if len(listed) > 5 else "")
