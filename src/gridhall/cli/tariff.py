"""`gridhall tariff …`: check, list, show and compare tariffs; load and approve what bills are priced by."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from decimal import Decimal

import click
from rich import box
from rich.table import Table

from gridhall.cli import tariff_books
from gridhall.cli.rate import DAY, last_day, load_account, load_series, wide_console
from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.rating.bill import RatedBill
from gridhall.engines.rating.catalogue import load_tariff, shipped_codes
from gridhall.engines.rating.report import money
from gridhall.engines.rating.series import rate_series
from gridhall.engines.rating.tariff import EnergyCharge, Tariff


@click.group()
def tariff() -> None:
    """Check, list, show and compare tariffs; load and approve those that bills are priced by."""


tariff.add_command(tariff_books.load)
tariff.add_command(tariff_books.approve)
tariff.add_command(tariff_books.books)


@tariff.command()
@click.argument("files", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Say what is wrong with tariff files, with the line; exit 1 if anything is."""
    faults: list[Fault] = []
    for file in files:
        try:
            found = load_tariff(file)
        except FaultyInput as refusal:
            faults += refusal.faults
            continue
        for warning in found.warnings:
            click.echo(f"! {warning}", err=True)
        unverified = sum(not version.source.verified for version in found.versions)
        note = f", {unverified} not verified" if unverified else ""
        click.echo(
            f"{file}: {found.code} {found.label.zh} / {found.label.en}: {len(found.versions)} version(s){note}. 无误 OK"
        )
    if faults:
        raise FaultyInput(faults)


@tariff.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tariffs(as_json: bool) -> None:
    """List the tariffs that come with Gridhall."""
    tariffs = [load_tariff(code) for code in shipped_codes()]
    if as_json:
        rows = [
            {
                "code": t.code,
                "label": t.label.zh,
                "label_en": t.label.en,
                "category": t.category,
                "verified": is_verified(t),
            }
            for t in tariffs
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(box=box.SIMPLE)
    table.add_column("代码 Code", no_wrap=True)  # whole, so that it can be copied
    for heading in ("名称 Name", "", "从 From", "至 Until", "已核实 Verified"):
        table.add_column(heading, overflow="fold")
    for found in tariffs:
        end = found.versions[-1].end_day
        cells = (found.code, found.label.zh, found.label.en, str(found.versions[0].first_day), str(end or "…"))
        table.add_row(*cells, "是 yes" if is_verified(found) else "否 no")
    wide_console().print(table)


def is_verified(found: Tariff) -> bool:
    """Tell whether every version was compared with its source."""
    return all(version.source.verified for version in found.versions)


@tariff.command()
@click.argument("name")
def show(name: str) -> None:
    """Show a tariff: versions, components, prices, clauses."""
    found = load_tariff(name)
    console = wide_console()
    console.print(f"[bold]{found.label.zh}[/] {found.label.en}  [dim]{found.code} · {found.currency}[/]")
    for version in found.versions:
        state = "已核实 verified" if version.source.verified else "未核实 not verified"
        console.print(f"\n[bold]{version.first_day} → {version.end_day or '…'}[/]  {version.source.document} ({state})")
        if version.source.note:
            console.print(f"  [dim]{version.source.note}[/]")
        for component in version.components:
            console.print(f"  {component.code}: {component.label.zh} / {component.label.en}")
            for period, ladder in getattr(component, "ladders", {}).items():
                for tier in ladder:
                    limit = "" if tier.up_to is None else f" ≤ {tier.up_to} {getattr(component, 'tier_unit', 'kW')}"
                    console.print(f"    {period}{limit}: {tier.prices['']}", highlight=False)
            if isinstance(component, EnergyCharge) and component.parts:
                console.print(f"    [dim]构成 parts: {', '.join(part.label.zh for part in component.parts)}[/]")
    for clause in found.clauses.values():
        console.print(f"\n[dim]{clause.id}: {clause.document} {clause.article}[/]\n  {clause.text}")


@tariff.command()
@click.option("--reads", required=True, metavar="FILE", help="CSV, Parquet, Green Button, NEM12 or NEM13.")
@click.option("--account", metavar="FILE", help="Terms of the account, YAML or JSON.")
@click.option("--from", "first", type=DAY, help="First local day.")
@click.option("--to", "until", type=DAY, help="The local day after the last one; 2026-02-01 ends with January.")
@click.option("--zone", default="", help="Time zone of the reads.")
@click.option("--usage-point", help="Which usage point, where the file holds several.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.argument("names", nargs=-1, required=True, metavar="TARIFF…")
def compare(
    reads: str,
    account: str | None,
    first: datetime | None,
    until: datetime | None,
    zone: str,
    usage_point: str | None,
    as_json: bool,
    names: tuple[str, ...],
) -> None:
    """Price one load under several tariffs, the cheapest first."""
    last = last_day(first, until)
    tariffs, faults = [], []
    for name in names:
        try:
            tariffs.append((name, load_tariff(name)))
        except FaultyInput as refusal:
            faults += refusal.faults
    if faults:
        raise FaultyInput(faults)
    terms = load_account(account)
    bills: list[tuple[str, Tariff, RatedBill]] = []
    for name, found in tariffs:
        series = load_series(reads, zone, usage_point, found)
        bills.append((name, found, rate_series(found, series, terms, first=first.date() if first else None, last=last)))
    bills.sort(key=lambda row: (row[2].currency, row[2].total))
    for warning in dict.fromkeys(str(w) for _, _, bill in bills for w in bill.warnings):
        click.echo(f"! {warning}", err=True)
    if len({bill.currency for _, _, bill in bills}) > 1:
        click.echo("! the tariffs are in different currencies; they are sorted within each", err=True)
    if as_json:
        click.echo(json.dumps([_row(*row) for row in bills], ensure_ascii=False, indent=2))
        return
    _print(bills)


def _years(bill: RatedBill) -> dict[str, Decimal]:
    years: dict[str, Decimal] = defaultdict(Decimal)
    for month in bill.months:
        years[str(month.month.year)] += month.total
    return dict(years)


def _row(name: str, found: Tariff, bill: RatedBill) -> dict[str, object]:
    return {
        "tariff": found.code,
        "file": name,
        "label": found.label.zh,
        "label_en": found.label.en,
        "currency": bill.currency,
        "total": money(bill.total),
        "years": {year: money(total) for year, total in _years(bill).items()},
        "months": [{"month": str(month.month), "total": money(month.total)} for month in bill.months],
    }


def _print(bills: list[tuple[str, Tariff, RatedBill]]) -> None:
    table = Table(box=box.SIMPLE)
    table.add_column("")
    for _, found, bill in bills:
        table.add_column(f"{found.label.zh}\n{found.label.en}\n{bill.currency}", justify="right")
    months = [month.month for month in bills[0][2].months]
    for index, month in enumerate(months):
        table.add_row(str(month), *(money(bill.months[index].total) for _, _, bill in bills))
    table.add_section()
    for year in _years(bills[0][2]):
        table.add_row(year, *(money(_years(bill)[year]) for _, _, bill in bills))
    table.add_row("合计 Total", *(money(bill.total) for _, _, bill in bills), style="bold")
    best = {bill.currency: bill.total for _, _, bill in reversed(bills)}
    table.add_row("高出 Above best", *(f"+{money(b.total - best[b.currency])}" for _, _, b in bills), style="dim")
    wide_console().print(table)
