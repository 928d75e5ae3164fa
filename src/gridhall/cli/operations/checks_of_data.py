"""What the doctor looks at in the database and the interval store."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from gridhall.cli import start_django
from gridhall.cli.operations.examination import Check, Finding
from gridhall.config.run_folder import RunFolder

OLDEST_POSTGRES = 150_000
EXTENSIONS = ("btree_gist", "pg_trgm")
CLOCK_LIMIT_S, QUEUE_LIMIT_S, LONGEST_READING_S = 5.0, 300.0, 20.0


def list_checks(folder: RunFolder) -> list[Check]:
    """List the checks that need the database, in the order in which they are shown."""
    checks: list[Check] = [check_extensions, check_tables, check_worker, check_queue, check_events]
    return [*checks, check_text_messages, check_database_clock, _for_store(folder)]


def check_database() -> Iterator[Finding]:
    """The database must answer and be PostgreSQL 15 or newer."""
    from gridhall.config.embedded_postgres import read_record

    start_django()
    from django.conf import settings
    from django.db import OperationalError

    facts = settings.DATABASES["default"]
    where = f"{facts['NAME']} at {facts['HOST'] or 'a local socket'}:{facts['PORT'] or 5432}"
    try:
        version, encoding = _ask(
            "select current_setting('server_version_num')::int, current_setting('server_encoding')"
        )
    except OperationalError as error:
        is_ours = not os.environ.get("DATABASE_URL")
        has_run = bool(read_record(settings.DATA_DIR))
        remedy = (
            ("gridhall down, then make up" if has_run else "make up") if is_ours else "Start it, or mend DATABASE_URL."
        )
        reason = str(error).strip().splitlines()[0]
        yield Finding("Database", "fail", f"{where} does not answer: {reason}", remedy)
        return
    text = f"PostgreSQL {version // 10_000}.{version % 10_000}, {where}"
    if version < OLDEST_POSTGRES:
        yield Finding("Database", "fail", text, "Use PostgreSQL 15 or newer.")
    elif encoding != "UTF8":
        yield Finding("Database", "fail", f"{text}, encoding {encoding}", "Make the database anew with encoding UTF8.")
    else:
        yield Finding("Database", "ok", text)


def check_extensions() -> Iterator[Finding]:
    """The extensions that tables need must be installable."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select name, installed_version from pg_available_extensions where name = any(%s)", [list(EXTENSIONS)]
        )
        found = dict(cursor.fetchall())
    for name in EXTENSIONS:
        if name not in found:
            yield Finding("Extension", "fail", f"{name} is not available", "Install postgresql-contrib on the server.")
        elif found[name] is None:
            yield Finding("Extension", "ok", f"{name} is available, and not used yet")
        else:
            yield Finding("Extension", "ok", f"{name} {found[name]}")


def check_tables() -> Iterator[Finding]:
    """Every migration must have run, and none that we do not know."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    known, applied = set(loader.disk_migrations), set(loader.applied_migrations)
    mine = {app for app, _ in known}
    missing, strange = known - applied, {key for key in applied - known if key[0] in mine}
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    if missing:
        yield Finding(
            "Tables", "fail", f"{len(missing)} migrations have not run", "make up, or gridhall manage migrate"
        )
    elif strange - replaced:
        app, name = sorted(strange - replaced)[0]
        yield Finding(
            "Tables", "fail", f"made by a newer Gridhall ({app}.{name})", "Upgrade Gridhall, or restore a backup."
        )
    else:
        yield Finding("Tables", "ok", f"all {len(known)} migrations have run")


def check_worker() -> Iterator[Finding]:
    """A worker must have shown a sign of life lately."""
    count, age = _ask(
        "select count(*) filter (where last_heartbeat > now() - interval '60 seconds'),"
        " extract(epoch from now() - max(last_heartbeat))::float from procrastinate_workers"
    )
    if count:
        yield Finding("Queue worker", "ok", f"{count} alive, last sign {max(age, 0):.0f} s ago")
    else:
        text = "none alive" + (f", the last sign was {age:.0f} s ago" if age is not None else "")
        yield Finding("Queue worker", "fail", text, "make up; the reason is in .gridhall/log/worker.log")


def check_queue() -> Iterator[Finding]:
    """Jobs must not wait long, nor fail."""
    waiting, oldest_s, failed = _ask(
        "select count(*) filter (where j.status = 'todo' and coalesce(j.scheduled_at, now()) <= now()),"
        " extract(epoch from now() - min(coalesce(j.scheduled_at, e.at))"
        "   filter (where j.status = 'todo' and coalesce(j.scheduled_at, now()) <= now()))::float,"
        " count(*) filter (where j.status = 'failed')"
        " from procrastinate_jobs j left join lateral (select min(at) as at from procrastinate_events"
        "   where job_id = j.id and type = 'deferred') e on true where j.status in ('todo', 'failed')"
    )
    lag_s = oldest_s or 0.0
    text = f"{waiting} waiting" + (f", the oldest for {lag_s:.0f} s" if waiting else "")
    is_late = lag_s > QUEUE_LIMIT_S
    yield Finding(
        "Queue", "warn" if is_late else "ok", text, "Is the worker alive, or busy with a long job?" if is_late else ""
    )
    if failed:
        remedy = "See .gridhall/log/worker.log; `gridhall manage procrastinate shell` lists and retries them."
        yield Finding("Failed jobs", "warn", str(failed), remedy)


def check_events() -> Iterator[Finding]:
    """Events must reach their handlers."""
    waiting, late, oldest = _ask(
        "select count(*), count(*) filter (where happened_at < now() - interval '10 minutes'), min(happened_at)"
        " from core_event where delivered_at is null"
    )
    if late:
        text = f"{waiting} not delivered, the oldest of {oldest:%Y-%m-%d %H:%M} UTC"
        yield Finding("Events", "warn", text, "A handler fails again and again: .gridhall/log/worker.log names it.")
    else:
        yield Finding("Events", "ok", f"{waiting} on their way" if waiting else "all delivered")


def check_text_messages() -> Iterator[Finding]:
    """Codes and messages must go to phones, not into a file of this machine."""
    from django.conf import settings

    from gridhall.integrations.messaging import UnableToSendMessage, get_sms_sender

    try:
        get_sms_sender()
    except UnableToSendMessage as error:
        yield Finding("Text messages", "fail", str(error), "Set GRIDHALL_SMS as docs/how-to/install.md says.")
        return
    if settings.GRIDHALL_SMS == "sandbox":
        yield Finding(
            "Text messages", "warn", "kept in a file of this machine (`gridhall outbox`); they reach nobody",
            "For real customers, set GRIDHALL_SMS to your gateway and GRIDHALL_SMS_SECRET.",
        )  # fmt: skip
    elif not settings.GRIDHALL_SMS_SECRET:
        yield Finding(
            "Text messages", "warn", "sent without a secret", "Set GRIDHALL_SMS_SECRET, so that your gateway knows us."
        )
    else:
        yield Finding("Text messages", "ok", f"sent by {settings.GRIDHALL_SMS}")


def check_database_clock() -> Iterator[Finding]:
    """The database's clock must agree with ours."""
    (moment,) = _ask("select clock_timestamp()")
    off_s = abs((datetime.now(UTC) - moment).total_seconds())
    if off_s > CLOCK_LIMIT_S:
        yield Finding(
            "Clocks", "fail", f"the database's clock is {off_s:.0f} s away from ours", "Run NTP on both machines."
        )
    else:
        yield Finding("Clocks", "ok", "the database's agrees with ours")


