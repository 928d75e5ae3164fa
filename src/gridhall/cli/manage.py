"""`gridhall manage …`: Django's own commands."""

from __future__ import annotations

import os

import click


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run a Django management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridhall.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["gridhall manage", *arguments])
