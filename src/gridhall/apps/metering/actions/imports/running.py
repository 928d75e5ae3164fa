"""One attempt at one file: read, compare, write, tell, validate; piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from gridhall.apps.metering.actions.desk.validating import ValidationSummary, validate_arrived
from gridhall.apps.metering.actions.imports.days import find_shape, read_day_rows
from gridhall.apps.metering.actions.imports.faultfile import FaultFile
from gridhall.apps.metering.actions.imports.leading import MeterBook
from gridhall.apps.metering.actions.imports.parts import SLOTS_A_PART, MeterReads, day_of, lead_to_meters, read_parts
from gridhall.apps.metering.actions.imports.register_files import import_register_readings, is_register_file
from gridhall.apps.metering.actions.imports.storing import (
    Tally,
    compare_with_store,
    count_ours_corrected,
    find_corrections,
    write_changes,
    writing_reads,
)
from gridhall.apps.metering.actions.imports.storing_days import find_held, write_untouched
from gridhall.apps.metering.actions.registers import NewReading
from gridhall.apps.metering.events import ReadsCorrected, ReadsImported
from gridhall.apps.metering.kinds import ImportStatusKind
from gridhall.apps.metering.models import ReadImport
from gridhall.core.errors import Fault, FaultyInput
from gridhall.core.events import publish, publish_many
from gridhall.core.periods import Month
from gridhall.engines.intervals.ingestion import DayRows, LongFile, NotDaily, open_long_file, read_days
from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.intervals.quality import ReadingQuality

_MISSING = int(ReadingQuality.MISSING)


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is, for whoever waits."""

    reads: int
    parts: int
    faults: int


Progress = Callable[[ImportProgress], None]


@dataclass
class Touched:
    """The meters and days that an import told of, by month."""

    meters: dict[Month, list[NDArray[np.int64]]] = field(default_factory=dict)
    first_day: date | None = None
    last_day: date | None = None

    def add(self, month: Month, meter_ids: NDArray[np.int64], first: date, last: date) -> None:
        """Note a piece."""
        pieces = self.meters.setdefault(month, [])
        pieces.append(np.unique(meter_ids))
        if len(pieces) > 16:
            pieces[:] = [np.unique(np.concatenate(pieces))]
        self.first_day = first if self.first_day is None else min(first, self.first_day)
        self.last_day = last if self.last_day is None else max(last, self.last_day)

    def of(self, month: Month) -> list[int]:
        """Give the meters of a month."""
        return np.unique(np.concatenate(self.meters[month])).tolist()

    def count(self) -> int:
        """Give the number of meters."""
        pieces = [piece for month in self.meters.values() for piece in month]
        return len(np.unique(np.concatenate(pieces))) if pieces else 0


