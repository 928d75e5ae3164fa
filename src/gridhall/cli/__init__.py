"""
The command line: `gridhall …`.

Each command lives in its own module and is imported only when it is called, so that `gridhall rate` starts without
Django and without a database.
"""

from __future__ import annotations

import importlib
import io
import os
import sys

import click

from gridhall import __version__
from gridhall.core.errors import BusinessError, FaultyInput

MOST_FAULTS = 200
COMMANDS = {
    "rate": "gridhall.cli.rate:rate",
    "readings": "gridhall.cli.readings:readings",
    "tariff": "gridhall.cli.tariff:tariff",
    "up": "gridhall.cli.operations:up",
    "down": "gridhall.cli.operations:down",
    "doctor": "gridhall.cli.operations:doctor",
    "backup": "gridhall.cli.operations:backup",
    "restore": "gridhall.cli.operations:restore",
    "demo": "gridhall.cli.demo:demo",
    "accounts": "gridhall.cli.accounts:accounts",
    "meters": "gridhall.cli.meters:meters",
    "bills": "gridhall.cli.bills:bills",
    "ledger": "gridhall.cli.ledger:ledger",
    "users": "gridhall.cli.users:users",
    "outbox": "gridhall.cli.outbox:outbox",
    "manage": "gridhall.cli.manage:manage",
    "new-app": "gridhall.cli.new_app:new_app",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        address = COMMANDS.get(cmd_name)
        if address is None:
            return None
        module, _, name = address.partition(":")
        return getattr(importlib.import_module(module), name)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gridhall")
def cli() -> None:
    """Gridhall 网上电厅: serve, bill and keep the customers of an electricity supply company."""


def start_django() -> None:
    """Make Django ready for a command that needs the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridhall.config.settings")
    import django

    django.setup()


def main() -> None:
    """Run a command; a refusal is printed as a sentence, never as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # names of files that are no text, screens without Chinese
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped. Nothing half-done was kept; run the command again to go on.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except FaultyInput as refusal:
        for fault in refusal.faults[:MOST_FAULTS]:
            click.echo(str(fault), err=True)
        if len(refusal.faults) > MOST_FAULTS:
            click.echo(f"… and {len(refusal.faults) - MOST_FAULTS:,} faults more", err=True)
        sys.exit(1)
    except BusinessError as refusal:
        click.echo(refusal.message, err=True)
        sys.exit(1)
    except BrokenPipeError:
        # whoever read our output has seen enough; nothing more can be said, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if _is_silent_database(error):
            click.echo(f"The database does not answer: {str(error).splitlines()[0]}", err=True)
            click.echo("Start it with `gridhall up`; `gridhall doctor` says more.", err=True)
        elif type(error.__cause__).__name__ in ("UndefinedTable", "UndefinedColumn"):
            click.echo("The database is not of this version of Gridhall: tables or columns are missing.", err=True)
            click.echo("Run `gridhall up`, which brings it up to date; `gridhall doctor` says more.", err=True)
        else:
            raise
        sys.exit(1)


def _is_silent_database(error: Exception) -> bool:
    """Django is looked at only where a command has loaded it; streams of COPY fail with psycopg's own words."""
    found = [sys.modules.get(name) for name in ("django.db.utils", "psycopg")]
    return any(isinstance(error, m.OperationalError | m.InterfaceError) for m in found if m is not None)
