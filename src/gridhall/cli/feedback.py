"""`gridhall feedback …`: what people told us about pages."""

from __future__ import annotations

import csv
import getpass
import sys
from datetime import datetime

import click

from gridhall.cli import start_django


@click.group()
def feedback() -> None:
    """What customers told us about pages: list it, settle it."""
    start_django()


@feedback.command("list")
@click.option("--all", "with_settled", is_flag=True, help="Those that were dealt with, too.")
@click.option("--page", default="", help="Only about pages whose path begins so, such as /bills/.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only from this day on.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, for a table program.")
def list_command(with_settled: bool, page: str, since: datetime | None, limit: int, as_csv: bool) -> None:
    """Show what is open, newest first."""
    from django.utils import timezone

    from gridhall.apps.notifications import queries

    found = queries.list_feedback(
        viewer=_Console(),
        is_settled=None if with_settled else False,
        page=page,
        since=timezone.make_aware(since) if since else None,
        limit=limit,
    )
    if as_csv:
        table = csv.writer(sys.stdout)
        table.writerow(["number", "given_at", "kind", "rating", "page", "text", "contact", "settled_at", "note"])
        for view in found:
            table.writerow([
                view.number, timezone.localtime(view.given_at).isoformat(timespec="minutes"), view.kind,
                view.rating or "", view.page, _plain(view.text), _plain(view.contact), view.settled_at or "",
                _plain(view.note),
            ])  # fmt: skip
        return
    for view in found:
        stars = f" {view.rating}/5" if view.rating else ""
        given = timezone.localtime(view.given_at)
        click.echo(f"{view.number}  {given:%Y-%m-%d %H:%M}  {view.kind}{stars}  {view.page or '-'}")
        if view.text:
            click.echo("    " + _printable(view.text).replace("\n", "\n    "))
        if view.contact:
            click.echo(f"    Contact: {_printable(view.contact)}")
        if view.settled_at:
            click.echo(f"    Settled by {view.settled_by}: {_printable(view.note) or '-'}")
    click.echo(f"{len(found)} shown." if found else "Nothing is open.")


@feedback.command("settle")
@click.argument("number")
@click.option("--note", default="", help="What was done about it.")
def settle_command(number: str, note: str) -> None:
    """Note that one was dealt with."""
    from django.utils import timezone

    from gridhall.apps.notifications import actions

    kept = actions.settle_feedback(
        number=number, note=note, at=timezone.now(), actor=f"command line {getpass.getuser()}"
    )
    click.echo(f"{kept.number} is settled.")


class _Console:
    """Whoever may run commands here is staff."""

    is_active = is_staff = True


def _printable(text: str) -> str:
    """Leave out what would steer a terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


def _plain(text: str) -> str:
    """Keep a table program from taking what somebody wrote for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
