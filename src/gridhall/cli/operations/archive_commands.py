"""`gridhall backup` and `gridhall restore`."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from gridhall import __version__
from gridhall.cli import start_django
from gridhall.cli.operations import archive, database_tools, demo_county, supervision
from gridhall.cli.operations.archive import Manifest
from gridhall.cli.operations.progress import show_progress, step
from gridhall.config.run_folder import RunFolder
from gridhall.core.errors import BusinessError


class UnableToBackUp(BusinessError):
    """No backup was written; the message says why."""


class UnableToRestore(BusinessError):
    """Nothing was restored and nothing changed; the message says why."""


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def backup(file: Path | None) -> None:
    """Write one consistent archive of database, readings, keys. The house stays up."""
    moment = datetime.now(UTC)
    target = (file or Path.cwd() / f"gridhall-{moment:%Y%m%d-%H%M%S}.tar").resolve()
    if not target.parent.is_dir():
        raise UnableToBackUp(f"There is no folder {target.parent}.", code="no-folder")
    folder = supervision.get_own_run_folder()
    with _database_running(folder):
        manifest = _write_backup(folder, target, moment)
    readings = sum(facts["size"] for name, facts in manifest.files.items() if name.startswith(f"{archive.STORE}/"))
    database = manifest.files[archive.DATABASE]["size"]
    click.echo(
        f"\n{target}\n  {_in_mb(target.stat().st_size)}: database {_in_mb(database)}, readings {_in_mb(readings)}, "
        f"{len(manifest.files):,} files, each with its checksum.\n  It holds keys and personal data: keep it safe. "
        "Restore: gridhall restore FILE"
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Replace the data that are here.")
def restore(file: Path, yes: bool) -> None:
    """Verify an archive, restore it beside what is here, then swap the two."""
    manifest = _verify(file)
    folder = supervision.get_own_run_folder()
    with folder.lock("up"), _database_running(folder):
        start_django()
        _check_migrations(manifest)
        held = _count_held()
        if held and not yes:
            raise UnableToRestore(
                f"Here are data already: {held}. They would be replaced by the backup of {manifest.created_at}. "
                "Back them up if they matter, then say --yes.",
                code="would-overwrite",
            )
        wanted = folder.read_wanted()
        try:
            _stop_serving(folder)
            _swap_in(folder, file, manifest)
        except BaseException:
            folder.write_wanted(wanted)
            raise
        _bring_to_this_version()
        demo_county.adopt_database(folder.data_folder)
        if wanted.is_serving:
            with step("Server and worker"):
                supervision.serve(folder, replace(wanted, generation=wanted.generation + 1))
        restored = _count_held()  # while the database is up: it goes down again where nothing ran before
    click.echo(f"\nRestored the backup of {manifest.created_at}: {restored or 'it holds no data'}.")
    if not wanted.is_serving:
        click.echo("Start it: gridhall up")


def _write_backup(folder: RunFolder, target: Path, moment: datetime) -> Manifest:
    from django.conf import settings
    from django.db import connection, transaction

    store = Path(settings.GRIDHALL_INTERVAL_STORE)
    staging = store.parent / f"staging-{secrets.token_hex(4)}"
    staging.mkdir(parents=True)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read read only")
            cursor.execute("select pg_export_snapshot(), current_setting('server_version_num')::int")
            snapshot, version = cursor.fetchone()
            cursor.execute("select app || '.' || name from django_migrations order by 1")
            migrations = [row[0] for row in cursor.fetchall()]
            with step("Snapshot of the readings"):
                sources = archive.link_store(store, staging / archive.STORE)
            with step("Dump of the database"):
                database_tools.dump_database(staging / archive.DATABASE, snapshot=snapshot, postgres_version=version)
        size = (staging / archive.DATABASE).stat().st_size
        sources = [archive.Source(archive.DATABASE, staging / archive.DATABASE, size), *sources]
        sources += archive.list_kept(folder.data_folder, store=store)
        _check_room(target.parent, sum(source.size for source in sources))
        manifest = Manifest(moment.isoformat(timespec="seconds"), __version__, str(version), migrations)
        total = sum(source.size for source in sources)
        with show_progress() as progress:
            for done in archive.write_archive(target, sources, manifest):
                progress("Writing MB", done >> 20, total >> 20)
        return manifest
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _verify(file: Path) -> Manifest:
    total = file.stat().st_size
    manifest = None
    with show_progress() as progress:
        for seen in archive.verify_archive(file):
            if isinstance(seen, Manifest):
                manifest = seen
            else:
                progress("Verifying MB", seen >> 20, total >> 20)
    assert manifest is not None
    return manifest


@contextlib.contextmanager
def _database_running(folder: RunFolder) -> Iterator[None]:
    """Have the database up for the work, and leave things as they were."""
    was_supervised = folder.is_supervised()
    if not was_supervised and supervision.is_embedded():
        folder.make()
        folder.write_wanted(replace(folder.read_wanted(), is_serving=False))
        supervision.start_supervisor(folder)
    try:
        start_django()
        yield
    finally:
        if not was_supervised and supervision.is_embedded():
            from django.db import connections

            connections.close_all()
            supervision.stop_everything(folder)


def _check_migrations(manifest: Manifest) -> None:
    from django.db.migrations.loader import MigrationLoader

    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    unknown = sorted(set(manifest.migrations) - known)
    if unknown:
        raise UnableToRestore(
            f"The backup was made by a newer Gridhall ({manifest.gridhall}): it has {unknown[0]}. Upgrade first.",
            code="backup-newer",
        )


def _count_held() -> str:
    """Say what this installation holds, empty when it holds nothing that matters."""
    from django.apps import apps
    from django.conf import settings
    from django.db import ProgrammingError

    found = []
    for label, name, words in (("accounts", "CustomerAccount", "accounts"), ("identity", "User", "users")):
        with contextlib.suppress(ProgrammingError, LookupError):
            count = apps.get_model(label, name).objects.count()
            found += [f"{count:,} {words}"] if count else []
    store = Path(settings.GRIDHALL_INTERVAL_STORE)
    if store.is_dir() and any(path.is_file() for path in store.rglob("*")):
        found.append("interval reads")
    return ", ".join(found)


def _stop_serving(folder: RunFolder) -> None:
    from django.db import connections

    connections.close_all()
    folder.write_wanted(replace(folder.read_wanted(), is_serving=False))
    if folder.is_supervised():
        supervision.wait_until_not_serving(folder)


def _swap_in(folder: RunFolder, file: Path, manifest: Manifest) -> None:
    """Restore beside what is here, then rename: until the last moment, and at any failure, the old data stand."""
    from django.conf import settings
    from django.db import connections

    store = Path(settings.GRIDHALL_INTERVAL_STORE)
    mark = secrets.token_hex(4)
    staging = store.parent / f"restore-{mark}"
    name = str(database_tools.get_connection_facts()["dbname"])
    fresh, old, old_store = f"{name}_restore_{mark}", f"{name}_before_{mark}", store.with_name(f"restore-{mark}-before")
    staging.mkdir(parents=True)
    try:
        _check_room(staging, file.stat().st_size * 3)
        total = sum(facts["size"] for facts in manifest.files.values())
        with show_progress() as progress:
            for done in archive.extract_archive(file, staging):
                progress("Unpacking MB", done >> 20, total >> 20)
        with step("Database restored beside the present one"):
            database_tools.create_database(fresh)
            version = int(manifest.postgres)
            database_tools.restore_database(staging / archive.DATABASE, fresh, postgres_version=version)
        connections.close_all()
        with step("Swapped"):
            _rename_both(name, fresh, old, staging / archive.STORE, store, old_store)
            _put_kept(staging / archive.KEPT, folder.data_folder)
        database_tools.drop_database(old)
        shutil.rmtree(old_store, ignore_errors=True)
    except BaseException:
        database_tools.drop_database(fresh)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _rename_both(name: str, fresh: str, old: str, new_store: Path, store: Path, old_store: Path) -> None:
    """Swap database and store; what fails half-way is swapped back."""
    new_store.mkdir(exist_ok=True)
    database_tools.rename_database(name, old)
    try:
        database_tools.rename_database(fresh, name)
        if store.exists():
            store.rename(old_store)
        new_store.rename(store)
    except BaseException:
        if old_store.exists() and not store.exists():
            old_store.rename(store)
        with contextlib.suppress(Exception):
            database_tools.rename_database(name, fresh)
        database_tools.rename_database(old, name)
        raise


def _put_kept(kept: Path, data_folder: Path) -> None:
    for path in sorted(kept.rglob("*")) if kept.is_dir() else []:
        if path.is_file():
            place = data_folder / path.relative_to(kept)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, place)


def _bring_to_this_version() -> None:
    from django.core.management import call_command

    with step("Tables brought to this version"):
        call_command("migrate", interactive=False, verbosity=0)


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + (64 << 20):
        raise UnableToBackUp(f"{folder} has {_in_mb(free)} free, and {_in_mb(needed)} are needed.", code="no-room")


def _in_mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
