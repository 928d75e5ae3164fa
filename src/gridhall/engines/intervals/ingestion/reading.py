"""
Long files (one read a row) of quarter hours, day by day.

Every row is read by the formats, as it is in any smaller file, so what is good and what is wrong with a row does not
depend on the way in. Here a file is only opened this way if a look into it shows reads of quarter hours.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.intervals.formats import csv_layout as cols
from gridhall.engines.intervals.formats import csv_reads, parquet
from gridhall.engines.intervals.formats.assemble import RAW_COLUMNS, RawReads, join
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.source import UNPACKING_ERRORS, Source, find_encoding, find_sources, utf8_blocks
from gridhall.engines.intervals.formats.spooled import is_long_parquet
from gridhall.engines.intervals.formats.timestamps import NO_OFFSET, show_stamp
from gridhall.engines.intervals.formats.zones import zone_table
from gridhall.engines.intervals.ingestion.gathering import DayGatherer, DayRows, NotDaily, is_quarter_hourly

_ROWS_A_BATCH = 500_000
_AHEAD = 2
_PARSERS = 2
_SAMPLE_BYTES = 256 << 10
_SAMPLES, _SAMPLE_ROWS = 8, 20_000
_MOST_ODD = 0.1
_CHANNELS = ("import", "export", "reactive")
_EPOCH_2000, _EPOCH_2040 = 946_684_800, 2_208_988_800
Item = TypeVar("Item")


@dataclass(frozen=True)
class LongFile:
    """
    A file of quarter hours.

    :param format: CSV or PARQUET. told: the channels it has columns for.
    :param offset_s: from UTC to the local clock, the same at all times.
    """

    path: Path
    format: str
    told: tuple[int, ...]
    offset_s: int
    source: Source | None = None
    encoding: str = ""


@dataclass(frozen=True)
class Taken:
    """
    A piece of a file.

    :param rows: days that are whole as far as the file goes. reads: rows of the file read since the last piece.
    :param faults: what was wrong. uneven: names whose reads are not those of quarter hours; they are not in `rows`.
    """

    rows: DayRows | None
    reads: int
    faults: list[Fault] = field(default_factory=list)
    uneven: set[str] = field(default_factory=set)


class NameBook(Protocol):
    """Knows the identifiers of a file; their list only grows."""

    def is_known(self, names: list[str]) -> NDArray[np.bool_]:
        """Tell which mean a meter."""

    def why_unknown(self, at: int) -> tuple[str, str]:
        """Say what is wrong with the one at a place, and what mends it."""


@dataclass(frozen=True)
class _Batch:
    raw: RawReads
    names: list[str]
    faults: list[Fault]
    midnight_line: int = 0


def open_long_file(path: Path, *, zone: ZoneInfo) -> LongFile | None:
    """Open a file day by day; None if a look into it shows that it has to be read usage point by usage point."""
    offsets = np.unique(zone_table(zone, _EPOCH_2000, _EPOCH_2040).offset_s)
    if len(offsets) != 1:
        return None  # days of 23 and 25 hours
    try:
        return _open_parquet(path, int(offsets[0])) or _open_text(path, int(offsets[0]))
    except (FaultyInput, pa.ArrowException, ValueError, *UNPACKING_ERRORS):
        return None  # whoever reads it says why


def _open_text(path: Path, offset_s: int) -> LongFile | None:
    sources = find_sources(path)
    head = sources[0].head(_SAMPLE_BYTES)
    encoding = find_encoding(head)
    if len(sources) != 1 or encoding is None or head.startswith(b"PAR1"):
        return None
    start = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n").lstrip('"')
    if start.startswith(("<", "100,", "200,", "250,", "300,")):
        return None
    log = FaultLog(path.name)
    lines = head.decode(encoding, "replace").split("\n")[:-1]
    columns = csv_reads.Columns(cols.find_layout(lines[:2_000], log))
    if columns.layout.is_stamped_at_end or encoding.lower().startswith("utf-16"):
        return None
    is_packed = sources[0].is_gzip or path.suffix.lower() == ".zip"
    samples = [head] if is_packed else [head, *_text_samples(path)]
    for at, sample in enumerate(samples):
        some = sample.split(b"\n")[0 if at == 0 else 1 : -1][:2_000]
        first = 1 if at == 0 else columns.layout.first_line
        csv_reads.read_lines(some, range(first, first + len(some)), columns, log)
    told = _told(columns.layout.channels)
    if not told or not _is_quarter_hours(join(columns.blocks)):
        return None
    return LongFile(path, "CSV", told, offset_s, sources[0], encoding)


def _text_samples(path: Path) -> Iterator[bytes]:
    size = path.stat().st_size
    with path.open("rb") as file:
        for part in range(1, _SAMPLES):
            file.seek(size * part // _SAMPLES)
            yield file.read(16_384)


def _open_parquet(path: Path, offset_s: int) -> LongFile | None:
    if not is_long_parquet(path):
        return None
    file = pq.ParquetFile(path)
    reader = _ParquetReader(file)
    samples = []
    for group in np.unique(np.linspace(0, file.num_row_groups - 1, 4).astype(int)).tolist():
        for batch in file.iter_batches(_SAMPLE_ROWS, row_groups=[group], columns=reader.columns):
            samples.append(reader.read(batch, FaultLog(path.name))[0])
            break
    told = _told(samples[0].channels) if samples else ()
    if not told or not _is_quarter_hours(join(samples)):
        return None
    return LongFile(path, "PARQUET", told, offset_s)


def _told(channels: tuple[str, ...]) -> tuple[int, ...]:
    """The numbers of the channels; none where there is no import."""
    return tuple(_CHANNELS.index(name) for name in channels) if "import" in channels else ()


def _is_quarter_hours(raw: RawReads) -> bool:
    if not len(raw):
        return False
    quarter = raw.start_s // 900
    is_even = quarter * 900 == raw.start_s
    return bool(is_even.mean() > 1 - _MOST_ODD and (quarter[is_even] % 2 == 1).any())


class _Names:
    """Numbers the names of a file in the order in which they come; each batch has its own numbers."""

    def __init__(self) -> None:
        self.points: dict[str, int] = {}
        self.names: list[str] = []

    def number(self, raw: RawReads, names: list[str]) -> RawReads:
        """Lead the numbers of a batch's names to those of the file."""
        known = np.array([self.points.setdefault(name, len(self.points)) for name in names] or [0], np.int32)
        self.names.extend(itertools.islice(self.points, len(self.names), None))
        return replace(raw, point=known[raw.point])


