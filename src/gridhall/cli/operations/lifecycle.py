"""`gridhall up` and `gridhall down`."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import click

from gridhall.cli.operations import demo_county, supervision
from gridhall.cli.operations.progress import step
from gridhall.cli.operations.supervision import UnableToStart
from gridhall.config import addresses
from gridhall.config.run_folder import DEFAULT_PORT, RunFolder, Wanted


@click.command()
@click.option("--host", help="Address to listen on; 0.0.0.0 for every network.  [127.0.0.1, or as the last time]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [8000, or as the last time]")
@click.option("--workers", type=click.IntRange(1, 64), help="Server processes.  [2, or as the last time]")
@click.option("--demo/--no-demo", default=None, help="Build the demo county when the database is empty.  [--demo]")
@click.option("--foreground/--detach", default=False, help="Stay until stopped, or return when all runs.  [--detach]")
def up(host: str | None, port: int | None, workers: int | None, demo: bool | None, foreground: bool) -> None:
    """Start everything: database, server, worker. Run again: says what runs; data are kept."""
    folder = supervision.get_own_run_folder()
    folder.make()
    with folder.lock("up"):
        before = folder.read_wanted()
        wanted = replace(
            before, host=host or before.host, port=port or before.port, workers=workers or before.workers,
            fingerprint=supervision.get_fingerprint(),
        )  # fmt: skip
        if _is_up(folder, before, wanted):
            click.echo("Gridhall 网上电厅 is already up.")
        else:
            with _ended_on_failure(folder):
                wanted = _bring_up(folder, wanted, is_port_given=port is not None, wants_demo=demo)
        _say_where(folder, wanted)
    if foreground:
        _stay(folder)


@click.command()
def down() -> None:
    """Stop everything. Data are kept."""
    folder = supervision.get_own_run_folder()
    ended = supervision.stop_everything(folder)
    click.echo(f"Stopped: {'; '.join(ended)}. Data are kept." if ended else "Nothing was running.")


def _is_up(folder: RunFolder, before: Wanted, wanted: Wanted) -> bool:
    if not (before.is_serving and before == wanted and folder.is_supervised()):
        return False
    if folder.read_state().serving_generation != wanted.generation:
        return False
    status = supervision.ask_server(wanted)
    return status is not None and status < 500


def _bring_up(folder: RunFolder, wanted: Wanted, *, is_port_given: bool, wants_demo: bool | None) -> Wanted:
    click.echo("Starting Gridhall 网上电厅")
    supervision.stop_everything(folder)
    wanted = _choose_port(wanted, is_port_given=is_port_given)
    folder.write_wanted(replace(wanted, is_serving=False))
    with step("Database"):
        supervision.start_supervisor(folder)
    with step("Tables, translations, static files"):
        _prepare()
    demo_county.build_when_empty(folder.data_folder, wants_demo=wants_demo)
    wanted = replace(wanted, is_serving=True, generation=wanted.generation + 1)
    with step("Server and worker"):
        supervision.serve(folder, wanted)
    return wanted


def _prepare() -> None:
    """Bring tables, compiled translations and static files up to what the code says."""
    from gridhall.cli import start_django
    from gridhall.config import translations

    start_django()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    translations.compile_all(settings.BASE_DIR)
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)


def _choose_port(wanted: Wanted, *, is_port_given: bool) -> Wanted:
    """Take the wanted port; when a stranger has it and nobody insists, the next free one."""
    if addresses.is_port_free(wanted.host, wanted.port):
        return wanted
    if is_port_given:
        raise UnableToStart(
            f"Port {wanted.port} on {wanted.host} is taken by another program, or is not ours to use. "
            "Choose another with --port.",
            code="port-taken",
        )
    for port in range(DEFAULT_PORT, DEFAULT_PORT + 100):
        if addresses.is_port_free(wanted.host, port):
            click.echo(f"  Port {wanted.port} is taken by another program; using {port}.")
            return replace(wanted, port=port)
    raise UnableToStart(
        f"No port from {DEFAULT_PORT} on is free on {wanted.host}. Choose one with --port.", code="no-port"
    )


@contextlib.contextmanager
def _ended_on_failure(folder: RunFolder) -> Iterator[None]:
    """Leave nothing half-started behind when starting fails or is stopped."""
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except BaseException:
        click.echo("", err=True)
        supervision.stop_everything(folder)
        raise
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _say_where(folder: RunFolder, wanted: Wanted) -> None:
    names = ["localhost"] if wanted.host in addresses.LOOPBACK else [wanted.host]
    if wanted.host in addresses.ANYWHERE:
        names = ["localhost", *addresses.list_own_names()]
    click.echo("")
    for name in names:
        click.echo(f"  http://{name}:{wanted.port}/")
    for line in demo_county.list_logins(folder.data_folder):
        click.echo(f"  {line}")
    click.echo(f"\n  Logs: {folder.log_path}    Stop: gridhall down    Trouble: gridhall doctor")


def _stay(folder: RunFolder) -> None:
    """Stay until a signal comes, or the supervisor ends; then stop everything."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        while folder.is_supervised():
            time.sleep(1)
    except KeyboardInterrupt:
        click.echo("\nStopping …")
        supervision.stop_everything(folder)
        return
    sys.exit("Gridhall was stopped from elsewhere." if not os.environ.get("GRIDHALL_QUIET") else 0)
