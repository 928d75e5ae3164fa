"""
Delimited text of any size in little memory: rows go to spool files by usage point, which are assembled one by one.

The answer is that of `read_csv`: rows of one usage point meet in one spool file wherever they stand in the text.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gridhall.engines.intervals.formats import csv_layout as cols
from gridhall.engines.intervals.formats import csv_reads, parquet
from gridhall.engines.intervals.formats.assemble import RawReads, assemble
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.source import Source
from gridhall.engines.intervals.series import ReadSeries

ROWS_A_SPOOL = 1_000_000
POINTS_A_GROUP = 32
"""Neighbors in a file are neighbors in the interval store: they stay together."""
_BYTES_A_ROW = 24
_MOST_SPOOLS = 256
_ROWS_A_BATCH = 262_144


@dataclass
class _Spools:
    """Where rows wait until the whole text has been read."""

    files: Sequence[IO[bytes]]
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
        columns = {name: np.ascontiguousarray(rows[name]) for name in csv_reads.RAW_COLUMNS}
        return RawReads(**columns, channels=self.channels)


def read_csv_spooled(
    source: Source, encoding: str, zone: ZoneInfo | None, usage_point: str | None, log: FaultLog, *,
    size: int, folder: Path | None = None, few_s: int | None = None,
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
            taken = spools.take(index)
            if taken is not None:
                columns.blocks = [taken]
                yield csv_reads.series_of(columns, zone, usage_point, log, few_s)


def is_long_parquet(path: Path) -> bool:
    """Tell whether a file is Parquet with one read a row."""
    try:
        schema = pq.ParquetFile(path).schema_arrow
    except (pa.ArrowException, OSError, ValueError):
        return False
    return not parquet.wide_columns(schema) and cols.name_columns(schema.names) is not None


def read_parquet_spooled(
    path: Path,
    zone: ZoneInfo | None,
    usage_point: str | None,
    log: FaultLog,
    *,
    folder: Path | None = None,
    few_s: int | None = None,
) -> Iterator[list[ReadSeries]]:
    """
    Read Parquet with one read a row and give its series in groups of some hundred thousand reads.

    :raises FaultyInput: when it is damaged or holds no reads.
    """
    try:
        file = pq.ParquetFile(path)
        roles = cols.name_columns(file.schema_arrow.names)
        assert roles is not None
        scales = tuple(cols.scale_of(name, role) for name, role in zip(file.schema_arrow.names, roles, strict=True))
        count = min(max(file.metadata.num_rows // ROWS_A_SPOOL + 1, 1), _MOST_SPOOLS)
        points: dict[str, int] = {}
        with ExitStack() as stack:
            spools = _Spools([stack.enter_context(tempfile.TemporaryFile(dir=folder)) for _ in range(count)])
            row = 0
            for batch in file.iter_batches(batch_size=_ROWS_A_BATCH):
                table = pa.Table.from_batches([batch])
                raw, names = parquet.read_long(table, roles, scales, usage_point, _ShiftedLog(log, row))
                known = np.array([points.setdefault(name, len(points)) for name in names] or [0], dtype=np.int32)
                if len(raw):
                    spools.add(replace(raw, point=known[raw.point], line=raw.line + row))
                row += batch.num_rows
            if not row:
                raise log.refuse(None, None, "holds no rows", "export it again")
            for index in range(count):
                taken = spools.take(index)
                if taken is not None:
                    yield assemble(taken, list(points), zone, log, few_s=few_s)
    except (pa.ArrowException, OSError, ValueError) as error:
        problem = f"is a damaged Parquet file: {(str(error).splitlines() or ['unreadable'])[0][:120]}"
        raise log.refuse(None, None, problem, "write it again") from None


class _ShiftedLog(FaultLog):
    """The log of a batch: its rows are counted from the start of the file."""

    def __init__(self, log: FaultLog, rows: int) -> None:
        super().__init__(log.file)
        self._log = log
        self._rows = rows

    def fault(self, line: int | None, field: str | None, problem: str, remedy: str = "") -> None:
        self._log.fault(None if line is None else line + self._rows, field, problem, remedy)

    def note(self, line: int | None, field: str | None, problem: str, remedy: str = "") -> None:
        self._log.note(None if line is None else line + self._rows, field, problem, remedy)
