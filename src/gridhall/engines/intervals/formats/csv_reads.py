"""Delimited text, one read a line: clean lines by machine code, the others one by one, with their faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np

from gridhall.engines.intervals.formats.assemble import RAW_COLUMNS, RawReads, assemble, join
from gridhall.engines.intervals.formats.csv_layout import Layout, find_layout
from gridhall.engines.intervals.formats.csv_rows import RowError, parse_row
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.source import Source, utf8_blocks
from gridhall.engines.intervals.series import ReadSeries

__all__ = ["RAW_COLUMNS", "Columns", "read_block", "read_blocks", "read_csv", "read_lines", "series_of"]

MACHINE_CODE_FROM_BYTES = 2 << 20
"""Smaller files are read line by line in Python: that is sooner done than loading the compiler."""


@dataclass
class Columns:
    """Rows as they come, block by block."""

    layout: Layout
    points: dict[str, int] = field(default_factory=dict)
    blocks: list[RawReads] = field(default_factory=list)
    midnight_line: int = 0
    uses_machine_code: bool = False

    def point_index(self, name: str) -> int:
        """Give the number of a usage point."""
        return self.points.setdefault(name, len(self.points))


def read_csv(
    source: Source, encoding: str, zone: ZoneInfo | None, usage_point: str | None, log: FaultLog,
    few_s: int | None = None,
) -> list[ReadSeries]:  # fmt: skip
    """
    Read `timestamp,kwh[,kvarh][,export_kwh]` and its many relatives.

    :param usage_point: the identifier to give reads that have none in the file.
    :raises FaultyInput: when no column can be read as time and energy.
    """
    columns: Columns | None = None
    for read in read_blocks(source, encoding, log):
        columns = read
    if columns is None or not any(len(one) for one in columns.blocks):
        if log.fault_count:
            return []
        raise log.refuse(None, None, "holds a header but no reads", "export it again")
    return series_of(columns, zone, usage_point, log, few_s)


def read_blocks(source: Source, encoding: str, log: FaultLog) -> Iterator[Columns]:
    """Read block after block; what was read stands in the columns given after each, to be used up or left there."""
    columns: Columns | None = None
    line = 1
    for block in utf8_blocks(source, encoding):
        if b"\r" in block and b"\n" not in block:
            block = block.replace(b"\r", b"\n")
        if columns is None:
            head = block[: 1 << 18].decode("utf-8", "replace").split("\n")
            columns = Columns(find_layout(head[:2_000], log))
        line += read_block(block, line, columns, log)
        yield columns


def read_block(block: bytes, first_line: int, columns: Columns, log: FaultLog) -> int:
    """Read a block of whole lines into `columns`; gives how many lines it has."""
    if columns.uses_machine_code or len(block) >= MACHINE_CODE_FROM_BYTES:
        columns.uses_machine_code = True
        from gridhall.engines.intervals.formats import csv_kernel

        return csv_kernel.read_block(block, first_line, columns, log, read_lines)
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    read_lines(lines, range(first_line, first_line + len(lines)), columns, log)
    return len(lines)


def read_lines(lines: list[bytes], numbers: range | np.ndarray, columns: Columns, log: FaultLog) -> None:
    """Read lines one by one and add the good ones as a block; name what is wrong in the others."""
    layout = columns.layout
    point, start, offset, at, values, quality = [], [], [], [], [], []
    for number, data in zip(numbers, lines, strict=True):
        if number < layout.first_line:
            continue
        try:
            row = parse_row(data.decode("utf-8", "replace"), layout)
        except RowError as error:
            for name, problem, remedy in error.faults:
                log.fault(int(number), name, problem, remedy)
            continue
        if row is None:
            continue
        if row.has_midnight_24 and not columns.midnight_line:
            columns.midnight_line = int(number)
        point.append(columns.point_index(row.point))
        start.append(row.start_s)
        offset.append(row.offset_s)
        at.append(number)
        values.append(row.values)
        quality.append(row.quality)
    columns.blocks.append(
        RawReads(
            np.array(point, dtype=np.int32), np.array(start, dtype=np.int64), np.array(offset, dtype=np.int32),
            np.array(at, dtype=np.int64), np.array(values, dtype=np.int64).reshape(len(start), len(layout.channels)),
            np.array(quality, dtype=np.uint8), layout.channels,
        )
    )  # fmt: skip


def series_of(
    columns: Columns, zone: ZoneInfo | None, usage_point: str | None, log: FaultLog, few_s: int | None = None
) -> list[ReadSeries]:
    """Assemble what was read, and use it up."""
    blocks, columns.blocks = columns.blocks, []
    raw = join(blocks)
    del blocks
    names = list(columns.points)
    if usage_point is not None:
        names = [name or usage_point for name in names]
    if columns.layout.is_stamped_at_end:
        raw = ends_to_starts(raw, log)
    elif columns.midnight_line:
        log.note(
            columns.midnight_line, "timestamp", "24:00 is the end of a day, yet times are read as starts of intervals",
            "if they are ends, name the column end_time",
        )  # fmt: skip
    return assemble(raw, names, zone, log, few_s=few_s)


def ends_to_starts(raw: RawReads, log: FaultLog) -> RawReads:
    """Move reads whose times are the ends of their intervals to the starts, and say so."""
    steps = np.diff(np.unique(raw.start_s))
    if not len(steps):
        return raw
    lengths, counts = np.unique(steps, return_counts=True)
    step = int(lengths[np.argmax(counts)])
    log.note(None, "end", f"times are ends of intervals; each read starts {step // 60} minutes earlier")
    return RawReads(raw.point, raw.start_s - step, raw.offset_s, raw.line, raw.values, raw.quality, raw.channels)