class _ParquetReader:
    """Reads batches of the columns that matter."""

    def __init__(self, file: pq.ParquetFile) -> None:
        names = file.schema_arrow.names
        roles = cols.name_columns(names)
        if roles is None:
            raise ValueError("no reads")
        self.columns = [name for name, role in zip(names, roles, strict=True) if role != cols.OTHER]
        self.point = next((n for n, role in zip(names, roles, strict=True) if role == cols.POINT), None)
        self.roles = tuple(role for role in roles if role != cols.OTHER)
        self.scales = tuple(cols.scale_of(name, role) for name, role in zip(self.columns, self.roles, strict=True))

    def read(self, batch: pa.RecordBatch, log: FaultLog) -> tuple[RawReads, list[str]]:
        """Give the rows of a batch and the names they point to."""
        table = pa.Table.from_batches([batch]).select(self.columns)
        return parquet.read_long(table, self.roles, self.scales, None, log)


def _parquet_batches(long: LongFile) -> Iterator[_Batch]:
    file = pq.ParquetFile(long.path)
    reader = _ParquetReader(file)
    if reader.point is not None and pa.types.is_string(file.schema_arrow.field(reader.point).type):
        file = pq.ParquetFile(long.path, read_dictionary=[reader.point])

    def all_of_them() -> Iterator[_Batch]:
        row = 0
        for batch in file.iter_batches(batch_size=_ROWS_A_BATCH, columns=reader.columns):
            log = FaultLog(long.path.name)
            raw, names = reader.read(batch, log)
            faults = [one if one.line is None else replace(one, line=one.line + row) for one in log.entries]
            yield _Batch(replace(raw, line=raw.line + row), names, faults)
            row += batch.num_rows

    batches = all_of_them()
    for batch in _ahead(itertools.repeat(lambda: next(batches, None)), threads=1):
        if batch is None:
            return
        yield batch


