"""Every fault of an import, in a file beside it; the first ones also in the database, for the desk."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType
from typing import TextIO

from gridhall.apps.metering.models import ReadImport, ReadImportFault
from gridhall.core.errors import Fault

KEPT_IN_DATABASE = 1_000


class FaultFile:
    """
    Takes faults as they are found and writes them on; in memory stay only the first thousand.

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
        if len(self.first) < KEPT_IN_DATABASE:
            self.first.append(fault)
        if self._file is not None:
            severity = "warning" if fault.is_warning else "fault"
            self._writer.writerow([fault.file, fault.line, fault.field, fault.problem, fault.remedy, severity])

    def keep(self, read_import: ReadImport) -> None:
        """Put the first faults into the database, in place of those of an earlier attempt."""
        ReadImportFault.objects.filter(read_import=read_import).delete()
        ReadImportFault.objects.bulk_create(
            ReadImportFault(
                read_import=read_import, file=fault.file[:255], line=fault.line, field=(fault.field or "")[:60],
                problem=fault.problem[:300], remedy=fault.remedy[:300], is_warning=fault.is_warning,
            )
            for fault in self.first
        )  # fmt: skip

    def close(self) -> None:
        """Finish the file; one without any fault is removed."""
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
