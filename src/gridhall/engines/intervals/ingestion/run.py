"""Ingest a file: read a batch, make rows of it, store it, go on."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import numba
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.intervals.ingestion.report import Flagged, IngestReport
from gridhall.engines.intervals.ingestion.rows import NO_LIMIT, DayRows, RowStore, gather
from gridhall.engines.intervals.ingestion.text import (
    SERIES,
    STAMP,
    VALUE,
    Columns,
    Meters,
    OddLine,
    columns_of,
    parse_lines,
    read_odd_line,
)
from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.store import IntervalStore

_BLOCK = 8 << 20
_PARQUET_ROWS = 1_000_000
_BATCHES_AHEAD = 3
_MISSING = int(ReadingQuality.MISSING)
_WH_RANGE = 2**31 - 1


def ingest_csv(
    store: IntervalStore, path: Path, *, known_at: datetime, zone: ZoneInfo, series_of: Mapping[str, int] | None = None,
    limit_wh: int = NO_LIMIT, on_faults: Callable[[Sequence[Fault]], None] | None = None,
    on_flagged: Callable[[Sequence[Flagged]], None] | None = None,
) -> IngestReport:  # fmt: skip
    """
    Read a delimited text of 15-minute reads of many meters into the store.

    Long: a line a read (meter, time, kwh[, export_kwh][, kvarh]). Wide: a line a day (meter, date, 96 values). The
    first line names the columns. Good lines are stored, bad ones listed; memory does not grow with the file.

    :param series_of: series by meter number; None when the file gives series numbers.
    :param zone: of times with an offset; times without one are local.
    :raises FaultyInput: when the file has no usable head.
    """
    report = IngestReport(str(path.name), on_faults=on_faults, on_flagged=on_flagged)
    rows = RowStore(store, known_at, limit_wh, report)
    meters = Meters(series_of)
    with path.open("rb") as file:
        head = file.readline().decode("utf-8-sig", "replace").rstrip("\r\n")
        if not head.strip():
            raise FaultyInput([Fault(report.file, 1, None, "the file is empty", "export it again")])
        delimiter = max(",;\t", key=head.count)
        columns = columns_of(head.split(delimiter), report.file, delimiter)
        jobs = (partial(_csv_rows, block[0], block[1], columns, meters, zone, report.file) for block in _blocks(file))
        for parsed in _ahead(jobs, store.threads):
            _take(parsed, rows, report)
    rows.finish()
    return report


@dataclass(frozen=True)
class Parsed:
    """One batch of a file."""

    lines: int
    faults: list[Fault]
    rows: DayRows | None
    repeated: int = 0
    conflicting: int = 0


def _take(parsed: Parsed, rows: RowStore, report: IngestReport) -> None:
    report.rows += parsed.lines
    report.repeated += parsed.repeated
    report.conflicting += parsed.conflicting
    report.take(parsed.faults)
    rows.add(parsed.rows)


def _ahead(jobs: Iterator[Callable[[], Parsed | None]], threads: int) -> Iterator[Parsed]:
    """Walk the batches in order, some of the next ones being parsed by other threads while this one is being stored."""
    with ThreadPoolExecutor(threads, thread_name_prefix="parse") as pool:
        coming = deque(pool.submit(job) for job in itertools.islice(jobs, _BATCHES_AHEAD))
        while coming and (parsed := coming.popleft().result()) is not None:
            coming.extend(pool.submit(job) for job in itertools.islice(jobs, 1))
            yield parsed


def _blocks(file: BinaryIO):  # type: ignore[no-untyped-def]
    """Walk blocks of whole lines, each with the number of its first line."""
    line, rest = 2, b""
    while True:
        data = file.read(_BLOCK)
        if not data:
            if rest:
                yield rest, line
            return
        data = rest + data
        cut = data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut:
            yield data[:cut], line
            line += data.count(b"\n", 0, cut)


def _csv_rows(block: bytes, first_line: int, columns: Columns, meters: Meters, zone: ZoneInfo, file: str) -> Parsed:
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == 10)
    if not ends.size or ends[-1] != data.size - 1:
        ends = np.append(ends, data.size)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])
    count = SLOTS if columns.is_wide else len(columns.told)
    n = starts.size
    status, names = np.ones(n, np.uint8), np.zeros(n, np.uint64)
    spans, day, slot = np.zeros((n, 2), np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    values, missing = np.zeros((n, count), np.int32), np.zeros((n, count), bool)
    parse_lines(
        data, starts, ends, ord(columns.delimiter), columns.roles, columns.is_wide, status, names, spans, day, slot,
        values, missing,
    )  # fmt: skip
    series = np.full(n, -1, np.int64)
    plain = np.flatnonzero(status == 0)
    series[plain] = meters.series_of_hashes(names[plain], spans[plain], block)
    faults = []
    for line in np.flatnonzero(status == 1).tolist():
        try:
            meter, day[line], slot[line], numbers = read_odd_line(block[starts[line] : ends[line]], columns, zone)
        except OddLine as odd:
            faults.append(Fault(file, first_line + line, odd.field, odd.problem, odd.remedy))
            continue
        series[line] = meters.series(meter)
        values[line] = [number or 0 for number in numbers]
        missing[line] = [number is None for number in numbers]
        status[line] = 0
        if series[line] < 0:
            spans[line] = starts[line], ends[line]
    field = columns.names[int(np.flatnonzero(columns.roles == SERIES)[0])]
    for line in np.flatnonzero((status == 0) & (series < 0)).tolist():
        text = block[spans[line, 0] : spans[line, 1]].decode("utf-8", "replace")[:40]
        faults.append(Fault(file, first_line + line, field, f"no meter {text!r}", "enter the meter first"))
    faults.sort(key=lambda fault: fault.line or 0)
    lines = n - int(np.count_nonzero(status == 2))
    good = np.flatnonzero((status == 0) & (series >= 0))
    if good.size == n:
        good = slice(None)  # type: ignore[assignment]
    found = (series[good], day[good], slot[good], values[good], missing[good])
    return _as_parsed(lines, faults, columns, *found)


def _as_parsed(
    lines: int, faults: list[Fault], columns: Columns, series: NDArray[np.int64], day: NDArray[np.int64],
    slot: NDArray[np.int64], values: NDArray[np.int32], missing: NDArray[np.bool_],
) -> Parsed:  # fmt: skip
    """Make rows of good reads; values and missing are [n, columns]."""
    if columns.is_wide:
        quality = np.where(missing, _MISSING, 0).astype(np.uint8)
        rows = DayRows(series, day, np.ascontiguousarray(values)[None], quality) if series.size else None
        return Parsed(lines, faults, rows)
    codes = np.zeros(series.size, np.uint8)
    if columns.told[0] == 0:
        codes[missing[:, 0]] = _MISSING
    rows, repeated, conflicting = gather(series, day, slot, values.T, codes, columns.told)
    return Parsed(lines, faults, rows, repeated, conflicting)


def ingest_parquet(
    store: IntervalStore, path: Path, *, known_at: datetime, zone: ZoneInfo, series_of: Mapping[str, int] | None = None,
    limit_wh: int = NO_LIMIT, on_faults: Callable[[Sequence[Fault]], None] | None = None,
    on_flagged: Callable[[Sequence[Flagged]], None] | None = None,
) -> IngestReport:  # fmt: skip
    """
    Read a Parquet file of 15-minute reads of many meters into the store; long or wide as in `ingest_csv`.

    :raises FaultyInput: when it is no Parquet file, or has no usable columns.
    """
    report = IngestReport(str(path.name), on_faults=on_faults, on_flagged=on_flagged)
    rows = RowStore(store, known_at, limit_wh, report)
    meters = Meters(series_of)
    try:
        file = pq.ParquetFile(path, memory_map=False)
        columns = columns_of(file.schema_arrow.names, report.file)
        wanted = [file.schema_arrow.names[at] for at in np.flatnonzero(columns.roles)]
        size = _PARQUET_ROWS // (SLOTS if columns.is_wide else 1)
        batches = file.iter_batches(batch_size=size, columns=wanted)
        parsing = _parquet_batches(batches, columns, meters, zone, report.file)
        for parsed in _ahead(itertools.repeat(partial(next, parsing, None)), 1):
            _take(parsed, rows, report)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        problem = str(error).splitlines()[0]
        raise FaultyInput(
            [Fault(report.file, None, None, f"it cannot be read: {problem}", "export it again")]
        ) from error
    rows.finish()
    return report


def _parquet_batches(
    batches: Iterator[pa.RecordBatch], columns: Columns, meters: Meters, zone: ZoneInfo, file: str
) -> Iterator[Parsed]:
    first = 1
    for batch in batches:
        yield _parquet_rows(batch, first, columns, meters, zone, file)
        first += batch.num_rows


def _parquet_rows(
    batch: pa.RecordBatch, first: int, columns: Columns, meters: Meters, zone: ZoneInfo, file: str
) -> Parsed:
    roles = [int(role) for role in columns.roles if role]
    names = batch.schema.names
    series = _series_column(batch.column(roles.index(SERIES)), meters)
    day, slot, bad_time = _time_column(batch.column(roles.index(STAMP)), zone, columns.is_wide)
    count = SLOTS if columns.is_wide else len(columns.told)
    values = np.zeros((count, batch.num_rows), np.int32)
    missing = np.zeros((count, batch.num_rows), bool)
    bad_value = np.zeros(batch.num_rows, bool)
    for at, role in enumerate(roles):
        if role >= VALUE:
            values[role - VALUE], missing[role - VALUE], bad = _value_column(batch.column(at))
            bad_value |= bad
    problems = [
        (series < 0, names[roles.index(SERIES)], "no such meter", "enter the meter first"),
        (bad_time, names[roles.index(STAMP)], "not the time of a quarter hour", "use 15-minute reads from 1970 on"),
        (bad_value, None, "not an energy in kWh", "write a number that a quarter hour can hold"),
    ]
    bad = np.zeros(batch.num_rows, bool)
    faults = []
    for wrong, field, problem, remedy in problems:
        faults += [Fault(file, first + row, field, problem, remedy) for row in np.flatnonzero(wrong & ~bad).tolist()]
        bad |= wrong
    faults.sort(key=lambda fault: fault.line or 0)
    good = slice(None) if not bad.any() else np.flatnonzero(~bad)
    found = (series[good], day[good], slot[good], values[:, good].T, missing[:, good].T)
    return _as_parsed(batch.num_rows, faults, columns, *found)


def _series_column(column: pa.Array, meters: Meters) -> NDArray[np.int64]:
    """Give series numbers, -1 where no meter is known."""
    if pa.types.is_integer(column.type) and meters._series_of is None:
        return pc.fill_null(column.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    texts = column.dictionary.cast(pa.string()).to_pylist()
    known = np.array([*(meters.series(text) if text else -1 for text in texts), -1], np.int64)
    return known[pc.fill_null(column.indices.cast(pa.int64()), len(texts)).to_numpy(zero_copy_only=False)]


def _time_column(column: pa.Array, zone: ZoneInfo, is_wide: bool) -> tuple[NDArray, NDArray, NDArray[np.bool_]]:
    """Give days since 1970, slots, and where that is impossible; aware times are seen in `zone`."""
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = pc.local_timestamp(column.cast(pa.timestamp(column.type.unit, str(zone))))
    elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.strptime(column, format="%Y-%m-%d %H:%M:%S", unit="s", error_is_null=True)
    micros = column.cast(pa.timestamp("us")).cast(pa.int64())
    moments = pc.fill_null(micros, -1).to_numpy(zero_copy_only=False)
    day, slot, bad = np.empty(moments.size, np.int64), np.empty(moments.size, np.int64), np.empty(moments.size, bool)
    _split_moments(moments, is_wide, day, slot, bad)
    return day, slot, bad


@numba.njit(nogil=True, cache=True)
def _split_moments(moments, is_wide, day, slot, bad):  # type: ignore[no-untyped-def]
    """Cut microseconds since 1970 into days and quarter hours."""
    for at in range(moments.size):
        quarter = moments[at] // 900_000_000
        day[at] = quarter // SLOTS
        slot[at] = quarter - day[at] * SLOTS
        bad[at] = moments[at] < 0 or quarter * 900_000_000 != moments[at] or (is_wide and slot[at] != 0)


def _value_column(column: Any) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Give Wh, where there is no read, and where the value is none."""
    nulls = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else np.zeros(len(column), bool)
    if pa.types.is_decimal(column.type) or pa.types.is_integer(column.type):
        column = column.cast(pa.float64())
    if not pa.types.is_floating(column.type):
        raise pa.ArrowInvalid(f"energy must be numbers, not {column.type}")
    numbers = column.to_numpy(zero_copy_only=False).astype(np.float64, copy=False) * 1000.0
    whole = np.rint(np.where(nulls, 0.0, numbers))
    bad = ~(np.abs(whole) <= _WH_RANGE)
    whole[bad] = 0
    return whole.astype(np.int32), nulls, bad
