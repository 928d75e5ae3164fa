"""NEM12 interval files (AEMO Meter Data File Format): 100, 200, 300, 400, 500, 900 records, every one checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.formats.assemble import MAX_SLOTS, note_gaps
from gridhall.engines.intervals.formats.channels import ChannelTotal
from gridhall.engines.intervals.formats.csv_rows import MAX_KWH
from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.source import Source, utf8_blocks
from gridhall.engines.intervals.formats.timestamps import DAY_S, END_S, shorten
from gridhall.engines.intervals.formats.zones import zone_table
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import UWH_PER_KWH, ReadSeries

MARKET_OFFSET_S = 36_000
"""NEM time: UTC+10 all year."""

UNIT_SCALES = {
    "wh": UWH_PER_KWH // 1000, "kwh": UWH_PER_KWH, "mwh": UWH_PER_KWH * 1000,
    "varh": UWH_PER_KWH // 1000, "kvarh": UWH_PER_KWH, "mvarh": UWH_PER_KWH * 1000,
}  # fmt: skip
_OTHER_UNITS = {
    "kw",
    "w",
    "mw",
    "kva",
    "va",
    "mva",
    "kvar",
    "var",
    "mvar",
    "kv",
    "v",
    "ka",
    "a",
    "pf",
    "kvah",
    "vah",
    "mvah",
}
_METHODS = {
    ReadingQuality.ESTIMATED_LINEAR: {"17", "54"},
    ReadingQuality.ESTIMATED_PROFILE: {"14", "15", "51", "52", "57", "61", "62", "63"},
    ReadingQuality.MANUAL: {"67"},
}
_FLAG = re.compile(r"([ANV]|[EFS](\d{2}))", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d*)?|\.\d+)", re.ASCII)
_STAMP = re.compile(r"\d{14}", re.ASCII)


@dataclass
class Day:
    """A 300 record: one day of one channel."""

    line: int
    updated: str
    values: NDArray[np.int64]
    quality: NDArray[np.uint8]
    covered: NDArray[np.bool_] | None = None  # which intervals the 400 records name, for flag V


@dataclass
class Channel:
    """A 200 record: one channel of one meter."""

    nmi: str
    suffix: str
    unit: str
    scale: int
    interval_s: int
    days: dict[int, Day] = field(default_factory=dict)


def records(source: Source, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every line that is not blank."""
    line = 0
    for block in utf8_blocks(source, encoding):
        for text in (
            block.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
        ):
            line += 1
            if text.strip(" ,\t\ufeff\x1a"):
                yield line, [cell.strip().strip('"') for cell in text.lstrip("\ufeff").split(",")]


def quality_of(flag: str) -> int:
    """
    Our code for a quality flag with its method.

    >>> quality_of("A"), quality_of("F52"), quality_of("S17"), quality_of("N"), quality_of("E")
    (0, 11, 10, 255, 13)
    """
    if flag in ("A", "V"):
        return ReadingQuality.MEASURED
    if flag == "N":
        return ReadingQuality.MISSING
    for code, methods in _METHODS.items():
        if flag[1:] in methods:
            return code
    return ReadingQuality.ESTIMATED_OTHER


def parse_day(text: str) -> int:
    """Days since 1970 of a date such as 20040201; :raises ValueError: in words."""
    try:
        if not re.fullmatch(r"\d{8}", text, re.ASCII):
            raise ValueError
        days = date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal() - 719_163
    except ValueError:
        raise ValueError(f"{shorten(text)} is no date") from None
    if not 0 <= days < END_S // DAY_S:
        raise ValueError(f"{shorten(text)} is outside 1970 to 2100")
    return days


def read_nem12(
    source: Source, encoding: str, zone: ZoneInfo | None, log: FaultLog
) -> tuple[list[ReadSeries], list[ChannelTotal]]:
    """
    Read a NEM12 file.

    Several E channels of a NMI are summed to import, B to export, Q to reactive; K is listed among the channels only.
    A NMI that changes its interval length gives one series for each length. Wall clock is market time (UTC+10), and
    that of `zone` if it is an Australian one.
    """
    reader = _Nem12(log)
    for line, cells in records(source, encoding):
        reader.take(line, cells)
    reader.finish()
    if not any(channel.days for channel in reader.channels.values()):
        if not log.fault_count:
            raise log.refuse(
                None, None, "holds no 300 records, so no reads", "ask the data provider for the interval data"
            )
        return [], []
    return _combine(reader.channels, zone, log)