def _text_batches(long: LongFile) -> Iterator[_Batch]:
    assert long.source is not None
    blocks = utf8_blocks(long.source, long.encoding)
    first = next(blocks, b"")
    layout = cols.find_layout(first[: 1 << 18].decode("utf-8", "replace").split("\n")[:2_000], FaultLog(long.path.name))
    is_large = len(first) >= csv_reads.MACHINE_CODE_FROM_BYTES

    def jobs() -> Iterator[Callable[[], _Batch]]:
        line = 1
        for block in itertools.chain([first], blocks):
            yield partial(_read_text, block, line, layout, long.path.name, is_large)
            line += block.count(b"\n")

    midnight = 0
    for batch in _ahead(jobs(), threads=_PARSERS):
        faults = batch.faults
        if batch.midnight_line and not midnight:
            midnight = batch.midnight_line
            problem = "24:00 is the end of a day, yet times are read as starts of intervals"
            remedy = "if they are ends, name the column end_time"
            faults = [*faults, Fault(long.path.name, midnight, "timestamp", problem, remedy, is_warning=True)]
        yield replace(batch, faults=faults)


def _read_text(block: bytes, first_line: int, layout: cols.Layout, file: str, is_large: bool) -> _Batch:
    log = FaultLog(file)
    columns = csv_reads.Columns(layout, uses_machine_code=is_large)
    csv_reads.read_block(block, first_line, columns, log)
    nothing = np.zeros(0, np.int64)
    raw = (
        join(columns.blocks) if columns.blocks
        else RawReads(nothing.astype(np.int32), nothing, nothing.astype(np.int32), nothing,
                      np.zeros((0, len(layout.channels)), np.int64), nothing.astype(np.uint8), layout.channels)
    )  # fmt: skip
    return _Batch(raw, list(columns.points), log.entries, columns.midnight_line)


def read_days(long: LongFile, book: NameBook | None = None) -> Iterator[Taken]:
    """
    Read a file piece by piece; while one is being used, the next ones are parsed.

    :param book: knows which identifiers mean a meter; rows of the others are faults. None takes all.
    :raises NotDaily: when the reads stand in such an order that days do not come together.
    :raises FaultyInput: when the file is damaged.
    """
    gatherer: DayGatherer | None = None
    reads, faults, uneven = 0, list[Fault](), set[str]()
    batches = _parquet_batches(long) if long.format == "PARQUET" else _text_batches(long)
    file = _Names()
    names = file.names
    try:
        for batch in batches:
            gatherer = DayGatherer(names, long.told) if gatherer is None else gatherer
            raw = file.number(_local(batch.raw, long.offset_s), batch.names)
            reads += len(raw)
            faults += batch.faults
            if book is not None:
                raw = _known(raw, names, book, long.path.name, faults)
            left = gatherer.add(raw)
            if len(left.off_grid):
                uneven |= _tell_odd(raw, left.off_grid, names, long.path.name, faults)
            _tell_left(raw, left, names, long.path.name, faults)
            rows = gatherer.take()
            if rows is not None or faults:
                yield _piece(rows, reads, faults, uneven)
                reads, faults = 0, []
    except (pa.ArrowException, ValueError, *UNPACKING_ERRORS) as error:
        problem = f"is damaged: {(str(error).splitlines() or ['unreadable'])[0][:120]}"
        raise FaultyInput([Fault(long.path.name, None, None, problem, "write it again")]) from None
    yield _piece(gatherer.take(is_last=True) if gatherer else None, reads, faults, uneven)


