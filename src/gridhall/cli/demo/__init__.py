"""`gridhall demo …`: the demo county, 咸丰县."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from gridhall.cli import start_django

STEPS = {"reads": "Making 15-minute reads", "rows": "Writing customers and meters", "bills": "Running bills"}


class ProgressReport:
    """Shows progress: bars on a terminal, a line at every tenth elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(), console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self._tasks: dict[str, TaskID] = {}
        self._tenths: dict[str, int] = {}

    def __enter__(self) -> ProgressReport:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Tell how far a step is."""
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(STEPS[step], total=total)
        self._bars.update(self._tasks[step], completed=done, total=total)
        tenth = 10 * done // max(total, 1)
        if not self._console.is_terminal and self._tenths.get(step) != tenth:
            self._tenths[step] = tenth
            self._console.print(f"{STEPS[step]}: {10 * tenth} %")


def build_demo(console: Console, *, points: int, months: int) -> None:
    """Build what is missing of the demo county, and run its bills. Start Django first."""
    from django.conf import settings

    from gridhall.cli.demo import build

    at = datetime.now(UTC)
    today = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    started = time.monotonic()
    with ProgressReport(console) as report:
        if not build.is_built():
            build.build_county(report=report, at=at, today=today, points=points, months=months)
            console.print(f"The demo county stands: {points:,} supply points, {time.monotonic() - started:.0f} s.")
        started = time.monotonic()
        build.run_bills(report=report, at=at, today=today, months=months)
        console.print(f"Bills of every month that is over are issued, {time.monotonic() - started:.0f} s.")


@click.group()
def demo() -> None:
    """The demo county 咸丰县: build it, or show who can sign in."""


@demo.command("build")
@click.option("--points", default=20_000, show_default=True, help="How many supply points.")
@click.option("--months", default=14, show_default=True, help="How many months of reads, this month included.")
def build_command(points: int, months: int) -> None:
    """Build the demo county and run its bills; goes on where it was stopped."""
    start_django()
    build_demo(Console(), points=points, months=months)


@demo.command("logins")
def logins_command() -> None:
    """Show who can sign in."""
    start_django()
    for line in login_lines():
        click.echo(line)


def login_lines() -> list[str]:
    """Give one line for each demo login that exists."""
    from gridhall.apps.identity.models import User
    from gridhall.cli.demo.logins import DEMO_PASSWORD

    users = User.objects.filter(phone__startswith="1990000000", is_staff=False).order_by("phone")
    return [f"{user.phone}  {DEMO_PASSWORD}  {user.name}" for user in users]
