"""How the commands speak: progress on stderr, results on stdout, for people or as JSON."""

from __future__ import annotations

import dataclasses
import getpass
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import numpy as np
from rich.console import Console
from rich.table import Table

_PLAIN_EVERY_S = 5.0


def now() -> datetime:
    """The moment a command runs at."""
    return datetime.now(UTC)


def actor() -> str:
    """Who runs it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "staff"


class Ticker:
    """Shows how far something is: one line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, label: str) -> None:
        self.label = label
        self._console = console
        self._status = console.status(label) if console.is_terminal else None
        self._told_at = time.monotonic()

    def tell(self, text: str) -> None:
        """Say where it stands."""
        if self._status is not None:
            self._status.update(f"{self.label}: {text}")
        elif time.monotonic() - self._told_at >= _PLAIN_EVERY_S:
            self._told_at = time.monotonic()
            self._console.print(f"{self.label}: {text}", markup=False, highlight=False)


@contextmanager
def progress(label: str) -> Iterator[Ticker]:
    """Show progress while something runs."""
    ticker = Ticker(Console(stderr=True), label)
    if ticker._status is None:
        yield ticker
        return
    with ticker._status:
        yield ticker


def print_json(value: Any) -> None:
    """Print a result for machines; amounts and energies as decimal strings."""
    click.echo(json.dumps(as_plain(value), ensure_ascii=False, indent=2))


def as_plain(value: Any) -> Any:
    """Turn a result into what JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: as_plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): as_plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(one) for one in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID | Path) else value


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print rows: a table on a terminal, tab-separated lines elsewhere."""
    console = Console()
    if not console.is_terminal:
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join(row))
        return
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def parse_day(text: str | None, name: str) -> date | None:
    """Read 2026-01-31. :raises click.BadParameter: if it is no day."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a day; write it as 2026-01-31.", param_hint=name) from error


def find_days(month: str | None, first: str | None, last: str | None) -> tuple[date, date]:
    """Give the half-open days of MONTH, or from --from until --to. :raises click.UsageError: if none."""
    from gridhall.core.periods import Month

    if month is not None and first is None and last is None:
        try:
            parsed = Month.parse(month)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="MONTH") from error
        return parsed.first_day, parsed.next().first_day
    start, end = parse_day(first, "--from"), parse_day(last, "--to")
    if month is not None or start is None or end is None:
        raise click.UsageError("Give a MONTH such as 2026-01, or both --from and --to.")
    if end <= start:
        raise click.UsageError("--to is the day after the last one; it must come after --from.")
    return start, end
