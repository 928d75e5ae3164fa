"""`gridhall meters import`, `register import` and `watch`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gridhall.cli.meters import printing
from gridhall.core.errors import BusinessError, FaultyInput

if TYPE_CHECKING:
    from gridhall.apps.metering.actions import Dropped, ImportProgress, ImportSummary

_SHOWN_FAULTS = 20


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read and compare, but change nothing.")
@click.option("--faults", type=click.Path(path_type=Path), help="Write every fault to this CSV file (with one FILE).")
@click.option("--meter", help="Whose reads they are when the file does not say: meter, usage point or customer number.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def import_files(files: tuple[Path, ...], dry_run: bool, faults: Path | None, meter: str | None, as_json: bool) -> None:
    """Bring files of reads in: CSV, Parquet, Green Button XML, NEM12, NEM13, or register readings."""
    from gridhall.apps.metering.actions import import_reads

    if faults is not None and len(files) > 1:
        raise click.UsageError("--faults goes with one FILE.")
    done: list[ImportSummary] = []
    is_failed = False
    for path in files:
        with printing.progress(path.name) as ticker:
            try:
                summary = import_reads(
                    path=path, at=printing.now(), actor=printing.actor(), is_dry_run=dry_run, faults_file=faults,
                    usage_point=meter, progress=lambda state, say=ticker: say.tell(_progress_text(state)),
                )  # fmt: skip
            except BusinessError as refusal:
                is_failed = True
                _print_refusal(path, refusal)
                continue
        done.append(summary)
        if not as_json:
            print_summary(summary)
    if as_json:
        printing.print_json(done)
    if is_failed:
        raise SystemExit(1)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read and compare, but change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def import_registers(ctx: click.Context, file: Path, dry_run: bool, as_json: bool) -> None:
    """Bring register readings in: a CSV file with meter, register, read_at, value_kwh."""
    from gridhall.apps.metering.actions.imports.register_files import is_register_file

    if file.is_file() and not is_register_file(file):
        raise click.ClickException(f"{file.name} has no columns meter, read_at and value_kwh in its first line.")
    ctx.invoke(import_files, files=(file,), dry_run=dry_run, faults=None, meter=None, as_json=as_json)


@click.command()
@click.option("--once", is_flag=True, help="Look once and end.")
@click.option("--every", default=3.0, show_default=True, help="Seconds between looks.")
def watch(once: bool, every: float) -> None:
    """Bring in what is laid into the drop folder, until stopped."""
    from django.conf import settings

    from gridhall.apps.metering.actions import DropFolder, import_dropped_file

    folder = DropFolder(Path(settings.GRIDHALL_DROP_FOLDER))
    click.echo(f"Watching {folder.root / 'in'}", err=True)
    while True:
        at = printing.now()
        for path in folder.list_ready(at=at):
            with printing.progress(path.name) as ticker:
                dropped = import_dropped_file(
                    folder=folder, path=path, at=printing.now(), actor=printing.actor(),
                    progress=lambda state, say=ticker: say.tell(_progress_text(state)),
                )  # fmt: skip
            if dropped is not None:
                _print_dropped(dropped)
        if once:
            return
        time.sleep(every)


def _progress_text(state: ImportProgress) -> str:
    return f"{state.reads:,} reads, {state.faults:,} faults"


def _print_refusal(path: Path, refusal: BusinessError) -> None:
    faults = refusal.faults if isinstance(refusal, FaultyInput) else []
    click.echo(f"{path.name}: not brought in.", err=True)
    for fault in faults[:_SHOWN_FAULTS]:
        click.echo(f"  {fault}", err=True)
    if not faults:
        click.echo(f"  {refusal.message}", err=True)
    elif len(faults) > _SHOWN_FAULTS:
        click.echo(f"  … and {len(faults) - _SHOWN_FAULTS:,} more", err=True)


def print_summary(summary: ImportSummary) -> None:
    """Say what an import did."""
    if summary.is_repeat:
        click.echo(f"{summary.file}: brought in before, {summary.unchanged:,} reads; nothing changed.")
        return
    would = "would be " if summary.is_dry_run else ""
    click.echo(f"{summary.file} ({summary.format or 'nothing in it'})")
    if summary.first_day is not None and summary.end_day is not None:
        last = summary.end_day.fromordinal(summary.end_day.toordinal() - 1)
        click.echo(f"  {summary.meters:,} meters, {summary.first_day} to {last}")
    click.echo(f"  {summary.stored:,} {would}stored, of which {summary.corrected:,} replaced another value")
    click.echo(f"  {summary.unchanged:,} known already")
    click.echo(f"  {summary.rejected:,} could not be used")
    _print_findings(summary)
    told = [fault for fault in summary.faults if not fault.is_warning]
    for fault in told[:_SHOWN_FAULTS]:
        click.echo(f"    {fault}")
    if len(told) > _SHOWN_FAULTS or summary.warnings:
        more = f"; {summary.warnings:,} notes" if summary.warnings else ""
        click.echo(f"    the whole list{more}: {summary.faults_file or 'give --faults FILE'}")


def _print_findings(summary: ImportSummary) -> None:
    if summary.is_dry_run:
        return
    if not summary.findings:
        click.echo("  validated: nothing to look at")
        return
    rules = ", ".join(f"{rule} {count:,}" for rule, count in sorted(summary.findings.items()))
    click.echo(
        f"  validated: {sum(summary.findings.values()):,} failures open ({rules}), {summary.new_findings:,} new;"
    )
    click.echo("    see `gridhall meters failures`")


def _print_dropped(dropped: Dropped) -> None:
    if dropped.summary is not None:
        print_summary(dropped.summary)
    else:
        click.echo(f"{dropped.name}: not brought in, see {dropped.moved_to}.faults.csv", err=True)
