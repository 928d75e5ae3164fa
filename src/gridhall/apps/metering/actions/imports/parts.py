"""A file in parts that fit into memory: series by series, then slots by meter and month."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.queries.identifiers import Identified, Stretch, identify
from gridhall.apps.metering.rules.grid import SLOTS_A_DAY, GridReads, put_on_grid
from gridhall.apps.metering.rules.wall_clock import skipped_slots, tell_skipped
from gridhall.core.errors import Fault, FaultyInput
from gridhall.core.periods import Month
from gridhall.engines.intervals.formats import read_file
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.source import Bomb, find_encoding, find_sources
from gridhall.engines.intervals.formats.spooled import is_long_parquet, read_csv_spooled, read_parquet_spooled
from gridhall.engines.intervals.series import ReadSeries

SLOTS_A_PART = 1_500_000
SPOOLED_FROM_BYTES = 8 << 20
FEW_READS_S = 900
"""Late reads come one by one: where a file does not tell their interval they are quarter hours."""
_EPOCH = date(1970, 1, 1).toordinal()

Sink = Callable[[Fault], None]


@dataclass(frozen=True)
class MeterReads:
    """
    Reads of meters in one month, slot by slot; n of them, by meter and slot.

    :param meter_id, series_id: int64[n].
    :param cell: int16[n], day of the month x 96 + slot of the day.
    :param values: int32[3, n]: import, export, reactive; `told` says which channels arrive.
    :param quality: uint8[n].
    :param line: int64[n], about where they stand in the file; None if that is not known.
    """

    month: Month
    meter_id: NDArray[np.int64]
    series_id: NDArray[np.int64]
    cell: NDArray[np.int16]
    values: NDArray[np.int32]
    quality: NDArray[np.uint8]
    told: tuple[bool, bool, bool]
    line: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.cell)


@dataclass(frozen=True)
class FilePart:
    """Some series of a file, and the name of its format as far as it is known."""

    format: str
    series: list[ReadSeries]


def read_parts(path: Path, *, zone: ZoneInfo, usage_point: str | None, sink: Sink, folder: Path) -> Iterator[FilePart]:
    """
    Read a file part by part; large delimited text and Parquet go through spool files, so that memory stays flat.

    :raises FaultyInput: when nothing in it can be used, or it is packed and damaged.
    """
    try:
        yield from _read_parts(path, zone, usage_point, sink, folder)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, Bomb) as error:
        fault = Fault(path.name, None, None, f"cannot be read: {error}", "copy or download it again")
        raise FaultyInput([fault]) from error


def _read_parts(path: Path, zone: ZoneInfo, usage_point: str | None, sink: Sink, folder: Path) -> Iterator[FilePart]:
    sources = find_sources(path)
    if len(sources) == 1 and path.stat().st_size >= SPOOLED_FROM_BYTES:
        head = sources[0].head()
        encoding = find_encoding(head)
        if encoding is not None and _is_delimited(head.decode(encoding, "replace")):
            log = FaultLog(sources[0].name, sink)
            size = path.stat().st_size * (8 if sources[0].is_gzip else 1)
            folder.mkdir(parents=True, exist_ok=True)
            for series in read_csv_spooled(
                sources[0], encoding, zone, usage_point, log, size=size, folder=folder, few_s=FEW_READS_S
            ):
                yield from _in_parts("CSV", series)
            return
        if is_long_parquet(path):
            log = FaultLog(path.name, sink)
            folder.mkdir(parents=True, exist_ok=True)
            for series in read_parquet_spooled(path, zone, usage_point, log, folder=folder, few_s=FEW_READS_S):
                yield from _in_parts("PARQUET", series)
            return
    whole = read_file(path, zone=zone, usage_point=usage_point, is_strict=False, sink=sink, few_s=FEW_READS_S)
    for fault in whole.faults:
        sink(fault)
    yield from _in_parts(whole.format, whole.series)


def _is_delimited(text: str) -> bool:
    start = text.lstrip("\ufeff \t\r\n").lstrip('"')
    return not start.startswith(("<", "100,", '100",', "200,", "250,", "300,", "PAR1"))


def _in_parts(format_name: str, series: list[ReadSeries]) -> Iterator[FilePart]:
    part: list[ReadSeries] = []
    slots = 0
    for one in series:
        part.append(one)
        slots += len(one) * max(one.duration_s // 900, 1)
        if slots >= SLOTS_A_PART:
            yield FilePart(format_name, part)
            part, slots = [], 0
    if part:
        yield FilePart(format_name, part)


def lead_to_meters(part: FilePart, *, file_name: str, zone: ZoneInfo, sink: Sink) -> tuple[list[MeterReads], int]:
    """
    Find the meters of the series of a part and lay their reads out by month.

    :returns: the reads, and how many had to be left out because nothing measures there or the grid cannot take them.
    """
    identified = identify(one.usage_point for one in part.series)
    pieces: dict[tuple[Month, tuple[bool, bool, bool]], list[tuple[Stretch, GridReads]]] = {}
    rejected = 0
    for series in part.series:
        fault = _why_unknown(series, identified)
        if fault is not None:
            sink(Fault(file_name, None, "usage_point", *fault))
            rejected += int((series.quality != 255).sum())
            continue
        reads = put_on_grid(series)
        rejected += _tell_of_grid(series, reads, file_name, sink)
        reads = tell_skipped(reads, skipped_slots(zone))
        found, left_out = _by_stretch(reads, identified.stretches[series.usage_point])
        if left_out:
            rejected += left_out
            sink(
                Fault(
                    file_name, None, "usage_point",
                    f"{left_out:,} reads of {series.usage_point} lie on days on which no meter hung there",
                    "record the installation of the meter, then import the file again",
                )
            )  # fmt: skip
        told = (True, reads.export_wh is not None, reads.reactive_varh is not None)
        for stretch, piece in found:
            for month, monthly in _by_month(piece):
                pieces.setdefault((month, told), []).append((stretch, monthly))
    return [_join(month, told, rows) for (month, told), rows in sorted(pieces.items())], rejected


def _why_unknown(series: ReadSeries, identified: Identified) -> tuple[str, str] | None:
    name = series.usage_point
    if series.duration_s > 3600:
        return (
            f"the reads of {name or 'this file'} are a day or longer",
            "give interval reads, or a file of register readings",
        )
    if not name:
        return "the reads name no meter", "add a column with the meter, or say which one with --meter"
    if name in identified.ambiguous:
        count = identified.ambiguous[name]
        return f"customer {name} has {count} usage points", "name the usage point or the meter instead"
    if name not in identified.stretches:
        return f"no meter, usage point or customer is called {name}", "register the meter, then import the file again"
    return None


def _tell_of_grid(series: ReadSeries, reads: GridReads, file_name: str, sink: Sink) -> int:
    """Say what the grid did to a series; gives how many slots were left out."""
    name = series.usage_point
    if len(reads.incomplete):
        sink(
            Fault(
                file_name, None, "timestamp",
                f"{len(reads.incomplete):,} quarter hours of {name} lack some of their 5-minute reads: left out",
                "send whole quarter hours",
            )
        )  # fmt: skip
    if len(reads.too_large):
        sink(
            Fault(
                file_name,
                None,
                "kwh",
                f"{len(reads.too_large):,} reads of {name} are too large to be true",
                "check the unit",
            )
        )
    if reads.interval_s > 900:
        minutes = reads.interval_s // 60
        problem = f"{name}: reads of {minutes} minutes were shared evenly over quarter hours, each exactly"
        sink(Fault(file_name, None, "timestamp", problem, is_warning=True))
    return len(reads.incomplete) + len(reads.too_large)


def _by_stretch(reads: GridReads, stretches: list[Stretch]) -> tuple[list[tuple[Stretch, GridReads]], int]:
    found = []
    taken = 0
    for stretch in stretches:
        first, end = ((day - _EPOCH) * SLOTS_A_DAY for day in (stretch.first_day, stretch.end_day))
        piece = reads.between(first, end)
        if len(piece):
            found.append((stretch, piece))
            taken += len(piece)
    return found, len(reads) - taken


def _by_month(reads: GridReads) -> Iterator[tuple[Month, GridReads]]:
    first = date.fromordinal(int(reads.slot[0]) // SLOTS_A_DAY + _EPOCH)
    last = int(reads.slot[-1])
    month = Month.of(first)
    while True:
        start = (month.first_day.toordinal() - _EPOCH) * SLOTS_A_DAY
        end = start + month.days * SLOTS_A_DAY
        piece = reads.between(start, end)
        if len(piece):
            yield month, piece
        if end > last:
            return
        month = month.next()


def _join(month: Month, told: tuple[bool, bool, bool], rows: list[tuple[Stretch, GridReads]]) -> MeterReads:
    start = (month.first_day.toordinal() - _EPOCH) * SLOTS_A_DAY
    rows = sorted(rows, key=lambda row: row[0].series_id)
    sizes = [len(piece) for _, piece in rows]
    cell = np.concatenate([piece.slot for _, piece in rows]) - start
    values = np.zeros((3, len(cell)), np.int32)
    for channel, name in enumerate(("import_wh", "export_wh", "reactive_varh")):
        if told[channel]:
            values[channel] = np.concatenate([getattr(piece, name) for _, piece in rows])
    return MeterReads(
        month=month,
        meter_id=np.repeat(np.array([stretch.meter_id for stretch, _ in rows], np.int64), sizes),
        series_id=np.repeat(np.array([stretch.series_id for stretch, _ in rows], np.int64), sizes),
        cell=cell.astype(np.int16),
        values=values,
        quality=np.concatenate([piece.quality for _, piece in rows]),
        told=told,
    )


def day_of(month: Month, cell: int) -> date:
    """Give the local day of a cell of a month."""
    return month.first_day + timedelta(days=int(cell) // SLOTS_A_DAY)
