"""How the bill commands answer: tables that a person reads, or JSON."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from gridhall.core.periods import Month


@contextmanager
def progress_bar(title: str, unit: str, *, quiet: bool) -> Iterator[Callable[[int, int, int], None]]:
    """Show how far a step is, on standard error; nothing with `quiet`."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn(f"{unit} {{task.fields[bills]}}"),
        TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, disable=quiet) as progress:
        task = progress.add_task(title, total=None, bills="")

        def tell(done: int, total: int, bills: int) -> None:
            progress.update(task, completed=done, total=total, bills=f"{bills:,} bills" if bills else "")

        yield tell


def to_json(value: Any) -> str:
    """Write anything of ours as JSON, amounts as decimal strings."""

    def plain(item: Any) -> Any:
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            return {field.name: plain(getattr(item, field.name)) for field in dataclasses.fields(item)}
        if isinstance(item, dict):
            return {str(key): plain(inner) for key, inner in item.items()}
        if isinstance(item, list | tuple):
            return [plain(inner) for inner in item]
        return item if isinstance(item, int | float | bool | None) else str(item)

    if isinstance(value, Month):
        return json.dumps(str(value))
    return json.dumps(plain(value), ensure_ascii=False, indent=2)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        right = column.endswith(">")
        table.add_column(column.rstrip(">"), justify="right" if right else "left", overflow="fold")
    return table


def _print(*items: Any) -> None:
    # A pipe has no width of its own; tables must not be folded for it.
    console = Console() if sys.stdout.isatty() else Console(width=160)
    for item in items:
        console.print(item)


def print_month(found: Any, *, as_json: bool) -> None:
    """Print what a run would make."""
    if as_json:
        click.echo(to_json({**dataclasses.asdict(found), "amount": found.amount, "exceptions": dict(found.exceptions)}))
        return
    click.echo(
        f"A run of {found.month} would make {found.bills:,} bills for {found.accounts:,} accounts:"
        f" {found.energy_wh / 1_000:,.1f} kWh, {found.amount:,} yuan; {found.held:,} held. Nothing was written."
    )
    for kind, count in sorted(found.exceptions.items()):
        click.echo(f"  {kind}: {count:,}")


def print_preview(preview: Any, *, as_json: bool) -> None:
    """Print what a run comes to, and what to do next."""
    if as_json:
        click.echo(to_json(preview))
        return
    run = preview.run
    click.echo(
        f"Run {run.run_id} ({run.kind.lower()}, {run.month}, {run.status.lower()}): {preview.bills:,} bills,"
        f" {preview.energy_kwh:,} kWh, {preview.amount:,} yuan; {preview.held:,} held."
    )
    if preview.last_bills is not None:
        change = (preview.amount - preview.last_amount) * 100 / preview.last_amount if preview.last_amount else 0
        click.echo(
            f"Month before: {preview.last_bills:,} bills, {preview.last_energy_kwh:,} kWh,"
            f" {preview.last_amount:,} yuan ({change:+.1f} %)."
        )
    kinds = _table("", "customers", "bills>", "yuan>")
    for kind, (count, amount) in sorted(preview.by_customer.items()):
        kinds.add_row(kind, f"{count:,}", f"{amount:,}")
    _print(kinds)
    if preview.exceptions:
        found = ", ".join(f"{kind} {count:,}" for kind, count in preview.exceptions.items())
        click.echo(f"To look at: {found} ({preview.holding:,} hold bills): gridhall bills exceptions {run.run_id}")
    if preview.changes:
        table = _table("Biggest changes to the month before", "bill", "account", "now>", "before>")
        for change in preview.changes[:5]:
            table.add_row(change.bill_number, change.account_number, f"{change.amount:,}", f"{change.last_amount:,}")
        _print(table)
    step = {
        "DRAFTED": f"Approve it: gridhall bills approve {run.run_id}",
        "APPROVED": f"Issue it: gridhall bills issue {run.run_id}",
    }.get(run.status)
    if step and not preview.bills:
        step = f"There is nothing to issue. Mend what is listed, then: gridhall bills cancel-run {run.run_id}"
    if step:
        click.echo(step)


def print_step(run: Any, step: str, *, as_json: bool) -> None:
    """Print where a run stands and what comes next."""
    click.echo(to_json(run) if as_json else f"Run {run.run_id} of {run.month} is {run.status.lower()}. {step}")


def print_runs(runs: list[Any], *, as_json: bool) -> None:
    """Print a list of runs."""
    if as_json:
        click.echo(to_json(runs))
        return
    if not runs:
        click.echo("There is no bill run yet. Make one: gridhall bills run 2026-01")
        return
    table = _table("", "run>", "kind", "month", "cycle", "status", "bills>", "chunks>", "opened", "by", "approved by")
    for run in runs:
        table.add_row(
            str(run.run_id), run.kind, run.month, run.cycle, run.status, f"{run.bills:,}",
            f"{run.chunks_done}/{run.chunks}", f"{run.opened_at:%Y-%m-%d %H:%M}", run.opened_by, run.approved_by,
        )  # fmt: skip
    _print(table)


