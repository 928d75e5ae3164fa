"""What the doctor looks at outside the database: Python, disk, folders, processes, ports, logs, clock."""

from __future__ import annotations

import functools
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from gridhall.cli.operations import supervision
from gridhall.cli.operations.examination import Check, Finding
from gridhall.config import addresses, postgres_home
from gridhall.config.embedded_postgres import read_folder
from gridhall.config.run_folder import RunFolder

SECRET_FILES = ("secret_key", "id_key", "vapid_key", "postgres.json", "outbox.jsonl")
LEAST_FREE_BYTES, GOOD_FREE_BYTES = 1 << 30, 5 << 30
OLDEST_SANE_CLOCK_S = 1_767_225_600  # 2026-01-01: before this program was written


def list_checks(folder: RunFolder) -> list[Check]:
    """List the checks in the order in which they are shown."""
    checks = (check_python, check_disk, check_data_folder, check_secrets, check_processes, check_server, check_clock)
    bound: list[Check] = []
    for check in checks:
        call = functools.partial(check, folder)
        call.__name__ = check.__name__  # type: ignore[attr-defined]
        bound.append(call)
    return bound


def check_python(folder: RunFolder) -> Iterator[Finding]:
    """Python must be 3.11 or newer and 64 bits wide."""
    text = f"{sys.version.split()[0]} in {sys.prefix}"
    if sys.version_info < (3, 11) or sys.maxsize < 2**32:
        yield Finding("Python", "fail", text, "Install a 64-bit Python 3.11 or newer, remove .venv, run `make up`.")
    else:
        yield Finding("Python", "ok", text)


def check_disk(folder: RunFolder) -> Iterator[Finding]:
    """Every place that grows must have room."""
    places = {folder.data_folder: "data folder"}
    database = read_folder(folder.data_folder)
    if database is not None and supervision.is_embedded():
        places[database] = "database"
    for place, name in places.items():
        free = shutil.disk_usage(_nearest(place)).free
        text = f"{free / 1e9:.1f} GB free for the {name} ({place})"
        remedy = "Free some space, or move the data folder: set GRIDHALL_DATA." if free < GOOD_FREE_BYTES else ""
        yield Finding("Disk", "fail" if free < LEAST_FREE_BYTES else "warn" if remedy else "ok", text, remedy)


def check_data_folder(folder: RunFolder) -> Iterator[Finding]:
    """We must be able to write our own folder, and the database's programs must run."""
    place = _nearest(folder.data_folder)
    if not os.access(place, os.W_OK):
        owner = place.stat().st_uid
        yield Finding(
            "Data folder", "fail", f"{place} cannot be written by user {os.geteuid()}; it belongs to user {owner}",
            "Use the user who started Gridhall first, or set GRIDHALL_DATA to a folder of yours.",
        )  # fmt: skip
    else:
        yield Finding("Data folder", "ok", str(folder.data_folder))
    if os.geteuid() == 0 and postgres_home.SYSTEM_FOLDER.is_dir():
        yield from _look_for_orphans(folder)


def check_secrets(folder: RunFolder) -> Iterator[Finding]:
    """Files with secrets must be readable by their owner alone."""
    names = [name for name in SECRET_FILES if (folder.data_folder / name).exists()]
    loose = [name for name in names if stat.S_IMODE((folder.data_folder / name).stat().st_mode) & 0o077]
    if loose:
        paths = " ".join(str(folder.data_folder / name) for name in loose)
        yield Finding("Secrets", "fail", f"others can read {', '.join(loose)}", f"chmod 600 {paths}")
    else:
        yield Finding("Secrets", "ok", f"{', '.join(names) or 'none yet'}: readable by the owner alone")


def check_processes(folder: RunFolder) -> Iterator[Finding]:
    """Supervisor, server and worker should run, and not die again and again."""
    pid = folder.find_supervisor()
    if not pid:
        yield Finding("Processes", "fail", "Gridhall is not running", "make up")
        return
    state = folder.read_state()
    yield Finding("Supervisor", "ok", f"process {pid}")
    if state.failure:
        yield Finding("Database process", "fail", state.failure, f"See {folder.log_path / 'postgres.log'}.")
    for name in ("server", "worker"):
        child = state.children.get(name)
        log = folder.log_path / f"{name}.log"
        if not child or not child["pid"]:
            yield Finding(name.capitalize(), "fail", "does not run", f"See {log}; then `gridhall down` and `make up`.")
        elif child["restarts"] > 3:
            text = f"process {child['pid']}, started again {child['restarts']} times"
            yield Finding(name.capitalize(), "warn", text, f"See why in {log}.")
        else:
            yield Finding(name.capitalize(), "ok", f"process {child['pid']}")
    if folder.read_wanted().fingerprint != supervision.get_fingerprint():
        yield Finding("Version", "warn", "the files of Gridhall changed since the server started", "make up")


def check_server(folder: RunFolder) -> Iterator[Finding]:
    """The server must answer; when it does not run, its port should be free."""
    wanted = folder.read_wanted()
    place = f"{wanted.host}:{wanted.port}"
    if not folder.is_supervised() or not wanted.is_serving:
        if addresses.is_port_free(wanted.host, wanted.port):
            yield Finding("Port", "ok", f"{place} is free")
        else:
            yield Finding(
                "Port", "warn", f"{place} is taken by another program", "gridhall up takes the next free one."
            )
        return
    started = time.monotonic()
    status = supervision.ask_server(wanted)
    took_ms = (time.monotonic() - started) * 1000
    if status is None:
        yield Finding("Answer", "fail", f"nobody answers at {place}", f"See {folder.log_path / 'server.log'}.")
    elif status >= 500:
        text = f"{place} answers with error {status}"
        yield Finding("Answer", "fail", text, f"See {folder.log_path / 'server.log'}.")
    else:
        yield Finding("Answer", "ok", f"{place} answers in {took_ms:.0f} ms")


def check_clock(folder: RunFolder) -> Iterator[Finding]:
    """Bills depend on the date."""
    now = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < OLDEST_SANE_CLOCK_S:
        yield Finding("Clock", "fail", f"{shown} is in the past", "Set the clock (timedatectl set-ntp true).")
    else:
        yield Finding("Clock", "ok", shown)


def _look_for_orphans(folder: RunFolder) -> Iterator[Finding]:
    """Database folders below /var/lib whose installation is gone keep their space for nothing."""
    mine = read_folder(folder.data_folder)
    for place in sorted(postgres_home.SYSTEM_FOLDER.glob("data-*")):
        note = place / postgres_home.ORIGIN
        origin = Path(note.read_text().strip()) if note.exists() else None
        if place != mine and (origin is None or read_folder(origin) != place):
            text = f"{place} belongs to an installation that is gone ({origin or 'unknown'})"
            yield Finding("Left over", "warn", text, f"When nothing in it is needed: rm -r {place}")


def _nearest(place: Path) -> Path:
    """The folder itself, or the nearest above it that exists."""
    while not place.exists():
        place = place.parent
    return place
