"""Showing long work: a bar where a person watches, a line now and then where a log does."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

import click

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is (0 when unknown)."""

LINE_EVERY_S = 10.0


@contextlib.contextmanager
def show_progress() -> Iterator[Progress]:
    """Give a function that shows how far the work is."""
    if sys.stdout.isatty():
        with _bars() as progress:
            yield progress
    else:
        yield _lines()


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Say what is being done, then how long it took."""
    started = time.monotonic()
    is_watched = sys.stdout.isatty()
    if is_watched:
        click.echo(f"  … {text}", nl=False)
    yield
    click.echo(f"{chr(13) if is_watched else ''}  ✓ {text} ({time.monotonic() - started:.1f} s)")


@contextlib.contextmanager
def _bars() -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, TimeElapsedColumn(), TimeRemainingColumn()) as bars:
        tasks: dict[str, int] = {}

        def progress(text: str, done: int, total: int) -> None:
            if text not in tasks:
                tasks[text] = bars.add_task(text, total=total or None)
            bars.update(tasks[text], completed=done, total=total or None)  # type: ignore[arg-type]

        yield progress


def _lines() -> Progress:
    shown: dict[str, float] = {}

    def progress(text: str, done: int, total: int) -> None:
        now = time.monotonic()
        is_last = bool(total) and done >= total
        if text not in shown or is_last or now - shown[text] > LINE_EVERY_S:
            shown[text] = now
            click.echo(f"  {text}: {done:,} of {total:,}" if total else f"  {text}: {done:,}")

    return progress
