"""
Files with a day of a meter in each row: a date, a meter, and 96 columns of kWh. The fast way in.

Parquet and delimited text are read in batches of some million reads; a block of text with a cell that is no number is
read again cell by cell, so that only that cell is left out.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numba
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.intervals.formats import csv_layout as cols
from gridhall.engines.intervals.formats.csv_rows import parse_energy
from gridhall.engines.intervals.formats.source import find_encoding, find_sources, utf8_blocks
from gridhall.engines.intervals.formats.timestamps import DAY_S, StampError, parse_stamp, shorten
from gridhall.engines.intervals.ingestion import DayRows
from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.intervals.quality import ReadingQuality

ROWS_A_BATCH = 32_768
_TEXT_BLOCK = 16 << 20
_MISSING = int(ReadingQuality.MISSING)
_LARGEST_KWH = (2**31 - 1) / 1000
_UWH_PER_KWH = 1_000_000_000
_NOTHING = ["", "NaN", "nan", "null", "NULL", "NA", "N/A", "-", "missing", "缺失"]

Sink = Callable[[Fault], None]


@dataclass(frozen=True)
class _Shape:
    """Where the columns are: `slots` are the 96 of kWh, `point` is -1 when the file does not name meters."""

    columns: list[str]
    date: int
    point: int
    slots: list[int]


def find_shape(path: Path) -> str | None:
    """Tell whether a file has a day in each row: PARQUET, CSV, or None if it has not."""
    with path.open("rb") as file:
        head = file.read(65_536)
    if head.startswith(b"PAR1"):
        try:
            return "PARQUET" if _shape_of(pq.ParquetFile(path).schema_arrow.names) else None
        except (pa.ArrowException, OSError, ValueError):
            return None
    encoding = find_encoding(head)
    if encoding is None or head.startswith((b"PK", b"\x1f\x8b")):
        return None
    first = head.decode(encoding, "replace").lstrip("\ufeff").split("\n")[0].strip()
    return "CSV" if first and _shape_of(_cells(first)) else None


def _cells(header: str) -> list[str]:
    return next(csv.reader([header], delimiter=max(",;\t|", key=header.count)), [])


def _shape_of(names: list[str]) -> _Shape | None:
    slots = [index for index, name in enumerate(names) if cols.role_of_number(name) is None]
    roles = cols.name_day_columns(names)
    if len(slots) != SLOTS or len(set(names)) < len(names) or cols.DATE not in roles:
        return None
    point = roles.index(cols.POINT) if cols.POINT in roles else -1
    return _Shape(names, roles.index(cols.DATE), point, slots)


def read_day_rows(path: Path, *, format_name: str, usage_point: str | None, sink: Sink) -> Iterator[DayRows]:
    """Read a file batch by batch; cells that cannot be used are told and left out. :raises FaultyInput: if damaged."""
    batches = _parquet_batches(path) if format_name == "PARQUET" else _text_batches(path, sink)
    points: dict[str, int] = {}
    names: list[str] = []
    try:
        for table, shape, first_line in batches:
            if table.num_rows:
                rows = _rows_of(table, shape, first_line, path.name, usage_point, sink)
                known = np.array([points.setdefault(name, len(points)) for name in rows.names], np.int64)
                names.extend(itertools.islice(points, len(names), None))
                yield replace(rows, names=names, name=known[rows.name])
    except (pa.ArrowException, OSError) as error:
        problem = f"is damaged: {(str(error).splitlines() or ['unreadable'])[0][:120]}"
        raise FaultyInput([Fault(path.name, None, None, problem, "write it again")]) from error


Batch = tuple[pa.Table, _Shape, int]


def _parquet_batches(path: Path) -> Iterator[Batch]:
    file = pq.ParquetFile(path)
    shape = _shape_of(file.schema_arrow.names)
    assert shape is not None
    row = 1
    for batch in file.iter_batches(batch_size=ROWS_A_BATCH):
        yield pa.Table.from_batches([batch]), shape, row
        row += batch.num_rows


def _text_batches(path: Path, sink: Sink) -> Iterator[Batch]:
    source = find_sources(path)[0]
    encoding = find_encoding(source.head()) or "utf-8"
    shape: _Shape | None = None
    delimiter, line = ",", 1
    for block in utf8_blocks(source, encoding, _TEXT_BLOCK):
        if shape is None:
            header, _, block = block.partition(b"\n")
            text = header.decode("utf-8", "replace").lstrip("\ufeff").strip()
            delimiter = max(",;\t|", key=text.count)
            shape = _shape_of(_cells(text))
            assert shape is not None
            line = 2
        if block.strip():
            yield _parse_text(block, shape, delimiter, line, path.name, sink), shape, line
        line += block.count(b"\n")


def _parse_text(block: bytes, shape: _Shape, delimiter: str, first_line: int, file: str, sink: Sink) -> pa.Table:
    kinds = {name: pa.string() for name in shape.columns}
    kinds.update({shape.columns[slot]: pa.float64() for slot in shape.slots})
    try:
        return pacsv.read_csv(
            io.BytesIO(block),
            read_options=pacsv.ReadOptions(column_names=shape.columns, block_size=_TEXT_BLOCK * 2),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
            convert_options=pacsv.ConvertOptions(column_types=kinds, null_values=_NOTHING, strings_can_be_null=False),
        )
    except pa.ArrowException:
        return _parse_cells(block, shape, delimiter, first_line, file, sink)


def _parse_cells(block: bytes, shape: _Shape, delimiter: str, first_line: int, file: str, sink: Sink) -> pa.Table:
    """Read a block that holds something odd, cell by cell; a row keeps its place even when it is left out."""
    columns: list[list] = [[] for _ in shape.columns]
    slots = set(shape.slots)
    lines = block.decode("utf-8", "replace").split("\n")
    for offset, text in enumerate(lines if lines[-1] else lines[:-1]):
        cells = next(csv.reader([text.rstrip("\r")], delimiter=delimiter), [])
        is_whole = len(cells) == len(shape.columns)
        if not is_whole and any(cells):
            problem = f"has {len(cells)} cells, the header has {len(shape.columns)}"
            sink(Fault(file, first_line + offset, None, problem, "give one cell for each column"))
        for index, column in enumerate(columns):
            value = cells[index] if is_whole else None
            if index in slots:
                column.append(_number(value, file, first_line + offset, shape.columns[index], sink))
            else:
                column.append(value)
    arrays = [pa.array(column, pa.float64() if index in slots else pa.string()) for index, column in enumerate(columns)]
    return pa.Table.from_arrays(arrays, names=shape.columns)


def _number(text: str | None, file: str, line: int, field: str, sink: Sink) -> float | None:
    if text is None:
        return None
    try:
        energy = parse_energy(text, _UWH_PER_KWH)
    except ValueError as error:
        sink(Fault(file, line, field, str(error), "write it as 1.234"))
        return None
    return None if energy is None else energy / _UWH_PER_KWH


def _rows_of(
    table: pa.Table, shape: _Shape, first_line: int, file: str, usage_point: str | None, sink: Sink
) -> DayRows:
    count = table.num_rows
    values, quality = np.zeros((count, SLOTS), np.int32), np.zeros((count, SLOTS), np.uint8)
    for slot, index in enumerate(shape.slots):
        column = table.column(index).cast(pa.float64(), safe=False)
        numbers = column.combine_chunks().fill_null(np.nan).to_numpy(zero_copy_only=False)
        if _take_column(numbers, slot, values, quality):
            for row in np.flatnonzero((numbers < 0) | (np.abs(numbers) > _LARGEST_KWH)):
                problem = f"{numbers[row]} is negative" if numbers[row] < 0 else f"{numbers[row]} is too large"
                sink(Fault(file, first_line + int(row), shape.columns[index], problem, "check the unit"))
    line = np.arange(first_line, first_line + count)
    day, is_good = _days_of(table.column(shape.date), line, file, sink)
    if shape.point < 0:
        names, name = [usage_point or ""], np.zeros(count, np.int64)
    else:
        coded = table.column(shape.point).cast(pa.string()).combine_chunks().fill_null("").dictionary_encode()
        names = [text.strip() or usage_point or "" for text in coded.dictionary.to_pylist()]
        name = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    is_good &= (quality != _MISSING).any(axis=1)
    rows = DayRows(names, name, day, line, values[None], quality)
    return rows if is_good.all() else rows.take(np.flatnonzero(is_good))


def _days_of(
    column: pa.ChunkedArray, line: NDArray[np.int64], file: str, sink: Sink
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    coded = column.combine_chunks().dictionary_encode()
    days, problems = [], []
    for value in coded.dictionary.to_pylist():
        try:
            seconds, _ = parse_stamp(str(value))
            days.append(seconds // DAY_S)
            problems.append("" if seconds % DAY_S == 0 else f"{shorten(str(value))} is no day")
        except StampError as error:
            days.append(0)
            problems.append(str(error))
    index = coded.indices.fill_null(len(days)).to_numpy(zero_copy_only=False)
    days.append(0)
    problems.append("the date is empty")
    is_good = np.array([not problem for problem in problems])[index]
    for row in np.flatnonzero(~is_good):
        sink(Fault(file, int(line[row]), "date", problems[int(index[row])], "write it as 2026-01-31"))
    return np.array(days, np.int64)[index], is_good


@numba.njit(nogil=True, cache=True)
def _take_column(numbers, slot, values, quality):  # type: ignore[no-untyped-def]
    """Round kWh to Wh as every other way in does; tell whether a value was left out."""
    left_out = False
    for row in range(numbers.size):
        number = numbers[row]
        if np.isnan(number):
            quality[row, slot] = 255
        elif number < 0 or number > 2147483.647:
            quality[row, slot] = 255
            left_out = True
        else:
            values[row, slot] = (np.int64(np.rint(number * 1e9)) + 500_000) // 1_000_000
    return left_out
