"""`gridhall demo …`: the demo county, 咸丰县."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from gridhall.cli import start_django
from gridhall.cli.operations.progress import Progress, show_progress
from gridhall.core.errors import BusinessError


class UnableToBuildDemo(BusinessError):
    """The demo county was not built."""


def build_demo(progress: Progress, *, points: int | None = None, months: int | None = None) -> None:
    """
    Build the demo county's reads and rows into an empty database. Start Django first.

    :raises UnableToBuildDemo: if there are customers already.
    """
    from gridhall.cli.demo import build

    if build.is_built():
        raise UnableToBuildDemo("There are customers already; the demo county is built into an empty database only.")
    at, today = _read_clock()
    build.build_county(
        report=progress, at=at, today=today, points=points or build.POINTS, months=months or build.MONTHS
    )


def run_demo_bills(progress: Progress) -> None:
    """Run and issue the bills of every month that is over, then balance the network; goes on where it was stopped."""
    from gridhall.cli.demo import balances, bills

    at = _read_clock()[0]
    bills.run_bills(report=progress, at=at)
    balances.balance_months(report=progress, at=at)


def list_demo_logins() -> list[str]:
    """Give one line for each demo login that exists, under a line that says the password."""
    start_django()
    from gridhall.apps.identity.models import User
    from gridhall.cli.demo.logins import DEMO_PASSWORD, LOGIN_TITLES, STAFF_TITLES

    there = set(User.objects.filter(phone__in=[*LOGIN_TITLES, *STAFF_TITLES]).values_list("phone", flat=True))
    customers = [f"{phone}  {title}" for phone, title in LOGIN_TITLES.items() if phone in there]
    staff = [f"{phone}  {title}" for phone, (_role, _name, title) in STAFF_TITLES.items() if phone in there]
    if not customers:
        return []
    lines = [f"Password of all: {DEMO_PASSWORD}   Codes sent by message: gridhall outbox", *customers]
    if staff:
        lines += ["", "Staff, at /console/sign-in/, with the six digits that `gridhall demo code` says:", *staff]
    return lines


def _read_clock() -> tuple[datetime, date]:
    from django.conf import settings

    at = datetime.now(UTC)
    return at, at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


@click.group()
def demo() -> None:
    """The demo county 咸丰县: build it, run its bills, or show who can sign in."""
    start_django()


@demo.command("build")
@click.option("--points", default=20_000, show_default=True, type=click.IntRange(200, 200_000), help="Supply points.")
@click.option("--months", default=14, show_default=True, type=click.IntRange(1, 36), help="Months, this one included.")
def build_command(points: int, months: int) -> None:
    """Build the demo county into an empty database, and run its bills."""
    from django.conf import settings

    from gridhall.cli.operations.demo_county import note_built

    with show_progress() as progress:
        build_demo(progress, points=points, months=months)
        run_demo_bills(progress)
    note_built(Path(settings.DATA_DIR))
    click.echo("The demo county stands.")


@demo.command("bills")
def bills_command() -> None:
    """Run the bills of the demo county's months that are over; goes on where it was stopped."""
    with show_progress() as progress:
        run_demo_bills(progress)


@demo.command("logins")
def logins_command() -> None:
    """Show who can sign in."""
    for line in list_demo_logins() or ["There is no demo county here; `gridhall demo build` makes one."]:
        click.echo(line)


@demo.command("code")
def code_command() -> None:
    """Say the six digits that the demo county's staff are asked for, and how long they are good."""
    from gridhall.apps.identity.models import User
    from gridhall.apps.identity.rules import totp
    from gridhall.cli.demo.logins import DEMO_SECRET, STAFF_TITLES

    if not User.objects.filter(phone__in=STAFF_TITLES).exists():
        click.echo("There is no demo staff here; `gridhall demo build` makes some.")
        return
    at = datetime.now(UTC)
    left = totp.STEP_S - int(at.timestamp()) % totp.STEP_S
    click.echo(f"{totp.make_code(DEMO_SECRET, at=at)}  (for {left} s more; once for each of them)")
    click.echo(f"Or put this key into an authenticator app: {DEMO_SECRET}")
