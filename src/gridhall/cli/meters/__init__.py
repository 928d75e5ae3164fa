"""`gridhall meters …`: bring reads in, validate and mend them, exchange meters, look at reads and balances."""

from __future__ import annotations

from typing import Any

import click

from gridhall.cli import start_django
from gridhall.cli.meters import balancing, desk, hanging, importing, looking, tidying


class _DatabaseGroup(click.Group):
    """A group that says in a sentence when the database does not answer."""

    def invoke(self, ctx: click.Context) -> Any:
        from django.db.utils import OperationalError, ProgrammingError

        try:
            return super().invoke(ctx)
        except OperationalError as error:
            raise click.ClickException(
                f"The database does not answer ({_first_line(error)}). Start it: gridhall up"
            ) from error
        except ProgrammingError as error:
            raise click.ClickException(
                f"The database is not up to date ({_first_line(error)}). Run: gridhall manage migrate"
            ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no answer"])[0]


@click.group(cls=_DatabaseGroup)
def meters() -> None:
    """Meters and their reads: import, validate, mend, install, exchange, look."""
    start_django()


@meters.group()
def register() -> None:
    """Readings of registers."""


meters.add_command(importing.import_files)
meters.add_command(importing.watch)
register.add_command(importing.import_registers)
meters.add_command(desk.validate)
meters.add_command(desk.failures)
meters.add_command(desk.mend)
meters.add_command(tidying.compact)
meters.add_command(hanging.install)
meters.add_command(hanging.exchange)
meters.add_command(hanging.remove)
meters.add_command(hanging.ratio)
meters.add_command(looking.show)
meters.add_command(balancing.balance)
