"""Moments as people and machines write them: many spellings in, seconds out."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
from numpy.typing import NDArray

DAY_S = 86_400
NO_OFFSET = -(2**31)
"""Stands for "the row gives no UTC offset" in int32 columns."""

FIRST_S = 0
END_S = 4_133_980_800  # 2101-01-01: later stamps are slips of the pen or of a unit

_CLOCK = (
    r"(?:(?:[T\s]\s*|时|:)?(?P<hour>\d{1,2})[:：时](?P<minute>\d{2})(?:[:：分](?P<second>\d{2})(?:[.,]0*)?秒?|分)?)"
)
_TAIL = r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<offset>Z|z|UTC|[+\-−]\d{2}:?(?:\d{2})?)?$"
_YMD = re.compile(
    r"^(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?\s*" + _CLOCK + "?" + _TAIL, re.ASCII
)
_XXY = re.compile(
    r"^(?P<first>\d{1,2})[-/.](?P<middle>\d{1,2})[-/.](?P<year>\d{4})\s*" + _CLOCK + "?" + _TAIL, re.ASCII
)
_COMPACT = re.compile(
    r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:[T ]?(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2})?)?"
    + _TAIL,
    re.ASCII,
)
_EPOCH = re.compile(r"^\d{10}(?:\d{3})?(?:\.0*)?$", re.ASCII)


class StampError(ValueError):
    """A text is no moment; the message says why."""


def parse_stamp(text: str, *, month_first: bool | None = None) -> tuple[int, int]:
    """
    Read one moment.

    >>> parse_stamp("2026-01-01T00:15")
    (1767226500, -2147483648)
    >>> parse_stamp("2026/1/1 0:15") == parse_stamp("202601010015") == parse_stamp("2026年1月1日 0:15")
    True
    >>> parse_stamp("2026-01-01 24:00") == parse_stamp("2026-01-02")
    True
    >>> parse_stamp("2026-01-01T00:15:00+08:00")
    (1767226500, 28800)

    :param month_first: what 3/4/2026 means: True is 4 March, False is 3 April, None refuses it.
    :returns: wall-clock seconds since 1970-01-01T00:00 read as if UTC, and the UTC offset in seconds or NO_OFFSET.
    :raises StampError: with the reason, when it is no moment.
    """
    text = text.strip()
    if _EPOCH.match(text):
        seconds = int(text.split(".")[0][:10])
        return _bounded(seconds, text), 0
    match = _YMD.match(text) or _COMPACT.match(text)
    if match is not None:
        return _seconds(match, int(match["year"]), int(match["month"]), int(match["day"]), text)
    match = _XXY.match(text)
    if match is None:
        raise StampError(f"{shorten(text)} is not a date and time" if text else "the time is empty")
    first, middle = int(match["first"]), int(match["middle"])
    if month_first is None and first <= 12 and middle <= 12 and first != middle:
        raise StampError(f"{shorten(text)} can be read as day/month or as month/day")
    is_month_first = first <= 12 if month_first is None else month_first
    month, day = (first, middle) if is_month_first else (middle, first)
    return _seconds(match, int(match["year"]), month, day, text)


def shorten(text: str) -> str:
    """Quote a piece of a file so that it fits a line of a report and shows its odd characters."""
    return repr(text if len(text) <= 60 else text[:57] + "…")


def _seconds(match: re.Match[str], year: int, month: int, day: int, text: str) -> tuple[int, int]:
    try:
        days = date(year, month, day).toordinal() - 719_163
    except ValueError:
        raise StampError(f"there is no day {shorten(text)}") from None
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    half = (match["half"] or "").lower().replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise StampError(f"{shorten(text)} has an hour that does not fit {half}")
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        raise StampError(f"{shorten(text)} has no such time of day")
    return _bounded(days * DAY_S + hour * 3600 + minute * 60 + second, text), parse_offset(match["offset"] or "")


def _bounded(seconds: int, text: str) -> int:
    if not FIRST_S <= seconds < END_S:
        raise StampError(f"{shorten(text)} is outside 1970 to 2100")
    return seconds


def parse_offset(text: str) -> int:
    """
    Read a UTC offset.

    >>> parse_offset("+08:00"), parse_offset("Z"), parse_offset("-0330")
    (28800, 0, -12600)
    """
    if not text:
        return NO_OFFSET
    if text in ("Z", "z", "UTC"):
        return 0
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 15 or minutes > 59:
        raise StampError(f"{text!r} is no UTC offset")
    seconds = hours * 3600 + minutes * 60
    return seconds if text[0] == "+" else -seconds


def civil_days(year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Count days since 1970-01-01 for many dates at once.

    >>> civil_days(np.array([1970, 2026]), np.array([1, 3]), np.array([1, 1])).tolist()
    [0, 20513]

    :param year, month, day: int64[n]; the day may run past the month (the caller checks it).
    :returns: int64[n]. Algorithm: Howard Hinnant, chrono-compatible low-level date algorithms (2013).
    """
    shifted = year - (month <= 2)
    era = shifted // 400
    year_of_era = shifted - era * 400
    day_of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


def month_lengths(year: NDArray[np.int64], month: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days in each month, int64[n]; months outside 1 to 12 have none."""
    table = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)
    lengths = table[np.where((month >= 1) & (month <= 12), month, 0)]
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return lengths + ((month == 2) & is_leap)


def show_stamp(seconds: int) -> str:
    """
    Write wall-clock seconds for people.

    >>> show_stamp(1767226500)
    '2026-01-01 00:15'
    """
    stamp = np.datetime64(int(seconds), "s").astype(object)
    return stamp.strftime("%Y-%m-%d %H:%M" if stamp.second == 0 else "%Y-%m-%d %H:%M:%S")
