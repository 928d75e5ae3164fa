"""`gridhall meters balance`: of one feeder or transformer, or of the whole network to keep."""

from __future__ import annotations

from datetime import timedelta

import click

from gridhall.cli.meters import printing
from gridhall.core.periods import Month


@click.command()
@click.argument("code", required=False)
@click.argument("month", required=False)
@click.option("--from", "first", help="First day, 2026-01-01; without CODE also a month, 2026-01.")
@click.option("--to", "last", help="The day after the last one; without CODE also the last month.")
@click.option("--transformer", "is_transformer", is_flag=True, help="CODE is a transformer area, not a feeder.")
@click.option("--days", "by_day", is_flag=True, help="Day by day.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def balance(
    code: str | None, month: str | None, first: str | None, last: str | None, is_transformer: bool, by_day: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """
    Compare the check meters of the feeder CODE with the customers behind them, for a MONTH.

    Without CODE every feeder and transformer is balanced and kept for the console, in each month that holds reads
    and where something changed since; the worker does this every night. Stopped, it goes on where it was.
    """
    if code is None:
        if is_transformer or by_day:
            raise click.UsageError("--transformer and --days are for one CODE.")
        _balance_all(_find_month(first, "--from"), _find_month(last, "--to", is_end=True), as_json)
    else:
        _balance_one(code, month, first, last, is_transformer, by_day, as_json)


def _find_month(text: str | None, name: str, *, is_end: bool = False) -> Month | None:
    """Read 2026-01, or the month of a day; a day that ends a span is not part of it."""
    if text is None:
        return None
    try:
        return Month.parse(text)
    except ValueError:
        day = printing.parse_day(text, name)
    assert day is not None
    return Month.of(day - timedelta(days=1) if is_end else day)


def _balance_all(first: Month | None, last: Month | None, as_json: bool) -> None:
    from gridhall.apps.metering import actions

    if first is not None and last is not None and last < first:
        raise click.UsageError("--to must not come before --from.")
    with printing.progress("Balancing") as ticker:
        done = actions.balance_network(
            first=first, last=last, at=printing.now(),
            progress=lambda month, meters, of: ticker.tell(f"{month}, {meters:,} of {of:,} meters"),
        )  # fmt: skip
    if as_json:
        printing.print_json(done)
    elif not done:
        click.echo("No month there holds reads of a day that is over.")
    else:
        rows = [
            [
                one.month, str(one.end_day - timedelta(days=1)), f"{one.feeders:,}", f"{one.transformers:,}",
                f"{one.meters:,}", one.problem or ("balanced" if one.is_new else "still holds"),
            ]
            for one in done
        ]  # fmt: skip
        columns = ["month", "until", "feeders", "transformers", "meters", "what was done"]
        printing.print_table("Balances of the network", columns, rows)
    if any(one.problem for one in done):
        raise click.exceptions.Exit(1)


def _balance_one(
    code: str, month: str | None, first: str | None, last: str | None, is_transformer: bool, by_day: bool,
    as_json: bool,
) -> None:  # fmt: skip
    from gridhall.apps.accounts.models import Feeder, Transformer
    from gridhall.apps.metering import queries

    first_day, end_day = printing.find_days(month, first, last)
    place = (Transformer if is_transformer else Feeder).objects.filter(code=code).first()
    if place is None:
        raise click.ClickException(f"There is no {'transformer' if is_transformer else 'feeder'} {code}.")
    span = {"first_day": first_day, "end_day": end_day}
    if is_transformer:
        ask = queries.list_transformer_balance_days if by_day else queries.get_transformer_balance
        found = ask(transformer=place, **span)
    else:
        ask = queries.list_feeder_balance_days if by_day else queries.get_feeder_balance
        found = ask(feeder=place, **span)
    found = found if by_day else [found]
    if as_json:
        told = [
            {
                **printing.as_plain(one),
                "loss_kwh": str(one.loss_kwh),
                "loss_percent": printing.as_plain(one.loss_percent),
            }
            for one in found
        ]
        printing.print_json(told if by_day else told[0])
        return
    rows = [
        [
            str(one.first_day) if by_day else f"{one.first_day} to {one.end_day - timedelta(days=1)}",
            f"{one.supplied_kwh:,.3f}", f"{one.delivered_kwh:,.3f}", f"{one.loss_kwh:,.3f}",
            "" if one.loss_percent is None else f"{one.loss_percent} %", f"{one.customer_meters:,}",
            f"{100 * one.check_completeness:.2f} %", f"{100 * one.customer_completeness:.2f} %",
        ]
        for one in found
    ]  # fmt: skip
    printing.print_table(
        f"{place.name} {code}",
        ["days", "supplied kWh", "delivered kWh", "lost kWh", "lost", "meters", "check complete", "customers complete"],
        rows,
    )
