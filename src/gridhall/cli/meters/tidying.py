"""`gridhall meters compact`."""

from __future__ import annotations

import click

from gridhall.cli.meters import printing
from gridhall.core.periods import Month


@click.command()
@click.argument("months", nargs=-1, metavar="[MONTH]...")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def compact(months: tuple[str, ...], as_json: bool) -> None:
    """
    Bring MONTHs of reads into one file a shard; all of them, if none is given.

    The worker does this every night. No read changes, older versions are kept, and imports and bill runs may go on.
    """
    from gridhall.apps.metering import actions

    try:
        chosen = [Month.parse(month) for month in months] or None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with printing.progress("Compacting") as ticker:
        done = actions.compact_reads(
            months=chosen, at=printing.now(), actor=printing.actor(),
            progress=lambda index, of: ticker.tell(f"{index:,} of {of:,} months"),
        )  # fmt: skip
    if as_json:
        printing.print_json(done)
        return
    if not done:
        click.echo("Every month is in order already.")
        return
    for month in done:
        click.echo(
            f"{month.month}: {month.replaced:,} files became {month.shards:,}; "
            f"{month.overwritten:,} older versions kept in the month's history"
        )