def check_interval_store(folder: RunFolder) -> Iterator[Finding]:
    """The interval store must be readable, and its own check must find nothing."""
    from django.conf import settings

    store = Path(settings.GRIDHALL_INTERVAL_STORE)
    if not store.exists():
        yield Finding("Interval store", "ok", f"{store} is made with the first reads")
        return
    if not os.access(store, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("Interval store", "fail", f"{store} cannot be written", "Give it to the user who runs Gridhall.")
        return
    size = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    reading = _Reading()
    problems = list(_list_damage(store, reading)) if any(store.rglob("manifest.json")) else []
    if problems:
        text = f"{len(problems)} problems, first: {problems[0]}"
        yield Finding(
            "Interval store", "fail", text, "Restore the named files from a backup, or import their reads again."
        )
        return
    seen = "every file that a manifest names is there"
    if reading.left_out:
        text = f"{seen}; {reading.read / 1e6:,.0f} MB were read and are whole, the rest was not looked into"
    else:
        text = f"{seen} and whole"
    yield Finding("Interval store", "ok", f"{size / 1e6:,.0f} MB; {text}")


class _Reading:
    """How much of the store was read; after a while no more is, so that the doctor has time for others."""

    def __init__(self) -> None:
        self.read, self.left_out = 0, 0
        self._until = time.monotonic() + LONGEST_READING_S

    def has_time(self) -> bool:
        """Tell whether to read on."""
        return time.monotonic() < self._until


def _list_damage(store: Path, reading: _Reading) -> Iterator[str]:
    """Open every file that a manifest names: its size, frame, directory and reads must agree with their checksums."""
    from gridhall.engines.intervals.delta import Log
    from gridhall.engines.intervals.layout import UnreadableShard
    from gridhall.engines.intervals.manifest import read_manifest
    from gridhall.engines.intervals.store import IntervalStore

    intervals = IntervalStore(store)
    for month in reversed(intervals.months()):  # what is billed next comes first
        folder = intervals.folder(month)
        try:
            manifest = read_manifest(folder, month)
        except UnreadableShard as damage:
            yield damage.message
            continue
        for part in manifest.parts:
            try:
                yield from _look_into(folder / part.name, part.size, reading)
            except UnreadableShard as damage:
                yield damage.message
            except FileNotFoundError:
                yield f"{folder / part.name} is gone"
        for name in (*manifest.logs, *manifest.history) if reading.has_time() else ():
            try:
                Log(folder / name).refresh()
            except UnreadableShard as damage:
                yield damage.message


def _look_into(path: Path, size: int, reading: _Reading) -> Iterator[str]:
    from gridhall.engines.intervals.layout import Shard, UnreadableShard

    shard = Shard(path)
    if path.stat().st_size != size:
        yield f"{path} has another size than its manifest says"
    for row in range(len(shard.directory)):
        if not reading.has_time():
            reading.left_out += 1
            continue
        try:
            reading.read += shard.read_planes(row).size + shard.read_daily(row).size
        except UnreadableShard as damage:
            yield damage.message


def _for_store(folder: RunFolder) -> Check:
    call = functools.partial(check_interval_store, folder)
    call.__name__ = check_interval_store.__name__  # type: ignore[attr-defined]
    return call


def _ask(statement: str) -> tuple:  # type: ignore[type-arg]
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchone())
