"""Read interval data from a file of any format: found by content, exact, and refused with every fault named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.intervals.formats.csv_reads import read_csv
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.source import UNPACKING_ERRORS, Source, find_encoding, find_sources
from gridhall.engines.intervals.series import ReadSeries


@dataclass(frozen=True)
class ReadFile:
    """
    What a file holds.

    :param format: CSV, PARQUET, ESPI, NEM12 or NEM13 (joined by + when an archive holds several).
    :param series: one for each usage point, in the order of the file.
    :param faults: notes, and with `is_strict=False` also the faults of rows that were left out.
    """

    format: str
    series: list[ReadSeries]
    faults: list[Fault] = field(default_factory=list)


def read_file(
    path: str | Path, *, zone: ZoneInfo | None = None, usage_point: str | None = None,
    is_strict: bool = True, sink: Callable[[Fault], None] | None = None,
) -> ReadFile:  # fmt: skip
    """
    Read a file of interval reads.

    :param zone: where the wall clock of the file runs; resolves clock changes, and is what local time means for stamps
        with an offset. Without it local times are taken as they stand.
    :param usage_point: the identifier for reads that carry none.
    :param is_strict: refuse the file when anything in it is wrong; otherwise keep the good rows and list the bad.
    :param sink: takes every fault and note as it is found, so that none is kept in memory.
    :raises FaultyInput: naming every fault, when the file cannot be used.
    """
    path = Path(path)
    formats: list[str] = []
    series: list[ReadSeries] = []
    entries: list[Fault] = []
    refusals: list[Fault] = []
    sources = find_sources(path)
    for source in sources:
        log = FaultLog(source.name, sink)
        try:
            format_name, found = _read_source(source, zone, usage_point, log)
        except FaultyInput as refusal:
            refusals += refusal.faults
            continue
        except UNPACKING_ERRORS as error:
            refusals.append(Fault(source.name, None, None, f"cannot be read: {error}", "copy or download it again"))
            continue
        except MemoryError:
            refusals.append(Fault(source.name, None, None, "does not fit into memory", "split the file"))
            continue
        faults = [entry for entry in log.entries if not entry.is_warning]
        if log.fault_count and (is_strict or not found):
            refusals += faults or [Fault(source.name, None, None, f"has {log.fault_count:,} faults")]
            continue
        formats += [format_name] if format_name not in formats else []
        series += found
        entries += log.entries
    if refusals and (is_strict or not series):
        raise FaultyInput(refusals)
    return ReadFile("+".join(formats), series, [*entries, *refusals])


def _read_source(
    source: Source, zone: ZoneInfo | None, usage_point: str | None, log: FaultLog
) -> tuple[str, list[ReadSeries]]:
    head = source.head()
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise log.refuse(None, None, "the file is empty", "export it again")
    encoding = find_encoding(head)
    if encoding is None:
        raise log.refuse(
            None, None, "is no text and no format that holds reads", "give CSV, Parquet, Green Button XML or NEM12"
        )
    return "CSV", read_csv(source, encoding, zone, usage_point, log)
