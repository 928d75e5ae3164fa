"""Green Button (ESPI) interval reads: links followed, units scaled, channels of a usage point brought together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from gridhall.engines.intervals.formats.assemble import DURATIONS_S, RawReads, assemble
from gridhall.engines.intervals.formats.channels import ChannelTotal
from gridhall.engines.intervals.formats.csv_rows import MAX_KWH
from gridhall.engines.intervals.formats.espi_clock import table_of_days
from gridhall.engines.intervals.formats.espi_feed import Reading, Resource, local_time, read_feed
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.merge import merge_channels
from gridhall.engines.intervals.formats.source import Source
from gridhall.engines.intervals.formats.timestamps import NO_OFFSET
from gridhall.engines.intervals.formats.zones import ZoneTable, zone_table
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries

QUALITIES = {
    0: ReadingQuality.MEASURED, 7: ReadingQuality.MANUAL, 8: ReadingQuality.ESTIMATED_PROFILE,
    9: ReadingQuality.ESTIMATED_LINEAR, 10: ReadingQuality.SUSPECT, 11: ReadingQuality.MEASURED,
    12: ReadingQuality.ESTIMATED_OTHER, 13: ReadingQuality.ESTIMATED_OTHER, 14: ReadingQuality.MEASURED,
    15: ReadingQuality.ESTIMATED_OTHER, 16: ReadingQuality.ESTIMATED_OTHER, 17: ReadingQuality.MEASURED,
    18: ReadingQuality.MEASURED, 19: ReadingQuality.MEASURED,
}  # fmt: skip
"""ESPI QualityOfReading: 7 edited by a person, 8 like day, 9 interpolated, 10 questionable, 17 on valid."""

_ENERGY, _REACTIVE_ENERGY, _POWER, _REACTIVE_POWER = 72, 73, 38, 63
_UNIT_NAMES = {72: "Wh", 73: "varh", 38: "W", 63: "var"}
_FORWARD, _NET, _REVERSE, _TOTAL = 1, 4, 19, 20
_CUMULATIVE = (1, 2, 3)
_DAYS_S = (82_800, 86_400, 90_000)
_MOST_DAYS = 0.9
"""A feed is one of days if so many of its blocks are; the first and the last may be shorter."""

_WHAT_IT_IS = {
    "ApplicationInformation": "the registration of an application",
    "Authorization": "an authorization between companies",
    "Customer": "customer data (names, accounts, addresses)",
    "CustomerAccount": "customer data (names, accounts, addresses)",
    "UsageSummary": "monthly summaries without interval reads",
    "ElectricPowerUsageSummary": "monthly summaries without interval reads",
    "MeterReading": "the description of a meter without its interval reads",
    "UsagePoint": "the description of a usage point without its interval reads",
}


@dataclass(frozen=True)
class _Stream:
    """The readings of one MeterReading, in our units: rows of (start, duration, energy, quality, offset, line)."""

    point: Resource | None
    channel: str
    unit: str
    name: str
    rows: list[tuple[int, int, int, int, int, int]]


def read_espi(
    source: Source, zone: ZoneInfo | None, usage_point: str | None, log: FaultLog, home: ZoneInfo | None = None
) -> tuple[list[ReadSeries], list[ChannelTotal]]:
    """
    Read a Green Button feed of ESPI 1.1 to 4.0.

    Wall clock is that of `zone`, else of the feed's LocalTimeParameters, else of the readings' own offsets, else what
    blocks of whole days tell, which begin at midnight, else of `home`, else UTC.

    :raises FaultyInput: when it is no feed, or one without interval reads.
    """
    resources = read_feed(source, log)
    kinds = {kind: [one for one in resources if one.kind == kind] for kind in {one.kind for one in resources}}
    if not any(block.readings for block in kinds.get("IntervalBlock", [])):
        if log.fault_count:
            return [], []
        raise _refuse_content(kinds, log)
    if zone is None and "LocalTimeParameters" not in kinds:
        _take_clock_of_days(kinds["IntervalBlock"], log)
    streams = [one for one in _streams(kinds, log) if one.rows]
    if not streams and not log.fault_count:
        raise log.refuse(None, None, "holds no electricity reads", "ask for the electricity usage of the account")
    return _build(streams, kinds.get("LocalTimeParameters", []), zone, usage_point, log, home)


def _take_clock_of_days(blocks: list[Resource], log: FaultLog) -> None:
    """Give readings without a clock that of the days of their blocks."""
    filled = [block for block in blocks if block.readings]
    days = [block for block in filled if block.number("interval.duration") in _DAYS_S]
    if len(days) < _MOST_DAYS * len(filled):
        return
    if any(one.offset_s != NO_OFFSET or one.start_s < 0 for block in filled for one in block.readings):
        return
    table = table_of_days([block.number("interval.start") for block in days])
    if table is None:
        return
    words = " and ".join(f"UTC{offset / 3600:+g}" for offset in sorted(set(table.offset_s.tolist())))
    problem = f"the feed has no LocalTimeParameters: its days begin at midnight in {words}, which is taken"
    log.note(None, None, problem, "name the zone if it is another")
    for block in filled:
        offsets = table.offsets_at(np.array([one.start_s for one in block.readings], dtype=np.int64))
        pairs = zip(block.readings, offsets.tolist(), strict=True)
        block.readings = [replace(one, offset_s=offset) for one, offset in pairs]


def _refuse_content(kinds: dict[str, list[Resource]], log: FaultLog) -> Exception:
    remedy = 'download the usage ("Download my data", Batch/Subscription) with interval reads and give that'
    for kind, words in _WHAT_IT_IS.items():
        if kind in kinds:
            return log.refuse(kinds[kind][0].line, kind, f"is Green Button, but holds {words}", remedy)
    if kinds:
        return log.refuse(None, None, f"is Green Button, but holds only {', '.join(sorted(kinds))}", remedy)
    return log.refuse(None, None, "is XML, but no Green Button feed", remedy)


def _streams(kinds: dict[str, list[Resource]], log: FaultLog) -> list[_Stream]:
    meters, types = kinds.get("MeterReading", []), kinds.get("ReadingType", [])
    points = kinds.get("UsagePoint", [])
    owners: dict[int, list[Resource]] = {}
    orphans: list[Resource] = []
    for block in kinds["IntervalBlock"]:
        owner = _owner(block, meters)
        if owner is None:
            orphans.append(block)
        else:
            owners.setdefault(owner, []).append(block)
    streams = []
    for index, blocks in [*owners.items(), *([(-1, orphans)] if orphans else [])]:
        meter = meters[index] if index >= 0 else None
        reading_type = _reading_type(meter, types)
        if reading_type is None:
            log.fault(blocks[0].line, "ReadingType", "the unit of the readings is not told: no ReadingType is linked",
                      "add the ReadingType entry with uom and powerOfTenMultiplier")  # fmt: skip
            continue
        point = _point(meter, points)
        if point is not None and point.number("ServiceCategory.kind", 0) != 0:
            log.note(point.line, "ServiceCategory", "a usage point of another service than electricity is left out")
            continue
        stream = _scale(blocks, reading_type, point, meter.name if meter else "", log)
        if stream is not None:
            streams += stream
    return streams


def _owner(block: Resource, meters: list[Resource]) -> int | None:
    base = block.up_path.removesuffix("/IntervalBlock")
    for index, meter in enumerate(meters):
        if meter.self_path and meter.self_path == base:
            return index
    for index, meter in enumerate(meters):
        if {block.up_path, block.self_path} & set(meter.related) - {""}:
            return index
        if meter.self_path and meter.self_path in block.related:
            return index
    return 0 if len(meters) == 1 else None


def _reading_type(meter: Resource | None, types: list[Resource]) -> Resource | None:
    if meter is not None:
        for one in types:
            if one.self_path and one.self_path in meter.related:
                return one
    return types[0] if len(types) == 1 else None


def _point(meter: Resource | None, points: list[Resource]) -> Resource | None:
    if meter is not None:
        base = meter.up_path.removesuffix("/MeterReading")
        for one in points:
            if one.self_path and (
                one.self_path == base or meter.up_path in one.related or meter.self_path in one.related
            ):
                return one
    return points[0] if len(points) == 1 else None


def _scale(
    blocks: list[Resource], reading_type: Resource, point: Resource | None, name: str, log: FaultLog
) -> list[_Stream] | None:
    unit, power = reading_type.number("uom", 0), reading_type.number("powerOfTenMultiplier", 0)
    flow, accumulation = reading_type.number("flowDirection", _FORWARD), reading_type.number("accumulationBehaviour", 4)
    if unit not in _UNIT_NAMES:
        log.note(reading_type.line, "uom", f"readings in unit {unit} are left out: they are no electric energy")
        return None
    if not -12 <= power <= 12:
        log.fault(reading_type.line, "powerOfTenMultiplier", f"{power} is no multiplier", "give -12 to 9")
        return None
    rows: list[tuple[int, int, int, int, int, int]] = []
    length = reading_type.number("intervalLength", -1)
    for block in blocks:
        rows += _block_rows(block, length, Fraction(10) ** (power + 6), unit in (_POWER, _REACTIVE_POWER), log)
    if accumulation in _CUMULATIVE and unit in (_ENERGY, _REACTIVE_ENERGY):
        rows = _differences(rows, accumulation, reading_type, log)
    is_reactive = unit in (_REACTIVE_ENERGY, _REACTIVE_POWER)
    if is_reactive:
        if flow == _REVERSE:
            log.note(reading_type.line, "flowDirection", "reactive energy from the customer is left out")
            return None
        return [_Stream(point, "reactive", _UNIT_NAMES[unit], name, rows)]
    if flow == _NET:
        forward = [(*row[:2], max(row[2], 0), *row[3:]) for row in rows]
        reverse = [(*row[:2], max(-row[2], 0), *row[3:]) for row in rows]
        return [
            _Stream(point, "import", _UNIT_NAMES[unit], name, forward),
            _Stream(point, "export", _UNIT_NAMES[unit], name, reverse),
        ]
    for row in rows:
        if row[2] < 0:
            log.fault(row[5], "value", "is negative", "use flowDirection 19 for energy to the grid, or 4 for net reads")
    return [_Stream(point, "export" if flow == _REVERSE else "import", _UNIT_NAMES[unit], name, rows)]


def _block_rows(
    block: Resource, length: int, scale: Fraction, is_power: bool, log: FaultLog
) -> Iterable[tuple[int, int, int, int, int, int]]:
    start = block.number("interval.start")
    for index, reading in enumerate(block.readings):
        duration = reading.duration_s if reading.duration_s > 0 else length
        if duration <= 0 and block.number("interval.duration") > 0:
            duration = block.number("interval.duration") // len(block.readings)
        begin = reading.start_s if reading.start_s >= 0 else start + index * duration
        if duration <= 0 or (reading.start_s < 0 and start < 0):
            log.fault(
                reading.line,
                "timePeriod",
                "the reading does not tell its time",
                "give timePeriod with start and duration",
            )
            continue
        yield (
            begin,
            duration,
            _energy(reading, scale, duration, is_power, log),
            _quality(reading),
            reading.offset_s,
            reading.line,
        )


def _energy(reading: Reading, scale: Fraction, duration: int, is_power: bool, log: FaultLog) -> int:
    exact = Fraction(Decimal(reading.value)) * scale
    if is_power:
        exact = exact * duration / 3600
    if abs(exact) > MAX_KWH * 10**9:
        log.fault(reading.line, "value", f"{reading.value} is too large for one interval", "check powerOfTenMultiplier")
        return 0
    return round(exact)


def _quality(reading: Reading) -> int:
    return int(QUALITIES.get(reading.quality, ReadingQuality.ESTIMATED_OTHER)) if reading.quality >= 0 else 0


def _differences(
    rows: list[tuple[int, int, int, int, int, int]], accumulation: int, reading_type: Resource, log: FaultLog
) -> list[tuple[int, int, int, int, int, int]]:
    """Register positions become advances; each position stands at the start of its period."""
    ordered = sorted(rows)
    steps = [(one, other) for one, other in pairwise(ordered) if other[0] > one[0]]
    if any(other[2] < one[2] for one, other in steps):
        if accumulation == 1:
            return rows
        line = next(other[5] for one, other in steps if other[2] < one[2])
        log.fault(line, "value", "the register goes backward", "correct it, or give interval reads")
        return []
    log.note(
        reading_type.line, "accumulationBehaviour", "register positions: each interval is the difference to the next"
    )
    return [
        (one[0], other[0] - one[0], other[2] - one[2], max(one[3], other[3]), one[4], one[5]) for one, other in steps
    ]


def _build(
    streams: list[_Stream], clocks: list[Resource], zone: ZoneInfo | None, usage_point: str | None, log: FaultLog,
    home: ZoneInfo | None,
) -> tuple[list[ReadSeries], list[ChannelTotal]]:  # fmt: skip
    groups: dict[tuple[str, int], dict[str, list[ReadSeries]]] = {}
    totals: list[ChannelTotal] = []
    seen: list[tuple[str, str, list[tuple[int, int, int]]]] = []
    for stream in streams:
        name = _point_name(stream.point, usage_point)
        told = (name, stream.channel, [row[:3] for row in stream.rows])
        if told in seen and any(row[2] for row in stream.rows):
            log.note(stream.rows[0][5], "MeterReading", "repeats an earlier one, read by read, and is counted once")
            continue
        seen.append(told)
        for duration in sorted({row[1] for row in stream.rows}):
            rows = [row for row in stream.rows if row[1] == duration]
            totals.append(
                ChannelTotal(name, stream.channel, stream.unit, sum(row[2] for row in rows), len(rows), duration)
            )
            if duration not in DURATIONS_S:
                log.note(
                    rows[0][5],
                    "duration",
                    f"{len(rows):,} readings of {duration:,} seconds are left out: no interval we know",
                )
                continue
            for one in _assemble(rows, name, duration, stream, clocks, zone, log, home):
                groups.setdefault((name, duration), {}).setdefault(stream.channel, []).append(one)
    series = [merge_channels(channels, log) for channels in groups.values()]
    if not series and not log.fault_count:
        raise log.refuse(
            None, "duration", "has no readings of 5, 15, 30 or 60 minutes or a day", "ask for interval data"
        )
    return _finest(series, log), totals


def _point_name(point: Resource | None, usage_point: str | None) -> str:
    if point is None or not (point.name or point.title):
        return usage_point or ""
    return point.name or point.title


def _assemble(
    rows: list[tuple[int, int, int, int, int, int]], name: str, duration: int, stream: _Stream, clocks: list[Resource],
    zone: ZoneInfo | None, log: FaultLog, home: ZoneInfo | None,
) -> list[ReadSeries]:  # fmt: skip
    columns = np.array([(row[0], row[2], row[3], row[5]) for row in rows], dtype=np.int64)
    start, energy, quality, line = columns.T
    offsets = np.array([row[4] for row in rows], dtype=np.int64)
    table: ZoneTable | None = None
    if zone is not None:
        table = zone_table(zone, int(start.min()), int(start.max()))
    elif clocks:
        related = stream.point.related if stream.point else []
        clock = next((one for one in clocks if one.self_path in related), clocks[0])
        table = local_time(clock).table(int(start.min()), int(start.max()))
    elif (offsets == NO_OFFSET).any() and home is not None:
        table = zone_table(home, int(start.min()), int(start.max()))
    elif (offsets == NO_OFFSET).any():
        log.note(None, None, "the feed has no LocalTimeParameters: times are UTC", "name the zone")
        offsets[:] = 0
    if table is not None:
        offsets = table.offsets_at(start)
    raw = RawReads(
        np.zeros(len(rows), dtype=np.int32), start + offsets, offsets.astype(np.int32), line, energy[:, None],
        quality.astype(np.uint8), (stream.channel,),
    )  # fmt: skip
    return assemble(raw, [name], None, log, duration_s=duration, table=table)


def _finest(series: list[ReadSeries], log: FaultLog) -> list[ReadSeries]:
    """Of reads of the same time in several interval lengths only the shortest count."""
    kept: list[ReadSeries] = []
    for one in sorted(series, key=lambda item: item.duration_s):
        same = [other for other in kept if other.usage_point == one.usage_point]
        covered = any(
            other.local_start_s[0] < one.local_start_s[-1] + one.duration_s
            and one.local_start_s[0] < other.local_start_s[-1] + other.duration_s
            for other in same
        )
        if covered:
            log.note(None, None, f"reads of {one.duration_s // 60} minutes repeat finer ones and are left out")
        else:
            kept.append(replace(one))
    return kept