def print_exceptions(found: list[Any], *, as_json: bool) -> None:
    """Print what to look at."""
    if as_json:
        click.echo(to_json(found))
        return
    if not found:
        click.echo("Nothing to look at.")
        return
    table = _table("", "what", "holds", "account", "bill", "yuan>", "status", "detail")
    for row in found:
        amount = "" if row.amount is None else f"{row.amount:,}"
        table.add_row(
            row.kind, "holds" if row.holds else "", row.account_number, row.bill_number or "(no bill)", amount,
            row.status or "", row.detail,
        )  # fmt: skip
    _print(table)


def print_changes(changes: list[Any], run_id: int | None, *, as_json: bool) -> None:
    """Print what a re-bill changes, each difference with its causes."""
    total = sum((change.difference for change in changes), 0)
    if as_json:
        rows = [
            {
                **{f.name: getattr(change, f.name) for f in dataclasses.fields(change) if f.name != "causes"},
                "causes": [{"cause": c, "zh": zh, "en": en, "amount": amount} for c, zh, en, amount in change.causes],
            }
            for change in changes
        ]
        click.echo(to_json({"run": run_id, "difference": f"{total}", "changes": rows}))
        return
    if not changes:
        click.echo("Nothing differs: the difference is zero, and nothing was written.")
        return
    table = _table("", "account", "month", "kWh before>", "kWh now>", "charged>", "now>", "difference>", "because")
    for change in changes[:200]:
        because = ", ".join(f"{en} {amount:+}" for _, _, en, amount in change.causes)
        table.add_row(
            change.account_number, str(change.month), f"{change.energy_kwh_before:,}", f"{change.energy_kwh_now:,}",
            f"{change.charged:,}", f"{change.charge:,}", f"{change.difference:+,}", because,
        )  # fmt: skip
    _print(table)
    click.echo(f"{len(changes):,} bills differ, by {total:+,} yuan in all.")
    if run_id is None:
        click.echo("Nothing was written.")
    else:
        click.echo(f"Run {run_id} holds the adjustments. Approve it: gridhall bills approve {run_id}")


def print_statement(statement: Any, *, as_json: bool) -> None:
    """Print what a group is asked for in a month."""
    if as_json:
        click.echo(to_json(statement))
        return
    click.echo(
        f"Group of {statement.head_number}, {statement.month}: {statement.accounts:,} accounts,"
        f" {len(statement.bills):,} bills, {statement.energy_kwh:,} kWh, {statement.amount:,} yuan;"
        f" balance of all {statement.balance:,} yuan."
    )
    table = _table("", "account", "bill", "from", "to", "kind", "kWh>", "yuan>")
    for bill in statement.bills:
        table.add_row(
            bill.account_number, bill.number, f"{bill.first_day}", f"{bill.last_day}", bill.kind,
            f"{bill.energy_kwh:,}", f"{bill.amount:,}",
        )  # fmt: skip
    _print(table)


def print_bill(detail: Any, explanations: list[Any], comparisons: list[Any], *, language: str, as_json: bool) -> None:
    """Print a bill, with explanations where asked for."""
    if as_json:
        click.echo(to_json({"bill": detail, "explanations": explanations, "comparisons": comparisons}))
        return
    bill, english = detail.bill, language == "en"
    name = detail.tariff_name_en if english else detail.tariff_name
    click.echo(
        f"{bill.number} · {bill.account_number} {detail.payer_masked} · {bill.first_day} – {bill.last_day} ·"
        f" {bill.kind} {bill.status}\n{name} ({'verified' if detail.tariff_verified else 'not verified'})"
    )
    table = _table("", "#>", "line", "quantity>", "unit", "price>", "yuan>")
    for line in detail.lines:
        table.add_row(
            str(line.position), line.label_en if english else line.label, f"{line.quantity:,}", line.unit,
            f"{line.price}", f"{line.amount:,}" if line.counts else f"({line.amount:,})",
        )  # fmt: skip
    _print(table)
    click.echo(f"{bill.energy_kwh:,} kWh, {bill.amount:,} yuan")
    for why in explanations:
        _print_explanation(why)
    for comparison in comparisons:
        click.echo(f"\n{comparison.kind} {comparison.other.month}: {comparison.difference:+,} yuan")
        for part in comparison.parts:
            click.echo(f"  {part.label}: {part.amount:+,}")


def _print_explanation(why: Any) -> None:
    click.echo(f"\n{why.line.position}. {why.line.label} = {why.amount} yuan")
    if why.clause.document:
        click.echo(f"  {why.clause.document} {why.clause.article}: {why.clause.text}")
    for span in why.readings:
        shown = (
            f"register {span.register_first_kwh} → {span.register_last_kwh} kWh, "
            if span.register_first_kwh is not None and span.register_last_kwh is not None
            else ""
        )
        click.echo(
            f"  meter {span.meter_serial} {span.first_day} – {span.last_day}: {shown}x {span.multiplier},"
            f" {span.energy_kwh} kWh; {span.measured_slots} measured, {span.estimated_slots} estimated,"
            f" {span.missing_slots} missing"
        )
    for step in why.steps:
        formula = f"{step.formula} = " if step.formula else ""
        click.echo(f"  {step.text}: {formula}{step.value:f} {step.unit}".rstrip())
    if why.rounding_text:
        click.echo(f"  {why.rounding_text}")
