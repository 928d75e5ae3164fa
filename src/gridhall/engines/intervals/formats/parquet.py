"""Parquet with reads: long (one read a row) and wide (one day a row, a column for each interval)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numba import njit
from numpy.typing import NDArray

from gridhall.engines.intervals.formats import csv_layout as cols
from gridhall.engines.intervals.formats.assemble import MAX_SLOTS, RAW_COLUMNS, RawReads, assemble
from gridhall.engines.intervals.formats.csv_reads import ends_to_starts
from gridhall.engines.intervals.formats.csv_rows import MAX_KWH, parse_quality
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.source import Source
from gridhall.engines.intervals.formats.timestamps import DAY_S, END_S, NO_OFFSET, StampError, parse_stamp
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import UWH_PER_KWH, ReadSeries

_SLOT_COUNTS = (24, 48, 96, 288)
_CHANNELS = {cols.IMPORT: "import", cols.EXPORT: "export", cols.REACTIVE: "reactive"}


@dataclass
class _Table:
    """A table with named roles."""

    table: pa.Table
    roles: tuple[str, ...]
    scales: tuple[int, ...]

    def column(self, role: str) -> pa.ChunkedArray | None:
        return self.table.column(self.roles.index(role)) if role in self.roles else None

    def scale(self, role: str) -> int:
        return self.scales[self.roles.index(role)]


def read_parquet(
    source: Source, zone: ZoneInfo | None, usage_point: str | None, log: FaultLog, few_s: int | None = None
) -> list[ReadSeries]:
    """
    Read a Parquet file of reads.

    Long: a time and kwh (kvarh, export_kwh, usage_point, quality) as in CSV. Wide: a date and 24, 48,
    96 or 288 numbers.
    Line numbers in faults count rows from 1.

    :raises FaultyInput: when it is damaged or holds no reads.
    """
    with source.open() as stream:
        data = stream.read()
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        names = file.schema_arrow.names
        wide = wide_columns(file.schema_arrow)
        per_row = len(wide) or 1
        if file.metadata.num_rows * per_row > MAX_SLOTS:
            raise log.refuse(
                None, None, f"holds {file.metadata.num_rows:,} rows", f"split it: at most {MAX_SLOTS // per_row:,}"
            )
        roles = cols.name_columns(names) if not wide else None
        if roles is None and not wide and cols.holds_power(names):
            raise log.refuse(None, None, "holds power, not energy", "give the energy of each interval in kWh")
        if roles is None and not wide:
            raise log.refuse(None, None, f"no column of {', '.join(names)[:80]!r} is known as a time and an energy",
                             "name the columns timestamp and kwh")  # fmt: skip
        table = file.read()
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError) as error:
        raise log.refuse(
            None, None, f"is a damaged Parquet file: {str(error).splitlines()[0][:120]}", "write it again"
        ) from None
    if not table.num_rows:
        raise log.refuse(None, None, "holds no rows", "export it again")
    if wide:
        raw, points = _wide(table, wide, usage_point, log)
    else:
        assert roles is not None
        scales = tuple(cols.scale_of(name, role) for name, role in zip(names, roles, strict=True))
        raw, points = _long(_Table(table, roles, scales), usage_point, log)
    return assemble(raw, points, zone, log, few_s=few_s)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def wide_columns(schema: pa.Schema) -> list[str]:
    """The columns of the intervals of a day, if there are 24, 48, 96 or 288 of them."""
    wide = [field.name for field in schema if _is_number(field.type) and cols.role_of_number(field.name) is None]
    return wide if len(wide) in _SLOT_COUNTS else []


def _seconds(column: pa.ChunkedArray, log: FaultLog) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_]]:
    """Wall-clock seconds, offsets, and which rows have a usable time."""
    kind, count = column.type, len(column)
    offsets = np.full(count, NO_OFFSET, dtype=np.int32)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        if pa.types.is_timestamp(kind) and kind.tz:
            # moments: the wall clock is that of the zone in the type
            wall = pc.local_timestamp(column)
            moment = column.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.timestamp("us"), safe=False)
            local_us, utc_us = _micros(wall), _micros(moment)
            offsets = ((local_us - utc_us) // 1_000_000).astype(np.int32)
            micros = local_us
        else:
            micros = _micros(column)
        is_good = ~column.is_null().to_numpy(zero_copy_only=False) if column.null_count else np.ones(count, dtype=bool)
        seconds = np.empty(count, np.int64)
        if _plain_seconds(micros, seconds) and not column.null_count:
            return seconds, offsets, is_good
        for row in np.flatnonzero(is_good & (seconds * 1_000_000 != micros)):
            log.fault(int(row) + 1, "timestamp", "has a fraction of a second", "give the start of the interval")
            is_good[row] = False
    else:
        seconds, is_good = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool)
        for number, value in enumerate(column.to_pylist()):
            try:
                seconds[number], offsets[number] = parse_stamp("" if value is None else str(value))
                is_good[number] = True
            except StampError as error:
                log.fault(number + 1, "timestamp", str(error), "write it as 2026-01-31T13:45")
        return seconds, offsets, is_good
    is_outside = is_good & ((seconds < 0) | (seconds >= END_S))
    for row in np.flatnonzero(is_outside | ~is_good):
        log.fault(
            int(row) + 1,
            "timestamp",
            "is outside 1970 to 2100" if is_outside[row] else "the time is empty",
            "correct it",
        )
    return seconds, offsets, is_good & ~is_outside


@njit(nogil=True, cache=True)
def _plain_seconds(micros, seconds):  # type: ignore[no-untyped-def]
    """Cut microseconds to seconds in one pass; False when one has a fraction or lies outside 1970 to 2100."""
    is_plain = True
    for row in range(micros.size):
        second = micros[row] // 1_000_000
        seconds[row] = second
        is_plain &= second * 1_000_000 == micros[row] and 0 <= second < END_S
    return is_plain


def _micros(column: pa.ChunkedArray) -> NDArray[np.int64]:
    stamps = column.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
    return (pc.fill_null(stamps, 0) if stamps.null_count else stamps).to_numpy()


def _energies(
    column: pa.ChunkedArray, scale: int, name: str, log: FaultLog, may_be_negative: bool
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Micro watt hours, which rows have a value, and which rows are faulty."""
    kind = column.type
    if pa.types.is_null(kind) or not (_is_number(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        log.fault(None, name, f"is of type {kind}, no number", "write kWh as a number")
        return np.zeros(len(column), np.int64), np.zeros(len(column), bool), np.ones(len(column), bool)
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        # by way of the shortest decimal: 0.1 stays 0.1
        column = column.cast(pa.float32()).cast(pa.string())
    try:
        numbers = column.cast(pa.float64(), safe=False)
    except pa.ArrowException:
        log.fault(None, name, "holds texts that are not numbers", "write kWh as a number")
        return np.zeros(len(column), np.int64), np.zeros(len(column), bool), np.ones(len(column), bool)
    values = (pc.fill_null(numbers, np.nan) if numbers.null_count else numbers).to_numpy()
    energy = np.empty(len(values), np.int64)
    if _plain_energies(values, float(scale), float(MAX_KWH) * (UWH_PER_KWH / scale), may_be_negative, energy):
        return energy, np.ones(len(values), bool), np.zeros(len(values), bool)
    has_value = ~np.isnan(values)
    is_faulty = has_value & (~np.isfinite(values) | (np.abs(values) * (scale / UWH_PER_KWH) > MAX_KWH))
    for row in np.flatnonzero(is_faulty):
        log.fault(int(row) + 1, name, f"{values[row]} is too large for one interval", "check the unit")
    if not may_be_negative:
        for row in np.flatnonzero(has_value & (values < 0)):
            log.fault(
                int(row) + 1, name, f"{values[row]} is negative", "put energy that went to the grid into export_kwh"
            )
        is_faulty |= has_value & (values < 0)
    return np.rint(np.where(has_value & ~is_faulty, values, 0) * scale).astype(np.int64), has_value, is_faulty


@njit(nogil=True, cache=True)
def _plain_energies(values, scale, most, may_be_negative, energy):  # type: ignore[no-untyped-def]
    """Scale and round a column in one pass; False when a value is missing or faulty, which has to be looked at."""
    least = -most if may_be_negative else 0.0
    for row in range(values.size):
        value = values[row]
        if not (least <= value <= most):
            return False
        energy[row] = np.int64(np.rint(value * scale))
    return True


def _points(column: pa.ChunkedArray | None, count: int, usage_point: str | None) -> tuple[NDArray[np.int32], list[str]]:
    if column is None:
        return np.zeros(count, dtype=np.int32), [usage_point or ""]
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    encoded = encoded.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0)
    names = [name or usage_point or "" for name in encoded.dictionary.cast(pa.string()).to_pylist()]
    if encoded.null_count:
        names.append(usage_point or "")
        encoded = encoded.indices.fill_null(len(names) - 1)
    else:
        encoded = encoded.indices
    return encoded.to_numpy().astype(np.int32), names


def _long(named: _Table, usage_point: str | None, log: FaultLog) -> tuple[RawReads, list[str]]:
    is_at_end = cols.STAMP not in named.roles and cols.END_TIME in named.roles
    stamp = named.column(cols.END_TIME if is_at_end else cols.STAMP)
    if stamp is None:
        raise log.refuse(None, "timestamp", "has no column with the start of the intervals", "name it timestamp")
    count = len(stamp)
    start, offsets, is_good = _seconds(stamp, log)
    main = cols.IMPORT if cols.IMPORT in named.roles else cols.EXPORT
    quality = np.zeros(count, dtype=np.uint8)
    values, channels = [], []
    for role, channel in _CHANNELS.items():
        column = named.column(role)
        if column is None:
            continue
        energy, has_value, is_faulty = _energies(column, named.scale(role), role, log, role == cols.REACTIVE)
        values.append(energy)
        channels.append(channel)
        is_good &= ~is_faulty
        if role == main:
            quality[~has_value] = ReadingQuality.MISSING
    given = named.column(cols.QUALITY)
    if given is not None:
        quality = np.maximum(quality, _qualities(given, log))
    point, points = _points(named.column(cols.POINT), count, usage_point)
    energies = values[0][:, None] if len(values) == 1 else np.stack(values, axis=1)
    raw = RawReads(point, start, offsets, np.arange(1, count + 1), energies, quality, tuple(channels))
    if not is_good.all():
        rows = np.flatnonzero(is_good)
        raw = replace(raw, **{name: getattr(raw, name)[rows] for name in RAW_COLUMNS})
    return ends_to_starts(raw, log) if is_at_end else raw, points


def read_long(
    table: pa.Table, roles: tuple[str, ...], scales: tuple[int, ...], usage_point: str | None, log: FaultLog
) -> tuple[RawReads, list[str]]:
    """Read a table with one read a row; gives its rows and the names of the usage points they point to."""
    return _long(_Table(table, roles, scales), usage_point, log)


def _qualities(column: pa.ChunkedArray, log: FaultLog) -> NDArray[np.uint8]:
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    codes = [0]
    for text in encoded.dictionary.to_pylist():
        try:
            codes.append(parse_quality(text or ""))
        except ValueError as error:
            log.fault(None, "quality", str(error), "write actual, estimated or missing")
            codes.append(0)
    indices = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return np.array(codes, dtype=np.uint8)[indices + 1]


def _wide(table: pa.Table, wide: list[str], usage_point: str | None, log: FaultLog) -> tuple[RawReads, list[str]]:
    others = [name for name in table.column_names if name not in wide]
    roles = cols.name_day_columns(others)
    if cols.DATE not in roles:
        raise log.refuse(None, "date", f"holds {len(wide)} columns of reads, but no date", "add a column named date")
    start, _, is_good = _seconds(table.column(others[roles.index(cols.DATE)]), log)
    point_column = table.column(others[roles.index(cols.POINT)]) if cols.POINT in roles else None
    point, points = _points(point_column, table.num_rows, usage_point)
    step = DAY_S // len(wide)
    days = np.flatnonzero(is_good)
    energies = np.zeros((len(days), len(wide)), dtype=np.int64)
    quality = np.zeros((len(days), len(wide)), dtype=np.uint8)
    is_fine = np.ones((len(days), len(wide)), dtype=bool)
    for slot, name in enumerate(wide):
        energy, has_value, is_faulty = _energies(table.column(name), UWH_PER_KWH, name, log, may_be_negative=False)
        energies[:, slot] = energy[days]
        quality[:, slot] = np.where(has_value[days], ReadingQuality.MEASURED, ReadingQuality.MISSING)
        is_fine[:, slot] = ~is_faulty[days]
    midnight = start[days] - start[days] % DAY_S
    starts = midnight[:, None] + step * np.arange(len(wide), dtype=np.int64)[None, :]
    keep = is_fine.ravel()
    return RawReads(
        np.repeat(point[days], len(wide))[keep], starts.ravel()[keep], np.full(int(keep.sum()), NO_OFFSET, np.int32),
        np.repeat(days + 1, len(wide))[keep], energies.ravel()[keep, None], quality.ravel()[keep],
    ), points  # fmt: skip
