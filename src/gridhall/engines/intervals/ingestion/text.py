"""Lines of delimited text into columns: plain lines in machine code; the others one by one, exactly."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import numba
import numpy as np
from numpy.typing import NDArray

from gridhall.core.errors import Fault, FaultyInput
from gridhall.engines.intervals.layout import SLOTS

SERIES, STAMP, VALUE, OTHER = 1, 2, 3, 0
"""Roles of columns; a value column of channel c (or of slot s) has the role VALUE + c (or VALUE + s)."""
SERIES_NAMES = ("series", "series_id", "meter", "meter_id", "usage_point", "nmi", "表号", "户号")
STAMP_NAMES = ("timestamp", "time", "start", "interval_start", "datetime", "date", "day", "时间", "日期")
CHANNEL_NAMES = (
    ("kwh", "import_kwh", "energy_kwh", "import", "value", "电量"),
    ("export_kwh", "export", "上网电量"),
    ("kvarh", "reactive_kvarh", "reactive", "无功电量"),
)
_SLOT_NAME = re.compile(r"^(?:[a-z_]*?)(\d{1,2})$|^(\d{2}):?(\d{2})$")
_OK, _ODD, _BLANK = 0, 1, 2
_MOST_THOUSANDTHS = 2**31 - 1


@dataclass(frozen=True)
class Columns:
    """
    What the columns of a file are.

    :param roles: int64 for each column. is_wide: one line a day with 96 values.
    :param told: the channels that have a column.
    """

    names: tuple[str, ...]
    roles: NDArray[np.int64]
    is_wide: bool
    told: tuple[int, ...]
    delimiter: str = ","


def columns_of(names: list[str], file: str, delimiter: str = ",") -> Columns:
    """
    Find out what the columns are by their names.

    :raises FaultyInput: when meter, time or values have no column.
    """
    clean = [name.strip().strip('"').lower() for name in names]
    roles = np.zeros(len(clean), np.int64)
    told: list[int] = []
    slots: dict[int, int] = {}
    for at, name in enumerate(clean):
        if name in SERIES_NAMES and SERIES not in roles:
            roles[at] = SERIES
        elif name in STAMP_NAMES and STAMP not in roles:
            roles[at] = STAMP
        elif (channel := next((c for c, known in enumerate(CHANNEL_NAMES) if name in known), None)) is not None:
            if channel not in told:
                told.append(channel)
                roles[at] = VALUE + len(told) - 1
        elif (slot := _slot_of(name)) is not None:
            slots[at] = slot
    is_wide = len(slots) == SLOTS and not told
    if is_wide:
        least = min(slots.values())
        for at, slot in slots.items():
            roles[at] = VALUE + slot - (least if max(slots.values()) - least == SLOTS - 1 else 0)
        told = [0]
    faults = []
    for role, names_, what in ((SERIES, SERIES_NAMES, "meter"), (STAMP, STAMP_NAMES, "time")):
        if role not in roles:
            faults.append(
                Fault(file, 1, None, f"no column for the {what}", f"name one of them {', '.join(names_[:4])}")
            )
    if not told:
        faults.append(
            Fault(file, 1, None, "no column for the energy", "name it kwh, or give 96 columns, one a quarter hour")
        )
    if faults:
        raise FaultyInput(faults)
    return Columns(tuple(clean), roles, is_wide, tuple(told), delimiter)


def _slot_of(name: str) -> int | None:
    found = _SLOT_NAME.match(name)
    if found is None:
        return None
    if found[1] is not None:
        return int(found[1])
    minutes = int(found[2]) * 60 + int(found[3])
    return minutes // 15 if minutes % 15 == 0 else None


@numba.njit(nogil=True, cache=True, inline="always")
def _whole(data, begin, end):  # type: ignore[no-untyped-def]
    """Read digits; -1 when there is anything else."""
    number = np.int64(0)
    for at in range(begin, end):
        digit = np.int64(data[at]) - 48
        if digit < 0 or digit > 9:
            return np.int64(-1)
        number = number * 10 + digit
    return number if end > begin else np.int64(-1)


@numba.njit(nogil=True, cache=True)
def _thousandths(data, begin, end):  # type: ignore[no-untyped-def]
    """Read a decimal as thousandths, half away from zero; (status, value)."""
    at = begin
    negative = False
    if at < end and (data[at] == 45 or data[at] == 43):
        negative = data[at] == 45
        at += 1
    number = np.int64(0)
    places = -1
    digits = 0
    half = np.int64(-1)
    for position in range(at, end):
        byte = data[position]
        if byte == 46 and places < 0:
            places = 0
            continue
        digit = np.int64(byte) - 48
        if digit < 0 or digit > 9 or digits > 15:
            return _ODD, np.int64(0)
        digits += 1
        if places >= 3:
            half = digit if half < 0 else half
            places += 1
            continue
        number = number * 10 + digit
        if places >= 0:
            places += 1
    if digits == 0:
        return (_BLANK if begin == end else _ODD), np.int64(0)
    for _ in range(max(places, 0), 3):
        number *= 10
    if half >= 5:
        number += 1
    if number > _MOST_THOUSANDTHS:
        return _ODD, np.int64(0)
    return _OK, -number if negative else number


@numba.njit(nogil=True, cache=True)
def _stamp(data, begin, end):  # type: ignore[no-untyped-def]
    """Read 2026-01-31, 2026-01-31 00:15 or 2026-01-31T00:15:00; (status, days since 1970, second of the day)."""
    length = end - begin
    if length != 10 and length != 16 and length != 19:
        return _ODD, np.int64(0), np.int64(0)
    year = _whole(data, begin, begin + 4)
    month = _whole(data, begin + 5, begin + 7)
    day = _whole(data, begin + 8, begin + 10)
    mark = data[begin + 4]
    if data[begin + 7] != mark or (mark != 45 and mark != 47) or year < 1970 or month < 1 or month > 12 or day < 1:
        return _ODD, np.int64(0), np.int64(0)
    leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    longest = 31
    if month == 2:
        longest = 29 if leap else 28
    elif month == 4 or month == 6 or month == 9 or month == 11:
        longest = 30
    if day > longest:
        return _ODD, np.int64(0), np.int64(0)
    shifted = year - (1 if month <= 2 else 0)
    of_era = shifted % 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    days = shifted // 400 * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
    second = np.int64(0)
    if length > 10:
        if (data[begin + 10] != 32 and data[begin + 10] != 84) or data[begin + 13] != 58:
            return _ODD, np.int64(0), np.int64(0)
        hour = _whole(data, begin + 11, begin + 13)
        minute = _whole(data, begin + 14, begin + 16)
        moment = np.int64(0)
        if length == 19:
            moment = _whole(data, begin + 17, begin + 19)
            if data[begin + 16] != 58:
                return _ODD, np.int64(0), np.int64(0)
        if hour < 0 or hour > 23 or minute < 0 or minute > 59 or moment < 0 or moment > 59:
            return _ODD, np.int64(0), np.int64(0)
        second = hour * 3600 + minute * 60 + moment
    return _OK, days, second


@numba.njit(nogil=True, cache=True, inline="always")
def _name(data, begin, end):  # type: ignore[no-untyped-def]
    """Give the FNV-1a hash of a text."""
    hashed = np.uint64(14695981039346656037)
    for position in range(begin, end):
        hashed = (hashed ^ np.uint64(data[position])) * np.uint64(1099511628211)
    return hashed


@numba.njit(nogil=True, cache=True)
def parse_lines(data, starts, ends, delimiter, roles, wide, status, names, spans, days, slots, values, missing):  # type: ignore[no-untyped-def]
    """
    Read plain lines; status says _OK, _ODD (leave it to Python) or _BLANK for each.

    :param names: uint64[n], hash of the meter's text at spans[n, 2].
    :param values: int32[n, c], thousandths; missing bool[n, c].
    """
    for line in range(starts.size):
        begin = starts[line]
        end = ends[line]
        if end > begin and data[end - 1] == 13:
            end -= 1
        if end == begin:
            status[line] = _BLANK
            continue
        field = 0
        at = begin
        good = True
        any_value = False
        while good and at <= end:
            stop = at
            while stop < end and data[stop] != delimiter:
                good &= data[stop] != 34
                stop += 1
            if field >= roles.size or not good:
                good = False
                break
            role = roles[field]
            if role == SERIES:
                names[line] = _name(data, at, stop)
                spans[line, 0] = at
                spans[line, 1] = stop
                good = stop > at and data[at] != 32 and data[stop - 1] != 32
            elif role == STAMP:
                found, days[line], second = _stamp(data, at, stop)
                good = found == _OK and second % 900 == 0 and (second == 0 or not wide)
                slots[line] = second // 900
            elif role >= VALUE:
                found, number = _thousandths(data, at, stop)
                missing[line, role - VALUE] = found == _BLANK
                good = found != _ODD
                any_value |= found == _OK
                values[line, role - VALUE] = number
            field += 1
            at = stop + 1
        status[line] = _OK if good and field == roles.size and (any_value or wide) else _ODD


class OddLine(ValueError):
    """A line that cannot be used: `field`, `problem`, `remedy`."""

    def __init__(self, field: str | None, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.field, self.problem, self.remedy = field, problem, remedy


def read_odd_line(line: bytes, columns: Columns, zone: ZoneInfo) -> tuple[str, int, int, list[int | None]]:
    """
    Read one line by the slow and patient way: quotes, spaces, offsets, exponents.

    :returns: meter, days since 1970, slot, thousandths by value column.
    :raises OddLine: when it cannot be used.
    """
    try:
        cells = next(csv.reader([line.decode("utf-8")], delimiter=columns.delimiter), [])
    except (UnicodeDecodeError, csv.Error):
        raise OddLine(None, "the line is not UTF-8 text", "save the file as UTF-8") from None
    if len(cells) != len(columns.names):
        raise OddLine(None, f"{len(cells)} cells instead of {len(columns.names)}", "give every column a cell")
    count = SLOTS if columns.is_wide else len(columns.told)
    numbers: list[int | None] = [None] * count
    meter, days, slot = "", 0, 0
    for name, role, cell in zip(columns.names, columns.roles.tolist(), cells, strict=True):
        text = cell.strip()
        if role == SERIES:
            if not text:
                raise OddLine(name, "no meter is given", "write its number")
            meter = text
        elif role == STAMP:
            days, slot = _odd_stamp(name, text, columns.is_wide, zone)
        elif role >= VALUE and text:
            numbers[role - VALUE] = _odd_number(name, text)
    if all(number is None for number in numbers):
        raise OddLine(None, "no value is given", "leave the line out, or write the energy in kWh")
    return meter, days, slot, numbers


def _odd_stamp(name: str, text: str, is_wide: bool, zone: ZoneInfo) -> tuple[int, int]:
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise OddLine(name, f"{text[:40]!r} is not a time", "write it as 2026-01-31 00:15") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone).replace(tzinfo=None)
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    if seconds % 900 or moment.microsecond or (is_wide and seconds):
        raise OddLine(
            name, f"{text[:40]!r} does not begin a {'day' if is_wide else 'quarter hour'}", "use 15-minute reads"
        )
    if moment.year < 1970:
        raise OddLine(name, f"{text[:40]!r} is before 1970", "correct the date")
    return (moment.date() - datetime(1970, 1, 1).date()).days, seconds // 900  # noqa: DTZ001


def _odd_number(name: str, text: str) -> int:
    try:
        number = Decimal(text)
        if not number.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise OddLine(name, f"{text[:40]!r} is not a number", "write it as 1.234") from None
    scaled = number * 1000
    if abs(scaled) > _MOST_THOUSANDTHS:
        raise OddLine(name, f"{text[:40]!r} is more than a quarter hour can hold", "is the unit kWh?")
    whole = int(abs(scaled) + Decimal("0.5"))
    return whole if scaled >= 0 else -whole


class Meters:
    """Finds the series of a meter's text."""

    def __init__(self, series_of: Mapping[str, int] | None) -> None:
        self._series_of = series_of
        self._known: dict[int, int] = {}

    def series(self, text: str) -> int:
        """Give the series, -1 when no meter has this number."""
        if self._series_of is not None:
            return self._series_of.get(text, -1)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else -1

    def series_of_hashes(self, names: NDArray[np.uint64], spans: NDArray[np.int64], block: bytes) -> NDArray[np.int64]:
        """Give the series of many texts; each text is looked up once."""
        if not names.size:
            return np.empty(0, np.int64)
        starts = np.flatnonzero(np.append(True, names[1:] != names[:-1]))  # runs of one meter
        unique, first, inverse = np.unique(names[starts], return_index=True, return_inverse=True)
        found = np.empty(len(unique), np.int64)
        for index, (name, run) in enumerate(zip(unique.tolist(), starts[first].tolist(), strict=True)):
            if name not in self._known:
                begin, end = spans[run].tolist()
                self._known[name] = self.series(block[begin:end].decode("utf-8", "replace"))
            found[index] = self._known[name]
        return np.repeat(found[inverse.reshape(-1)], np.diff(np.append(starts, names.size)))
