"""`gridhall meters install`, `exchange`, `remove` and `ratio`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from gridhall.cli.meters import printing

if TYPE_CHECKING:
    from gridhall.apps.accounts.models import UsagePoint
    from gridhall.apps.metering.models import Meter


@click.command()
@click.argument("usage_point")
@click.argument("serial")
@click.option("--on", "on", required=True, help="First day of the meter, 2026-01-31.")
@click.option("--ct", type=int, default=1, show_default=True, help="Current transformer ratio.")
@click.option("--pt", type=int, default=1, show_default=True, help="Voltage transformer ratio.")
@click.option("--opening", help="What its register shows, kWh.")
@click.option("--model", default="", help="Model of the meter, when it is not registered yet.")
def install(usage_point: str, serial: str, on: str, ct: int, pt: int, opening: str | None, model: str) -> None:
    """
    Hang the meter SERIAL at USAGE_POINT (its code or customer number), where none hangs.

    Many at once: gridhall accounts import meters.csv
    """
    from django.db import transaction

    from gridhall.apps.metering import actions

    point, day = _find_point(usage_point), printing.parse_day(on, "--on")
    assert day is not None
    with transaction.atomic():
        installation = actions.install_meter(
            usage_point=point, meter=_find_or_register(serial, model), on=day, at=printing.now(),
            actor=printing.actor(), ct_ratio=ct, pt_ratio=pt, opening_wh=_wh(opening, "--opening"),
        )  # fmt: skip
    click.echo(f"From {installation.starts_on} meter {serial} measures {point.code}; its reads count {ct * pt} times.")


@click.command()
@click.argument("usage_point")
@click.option("--on", "on", required=True, help="First day without a meter, 2026-01-31.")
@click.option("--closing", help="What its register showed, kWh.")
def remove(usage_point: str, on: str, closing: str | None) -> None:
    """Take the meter of USAGE_POINT (its code or customer number) down."""
    from gridhall.apps.metering import actions

    point, day = _find_point(usage_point), printing.parse_day(on, "--on")
    assert day is not None
    old = actions.remove_meter(
        usage_point=point, on=day, at=printing.now(), actor=printing.actor(), closing_wh=_wh(closing, "--closing")
    )
    click.echo(f"From {day} meter {old.meter.serial_number} measures {point.code} no longer.")


@click.command()
@click.argument("usage_point")
@click.argument("serial")
@click.option("--on", "on", required=True, help="First day of the new meter, 2026-01-31.")
@click.option("--closing", help="What the old register showed, kWh.")
@click.option("--opening", default="0", show_default=True, help="What the new register shows, kWh.")
@click.option("--model", default="", help="Model of the new meter, when it is not registered yet.")
@click.option("--ct", type=int, help="Current transformer ratio.  [default: as before]")
@click.option("--pt", type=int, help="Voltage transformer ratio.  [default: as before]")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def exchange(
    usage_point: str, serial: str, on: str, closing: str | None, opening: str, model: str, ct: int | None,
    pt: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Hang the meter SERIAL at USAGE_POINT (its code or customer number) in place of the one there."""
    from django.db import transaction

    from gridhall.apps.metering import actions

    point, day = _find_point(usage_point), printing.parse_day(on, "--on")
    assert day is not None
    at, who = printing.now(), printing.actor()
    with transaction.atomic():
        meter = _find_or_register(serial, model)
        installation = actions.exchange_meter(
            usage_point=point, new_meter=meter, on=day, at=at, actor=who, opening_wh=_wh(opening, "--opening") or 0,
            closing_wh=_wh(closing, "--closing"), ct_ratio=ct, pt_ratio=pt,
        )  # fmt: skip
    if as_json:
        printing.print_json({"usage_point": point.code, "meter": serial, "starts_on": installation.starts_on})
        return
    click.echo(f"From {installation.starts_on} meter {serial} measures {point.code}.")


@click.command()
@click.argument("usage_point")
@click.option("--on", "on", required=True, help="First day of the new ratios, 2026-01-31.")
@click.option("--ct", type=int, required=True, help="Current transformer ratio.")
@click.option("--pt", type=int, default=1, show_default=True, help="Voltage transformer ratio.")
def ratio(usage_point: str, on: str, ct: int, pt: int) -> None:
    """Change the instrument-transformer ratios of USAGE_POINT."""
    from gridhall.apps.metering import actions

    point, day = _find_point(usage_point), printing.parse_day(on, "--on")
    assert day is not None
    actions.change_ratio(usage_point=point, on=day, ct_ratio=ct, pt_ratio=pt, at=printing.now(), actor=printing.actor())
    click.echo(f"From {day} the reads of {point.code} count {ct * pt} times.")


def _find_or_register(serial: str, model: str) -> Meter:
    from gridhall.apps.metering import actions
    from gridhall.apps.metering.models import Meter

    meter = Meter.objects.filter(serial_number=serial).first()
    if meter is None:
        new = actions.NewMeter(serial, model=model)
        meter = actions.register_meter(new=new, at=printing.now(), actor=printing.actor())
    return meter


def _find_point(key: str) -> UsagePoint:
    from gridhall.apps.accounts.models import UsagePoint

    points = list(UsagePoint.objects.filter(code=key)) or list(UsagePoint.objects.filter(account__number=key)[:9])
    if not points:
        raise click.ClickException(f"There is no usage point or customer {key}.")
    if len(points) > 1:
        raise click.ClickException(f"Customer {key} has several: {', '.join(point.code for point in points)}.")
    return points[0]


def _wh(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    try:
        return int((Decimal(text) * 1000).to_integral_value())
    except (InvalidOperation, ValueError) as error:
        raise click.BadParameter(f"{text!r} is not a number of kWh.", param_hint=name) from error