class ImportRun:
    """One attempt at one file. Without a record it only compares: a dry run."""

    def __init__(
        self, path: Path, record: ReadImport | None, at: datetime, actor: str, faults: FaultFile,
        usage_point: str | None, progress: Progress | None,
    ) -> None:  # fmt: skip
        self.path, self.record, self.at, self.actor = path, record, at, actor
        self.faults, self.usage_point, self.progress = faults, usage_point, progress
        self.known_at = record.started_at if record is not None else at
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.validation: ValidationSummary | None = None
        # Told again at the end: an earlier attempt may have died between the store and the telling.
        self.carried = [ReadsCorrected(**one) for one in record.pending] if record is not None else []
        self._begin()

    def _begin(self) -> None:
        self.tally = Tally()
        self.left_out = 0
        self.parts = 0
        self.format = ""
        self.touched = Touched()

    def run(self) -> None:
        """Read, compare, write, tell; part by part. Then validate what was touched."""
        try:
            self._bring_in()
        except FaultyInput as refusal:
            if self.record is not None and not self.faults.faults:
                for fault in refusal.faults:
                    self.faults.take(fault)
            if self.record is not None:
                self.faults.keep(self.record)
            raise
        if self.record is not None:
            self.validation = validate_arrived(
                meters={month: self.touched.of(month) for month in sorted(self.touched.meters)},
                at=self.at, actor=self.actor,
            )  # fmt: skip
            self._close()
        self.faults.close()

    def _bring_in(self) -> None:
        if is_register_file(self.path):
            self.format = "REGISTERS"
            self.tally.stored, self.tally.unchanged = import_register_readings(
                path=self.path, sink=self.faults.take, at=self.known_at, zone=self.zone,
                is_dry_run=self.record is None, on_batch=self._touch_registers,
            )  # fmt: skip
        elif (shape := find_shape(self.path)) is not None:
            self.format = shape
            book = MeterBook(self.path.name, self.usage_point, self.faults.take)
            for rows in read_day_rows(
                self.path, format_name=shape, usage_point=self.usage_point, sink=self.faults.take
            ):
                self._take_days(rows, book)
        elif (long := open_long_file(self.path, zone=self.zone)) is not None:
            try:
                self._bring_days_in(long)
            except NotDaily:
                self._begin()
                self.faults.restart()
                self._bring_parts_in()
        else:
            self._bring_parts_in()

    def _bring_days_in(self, long: LongFile) -> None:
        """The fast way of long files; usage points that turn out to have other intervals are read again after it."""
        self.format = long.format
        book = MeterBook(self.path.name, self.usage_point, self.faults.take)
        uneven: set[str] = set()
        for taken in read_days(long, book):
            for fault in taken.faults:
                self.faults.take(fault)
            uneven |= taken.uneven
            if taken.rows is not None:
                self._take_days(taken.rows, book)
        if uneven:
            self._bring_parts_in(only=uneven)

    def _bring_parts_in(self, only: set[str] | None = None) -> None:
        folder = Path(settings.DATA_DIR) / "imports"
        sink = self.faults.take if only is None else _without_lines(self.faults.take)
        for part in read_parts(self.path, zone=self.zone, usage_point=self.usage_point, sink=sink, folder=folder):
            self.format = part.format
            if only is not None:
                part.series[:] = [one for one in part.series if one.usage_point in only]
            batches, left_out = lead_to_meters(part, file_name=self.path.name, sink=self.faults.take)
            self.left_out += left_out
            for reads in batches:
                self._store(reads)
            self._count_part()

    def _take_days(self, rows: DayRows, book: MeterBook) -> None:
        """Days of which nothing is held go straight in; the others read by read."""
        batches, left_out = book.lead(rows)
        self.left_out += left_out
        for days in batches:
            with writing_reads():
                is_held = find_held(days)
                new = days.take(np.flatnonzero(~is_held)) if is_held.any() else days
                if len(new) and self.record is not None:
                    write_untouched(new, known_at=self.known_at)
            if len(new):
                self.tally.stored += int(np.count_nonzero(new.quality != _MISSING))
                self._touch(new.month, new.meter_id, int(new.day.min()) * SLOTS, int(new.day.max()) * SLOTS)
            held = np.flatnonzero(is_held)
            held = held[np.argsort(days.series_id[held], kind="stable")]
            for start in range(0, len(held), SLOTS_A_PART // SLOTS):
                self._store(days.take(held[start : start + SLOTS_A_PART // SLOTS]).as_reads())
        self._count_part()

    def _count_part(self) -> None:
        self.parts += 1
        if self.record is not None:
            ReadImport.objects.filter(pk=self.record.pk).update(parts_done=self.parts)
        if self.progress is not None:
            seen = self.tally.stored + self.tally.unchanged
            self.progress(ImportProgress(seen, self.parts, self.faults.faults))

    def _touch(self, month: Month, meter_ids: NDArray[np.int64], first_cell: int, last_cell: int) -> None:
        self.touched.add(month, meter_ids, day_of(month, first_cell), day_of(month, last_cell))

    def _touch_registers(self, readings: list[NewReading]) -> None:
        """A reading closes the days before it: one of the first midnight of a month tells of the month before."""
        for reading in readings:
            day = (reading.read_at.astimezone(self.zone) - timedelta(microseconds=1)).date()
            self.touched.add(Month.of(day), np.array([reading.meter_id]), day, day)

    def _store(self, reads: MeterReads) -> None:
        if not len(reads):
            return
        self._touch(reads.month, reads.meter_id, int(reads.cell.min()), int(reads.cell.max()))
        if self.record is None:
            changes = compare_with_store(reads, known_at=self.known_at)
            self.tally.add(changes, 0)
            return
        with writing_reads():
            changes = compare_with_store(reads, known_at=self.known_at)
            ours_corrected = count_ours_corrected(reads, changes, known_at=self.known_at)
            corrections = find_corrections(reads, changes)
            if corrections:
                self._write_down([*self.carried, *corrections])
            write_changes(reads, changes, known_at=self.known_at)
        self.tally.add(changes, ours_corrected)
        self._tell_contradictions(reads, changes.contradicts)
        if corrections:
            with transaction.atomic():
                publish_many(corrections, actor=self.actor, at=self.at)
                self._write_down(self.carried)

    def _tell_contradictions(self, reads: MeterReads, contradicts: NDArray[np.bool_]) -> None:
        for row in np.flatnonzero(contradicts).tolist():
            slot = int(reads.cell[row]) % SLOTS
            when = f"{day_of(reads.month, int(reads.cell[row]))} {slot // 4:02d}:{slot % 4 * 15:02d}"
            line = None if reads.line is None else int(reads.line[row])
            problem = f"{when} stands in an earlier row of the same meter, with another value"
            self.left_out += line is None
            self.faults.take(Fault(self.path.name, line, "timestamp", problem, "keep the right one"))

    def _write_down(self, corrections: list[ReadsCorrected]) -> None:
        assert self.record is not None
        ReadImport.objects.filter(pk=self.record.pk).update(pending=[asdict(one) for one in corrections])

    @property
    def rejected(self) -> int:
        """Reads and rows that could not be used."""
        return self.left_out + self.faults.rows

    @property
    def end_day(self) -> date | None:
        """The day after the last one that the file touched."""
        return self.touched.last_day + timedelta(days=1) if self.touched.last_day else None

    @transaction.atomic
    def _close(self) -> None:
        record = self.record
        assert record is not None
        self.faults.keep(record)
        record.status, record.finished_at, record.format = ImportStatusKind.DONE, self.at, self.format[:16]
        record.rows_stored, record.rows_unchanged = self.tally.stored, self.tally.unchanged
        record.rows_corrected, record.rows_rejected = self.tally.corrected, self.rejected
        record.findings = self.validation.open if self.validation else 0
        record.parts_done, record.pending, record.problem = self.parts, [], ""
        record.save()
        publish_many(self.carried, actor=self.actor, at=self.at)
        first, end = self.touched.first_day, self.end_day
        publish(
            ReadsImported(
                read_import_id=record.pk, reads_stored=self.tally.stored,
                first_day=first.isoformat() if first else None, end_day=end.isoformat() if end else None,
            ),
            actor=self.actor, at=self.at,
        )  # fmt: skip


def _without_lines(take: Callable[[Fault], None]) -> Callable[[Fault], None]:
    """The lines of the file were told already: only what is said of whole series is new."""

    def pass_on(fault: Fault) -> None:
        if fault.line is None:
            take(fault)

    return pass_on