class _Nem12:
    def __init__(self, log: FaultLog) -> None:
        self.log = log
        self.channels: dict[tuple[str, str, int], Channel] = {}
        self.channel: Channel | None = None
        self.day: Day | None = None
        self.has_header = False
        self.is_ended = False
        self.last_line = 0
        self.is_header_fault_told = False

    def take(self, line: int, cells: list[str]) -> None:
        """Take one record."""
        self.last_line = line
        indicator = cells[0]
        if indicator == "100":
            self._header(line, cells)
            return
        if indicator not in ("200", "300", "400", "500", "900"):
            self.log.fault(
                line,
                "RecordIndicator",
                f"{shorten(indicator)} is no record of NEM12",
                "use 100, 200, 300, 400, 500 or 900",
            )
            return
        if not self.has_header and not self.is_header_fault_told:
            self.is_header_fault_told = True
            self.log.fault(line, "RecordIndicator", f"record {indicator} comes before the header",
                           "begin the file with 100,NEM12,<created>,<from>,<to>")  # fmt: skip
        if self.is_ended and indicator != "900":
            self.log.fault(
                line,
                "RecordIndicator",
                f"record {indicator} comes after the end record 900",
                "move the 900 record to the end",
            )
            self.is_ended = False
        if indicator == "200":
            self._close_day()
            self._channel(line, cells)
        elif indicator == "300":
            self._close_day()
            self._day(line, cells)
        elif indicator == "400":
            self._event(line, cells)
        elif indicator == "900":
            self._close_day()
            self.is_ended = True

    def _header(self, line: int, cells: list[str]) -> None:
        self._close_day()
        self.has_header, self.is_ended, self.channel = True, False, None
        version = cells[1].upper() if len(cells) > 1 else ""
        if version != "NEM12":
            self.log.fault(line, "VersionHeader", f"{shorten(version)} in a NEM12 file", "write 100,NEM12,…")
        created = cells[2] if len(cells) > 2 else ""
        try:
            if not re.fullmatch(r"\d{12}(\d{2})?", created, re.ASCII):
                raise ValueError
            parse_day(created[:8])
        except ValueError:
            self.log.note(line, "DateTime", f"{shorten(created)} is no moment of creation", "write it as 200405011135")

    def _channel(self, line: int, cells: list[str]) -> None:
        self.channel = None
        cells = cells + [""] * (10 - len(cells))
        nmi, suffix, unit, interval = cells[1], cells[4].upper(), cells[7], cells[8]
        is_bad = False
        if not re.fullmatch(r"[A-Za-z0-9]{1,11}", nmi, re.ASCII):
            self.log.fault(line, "NMI", f"{shorten(nmi)} is no NMI", "give ten letters and digits")
            is_bad = True
        if not re.fullmatch(r"[A-Z][A-Z0-9]", suffix, re.ASCII):
            self.log.fault(line, "NMISuffix", f"{shorten(suffix)} is no channel", "give a suffix such as E1 or B1")
            is_bad = True
        if unit.lower() not in UNIT_SCALES and unit.lower() not in _OTHER_UNITS:
            self.log.fault(line, "UOM", f"{shorten(unit)} is no known unit", "use kWh, Wh, MWh, kVArh, VArh or MVArh")
            is_bad = True
        if interval not in ("5", "15", "30", "05"):
            self.log.fault(
                line, "IntervalLength", f"{shorten(interval)} is no interval length", "give 5, 15 or 30 minutes"
            )
            is_bad = True
        if is_bad:
            return
        scale, seconds = UNIT_SCALES.get(unit.lower(), 0), int(interval) * 60
        channel = self.channels.setdefault((nmi, suffix, seconds), Channel(nmi, suffix, unit, scale, seconds))
        if channel.scale != scale:
            channel = Channel(nmi, suffix, unit, scale, seconds, channel.days)
        self.channel = channel

    def _day(self, line: int, cells: list[str]) -> None:
        channel = self.channel
        if channel is None:
            if not self.log.fault_count:
                self.log.fault(
                    line, "RecordIndicator", "record 300 without a 200 record before it", "add the 200 record"
                )
            return
        count = DAY_S // channel.interval_s
        try:
            day = parse_day(cells[1] if len(cells) > 1 else "")
        except ValueError as error:
            self.log.fault(line, "IntervalDate", str(error), "write it as 20040201")
            return
        found = next(
            (at for at, cell in enumerate(cells[2:]) if cell and _FLAG.fullmatch(cell.upper())), len(cells) - 2
        )
        if found != count:
            self.log.fault(line, "IntervalValue", f"holds {found} reads where {channel.interval_s // 60}-minute intervals make {count} a day",
                           "correct IntervalLength in the 200 record, or the reads")  # fmt: skip
            return
        values, is_good = self._values(line, cells[2 : 2 + count], channel)
        flag = cells[2 + count].upper() if len(cells) > 2 + count else ""
        if not _FLAG.fullmatch(flag):
            self.log.fault(
                line, "QualityMethod", f"{shorten(flag)} is no quality flag", "give A, V, N, or E, F, S with a method"
            )
            return
        if not is_good:
            return
        updated = cells[5 + count] if len(cells) > 5 + count else ""
        if updated and not _STAMP.fullmatch(updated):
            self.log.note(line, "UpdateDateTime", f"{shorten(updated)} is no moment", "write it as 20040201133007")
            updated = ""
        quality = np.full(count, quality_of(flag), dtype=np.uint8)
        if flag == "N":
            values[:] = 0
        covered = np.zeros(count, dtype=bool) if flag == "V" else None
        self.day = Day(line, updated, values, quality, covered)
        self._day_number = day

    def _values(self, line: int, cells: list[str], channel: Channel) -> tuple[NDArray[np.int64], bool]:
        values = np.zeros(len(cells), dtype=np.int64)
        is_good = True
        for at, text in enumerate(cells):
            try:
                if not _NUMBER.fullmatch(text):
                    raise InvalidOperation
                value = Decimal(text)
            except InvalidOperation:
                self.log.fault(
                    line,
                    f"IntervalValue{at + 1}",
                    f"{shorten(text)} is not a number" if text else "is empty",
                    "write it as 1.234",
                )
                is_good = False
                continue
            if abs(value) * channel.scale > MAX_KWH * UWH_PER_KWH:
                self.log.fault(
                    line,
                    f"IntervalValue{at + 1}",
                    f"{shorten(text)} {channel.unit} is too large for one interval",
                    "check the unit",
                )
                is_good = False
            elif value < 0 and channel.suffix[0] in "EB":
                self.log.fault(
                    line, f"IntervalValue{at + 1}", f"{text} is negative", "give energy sent to the grid in a B channel"
                )
                is_good = False
            else:
                values[at] = round(value * channel.scale)
        return values, is_good

    def _event(self, line: int, cells: list[str]) -> None:
        day = self.day
        if day is None:
            if not self.log.fault_count:
                self.log.fault(
                    line, "RecordIndicator", "record 400 without a 300 record before it", "add the 300 record"
                )
            return
        cells = cells + [""] * (6 - len(cells))
        count = len(day.values)
        first, last = (int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 5 else 0 for cell in cells[1:3])
        if not 1 <= first <= last <= count:
            self.log.fault(line, "StartInterval", f"intervals {shorten(cells[1])} to {shorten(cells[2])} are none of the day's {count}",
                           f"give a range within 1 to {count}")  # fmt: skip
            return
        flag = cells[3].upper()
        if not re.fullmatch(r"[AN]|[EFS]\d{2}", flag, re.ASCII):
            self.log.fault(
                line,
                "QualityMethod",
                f"{shorten(flag)} is no quality of a range",
                "give A, N, or E, F, S with a method",
            )
            return
        if day.covered is None:
            self.log.note(
                line, "QualityMethod", "record 400 though the day's quality is not V", "write V in the 300 record"
            )
        elif day.covered[first - 1 : last].any():
            self.log.fault(
                line,
                "StartInterval",
                f"intervals {first} to {last} overlap another 400 record",
                "give each interval once",
            )
        else:
            day.covered[first - 1 : last] = True
        day.quality[first - 1 : last] = quality_of(flag)

    def _close_day(self) -> None:
        day, channel = self.day, self.channel
        self.day = None
        if day is None or channel is None:
            return
        if day.covered is not None and not day.covered.all():
            first = int(np.argmin(day.covered)) + 1
            self.log.fault(
                day.line,
                "QualityMethod",
                f"flag V, yet no 400 record names interval {first}",
                "add 400 records for all intervals",
            )
        day.values[day.quality == ReadingQuality.MISSING] = 0
        earlier = channel.days.get(self._day_number)
        if earlier is None or day.updated > earlier.updated:
            channel.days[self._day_number] = day
        elif day.updated == earlier.updated and not (day.values == earlier.values).all():
            self.log.fault(day.line, "IntervalDate", f"the same day of {channel.nmi} {channel.suffix} stands on line {earlier.line} with other reads",
                           "give the later one a later UpdateDateTime")  # fmt: skip
            return
        if earlier is not None:
            self.log.note(day.line, "IntervalDate", f"{channel.nmi} {channel.suffix} gives this day on line {earlier.line} too; "
                          "the later UpdateDateTime counts")  # fmt: skip

    def finish(self) -> None:
        """Check the end of the file."""
        self._close_day()
        if not self.is_ended:
            self.log.fault(self.last_line, "RecordIndicator", "the file ends without its 900 record: it may be cut off",
                           "get the whole file, or add 900")  # fmt: skip


