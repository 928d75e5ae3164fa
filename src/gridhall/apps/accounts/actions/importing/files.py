"""Walking through the files: read, batch, merge, report. Memory stays the same however long they are."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.db import DataError, IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from gridhall.apps.accounts.actions.importing import merges
from gridhall.apps.accounts.actions.importing.staging import Counts, Merge, clear, merge_batch, prepare
from gridhall.apps.accounts.events import AccountsImported
from gridhall.apps.accounts.models import Party
from gridhall.apps.accounts.queries.parties import id_keys
from gridhall.apps.accounts.rules import id_numbers
from gridhall.apps.accounts.rules.columns import read_values
from gridhall.apps.accounts.rules.lines import Row, read_rows
from gridhall.core import events
from gridhall.core.errors import BusinessError, Fault, FaultyInput

BATCH_ROWS = 20_000
KEPT_FAULTS = 200
_LOCK = 7_201_482_260  # one import at a time

Progress = Callable[[str, int, int], None]
FaultSink = Callable[[Fault], None]
Further = Mapping[str, Callable[[Path, FaultSink], Counts]]


class UnableToImport(BusinessError):
    """Nothing was read."""


@dataclass(slots=True)
class FileReport:
    """What became of one file."""

    file: str
    kind: str
    counts: Counts = field(default_factory=Counts)
    is_unusable: bool = False


@dataclass(slots=True)
class ImportReport:
    """What became of all files; the first faults, and how many there are."""

    files: list[FileReport] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    warning_count: int = 0
    is_dry_run: bool = False


@dataclass(slots=True)
class _Run:
    at: datetime
    actor: str
    report: ImportReport
    sink: FaultSink | None
    progress: Progress | None
    further: Further

    def tell(self, faults: list[Fault]) -> None:
        for fault in faults:
            if fault.is_warning:
                self.report.warning_count += 1
            else:
                self.report.fault_count += 1
            if len(self.report.faults) < KEPT_FAULTS:
                self.report.faults.append(fault)
            if self.sink:
                self.sink(fault)


def import_accounts(
    *,
    path: Path,
    at: datetime,
    actor: str,
    is_dry_run: bool = False,
    kind: str | None = None,
    sink: FaultSink | None = None,
    progress: Progress | None = None,
    further: Further | None = None,
) -> ImportReport:
    """
    Import a file, or every known file of a folder, in the order in which they name each other.

    Good rows are kept, each batch in a transaction of its own; bad ones are listed. Interrupted and run again it goes
    on: what is in already changes nothing.

    :param kind: what the file holds, where its name does not say.
    :param sink: told every fault; the report keeps the first only.
    :param progress: told the file, the rows read and the bytes read so far.
    :param further: kinds of files that another app reads, after all of ours; each gives its counts.
    :raises UnableToImport: if there is nothing to read, or another import is running.
    """
    run = _Run(at, actor, ImportReport(is_dry_run=is_dry_run), sink, progress, further or {})
    found = _find_files(path, kind, run)
    with _one_at_a_time():
        if is_dry_run:
            with transaction.atomic():
                _import_all(found, run)
                transaction.set_rollback(True)
        else:
            _import_all(found, run)
    return run.report


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise UnableToImport("Another import is running; wait until it is done.", code="busy")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _find_files(path: Path, kind: str | None, run: _Run) -> list[tuple[str, Path]]:
    """Give the kind and path of each file, in the order in which they are read."""
    known = [*merges.BY_NAME, *run.further]
    if kind is not None and kind not in known:
        raise UnableToImport(f"A file holds one of {', '.join(known)}.", code="unknown-kind")
    names = ", ".join(f"{name}.csv" for name in known)
    if path.is_file():
        found_kind = kind or _kind_of(path, known)
        if not found_kind:
            message = f"{path.name} does not say what it holds; name it with --kind, or as one of {names}."
            raise UnableToImport(message, code="unknown-kind")
        return [(found_kind, path)]
    if not path.is_dir():
        raise UnableToImport(f"There is no file or folder {path}.", code="not-found")
    files = sorted(
        file for file in path.iterdir() if file.is_file() and file.suffix.casefold() in (".csv", ".txt", ".tsv")
    )
    kinds = {file: _kind_of(file, known) for file in files}
    found = [(one, file) for one in known for file in files if kinds[file] == one]
    for file in files:
        if not kinds[file]:
            run.tell([Fault(file.name, None, None, "its name says nothing to us; it was left out", is_warning=True)])
    if not found:
        raise UnableToImport(f"There is nothing to import in {path}; known files are {names}.", code="nothing")
    return found


def _kind_of(path: Path, known: list[str]) -> str:
    """`accounts.csv`, `accounts-2.csv` and `Accounts_2026.csv` hold accounts."""
    stem = path.stem.casefold().replace("-", "_").replace(" ", "_")
    fitting = [name for name in known if stem == name or stem.startswith(f"{name}_")]
    return max(fitting, key=len, default="")


def _import_all(found: list[tuple[str, Path]], run: _Run) -> None:
    for kind, path in found:
        if kind in run.further:
            _import_further(kind, path, run)
            continue
        names_groups = _import_file(merges.BY_NAME[kind], path, run)
        if names_groups:
            _import_file(merges.GROUPS, path, run, is_second_pass=True)


def _import_further(kind: str, path: Path, run: _Run) -> None:
    report = FileReport(path.name, kind)
    run.report.files.append(report)
    try:
        report.counts.add(run.further[kind](path, lambda fault: run.tell([fault])))
    except FaultyInput as refusal:
        report.is_unusable = True
        run.tell(refusal.faults)


def _import_file(merge: Merge, path: Path, run: _Run, *, is_second_pass: bool = False) -> bool:
    """Import one file; tells whether any of its rows names a group."""
    report = FileReport(path.name, merge.table.name)
    run.report.files.append(report)
    try:
        with path.open("rb") as file:
            prepare(merge)
            try:
                return _import_rows(merge, file, run, report, is_second_pass=is_second_pass)
            finally:
                with connection.cursor() as cursor:
                    clear(cursor)
    except FaultyInput as refusal:
        report.is_unusable = True
        run.tell(refusal.faults)
    except OSError as error:
        report.is_unusable = True
        run.tell([Fault(path.name, None, None, f"the file cannot be read: {error.strerror}")])
    return False


def _import_rows(merge: Merge, file: BinaryIO, run: _Run, report: FileReport, *, is_second_pass: bool) -> bool:
    table = merge.table
    batch: list[dict] = []
    last = 0
    names_groups = False
    for item in read_rows(file, name=report.file, columns=table.headers, required=table.required):
        if isinstance(item, Row):
            last = item.line
            names_groups = names_groups or bool(item.values.get("group_number"))
            if is_second_pass and not item.values.get("group_number"):
                continue
            read = _read(merge, item, report.file)
            if isinstance(read, dict):
                batch.append(read)
            elif not is_second_pass:  # the first pass told of it
                _count_faults(report, run, read)
        elif not is_second_pass:
            _count_faults(report, run, [item])
        if len(batch) >= BATCH_ROWS:
            _take(merge, batch, run, report)
            batch = []
            if run.progress:
                run.progress(report.file, last, file.tell())
    if batch:
        _take(merge, batch, run, report)
    if run.progress:
        run.progress(report.file, last, file.tell())
    return names_groups


def _count_faults(report: FileReport, run: _Run, faults: list[Fault]) -> None:
    is_bad = any(not fault.is_warning for fault in faults)
    report.counts.add(Counts(rows=int(is_bad), faulty=int(is_bad), warnings=sum(fault.is_warning for fault in faults)))
    run.tell(faults)


def _read(merge: Merge, row: Row, file: str) -> dict | list[Fault]:
    read = read_values(merge.table.columns, row.values, file=file, line=row.line)
    if isinstance(read, list):
        return read
    if merge.table.check:
        found = merge.table.check(read)
        if found:
            return [Fault(file, row.line, *found)]
    read["line"] = row.line
    return read


def _seal(batch: list[dict]) -> None:
    """Encrypt ID numbers before they leave this process: the staging table never sees one."""
    keys = id_keys()
    fresh = [row for row in batch if "id_number" in row]
    known = dict(Party.objects.filter(code__in=[row["code"] for row in fresh]).values_list("code", "mrid"))
    for row in fresh:
        number, mrid = row.pop("id_number"), known.get(row["code"]) or uuid.uuid4()
        row["mrid"] = mrid
        row["id_number_digest"] = id_numbers.digest_id_number(number, keys=keys) if number else None
        row["id_number_encrypted"] = (
            id_numbers.encrypt_id_number(number, keys=keys, party_mrid=mrid.bytes) if number else None
        )


def _take(merge: Merge, batch: list[dict], run: _Run, report: FileReport) -> None:
    """Merge a batch; if the database refuses it for a reason that no check foresaw, halve it until the row is found."""
    parameters = {"at": run.at, "today": timezone.localdate(run.at), "actor": run.actor}
    try:
        with transaction.atomic():
            if merge is merges.PARTIES:
                _seal(batch)
            counts, faults = merge_batch(merge, batch, file=report.file, parameters=parameters)
            if counts.created or counts.updated:
                told = AccountsImported(
                    report.file, merge.table.name, counts.created, counts.updated, counts.unchanged, counts.faulty
                )
                events.publish(told, actor=run.actor, at=run.at)
            connection.check_constraints()
    except (IntegrityError, DataError, InternalError) as error:
        if len(batch) == 1:
            problem = str(error).splitlines()[0][:160]
            fault = Fault(report.file, batch[0]["line"], None, f"the database refuses it: {problem}", "check the row")
            report.counts.add(Counts(rows=1, faulty=1))
            run.tell([fault])
            return
        middle = len(batch) // 2
        _take(merge, batch[:middle], run, report)
        _take(merge, batch[middle:], run, report)
        return
    report.counts.add(counts)
    run.tell(faults)
