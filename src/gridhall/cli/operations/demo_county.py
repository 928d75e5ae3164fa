"""
Building the demo county once, into an empty database.

What was begun is kept in `demo.json`: an interrupted build starts clean, because the database was empty before it; an
interrupted bill run goes on by itself.
"""

from __future__ import annotations

import importlib
import json
import shutil
import time
from pathlib import Path
from typing import Any

import click

from gridhall.cli.operations.progress import show_progress

DEMO_MODULE = "gridhall.cli.demo"


def build_when_empty(data_folder: Path, *, wants_demo: bool | None) -> None:
    """
    Build the demo county and run its bills, unless data are there or it was refused.

    :param wants_demo: what the caller said; None keeps what was said before, and means yes the first time.
    """
    database = _identify_database()
    state = _read(data_folder, database)
    stage = state.get("state")
    if wants_demo is False and stage in (None, "building"):
        if stage == "building":
            _start_clean(data_folder)
        _write(data_folder, database, {"state": "refused"})
        return
    if wants_demo and stage == "refused":
        stage = None
    if stage in ("refused", "done"):
        return
    if stage is None and _has_data():
        _write(data_folder, database, {"state": "refused"})
        return
    demo = importlib.import_module(DEMO_MODULE)
    if stage == "building":
        click.echo("  The last build of the demo county was interrupted; starting it clean.")
        _start_clean(data_folder)
    started = time.monotonic()
    with show_progress() as progress:
        if stage in (None, "building"):
            _write(data_folder, database, {"state": "building"})
            demo.build_demo(progress)
            _write(data_folder, database, {"state": "billing"})
        demo.run_demo_bills(progress)
    _write(data_folder, database, {"state": "done"})
    click.echo(f"  ✓ Demo county ({time.monotonic() - started:.0f} s)")


def list_logins(data_folder: Path) -> list[str]:
    """List what to tell about signing in to the demo: lines of text, none when there is no demo."""
    try:
        is_demo = json.loads((data_folder / "demo.json").read_text()).get("state") in ("billing", "done")
    except (FileNotFoundError, json.JSONDecodeError):
        return []
    if not is_demo:
        return []
    return [str(line) for line in importlib.import_module(DEMO_MODULE).list_demo_logins()]


def note_built(data_folder: Path) -> None:
    """Note that the demo county stands here, when it was built by itself."""
    _write(data_folder, _identify_database(), {"state": "done"})


def adopt_database(data_folder: Path) -> None:
    """Let what was kept about the demo speak of this database: after a restore it is the same data in a new one."""
    try:
        kept = dict(json.loads((data_folder / "demo.json").read_text()))
    except (FileNotFoundError, json.JSONDecodeError):
        return
    _write(data_folder, _identify_database(), kept)


def _has_data() -> bool:
    from django.apps import apps

    return apps.get_model("accounts", "CustomerAccount").objects.exists()


def _start_clean(data_folder: Path) -> None:
    """Empty what the interrupted build had filled: we saw the database empty before, so all in it is the demo's."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("drop schema public cascade")
        cursor.execute("create schema public")
    connection.close()
    shutil.rmtree(settings.GRIDHALL_INTERVAL_STORE, ignore_errors=True)
    call_command("migrate", interactive=False, verbosity=0)


def _identify_database() -> str:
    """Name this very database, so that what was kept about another one is never believed."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select system_identifier || '/' || d.oid from pg_control_system(), pg_database d"
            " where d.datname = current_database()"
        )
        return str(cursor.fetchone()[0])


def _read(data_folder: Path, database: str) -> dict[str, Any]:
    try:
        kept = dict(json.loads((data_folder / "demo.json").read_text()))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return kept if kept.get("database") == database else {}


def _write(data_folder: Path, database: str, state: dict[str, Any]) -> None:
    fresh = data_folder / "demo.json.new"
    fresh.write_text(json.dumps(state | {"database": database}))
    fresh.rename(data_folder / "demo.json")
