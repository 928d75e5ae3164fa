"""
Delimited text of any size in little memory: rows are sorted into spool files by usage point, then assembled file by file.

The answer is the same as `read_csv` gives: rows of one usage point meet in one spool file wherever they stand in the text.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import numpy as np

from gridhall.engines.intervals.formats import csv_reads
from gridhall.engines.intervals.formats.assemble import RawReads
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.source import Source
from gridhall.engines.intervals.series import ReadSeries

ROWS_A_SPOOL = 1_000_000
POINTS_A_GROUP = 32
"""Neighbors in a file are neighbors in the interval store: they stay together."""
_BYTES_A_ROW = 24
_MOST_SPOOLS = 256


@dataclass
class _Spools:
    """Where rows wait until the whole text has been read."""

    files: list[IO[bytes]]
    row_type: np.dtype[Any] | None = None
    channels: tuple[str, ...] = ()
    rows: list[int] = field(default_factory=list)

    def add(self, raw: RawReads) -> None:
        """Append rows to the spool files of their usage points."""
        if self.row_type is None:
            self.channels = raw.channels
            self.row_type = np.dtype(
                [("point", "<i4"), ("start_s", "<i8"), ("offset_s", "<i4"), ("line", "<i8"), ("quality", "u1"),
                 ("values", "<i8", (len(raw.channels),))]
            )  # fmt: skip
        rows = np.empty(len(raw), self.row_type)
        for name in csv_reads.RAW_COLUMNS:
            rows[name] = getattr(raw, name)
        which = raw.point // POINTS_A_GROUP % len(self.files)
        order = np.argsort(which, kind="stable")
        rows = rows[order]
        bounds = np.searchsorted(which[order], np.arange(len(self.files) + 1))
        for index, file in enumerate(self.files):
            part = rows[bounds[index] : bounds[index + 1]]
            if len(part):
                file.write(part.tobytes())

    def take(self, index: int) -> RawReads | None:
        """Read one spool file back and empty it."""
        file = self.files[index]
        file.flush()
        file.seek(0)
        if self.row_type is None:
            return None
        rows = np.frombuffer(file.read(), self.row_type)
        file.seek(0)
        file.truncate()
        if not len(rows):
            return None
        columns = (np.ascontiguousarray(rows[name]) for name in csv_reads.RAW_COLUMNS)
        return RawReads(*columns, self.channels)


def read_csv_spooled(
    source: Source, encoding: str, zone: ZoneInfo | None, usage_point: str | None, log: FaultLog, *,
    size: int, folder: Path | None = None,
) -> Iterator[list[ReadSeries]]:  # fmt: skip
    """
    Read delimited text and give its series in groups of some hundred thousand reads.

    :param size: bytes of the text, which says how many spool files are made.
    :param folder: where they are made; they vanish with the iterator.
    :raises FaultyInput: when no column can be read as time and energy.
    """
    count = min(max(size // (_BYTES_A_ROW * ROWS_A_SPOOL) + 1, 1), _MOST_SPOOLS)
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile(dir=folder)) for _ in range(count)]
        spools = _Spools(files)
        columns = None
        for columns in csv_reads.read_blocks(source, encoding, log):
            blocks, columns.blocks = columns.blocks, []
            for raw in blocks:
                if len(raw):
                    spools.add(raw)
        if columns is None or spools.row_type is None:
            if not log.fault_count:
                raise log.refuse(None, None, "holds a header but no reads", "export it again")
            return
        for index in range(count):
            raw = spools.take(index)
            if raw is not None:
                columns.blocks = [raw]
                yield csv_reads.series_of(columns, zone, usage_point, log)