def _ahead(jobs: Iterator[Callable[[], Item]], *, threads: int) -> Iterator[Item]:
    """Do jobs in threads, some ahead of whoever uses what they give, and give it in their order."""
    with ThreadPoolExecutor(threads, thread_name_prefix="parse") as pool:
        coming = deque(pool.submit(job) for job in itertools.islice(jobs, threads + _AHEAD))
        while coming:
            item = coming.popleft().result()
            coming.extend(pool.submit(job) for job in itertools.islice(jobs, 1))
            yield item


def _piece(rows: DayRows | None, reads: int, faults: list[Fault], uneven: set[str]) -> Taken:
    if rows is None:
        return Taken(None, reads, faults)
    is_even = is_quarter_hourly(rows)
    uneven = uneven | {rows.names[at] for at in np.unique(rows.name[~is_even]).tolist()}
    if uneven:
        is_even &= np.array([name not in uneven for name in rows.names])[rows.name]
        rows = rows.take(np.flatnonzero(is_even))
    return Taken(rows, reads, faults, uneven)


def _local(raw: RawReads, offset_s: int) -> RawReads:
    """Rows with an offset on the local clock. :raises NotDaily: when only some have one."""
    has_offset = raw.offset_s != NO_OFFSET
    if not has_offset.any():
        return raw
    if not has_offset.all():
        raise NotDaily
    return replace(raw, start_s=raw.start_s - raw.offset_s + offset_s)


def _known(raw: RawReads, names: list[str], book: NameBook, file: str, faults: list[Fault]) -> RawReads:
    is_known = book.is_known(names)
    if is_known.all():
        return raw
    is_good = is_known[raw.point]
    for row in np.flatnonzero(~is_good).tolist():
        problem, remedy = book.why_unknown(int(raw.point[row]))
        faults.append(Fault(file, int(raw.line[row]), "usage_point", problem, remedy))
    rows = np.flatnonzero(is_good)
    return replace(raw, **{name: getattr(raw, name)[rows] for name in RAW_COLUMNS})


def _tell_odd(raw: RawReads, rows: np.ndarray, names: list[str], file: str, faults: list[Fault]) -> set[str]:
    """Name rows off the grid, unless so many rows of a usage point are that its interval is another one: its name."""
    counts = np.bincount(raw.point[rows], minlength=len(names))
    totals = np.bincount(raw.point, minlength=len(names))
    is_other = counts > np.maximum(1, totals * _MOST_ODD)
    for row in rows[~is_other[raw.point[rows]]].tolist():
        when, name = show_stamp(raw.start_s[row]), names[raw.point[row]] or "this file"
        faults.append(
            Fault(
                file, int(raw.line[row]), "timestamp", f"{when} of {name} is off the grid of 15 minutes",
                "correct the time, or give one interval length throughout",
            )
        )  # fmt: skip
    return {names[at] for at in np.flatnonzero(is_other).tolist()}


def _tell_left(raw: RawReads, left: Any, names: list[str], file: str, faults: list[Fault]) -> None:
    for row in left.conflicting.tolist():
        problem = (
            f"{show_stamp(raw.start_s[row])} of {names[raw.point[row]] or 'this file'} stands in an earlier row,"
            " with another value"
        )
        faults.append(Fault(file, int(raw.line[row]), "timestamp", problem, "keep the right one"))
    for row in left.too_large.tolist():
        problem = f"the energy of {names[raw.point[row]] or 'this file'} is too large to be true"
        faults.append(Fault(file, int(raw.line[row]), "kwh", problem, "check the unit"))
    if left.repeated:
        problem = f"{left.repeated:,} rows repeat an earlier row exactly; each counted once"
        faults.append(Fault(file, None, "timestamp", problem, is_warning=True))