def _combine(
    channels: dict[tuple[str, str, int], Channel], zone: ZoneInfo | None, log: FaultLog
) -> tuple[list[ReadSeries], list[ChannelTotal]]:
    groups: dict[tuple[str, int], list[Channel]] = {}
    for (nmi, _, interval_s), channel in channels.items():
        if channel.days:
            groups.setdefault((nmi, interval_s), []).append(channel)
    series, totals = [], []
    left = MAX_SLOTS
    for (nmi, interval_s), group in groups.items():
        totals += [
            ChannelTotal(
                nmi, one.suffix, one.unit, sum(int(day.values.sum()) for day in one.days.values()),
                sum(len(day.values) for day in one.days.values()), interval_s, has_scale=bool(one.scale),
            )
            for one in group
        ]  # fmt: skip
        days = [day for one in group for day in one.days]
        count = (max(days) - min(days) + 1) * (DAY_S // interval_s)
        if count > left or (count > 2_000_000 and count > 50 * len(days) * (DAY_S // interval_s)):
            log.fault(
                None, "IntervalDate", f"the days of {nmi} are scattered over too many years", "look for a wrong year"
            )
            continue
        left -= count
        built = _series(nmi, interval_s, group, min(days), count, zone)
        note_gaps(built, log)
        series.append(built)
    return series, totals


def _series(
    nmi: str, interval_s: int, group: list[Channel], first: int, count: int, zone: ZoneInfo | None
) -> ReadSeries:
    kinds = {"E": "import", "B": "export", "Q": "reactive"}
    sums: dict[str, NDArray[np.int64]] = {}
    quality: dict[str, NDArray[np.uint8]] = {}
    per_day = DAY_S // interval_s
    for channel in group:
        kind = kinds.get(channel.suffix[0])
        if kind is None or not channel.scale:
            continue
        total = sums.setdefault(kind, np.zeros(count, dtype=np.int64))
        worst = quality.setdefault(kind, np.full(count, ReadingQuality.MISSING, dtype=np.uint8))
        for number, day in channel.days.items():
            part = slice((number - first) * per_day, (number - first + 1) * per_day)
            total[part] += day.values
            is_first = (worst[part] == ReadingQuality.MISSING) & (total[part] == day.values)
            worst[part] = np.where(is_first, day.quality, np.maximum(worst[part], day.quality))
    local = first * DAY_S + interval_s * np.arange(count, dtype=np.int64)
    offset = None
    if zone is not None and zone.key.startswith("Australia/"):
        moment = local - MARKET_OFFSET_S
        offsets = zone_table(zone, int(moment[0]), int(moment[-1])).offsets_at(moment)
        local, offset = moment + offsets, offsets.astype(np.int32)
    missing = np.full(count, ReadingQuality.MISSING, dtype=np.uint8)
    main = next((quality[kind] for kind in ("import", "export", "reactive") if kind in quality), missing)
    zeros = np.zeros(count, dtype=np.int64)
    return ReadSeries(
        nmi, local, interval_s, sums.get("import", zeros), main, sums.get("export"), sums.get("reactive"), offset,
        tuple(sorted(one.suffix for one in group)),
    )  # fmt: skip
