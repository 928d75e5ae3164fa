"""
Bring a file of interval reads in.

Not one transaction: a file may hold more than memory does. Instead every step can be repeated. The content's hash is
the import's name and its first moment is the moment of its reads, so an import that was killed writes the same reads
again and the store, which knows them, does not change. What other apps must hear of is written down before the store
changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from numpy.typing import NDArray

from gridhall.apps.metering.actions.imports.days import DayRows, find_shape, read_day_rows
from gridhall.apps.metering.actions.imports.faultfile import FaultFile
from gridhall.apps.metering.actions.imports.parts import FilePart, MeterReads, day_of, lead_to_meters, read_parts
from gridhall.apps.metering.actions.imports.register_files import import_register_readings, is_register_file
from gridhall.apps.metering.actions.imports.storing import (
    Tally,
    compare_with_store,
    find_corrections,
    write_changes,
    writing_reads,
)
from gridhall.apps.metering.actions.imports.storing_days import find_held, lead_days_to_meters, write_untouched
from gridhall.apps.metering.events import ReadsCorrected, ReadsImported
from gridhall.apps.metering.kinds import ImportStatusKind
from gridhall.apps.metering.models import ReadImport
from gridhall.core.errors import BusinessError, Fault, FaultyInput
from gridhall.core.events import publish, publish_many
from gridhall.core.periods import Month
from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.intervals.quality import ReadingQuality

_MISSING = int(ReadingQuality.MISSING)


class UnableToImportReads(BusinessError):
    """The file was not brought in; nothing changed."""


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is, for whoever waits."""

    reads: int
    parts: int
    faults: int


