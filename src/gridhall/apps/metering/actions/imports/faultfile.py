"""Every fault of an import, in a file beside it; the first ones also in the database, for the desk."""

from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TextIO

from gridhall.apps.metering.actions.imports.faultorder import order_key, sort_faults
from gridhall.apps.metering.models import ReadImport, ReadImportFault
from gridhall.core.errors import Fault

KEPT_IN_DATABASE = 1_000


class FaultFile:
    """
    Takes faults as they are found and writes them on; in memory stay only the first thousand.

    What is found piece by piece comes in any order: at the end the file is put in the order of lines.

    :param path: where the full list goes; None writes none.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._file: TextIO | None = None
        self.restart()

    def restart(self) -> None:
        """Forget all faults: the file is being read again from its start."""
        self.faults = 0
        self.rows = 0  # faults that name a line: rows that were left out
        self.warnings = 0
        self._line: int | None = None
        self._members: dict[str, int] = {}
        self._last = (0, 0)
        self._is_in_order = True
        self.first: list[Fault] = []
        if self.path is not None:
            if self._file is not None:
                self._file.close()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", newline="", encoding="utf-8-sig")
            self._writer = csv.writer(self._file)
            self._writer.writerow(["file", "line", "field", "problem", "remedy", "severity"])

    def take(self, fault: Fault) -> None:
        """Note one fault or warning."""
        if fault.is_warning:
            self.warnings += 1
        else:
            self.faults += 1
            self.rows += fault.line is not None and fault.line != self._line
            self._line = fault.line
        key = order_key(self._members, fault.file, fault.line)
        self._is_in_order &= key >= self._last
        self._last = key
        if len(self.first) < KEPT_IN_DATABASE:
            self.first.append(fault)
        if self._file is not None:
            severity = "warning" if fault.is_warning else "fault"
            self._writer.writerow([fault.file, fault.line, fault.field, fault.problem, fault.remedy, severity])

    def finish(self) -> None:
        """Put what was found in the order of lines; what is said of a whole file stands before its lines."""
        if self._is_in_order:
            return
        self._is_in_order = True
        if self._file is None or self.path is None:
            self.first.sort(key=lambda fault: order_key(self._members, fault.file, fault.line))
            return
        self._file.close()
        sort_faults(self.path, self._members)
        with self.path.open(newline="", encoding="utf-8-sig") as file:
            self.first = [_fault_of(row) for row in islice(csv.reader(file), 1, 1 + KEPT_IN_DATABASE)]
        self._file = self.path.open("a", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)

    def keep(self, read_import: ReadImport) -> None:
        """Put the first faults into the database, in place of those of an earlier attempt."""
        self.finish()
        ReadImportFault.objects.filter(read_import=read_import).delete()
        ReadImportFault.objects.bulk_create(
            ReadImportFault(
                read_import=read_import, file=_stored(fault.file)[:255], line=fault.line,
                field=_stored(fault.field or "")[:60], problem=_stored(fault.problem)[:300],
                remedy=fault.remedy[:300], is_warning=fault.is_warning,
            )
            for fault in self.first
        )  # fmt: skip

    def close(self) -> None:
        """Finish the file; one without any fault is removed."""
        self.finish()
        if self._file is None:
            return
        self._file.close()
        self._file = None
        if self.path is not None and not self.faults and not self.warnings:
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> FaultFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _stored(text: str) -> str:
    """The database holds no text with a zero in it."""
    return text.replace("\0", "\\0")


def _fault_of(row: list[str]) -> Fault:
    file, line, field, problem, remedy, severity = row
    return Fault(file, int(line) if line else None, field or None, problem, remedy, severity == "warning")
