"""`gridhall meters exchange` and `ratio`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from gridhall.cli.meters import printing

if TYPE_CHECKING:
    from gridhall.apps.accounts.models import UsagePoint


@click.command()
@click.argument("usage_point")
@click.argument("serial")
@click.option("--on", "on", required=True, help="First day of the new meter, 2026-01-31.")
@click.option("--closing", help="What the old register showed, kWh.")
@click.option("--opening", default="0", show_default=True, help="What the new register shows, kWh.")
@click.option("--model", default="", help="Model of the new meter, when it is not registered yet.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def exchange(
    usage_point: str, serial: str, on: str, closing: str | None, opening: str, model: str, as_json: bool
) -> None:
    """Hang the meter SERIAL at USAGE_POINT (its code or customer number) in place of the one there."""
    from django.db import transaction

    from gridhall.apps.metering import actions
    from gridhall.apps.metering.models import Meter

    point, day = _find_point(usage_point), printing.parse_day(on, "--on")
    assert day is not None
    at, who = printing.now(), printing.actor()
    with transaction.atomic():
        meter = Meter.objects.filter(serial_number=serial).first()
        if meter is None:
            meter = actions.register_meter(new=actions.NewMeter(serial, model=model), at=at, actor=who)
        installation = actions.exchange_meter(
            usage_point=point, new_meter=meter, on=day, at=at, actor=who, opening_wh=_wh(opening, "--opening") or 0,
            closing_wh=_wh(closing, "--closing"),
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
