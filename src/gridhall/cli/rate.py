"""`gridhall rate`: price a load under a tariff, without a server or a database."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich import box
from rich.console import Console
from rich.table import Table

from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.intervals.series import ReadSeries
from gridhall.engines.rating.account_file import parse_account
from gridhall.engines.rating.bill import RatedBill, RatedMonth
from gridhall.engines.rating.catalogue import load_tariff
from gridhall.engines.rating.language.document import MOST_YAML
from gridhall.engines.rating.report import bill_data, money, plain
from gridhall.engines.rating.series import rate_series
from gridhall.engines.rating.tariff import Tariff
from gridhall.engines.rating.terms import AccountTerms

WIDE = 140
DAY = click.DateTime(["%Y-%m-%d"])


def load_zone(name: str) -> ZoneInfo | None:
    """
    Find a time zone.

    :raises click.BadParameter: if there is none of that name.
    """
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter(f"there is no time zone {name!r}; write Asia/Shanghai, say") from None


def load_series(path: str, zone: str, usage_point: str | None, tariff: Tariff) -> ReadSeries:
    """
    Read the series to price.

    :param zone: as asked with --zone; else the tariff's zone is taken, unless the file tells its own wall clock.
    :raises FaultyInput: if the file cannot be used, or holds several usage points and none was chosen.
    """
    from gridhall.engines.intervals.formats import read_file
    from gridhall.engines.intervals.formats.lengths import join_lengths

    file = read_file(path, zone=load_zone(zone), home=load_zone(tariff.zone))
    for fault in file.faults:
        click.echo(str(fault), err=True)
    series = [s for s in file.series if usage_point is None or s.usage_point == usage_point]
    if len(series) == 1:
        return series[0]
    names = ", ".join(sorted({s.usage_point or "(unnamed)" for s in file.series}))
    if not series:
        raise FaultyInput([Fault(path, None, None, f"there are no reads of {usage_point}", f"there are: {names}")])
    if len({s.usage_point for s in series}) > 1:
        remedy = f"choose one with --usage-point; there are: {names}"
        raise FaultyInput([Fault(path, None, None, f"holds reads of {len(series)} usage points", remedy)])
    lengths = ", ".join(str(s.duration_s // 60) for s in series)
    joined = join_lengths(series)
    if joined is None:
        remedy = "give one file for each length"
        raise FaultyInput([Fault(path, None, None, f"has intervals of {lengths} minutes that do not fit", remedy)])
    problem = f"has intervals of {lengths} minutes: all are priced as {joined.duration_s // 60} minutes"
    click.echo(f"! {Fault(path, None, None, problem, is_warning=True)}", err=True)
    return joined


def load_account(path: str | None) -> AccountTerms:
    """Read the account file, if there is one."""
    if path is None:
        return AccountTerms()
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(MOST_YAML + 1)
    except OSError as error:
        raise FaultyInput([Fault(path, None, None, f"cannot be read: {error.strerror}", "check the path")]) from None
    return parse_account(content, path)


def last_day(first: datetime | None, until: datetime | None) -> date | None:
    """
    Give the last day to price, the one before --to; a month that lacks only its last day is told.

    :raises FaultyInput: if --to does not come after --from.
    """
    if until is None:
        return None
    if first is not None and until <= first:
        problem = f"{until.date()} is not after --from {first.date()}"
        raise FaultyInput([Fault("reads", None, "--to", problem, "give the day after the last one to price")])
    if (until + timedelta(days=1)).day == 1:
        whole = (until + timedelta(days=1)).date()
        click.echo(f"! --to {until.date()} is the day after the last one; for the whole month give {whole}", err=True)
    return (until - timedelta(days=1)).date()


@click.command()
@click.option(
    "--tariff", "tariff_name", required=True, metavar="FILE|CODE", help="Our YAML, URDB JSON, or a shipped code."
)
@click.option("--reads", required=True, metavar="FILE", help="CSV, Parquet, Green Button, NEM12 or NEM13.")
@click.option("--account", metavar="FILE", help="Terms of the account, YAML or JSON.")
@click.option("--from", "first", type=DAY, help="First local day.")
@click.option("--to", "until", type=DAY, help="The local day after the last one; 2026-02-01 ends with January.")
@click.option("--zone", default="", help="Time zone of the reads, such as America/New_York.")
@click.option("--usage-point", help="Which usage point, where the file holds several.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rate(
    tariff_name: str,
    reads: str,
    account: str | None,
    first: datetime | None,
    until: datetime | None,
    zone: str,
    usage_point: str | None,
    as_json: bool,
) -> None:
    """Price a load under a tariff: lines, determinants and total. Needs no database."""
    last = last_day(first, until)
    tariff = load_tariff(tariff_name)
    terms = load_account(account)
    series = load_series(reads, zone, usage_point, tariff)
    bill = rate_series(tariff, series, terms, first=first.date() if first else None, last=last)
    for warning in bill.warnings:
        click.echo(f"! {warning}", err=True)
    if as_json:
        click.echo(json.dumps(bill_data(bill), ensure_ascii=False, indent=2))
        return
    console = wide_console()
    console.print(f"[bold]{tariff.label.zh}[/] {tariff.label.en}  [dim]{tariff.code}[/]")
    for month in bill.months:
        print_month(console, month, bill)
    console.print(f"[bold]合计 Total  {money(bill.total)} {bill.currency}[/]")


def wide_console() -> Console:
    """Give a console that does not squeeze tables where there is no screen to fit."""
    return Console(width=None if sys.stdout.isatty() else WIDE)


def print_month(console: Console, month: RatedMonth, bill: RatedBill) -> None:
    """Print a month's lines and what was measured."""
    table = Table(title=f"{month.month}", title_justify="left", box=box.SIMPLE, pad_edge=False)
    for heading in ("费用 Line", "", "数量 Quantity", "单位 Unit", "单价 Price", f"金额 {bill.currency}"):
        table.add_column(heading, justify="right" if heading[:2] in ("数量", "单价", "金额") else "left")
    for line in month.lines:
        cells = (line.label.zh, line.label.en, plain(line.quantity), line.unit, plain(line.price), money(line.amount))
        table.add_row(*cells)
    table.add_section()
    table.add_row("本月 Month", "", plain(month.energy_kwh), "kWh", "", money(month.total), style="bold")
    console.print(table)
    for line in month.notes:
        console.print(f"  [dim]其中 {line.label.zh} {line.label.en}: {money(line.amount)} {bill.currency}[/]")
    for name, row in month.determinants.items():
        if isinstance(row, dict):
            console.print(f"  [dim]{name}: {plain(row['import_kwh'])} kWh, max {plain(row['peak_kw'])} kW[/]")
    if reactive := month.determinants.get("reactive_kvarh"):
        console.print(f"  [dim]无功 reactive: {plain(reactive)} kvarh[/]")
    counts = f"实测 measured {month.measured} · 估算 estimated {month.estimated} · 缺失 missing {month.missing}"
    console.print(f"  [dim]{counts}[/]\n")
