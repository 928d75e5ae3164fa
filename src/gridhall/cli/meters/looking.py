"""`gridhall meters show`."""

from __future__ import annotations

import click

from gridhall.cli.meters import printing


@click.command()
@click.argument("serial")
@click.option("--day", help="The reads of one day, with quality and versions.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(serial: str, day: str | None, as_json: bool) -> None:
    """Show the meter SERIAL: where it hangs and its last days, or one day's reads."""
    from gridhall.apps.metering.models import Meter

    meter = Meter.objects.filter(serial_number=serial).first()
    if meter is None:
        raise click.ClickException(f"No meter is called {serial}.")
    parsed = printing.parse_day(day, "--day")
    if parsed is None:
        _show_meter(meter, as_json)
    else:
        _show_day(meter, parsed, as_json)


def _show_meter(meter, as_json: bool) -> None:  # type: ignore[no-untyped-def]
    from gridhall.apps.metering import queries

    hung = list(meter.installations.select_related("usage_point").order_by("starts_on"))
    complete = queries.get_store().complete_until(meter.series_id)
    registers = list(meter.register_readings.order_by("-read_at", "-known_at")[:6])
    if as_json:
        printing.print_json(
            {
                "serial_number": meter.serial_number, "model": meter.model, "complete_until": complete,
                "installations": [
                    {"usage_point": one.usage_point.code, "starts_on": one.starts_on, "ends_on": one.ends_on,
                     "ct_ratio": one.ct_ratio, "pt_ratio": one.pt_ratio}
                    for one in hung
                ],
                "registers": [
                    {"register": one.register, "read_at": one.read_at, "value_wh": one.value_wh} for one in registers
                ],
            }
        )  # fmt: skip
        return
    click.echo(f"Meter {meter.serial_number} {meter.model}".rstrip())
    for one in hung:
        until = f"to {one.ends_on} (not included)" if one.ends_on else "until now"
        click.echo(f"  at {one.usage_point.code} from {one.starts_on} {until}, ratio {one.ct_ratio * one.pt_ratio}")
    click.echo(f"  reads are complete until {complete}" if complete else "  no reads yet")
    for one in registers:
        click.echo(f"  register {one.register} {one.read_at:%Y-%m-%d %H:%M} UTC: {one.value_wh / 1000:,.3f} kWh")


def _show_day(meter, day, as_json: bool) -> None:  # type: ignore[no-untyped-def]
    from gridhall.apps.metering import queries
    from gridhall.engines.intervals.quality import ReadingQuality

    versions = queries.list_read_versions(meter=meter, day=day)
    if as_json:
        printing.print_json(versions)
        return
    if not versions:
        click.echo(f"Meter {meter} has no reads of {day}.")
        return
    now, before = versions[-1], versions[:-1]
    rows = []
    for slot in range(96):
        older = [
            f"{int(one.import_wh[slot]) / 1000:.3f} {ReadingQuality(int(one.quality[slot])).name}"
            for at, one in enumerate(before)
            if one.quality[slot] != 255 and any(later.changed[slot] for later in versions[at + 1 :])
        ]
        is_missing = now.quality[slot] == 255
        rows.append(
            [
                f"{slot // 4:02d}:{slot % 4 * 15:02d}", "" if is_missing else f"{int(now.import_wh[slot]) / 1000:.3f}",
                "" if is_missing else f"{int(now.export_wh[slot]) / 1000:.3f}",
                ReadingQuality(int(now.quality[slot])).name, "; ".join(dict.fromkeys(older)),
            ]
        )  # fmt: skip
    printing.print_table(f"Meter {meter}, {day}", ["time", "kWh", "export", "quality", "before"], rows)
    there = now.quality != 255
    click.echo(f"{int(now.import_wh[there].sum()) / 1000:,.3f} kWh, {int((~there).sum())} missing", err=True)
    for one in versions:
        click.echo(f"  known from {one.known_at:%Y-%m-%d %H:%M:%S} UTC: {int(one.changed.sum())} reads", err=True)