@dataclass(frozen=True)
class ImportSummary:
    """
    What an import did.

    :param is_repeat: the same content was brought in before; nothing was looked at again.
    :param stored: reads that were new or changed something; `corrected` of them replaced another value.
    :param unchanged: reads that we held already.
    :param rejected: reads and rows that could not be used; each is named in `faults_file`.
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
    read_import_id: int | None
    problem: str = ""


Progress = Callable[[ImportProgress], None]


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
    if not path.is_file():
        raise FaultyInput([Fault(path.name, None, None, "there is no such file", "check the path")])
    sha256 = _hash(path, usage_point)
    if is_dry_run:
        with FaultFile(faults_file) as faults:
            return _Import(path, sha256, None, at, actor, faults, usage_point, progress).run()
    with _only_one(sha256):
        record = ReadImport.objects.filter(sha256=sha256).first()
        if record is not None and record.status == ImportStatusKind.DONE and not record.rows_rejected:
            return _repeat(path, record)
        target = faults_file or Path(settings.DATA_DIR) / "imports" / f"{sha256[:16]}.faults.csv"
        record = _open(record, path, sha256, target, at=at, actor=actor)
        try:
            with FaultFile(target) as faults:
                return _Import(path, sha256, record, at, actor, faults, usage_point, progress).run()
        except BusinessError as refusal:
            ReadImport.objects.filter(pk=record.pk).update(
                status=ImportStatusKind.FAILED, problem=refusal.message, finished_at=at
            )
            raise


class _Import:
    """One attempt at one file."""

    def __init__(
        self, path: Path, sha256: str, record: ReadImport | None, at: datetime, actor: str, faults: FaultFile,
        usage_point: str | None, progress: Progress | None,
    ) -> None:  # fmt: skip
        self.path, self.sha256, self.record, self.at, self.actor = path, sha256, record, at, actor
        self.faults, self.usage_point, self.progress = faults, usage_point, progress
        self.known_at = record.started_at if record is not None else at
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.tally = Tally()
        self.left_out = 0
        self.parts = 0
        self.format = ""
        self.meters: set[int] = set()
        self.days: tuple[date, date] | None = None
        # Told again at the end: an earlier attempt may have died between the store and the telling.
        self.carried = [ReadsCorrected(**one) for one in record.pending] if record is not None else []

    def run(self) -> ImportSummary:
        """Read, compare, write, tell; part by part."""
        try:
            if is_register_file(self.path):
                stored, known, left_out = import_register_readings(
                    path=self.path,
                    sink=self.faults.take,
                    at=self.known_at,
                    zone=self.zone,
                    is_dry_run=self.record is None,
                )
                self.format, self.left_out = "REGISTERS", left_out
                self.tally.stored, self.tally.unchanged = stored, known
            elif (shape := find_shape(self.path)) is not None:
                self.format = shape
                for rows in read_day_rows(
                    self.path, format_name=shape, usage_point=self.usage_point, sink=self.faults.take
                ):
                    self._take_days(rows)
            else:
                folder = Path(settings.DATA_DIR) / "imports"
                for part in read_parts(
                    self.path, zone=self.zone, usage_point=self.usage_point, sink=self.faults.take, folder=folder
                ):
                    self._take(part)
        except FaultyInput as refusal:
            if self.record is not None and not self.faults.faults:
                for fault in refusal.faults:
                    self.faults.take(fault)
            if self.record is not None:
                self.faults.keep(self.record)
            raise
        return self._finish()

    def _take(self, part: FilePart) -> None:
        self.format = part.format
        batches, left_out = lead_to_meters(part, file_name=self.path.name, sink=self.faults.take)
        self.left_out += left_out
        for reads in batches:
            self._store(reads)
        self._count_part()

    def _take_days(self, rows: DayRows) -> None:
        """Days of which nothing is held go straight in; the others read by read."""
        batches, left_out = lead_days_to_meters(rows, file=self.path.name, sink=self.faults.take)
        self.left_out += left_out
        for days in batches:
            with writing_reads():
                is_held = find_held(days)
                new = days.take(~is_held)
                if len(new.day) and self.record is not None:
                    write_untouched(new, known_at=self.known_at)
            if len(new.day):
                self.tally.stored += int(np.count_nonzero(new.quality != _MISSING))
                self._touch(new.month, new.meter_id, int(new.day.min()) * SLOTS, int(new.day.max()) * SLOTS)
            if is_held.any():
                self._store(days.take(is_held).as_reads())
        self._count_part()

    def _count_part(self) -> None:
        self.parts += 1
        if self.record is not None:
            ReadImport.objects.filter(pk=self.record.pk).update(parts_done=self.parts)
        if self.progress is not None:
            seen = self.tally.stored + self.tally.unchanged
            self.progress(ImportProgress(seen, self.parts, self.faults.faults))

    def _touch(self, month: Month, meter_ids: NDArray[np.int64], first_cell: int, last_cell: int) -> None:
        self.meters.update(np.unique(meter_ids).tolist())
        first, last = day_of(month, first_cell), day_of(month, last_cell)
        self.days = (min(first, self.days[0]), max(last, self.days[1])) if self.days else (first, last)

    def _store(self, reads: MeterReads) -> None:
        if not len(reads):
            return
        self._touch(reads.month, reads.meter_id, int(reads.cell.min()), int(reads.cell.max()))
        if self.record is None:
            self.tally.add(compare_with_store(reads, known_at=self.known_at))
            return
        with writing_reads():
            changes = compare_with_store(reads, known_at=self.known_at)
            corrections = find_corrections(reads, changes)
            if corrections:
                self._write_down([*self.carried, *corrections])
            write_changes(reads, changes, known_at=self.known_at)
        self.tally.add(changes)
        if corrections:
            with transaction.atomic():
                publish_many(corrections, actor=self.actor, at=self.at)
                self._write_down(self.carried)

    def _write_down(self, corrections: list[ReadsCorrected]) -> None:
        assert self.record is not None
        ReadImport.objects.filter(pk=self.record.pk).update(pending=[asdict(one) for one in corrections])

    def _finish(self) -> ImportSummary:
        rejected = self.left_out + self.faults.rows
        end_day = self.days[1] + timedelta(days=1) if self.days else None
        if self.record is not None:
            self._close(rejected, end_day)
        self.faults.close()
        has_list = self.faults.path is not None and self.faults.path.exists()
        return ImportSummary(
            file=self.path.name, format=self.format, sha256=self.sha256, is_repeat=False,
            is_dry_run=self.record is None, stored=self.tally.stored, unchanged=self.tally.unchanged,
            corrected=self.tally.corrected, rejected=rejected, warnings=self.faults.warnings,
            meters=len(self.meters), first_day=self.days[0] if self.days else None, end_day=end_day,
            faults=self.faults.first, faults_file=str(self.faults.path) if has_list else "",
            read_import_id=self.record.pk if self.record is not None else None,
        )  # fmt: skip

    @transaction.atomic
    def _close(self, rejected: int, end_day: date | None) -> None:
        record = self.record
        assert record is not None
        self.faults.keep(record)
        record.status, record.finished_at, record.format = ImportStatusKind.DONE, self.at, self.format[:16]
        record.rows_stored, record.rows_unchanged = self.tally.stored, self.tally.unchanged
        record.rows_corrected, record.rows_rejected = self.tally.corrected, rejected
        record.parts_done, record.pending, record.problem = self.parts, [], ""
        record.save()
        publish_many(self.carried, actor=self.actor, at=self.at)
        first_day = self.days[0].isoformat() if self.days else None
        publish(
            ReadsImported(
                read_import_id=record.pk, reads_stored=self.tally.stored, first_day=first_day,
                end_day=end_day.isoformat() if end_day else None,
            ),
            actor=self.actor, at=self.at,
        )  # fmt: skip


def _hash(path: Path, usage_point: str | None) -> str:
    """The name of an import: what the file says, and whose it is said to be."""
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
    if record is None:
        return ReadImport.objects.create(
            sha256=sha256, file_name=path.name[:255], format="", status=ImportStatusKind.RUNNING,
            started_at=at, actor=actor[:150], faults_file=str(faults_file)[:400],
        )  # fmt: skip
    record.status, record.problem, record.finished_at = ImportStatusKind.RUNNING, "", None
    record.faults_file = str(faults_file)[:400]
    record.save(update_fields=["status", "problem", "finished_at", "faults_file"])
    return record


def _repeat(path: Path, record: ReadImport) -> ImportSummary:
    return ImportSummary(
        file=path.name, format=record.format, sha256=record.sha256, is_repeat=True, is_dry_run=False,
        stored=0, unchanged=record.rows_stored + record.rows_unchanged, corrected=0, rejected=0, warnings=0, meters=0,
        first_day=None, end_day=None, faults=[], faults_file="", read_import_id=record.pk,
    )  # fmt: skip
