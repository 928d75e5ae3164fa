"""NEM13 accumulated files (AEMO Meter Data File Format): register reads, 250 and 550 records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.formats.assemble import note_gaps
from gridhall.engines.intervals.formats.channels import ChannelTotal
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.nem12 import UNIT_SCALES, parse_day, records
from gridhall.engines.intervals.formats.source import Source
from gridhall.engines.intervals.formats.timestamps import shorten
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries

STEP_S = 3600
_MAX_PERIOD_S = 5 * 366 * 86_400
_QUANTITY = re.compile(r"[+-]?(?:\d{1,12}(?:\.\d*)?|\.\d+)", re.ASCII)


@dataclass(frozen=True)
class RegisterRead:
    """
    What a register advanced between two visits.

    :param suffix: NMI suffix of the register, such as 11.
    :param is_export: energy received from the customer.
    :param start_s, end_s: wall-clock seconds of the two reads.
    :param energy_uwh: the advance in micro watt hours, or micro var hours.
    """

    usage_point: str
    suffix: str
    unit: str
    is_export: bool
    is_reactive: bool
    start_s: int
    end_s: int
    energy_uwh: int
    quality: int
    line: int


def read_nem13(
    source: Source, encoding: str, zone: ZoneInfo | None, log: FaultLog
) -> tuple[list[ReadSeries], list[ChannelTotal], list[RegisterRead]]:
    """
    Read a NEM13 file: the register reads, and hourly series made by spreading each advance evenly over its period.

    Every hour of such a series is ESTIMATED_OTHER; its sum over a period is exactly the advance.
    """
    reads: list[RegisterRead] = []
    has_header, is_ended, last = False, False, 0
    for line, cells in records(source, encoding):
        last = line
        indicator = cells[0]
        if indicator == "100":
            has_header, is_ended = True, False
        elif indicator == "900":
            is_ended = True
        elif indicator in ("250", "550"):
            if not has_header:
                has_header = True
                log.fault(
                    line,
                    "RecordIndicator",
                    f"record {indicator} comes before the header",
                    "begin the file with 100,NEM13,…",
                )
            read = _advance(line, cells, log) if indicator == "250" else None
            if read is not None:
                reads.append(read)
        else:
            log.fault(
                line, "RecordIndicator", f"{shorten(indicator)} is no record of NEM13", "use 100, 250, 550 or 900"
            )
    if not is_ended:
        log.fault(
            last,
            "RecordIndicator",
            "the file ends without its 900 record: it may be cut off",
            "get the whole file, or add 900",
        )
    if not reads and not log.fault_count:
        raise log.refuse(None, None, "holds no 250 records, so no reads", "ask the data provider for the metering data")
    reads = _without_repeats(reads, log)
    series = [] if log.fault_count and not reads else spread(reads, log)
    return series, _totals(reads), reads


def _advance(line: int, cells: list[str], log: FaultLog) -> RegisterRead | None:
    cells = cells + [""] * (23 - len(cells))
    before = log.fault_count
    nmi, suffix, direction, unit = cells[1], cells[4], cells[7].upper(), cells[19]
    if not re.fullmatch(r"[A-Za-z0-9]{1,11}", nmi, re.ASCII):
        log.fault(line, "NMI", f"{shorten(nmi)} is no NMI", "give ten letters and digits")
    if direction not in ("E", "I"):
        log.fault(
            line,
            "DirectionIndicator",
            f"{shorten(direction)} is no direction",
            "give E (to the customer) or I (from the customer)",
        )
    if unit.lower() not in UNIT_SCALES:
        log.fault(line, "UOM", f"{shorten(unit)} is no unit of energy", "use kWh, Wh, MWh, kVArh, VArh or MVArh")
    start = _moment(line, "PreviousRegisterReadDateTime", cells[9], log)
    end = _moment(line, "CurrentRegisterReadDateTime", cells[14], log)
    if start is not None and end is not None and not start < end <= start + _MAX_PERIOD_S:
        log.fault(
            line,
            "CurrentRegisterReadDateTime",
            "is not after the previous read, or more than five years after it",
            "correct the dates",
        )
    if not _QUANTITY.fullmatch(cells[18]):
        log.fault(line, "Quantity", f"{shorten(cells[18])} is not a number", "write it as 1312.1")
    flag = cells[15].upper()
    if not re.fullmatch(r"[AN]|[EFS]\d{2}", flag, re.ASCII):
        log.fault(
            line, "CurrentQualityMethod", f"{shorten(flag)} is no quality flag", "give A, N, or E, F, S with a method"
        )
    if log.fault_count > before or start is None or end is None:
        return None
    energy = round(Decimal(cells[18]) * UNIT_SCALES[unit.lower()])
    is_export = direction == "I"
    if energy < 0:
        if not is_export:
            log.fault(line, "Quantity", f"{cells[18]} is negative", "give energy sent to the grid with direction I")
            return None
        energy = -energy  # generation is written with a minus by some providers
    quality = (
        ReadingQuality.MISSING
        if flag == "N"
        else ReadingQuality.MEASURED
        if flag == "A"
        else ReadingQuality.ESTIMATED_OTHER
    )
    return RegisterRead(nmi, suffix, unit, is_export, "var" in unit.lower(), start, end, energy, int(quality), line)


def _moment(line: int, name: str, text: str, log: FaultLog) -> int | None:
    try:
        if not re.fullmatch(r"\d{14}", text, re.ASCII):
            raise ValueError(f"{shorten(text)} is no moment")
        hour, minute, second = int(text[8:10]), int(text[10:12]), int(text[12:])
        if hour > 23 or minute > 59 or second > 59:
            raise ValueError(f"{shorten(text)} has no such time of day")
        return parse_day(text[:8]) * 86_400 + hour * 3600 + minute * 60 + second
    except ValueError as error:
        log.fault(line, name, str(error), "write it as 20040107100333")
        return None


def _without_repeats(reads: list[RegisterRead], log: FaultLog) -> list[RegisterRead]:
    kept: list[RegisterRead] = []
    last: dict[tuple[str, str, bool, bool], RegisterRead] = {}
    for read in sorted(reads, key=lambda one: (one.usage_point, one.suffix, one.start_s, one.line)):
        key = (read.usage_point, read.suffix, read.is_export, read.is_reactive)
        before = last.get(key)
        if before is not None and before.end_s > read.start_s:
            if (before.start_s, before.end_s, before.energy_uwh) == (read.start_s, read.end_s, read.energy_uwh):
                log.note(read.line, None, f"repeats line {before.line} exactly; counted once")
            else:
                log.fault(
                    read.line,
                    "PreviousRegisterReadDateTime",
                    f"the period overlaps that of line {before.line}",
                    "give each period once",
                )
            continue
        last[key] = read
        kept.append(read)
    return kept


def spread(reads: list[RegisterRead], log: FaultLog) -> list[ReadSeries]:
    """Spread advances evenly over their periods into hours; integer sums are kept exactly."""
    groups: dict[str, list[RegisterRead]] = {}
    for read in reads:
        groups.setdefault(read.usage_point, []).append(read)
    series = []
    for name, group in groups.items():
        first = min(read.start_s for read in group) // STEP_S
        count = -(-max(read.end_s for read in group) // STEP_S) - first
        sums: dict[str, NDArray[np.int64]] = {}
        quality = np.full(count, ReadingQuality.MISSING, dtype=np.uint8)
        for read in group:
            channel = "reactive" if read.is_reactive else "export" if read.is_export else "import"
            if read.is_reactive and read.is_export:
                continue
            total = sums.setdefault(channel, np.zeros(count, dtype=np.int64))
            low, high = read.start_s // STEP_S, -(-read.end_s // STEP_S)
            edges = np.clip(np.arange(low, high + 1, dtype=np.int64) * STEP_S, read.start_s, read.end_s) - read.start_s
            shares = np.diff([read.energy_uwh * int(edge) // (read.end_s - read.start_s) for edge in edges])
            total[low - first : high - first] += shares.astype(np.int64)
            if read.quality != ReadingQuality.MISSING:
                quality[low - first : high - first] = ReadingQuality.ESTIMATED_OTHER
        local = (first + np.arange(count, dtype=np.int64)) * STEP_S
        built = ReadSeries(
            name, local, STEP_S, sums.get("import", np.zeros(count, dtype=np.int64)), quality, sums.get("export"),
            sums.get("reactive"), None, tuple(sorted({read.suffix for read in group})),
        )  # fmt: skip
        log.note(None, None, f"accumulated reads of {name}: spread evenly over the hours of each period, as estimates")
        note_gaps(built, log)
        series.append(built)
    return series


def _totals(reads: list[RegisterRead]) -> list[ChannelTotal]:
    totals: dict[tuple[str, str], list[RegisterRead]] = {}
    for read in reads:
        totals.setdefault((read.usage_point, read.suffix), []).append(read)
    return [
        ChannelTotal(name, suffix, group[0].unit, sum(read.energy_uwh for read in group), len(group), 0)
        for (name, suffix), group in totals.items()
    ]
