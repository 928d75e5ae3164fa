"""`gridhall readings …`: look into a file of reads, or write it in another format. Needs no database."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from gridhall.core.errors import Fault, FaultyInput

if TYPE_CHECKING:
    from gridhall.engines.intervals.formats import ReadFile

SHOWN_FAULTS = 20
KEPT_FAULTS = 100
"""So many faults are all named; of more, the first twenty and how many there are of each kind."""
SHOWN_GAPS = 10
SHOWN_SERIES = 20


class _Zone(click.ParamType):
    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        try:
            return ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(f"{value!r} is no time zone; write a name such as Asia/Shanghai", param, ctx)


@dataclass
class FaultTally:
    """Counts faults by kind, keeps the first few, and writes all to a file if asked: memory does not grow with them."""

    out: Any = None
    first: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    note_count: int = 0
    count: int = 0

    def take(self, fault: Fault) -> None:
        """Count one fault or note."""
        if fault.is_warning:
            self.note_count += 1
            if len(self.notes) < SHOWN_FAULTS:
                self.notes.append(fault)
        else:
            self.count += 1
            # figures and quoted pieces differ from row to row; what is left is the kind
            kind = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d[\d:,. -]*", "…", fault.problem)
            self.kinds[(fault.field or "row", kind) if len(self.kinds) < 1_000 else ("row", "other faults")] += 1
            if len(self.first) < KEPT_FAULTS:
                self.first.append(fault)
        if self.out is not None:
            grade = "note" if fault.is_warning else "fault"
            self.out.writerow([grade, fault.file, fault.line, fault.field, fault.problem, fault.remedy])


@click.group()
def readings() -> None:
    """Files of interval reads: CSV, Parquet, Green Button XML, NEM12, NEM13 (also .gz and .zip)."""


@readings.command()
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--zone", type=_Zone(), help="Time zone of the wall clock, such as Asia/Shanghai.")
@click.option(
    "--faults", "faults_file", type=click.Path(path_type=Path), help="Write every fault and note to this CSV file."
)
def check(file: Path, as_json: bool, zone: ZoneInfo | None, faults_file: Path | None) -> None:
    """
    Say what FILE holds, or what is wrong with it.

    Ends with 0 if the file can be used, and with 1 if not; then every fault is named. Of more than a hundred the first
    twenty are shown and the number of each kind; --faults writes them all.
    """
    if faults_file is None:
        found, tally = _read(file, zone, None)
    else:
        with faults_file.open("w", encoding="utf-8", newline="") as stream:
            out = csv.writer(stream)
            out.writerow(["grade", "file", "line", "field", "problem", "remedy"])
            found, tally = _read(file, zone, out)
    if as_json:
        click.echo(json.dumps(_as_json(file, found, tally), ensure_ascii=False, indent=2))
    else:
        _print(file, found, tally, faults_file)
    if tally.count:
        sys.exit(1)


def _read(file: Path, zone: ZoneInfo | None, out: Any) -> tuple[ReadFile | None, FaultTally]:
    from gridhall.engines.intervals.formats import read_file

    tally = FaultTally(out)
    try:
        return read_file(file, zone=zone, is_strict=False, sink=tally.take), tally
    except FaultyInput as refusal:
        if not tally.count:
            for fault in refusal.faults:
                tally.take(fault)
        return None, tally


def _as_json(file: Path, found: ReadFile | None, tally: FaultTally) -> dict[str, Any]:
    from gridhall.engines.intervals.formats.summary import show_energy, summarize

    report: dict[str, Any] = {"file": str(file), "format": found.format if found else None, "usable": not tally.count}
    report["usage_points"] = []
    for one in found.series if found else []:
        summary = asdict(summarize(one))
        summary["interval_minutes"] = one.duration_s / 60 if one.duration_s % 60 else one.duration_s // 60
        summary["has_utc_offset"] = one.utc_offset_s is not None
        summary["points"] = len(one)
        summary["span"] = {"start": summary["first"], "end": summary["end"]}
        summary["channels"] = list(one.channels)
        report["usage_points"].append(summary)
    report["channels"] = [
        {
            "usage_point": one.usage_point,
            "channel": one.channel,
            "unit": one.unit,
            "energy_kwh": show_energy(one.energy_uwh) if one.has_scale else None,
            "points": one.points,
            "interval_s": one.duration_s,
        }
        for one in (found.channels if found else [])
    ]
    report["note_count"], report["notes"] = tally.note_count, [_fault_json(one) for one in tally.notes]
    report["fault_count"], report["faults"] = tally.count, [_fault_json(one) for one in tally.first]
    report["fault_kinds"] = [
        {"field": name, "problem": problem, "count": count} for (name, problem), count in tally.kinds.most_common()
    ]
    return report


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in ("file", "line", "field", "problem", "remedy")}


def _print(file: Path, found: ReadFile | None, tally: FaultTally, faults_file: Path | None) -> None:
    if found is not None:
        _print_holdings(file, found)
    for note in tally.notes:
        click.echo(f"note  {note}")
    if tally.note_count > len(tally.notes):
        click.echo(f"note  … and {tally.note_count - len(tally.notes):,} more notes")
    if not tally.count:
        click.echo("Can be used.")
        return
    shown = tally.first if tally.count <= KEPT_FAULTS else tally.first[:SHOWN_FAULTS]
    for fault in shown:
        click.echo(f"fault {fault}")
    if tally.count > len(shown):
        click.echo(f"… {tally.count:,} faults in all, by kind:")
        for (name, problem), count in tally.kinds.most_common(SHOWN_FAULTS):
            click.echo(f"  {count:>9,}  [{name}] {problem}")
        click.echo(f"Every fault is in {faults_file}." if faults_file else "See them all: --faults FILE")
    click.echo(f"Cannot be used as it is: {tally.count:,} {'fault' if tally.count == 1 else 'faults'}.")


def _print_holdings(file: Path, found: ReadFile) -> None:
    from gridhall.engines.intervals.formats.summary import show_energy, summarize

    points = sum(len(one) for one in found.series)
    click.echo(f"{file.name}: {found.format}, {len(found.series):,} series, {points:,} reads")
    for one in found.series[:SHOWN_SERIES]:
        figures = summarize(one)
        click.echo(f"{one.usage_point or '(no usage point named)'}")
        click.echo(
            f"  span      {figures.first} to {figures.end}, every {_minutes(figures.interval_s)}, "
            f"{figures.slots:,} points"
        )
        click.echo(f"  import    {figures.import_kwh} kWh")
        if figures.export_kwh is not None:
            click.echo(f"  export    {figures.export_kwh} kWh")
        if figures.reactive_kvarh is not None:
            click.echo(f"  reactive  {figures.reactive_kvarh} kvarh")
        counts = ", ".join(f"{name.lower().replace('_', ' ')} {count:,}" for name, count in figures.quality.items())
        click.echo(f"  quality   {counts}")
        for gap in figures.gaps[:SHOWN_GAPS]:
            click.echo(f"  gap       {gap.start} to {gap.end}, {gap.slots:,} reads")
        if len(figures.gaps) > SHOWN_GAPS:
            click.echo(f"  gap       … {len(figures.gaps):,} gaps in all")
    if len(found.series) > SHOWN_SERIES:
        click.echo(f"… and {len(found.series) - SHOWN_SERIES:,} series more (all with --json)")
    for channel in found.channels[:SHOWN_SERIES]:
        energy = (
            f"{show_energy(channel.energy_uwh)} k{channel.unit.lstrip('kKmM')}"
            if channel.has_scale
            else f"({channel.unit}, not read)"
        )
        click.echo(f"  channel   {channel.usage_point} {channel.channel}: {channel.points:,} reads, {energy}")


def _minutes(seconds: int) -> str:
    return f"{seconds // 60} minutes" if seconds < 86_400 else "day"


@readings.command()
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--to", "target", type=click.Choice(["csv", "parquet", "espi"]), required=True)
@click.option("--zone", type=_Zone(), help="Time zone of the wall clock, such as Asia/Shanghai.")
def convert(file: Path, out: Path, target: str, zone: ZoneInfo | None) -> None:
    """Write the reads of FILE to OUT as csv, parquet or espi (Green Button XML)."""
    from gridhall.engines.intervals.formats import read_file, writing

    found = read_file(file, zone=zone)
    part = out.with_name(out.name + ".part")
    if target == "csv":
        writing.write_csv(found.series, part)
    elif target == "parquet":
        writing.write_parquet(found.series, part)
    else:
        writing.write_espi(found.series, part, updated=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    part.replace(out)
    click.echo(f"Wrote {sum(len(one) for one in found.series):,} reads to {out}.")
