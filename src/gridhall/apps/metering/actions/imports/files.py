"""
Bring a file of interval reads in.

Not one transaction: a file may hold more than memory does. Instead every step can be repeated. The content's hash is
the import's name and its first moment is the moment of its reads, so an import that was killed writes the same reads
again and the store, which knows them, does not change. What other apps must hear of is written down before the store
changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from gridhall.apps.metering.actions.imports.faultfile import FaultFile
from gridhall.apps.metering.actions.imports.running import ImportRun, Progress
from gridhall.apps.metering.kinds import ImportStatusKind
from gridhall.apps.metering.models import ReadImport
from gridhall.core.errors import BusinessError, Fault, FaultyInput


class UnableToImportReads(BusinessError):
    """The file was not brought in; nothing changed."""


@dataclass(frozen=True)
class ImportSummary:
    """
    What an import did.

    :param is_repeat: the same content was brought in before; nothing was looked at again.
    :param stored: reads that were new or changed something; `corrected` of them replaced another value.
    :param unchanged: reads that we held already.
    :param rejected: reads and rows that could not be used; each is named in `faults_file`.
    :param findings: failures of validation that are open now on the meters and months that the file touched, by rule;
        `new_findings` of them were not on the desk before.
    :param first_day, end_day: local days that the file touched, half-open.
    """

    file: str
    format: str
    sha256: str
    is_repeat: bool
    is_dry_run: bool
    stored: int
    unchanged: int
    corrected: int
    rejected: int
    warnings: int
    meters: int
    first_day: date | None
    end_day: date | None
    faults: list[Fault]
    faults_file: str
    findings: dict[str, int]
    new_findings: int
    read_import_id: int | None
    problem: str = ""


def import_reads(
    *, path: Path, at: datetime, actor: str, is_dry_run: bool = False, faults_file: Path | None = None,
    usage_point: str | None = None, progress: Progress | None = None,
) -> ImportSummary:  # fmt: skip
    """
    Bring a file of interval or register reads in: CSV, Parquet, Green Button XML, NEM12, NEM13, plain or packed.

    The same content again changes nothing, unless rows were rejected the last time: then it is read again, for meters
    may have been registered meanwhile. Reads of an import are known as of its first start.

    :param faults_file: where every fault is listed; by default below the data folder, by content.
    :param usage_point: whose the reads are when the file does not say.
    :raises FaultyInput: when the file cannot be used at all. :raises UnableToImportReads: while it is being imported.
    """
    path = Path(path)
    shown = path.name.encode("utf-8", "replace").decode()
    if shown != path.name:
        raise FaultyInput([Fault(shown, None, None, "its name is no text in UTF-8", "rename the file")])
    if not path.is_file():
        raise FaultyInput([Fault(path.name, None, None, "there is no such file", "check the path")])
    sha256 = hash_file(path, usage_point)
    if is_dry_run:
        with FaultFile(faults_file) as faults:
            run = ImportRun(path, None, at, actor, faults, usage_point, progress)
            run.run()
            return _summary(run, sha256)
    with _only_one(sha256):
        record = ReadImport.objects.filter(sha256=sha256).first()
        if record is not None and record.status == ImportStatusKind.DONE and not record.rows_rejected:
            return _repeat(path, record)
        is_again = record is not None and record.status == ImportStatusKind.DONE
        target = faults_file or Path(settings.DATA_DIR) / "imports" / f"{sha256[:16]}.faults.csv"
        record = _open(record, path, sha256, target, at=at, actor=actor)
        try:
            with FaultFile(target) as faults:
                run = ImportRun(path, record, at, actor, faults, usage_point, progress)
                run.run()
                return _summary(run, sha256, is_again=is_again)
        except BusinessError as refusal:
            ReadImport.objects.filter(pk=record.pk).update(
                status=ImportStatusKind.FAILED, problem=refusal.message, finished_at=at
            )
            raise


def hash_file(path: Path, usage_point: str | None) -> str:
    """Give the name of an import: what the file says, and whose it is said to be."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if usage_point is not None:
        digest.update(b"\0" + usage_point.encode())
    return digest.hexdigest()


@contextmanager
def _only_one(sha256: str) -> Iterator[None]:
    """Of two imports of the same content at once, one goes on; a dead process holds nothing."""
    key = int.from_bytes(bytes.fromhex(sha256[:16]), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        row = cursor.fetchone()
        if row is None or not row[0]:
            raise UnableToImportReads("This file is being imported right now; wait until it is done.", code="running")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _open(
    record: ReadImport | None, path: Path, sha256: str, faults_file: Path, *, at: datetime, actor: str
) -> ReadImport:
    while ReadImport.objects.filter(started_at=at).exists():
        at += timedelta(microseconds=1)  # the moment tells the reads of one import from those of another
    if record is None:
        return ReadImport.objects.create(
            sha256=sha256, file_name=path.name[:255], format="", status=ImportStatusKind.RUNNING,
            started_at=at, actor=actor[:150], faults_file=str(faults_file)[:400],
        )  # fmt: skip
    if record.status == ImportStatusKind.WAITING:
        record.started_at = at
    record.status, record.problem, record.finished_at = ImportStatusKind.RUNNING, "", None
    record.faults_file = str(faults_file)[:400]
    record.save(update_fields=["status", "problem", "started_at", "finished_at", "faults_file"])
    return record


def _repeat(path: Path, record: ReadImport) -> ImportSummary:
    return ImportSummary(
        file=path.name, format=record.format, sha256=record.sha256, is_repeat=True, is_dry_run=False,
        stored=0, unchanged=record.rows_stored + record.rows_unchanged, corrected=0, rejected=0, warnings=0, meters=0,
        first_day=None, end_day=None, faults=[], faults_file="", findings={}, new_findings=0, read_import_id=record.pk,
    )  # fmt: skip


def _summary(run: ImportRun, sha256: str, *, is_again: bool = False) -> ImportSummary:
    """Tell what an import did; read again for its rejected rows, what it stored the last time was known already."""
    faults, tally, found = run.faults, run.tally, run.validation
    known, replaced = (tally.ours, tally.ours_corrected) if is_again else (0, 0)
    has_list = faults.path is not None and faults.path.exists()
    return ImportSummary(
        file=run.path.name, format=run.format, sha256=sha256, is_repeat=False, is_dry_run=run.record is None,
        stored=tally.stored - known, unchanged=tally.unchanged + known, corrected=tally.corrected - replaced,
        rejected=run.rejected, warnings=faults.warnings, meters=run.touched.count(),
        first_day=run.touched.first_day, end_day=run.end_day,
        faults=faults.first, faults_file=str(faults.path) if has_list else "",
        findings=found.by_rule if found else {}, new_findings=found.found + found.reopened if found else 0,
        read_import_id=run.record.pk if run.record is not None else None,
    )  # fmt: skip
