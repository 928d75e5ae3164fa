"""Read interval data from a file of any format: found by content, exact, and refused with every fault named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.intervals.formats.channels import ChannelTotal
from gridhall.engines.intervals.formats.csv_reads import read_csv
from gridhall.engines.intervals.formats.espi import read_espi
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.nem12 import read_nem12
from gridhall.engines.intervals.formats.nem13 import RegisterRead, read_nem13
from gridhall.engines.intervals.formats.parquet import read_parquet
from gridhall.engines.intervals.formats.source import UNPACKING_ERRORS, Source, find_encoding, find_sources
from gridhall.engines.intervals.series import ReadSeries


@dataclass(frozen=True)
class ReadFile:
    """
    What a file holds.

    :param format: CSV, PARQUET, ESPI, NEM12 or NEM13 (joined by + when an archive holds several).
    :param series: one for each usage point (and interval length, where it changes), in the order of the file.
    :param faults: notes, and with `is_strict=False` also the faults of rows that were left out.
    :param channels: the channels as the file gave them, before several of a kind are summed.
    :param registers: accumulated reads; `series` holds them spread over hours.
    """

    format: str
    series: list[ReadSeries]
    faults: list[Fault] = field(default_factory=list)
    channels: list[ChannelTotal] = field(default_factory=list)
    registers: list[RegisterRead] = field(default_factory=list)


def read_file(
    path: str | Path,
    *,
    zone: ZoneInfo | None = None,
    usage_point: str | None = None,
    is_strict: bool = True,
    sink: Callable[[Fault], None] | None = None,
    few_s: int | None = None,
    home: ZoneInfo | None = None,
) -> ReadFile:
    """
    Read a file of interval reads.

    :param zone: where the wall clock of the file runs; resolves clock changes, and is what local time means for stamps
        with an offset. Without it local times are taken as they stand.
    :param home: the zone to take where `zone` is not given and the file does not tell its own wall clock, as Green
        Button does.
    :param usage_point: the identifier for reads that carry none.
    :param is_strict: refuse the file when anything in it is wrong; otherwise keep the good rows and list the bad.
    :param sink: takes every fault and note as it is found, so that none is kept in memory.
    :param few_s: the interval of usage points with fewer than five reads, unless others in the file tell it.
    :raises FaultyInput: naming every fault, when the file cannot be used.
    """
    path = Path(path)
    whole = ReadFile("", [])
    formats: list[str] = []
    refusals: list[Fault] = []
    try:
        sources = find_sources(path)
    except FaultyInput as refusal:
        for fault in refusal.faults if sink else []:
            sink(fault)  # type: ignore[misc]
        raise
    for source in sources:
        log = FaultLog(source.name, sink)
        found = _read_member(source, zone, usage_point, log, few_s, home)
        if log.fault_count and (is_strict or not found.series):
            refusals += [entry for entry in log.entries if not entry.is_warning]
            refusals += [Fault(path.name, None, None, f"has {log.fault_count:,} faults")] if sink else []
            continue
        formats += [found.format] if found.format not in formats else []
        whole.series.extend(found.series)
        whole.faults.extend(log.entries)
        whole.channels.extend(found.channels)
        whole.registers.extend(found.registers)
    if refusals and (is_strict or not whole.series):
        raise FaultyInput(refusals)
    whole.faults.extend(refusals)
    return replace(whole, format="+".join(formats))


def _read_member(
    source: Source, zone: ZoneInfo | None, usage_point: str | None, log: FaultLog, few_s: int | None,
    home: ZoneInfo | None,
) -> ReadFile:  # fmt: skip
    """Read one plain file; what cannot be read at all is a fault in the log."""
    try:
        return _read_source(source, zone, usage_point, log, few_s, home)
    except FaultyInput:
        pass  # the log has it
    except UNPACKING_ERRORS as error:
        log.fault(None, None, f"cannot be read: {error}", "copy or download it again")
    except MemoryError:
        log.fault(None, None, "does not fit into memory", "split the file")
    return ReadFile("", [])


_NEM = re.compile(
    rb"\s*(?:\"?100\"?,\"?(?P<version>[Nn][Ee][Mm]1[23])|(?P<interval>200(?:,[^,\r\n]*){8}|300,\d{8}(?:,[^,\r\n]*){40})|(?P<register>250(?:,[^,\r\n]*){18}))"
)


_OTHER_KINDS = {
    b"%PDF": "a PDF document", b"\xd0\xcf\x11\xe0": "an old Excel or Word document", b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"\x7fELF": "a program", b"MZ\x90": "a program",
    b"SQLite format 3": "a database",
    b"7z\xbc\xaf": "a 7z archive", b"Rar!": "a RAR archive", b"BZh": "a bzip2 archive", b"\xfd7zXZ": "an xz archive",
}  # fmt: skip


def _read_source(
    source: Source, zone: ZoneInfo | None, usage_point: str | None, log: FaultLog, few_s: int | None,
    home: ZoneInfo | None,
) -> ReadFile:  # fmt: skip
    head = source.head()
    own, zone = zone, zone or home
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise log.refuse(None, None, "the file is empty", "export it again")
    if head.startswith(b"PAR1"):
        return ReadFile("PARQUET", read_parquet(source, zone, usage_point, log, few_s))
    for magic, what in _OTHER_KINDS.items():
        if head.startswith(magic):
            raise log.refuse(None, None, f"is {what}, not a file of reads", "export the reads as CSV and give that")
    encoding = find_encoding(head)
    if encoding is None:
        raise log.refuse(
            None, None, "is no text and no format that holds reads", "give CSV, Parquet, Green Button XML or NEM12"
        )
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        if text[:200].lower().startswith(("<!doctype html", "<html")):
            raise log.refuse(
                1, None, "is a web page, not a file of reads", "sign in where you downloaded it and try again"
            )
        series, totals = read_espi(source, own, usage_point, log, home)
        return ReadFile("ESPI", series, channels=totals)
    if text.startswith(("{", "[")):
        raise log.refuse(
            1, None, "is JSON, which is no format of reads here", "give CSV, Parquet, Green Button XML or NEM12"
        )
    match = _NEM.match(text.encode("utf-8", "replace"))
    if match is not None:
        version = (match["version"] or (b"NEM13" if match["register"] else b"NEM12")).decode().upper()
        if version == "NEM12":
            series, totals = read_nem12(source, encoding, zone, log)
            return ReadFile("NEM12", series, channels=totals)
        series, totals, registers = read_nem13(source, encoding, zone, log)
        return ReadFile("NEM13", series, channels=totals, registers=registers)
    return ReadFile("CSV", read_csv(source, encoding, zone, usage_point, log, few_s))
