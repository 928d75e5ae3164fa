"""The records of NEM12 and NEM13 files: lines, dates, units and quality flags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.formats.source import Source, utf8_blocks
from gridhall.engines.intervals.formats.timestamps import DAY_S, END_S, shorten
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import UWH_PER_KWH

MARKET_OFFSET_S = 36_000
"""NEM time: UTC+10 all year."""

UNIT_SCALES = {
    "wh": UWH_PER_KWH // 1000, "kwh": UWH_PER_KWH, "mwh": UWH_PER_KWH * 1000,
    "varh": UWH_PER_KWH // 1000, "kvarh": UWH_PER_KWH, "mvarh": UWH_PER_KWH * 1000,
}  # fmt: skip
OTHER_UNITS = {
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
FLAG = re.compile(r"([ANV]|[EFS](\d{2}))", re.ASCII)
NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d*)?|\.\d+)", re.ASCII)
STAMP = re.compile(r"\d{14}", re.ASCII)


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

    >>> [int(quality_of(flag)) for flag in ("A", "F52", "S17", "N", "E")]
    [0, 11, 10, 255, 13]
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
