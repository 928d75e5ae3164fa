"""`gridhall outbox`: the messages that the sandbox kept instead of sending them."""

from __future__ import annotations

from collections import deque
from zoneinfo import ZoneInfo

import click

from gridhall.cli import start_django


@click.command()
@click.option("--phone", default="", help="Only messages to this phone.")
@click.option("--last", default=10, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
def outbox(phone: str, last: int) -> None:
    """Show the messages that would have been sent, newest last: one-time codes and notices."""
    start_django()
    from django.conf import settings

    from gridhall.integrations import messaging

    if settings.GRIDHALL_SMS != "sandbox":
        click.echo("Messages are sent by the gateway (GRIDHALL_SMS); nothing is kept here.")
        return
    kept = deque((one for one in messaging.get_outbox().read() if not phone or one.phone == phone), maxlen=last)
    for one in kept:
        at = one.at.astimezone(ZoneInfo(settings.TIME_ZONE))
        click.echo(f"{at:%Y-%m-%d %H:%M:%S}  {one.phone}  {one.text}")
    if not kept:
        click.echo("No message was sent yet.")
