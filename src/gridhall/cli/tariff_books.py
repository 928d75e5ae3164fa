"""`gridhall tariff load | approve | books`: the tariffs that this company bills by. They stand in the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gridhall.cli.bills_ask import actor_option, now
from gridhall.core.errors import BusinessError

if TYPE_CHECKING:
    from gridhall.apps.tariffs.models import TariffDocument


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@actor_option
def load(path: Path | None, actor: str) -> None:
    """
    Load a tariff file, or every one of a folder; without PATH, those that come with Gridhall.

    Bills are priced by a loaded tariff once a second person has approved it. Good files are loaded, faulty ones listed.
    """
    from gridhall.cli import start_django

    start_django()
    from gridhall.apps.tariffs import actions
    from gridhall.engines.rating.catalogue import FOLDER

    report = actions.load_tariffs(folder=path or FOLDER, at=now(), actor=actor)
    for document in report.loaded:
        click.echo(f"loaded    {document.code}  {document.name}")
    for document in report.unchanged:
        click.echo(f"known     {document.code}  {document.name} ({document.status.lower()})")
    for fault in report.faults:
        click.echo(str(fault), err=True)
    if not (report.loaded or report.unchanged or report.faults):
        click.echo(f"There is no tariff in {path}: files end in .yaml, .yml or .json.", err=True)
    if report.loaded:
        click.echo("Approve them, as somebody else: gridhall tariff approve CODE… | --all")
    if report.faults:
        raise SystemExit(1)


@click.command()
@click.argument("codes", nargs=-1, metavar="CODE…")
@click.option("--all", "is_all", is_flag=True, help="Every loaded tariff that waits.")
@actor_option
def approve(codes: tuple[str, ...], is_all: bool, actor: str) -> None:
    """Put loaded tariffs in force, each in its newest state. Who loaded a tariff does not approve it."""
    if bool(codes) == is_all:
        raise click.UsageError("Name one CODE or more, or use --all.")
    from gridhall.cli import start_django

    start_django()
    from gridhall.apps.tariffs import actions

    waiting = _waiting()
    unknown = [code for code in codes if code not in waiting]
    if unknown:
        raise click.ClickException(f"Nothing of {', '.join(unknown)} waits for approval; see: gridhall tariff books")
    refused: dict[str, list[str]] = {}
    for code in codes or sorted(waiting):
        try:
            actions.approve_tariff(document=waiting[code], at=now(), actor=actor)
        except BusinessError as refusal:
            refused.setdefault(refusal.message, []).append(code)
        else:
            click.echo(f"in force  {code}")
    for message, held in refused.items():
        click.echo(f"{', '.join(held)}: {message} Say who: --actor NAME", err=True)
    if refused:
        raise SystemExit(1)
    if not waiting:
        click.echo("Nothing waits for approval.")


@click.command()
def books() -> None:
    """List the tariffs that this company has loaded, in force, waiting and retired."""
    from gridhall.cli import start_django

    start_django()
    from gridhall.apps.tariffs.queries import list_tariffs

    rows = list_tariffs()
    for row in rows:
        by = f"approved by {row.approved_by}" if row.approved_at else f"loaded by {row.loaded_by}"
        click.echo(f"{row.status.lower():<9} {row.code:<42} {row.sha256[:8]}  {row.loaded_at:%Y-%m-%d}  {by}")
    if not rows:
        click.echo("None yet: gridhall tariff load")


def _waiting() -> dict[str, TariffDocument]:
    """The newest state of each code, where it waits."""
    from gridhall.apps.tariffs.kinds import TariffStatusKind
    from gridhall.apps.tariffs.models import TariffDocument

    waiting = TariffDocument.objects.filter(status=TariffStatusKind.DRAFT).order_by("id")
    return {document.code: document for document in waiting}
