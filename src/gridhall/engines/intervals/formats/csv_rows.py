"""One line of a delimited text: what it says, or what is wrong with it in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from gridhall.engines.intervals.formats import csv_layout as cols
from gridhall.engines.intervals.formats.csv_layout import Layout, split_line
from gridhall.engines.intervals.formats.timestamps import StampError, parse_stamp, shorten
from gridhall.engines.intervals.quality import ReadingQuality

MAX_KWH = 10**8
"""No interval of one usage point holds more; a larger figure is a slip of the unit."""

_PLAIN = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ ,'\u00a0\u202f]\d{3})+(?:\.\d*)?", re.ASCII)
_GROUPED_COMMA = re.compile(r"[+-]?\d{1,3}(?:[ .'\u00a0\u202f]\d{3})+(?:,\d*)?", re.ASCII)
_NOTHING = {"", "nan", "null", "none", "na", "n/a", "#n/a", "-", "--", "missing", "缺失", "无"}
_CLOCK = re.compile(r"^\d{1,2}([:：]?\d{2}|[:：]\d{2}[:：]\d{2})(?:\s*[AaPp]\.?[Mm]\.?)?$", re.ASCII)

_QUALITY_WORDS = {
    ReadingQuality.MEASURED: "0 a actual act measured valid ok good normal r raw 实测 正常 有效",
    ReadingQuality.CORRECTED: "1 corrected edited revised 修正",
    ReadingQuality.MANUAL: "2 manual 人工 手工 抄表",
    ReadingQuality.ESTIMATED_LINEAR: "10 estimated_linear linear interpolated 插值",
    ReadingQuality.ESTIMATED_PROFILE: "11 estimated_profile profile 拟合",
    ReadingQuality.ESTIMATED_REGISTER: "12 estimated_register register",
    ReadingQuality.ESTIMATED_OTHER: "13 estimated_other e s f est estimated estimate substituted final_substituted"
    " 估算 估计",
    ReadingQuality.SUSPECT: "20 suspect questionable failed 可疑",
    ReadingQuality.MISSING: "255 n null missing 缺失",
}
_QUALITY = {word: code for code, words in _QUALITY_WORDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Row:
    """One line that can be used."""

    point: str
    start_s: int
    offset_s: int
    values: tuple[int, ...]
    quality: int
    has_midnight_24: bool = False


class RowError(ValueError):
    """A line cannot be used; `faults` are (field, problem, remedy)."""

    def __init__(self, faults: list[tuple[str | None, str, str]]) -> None:
        super().__init__(faults[0][1])
        self.faults = faults


def parse_energy(text: str, scale: int, decimal: str = ".") -> int | None:
    """
    Read an energy exactly, in micro watt hours; None if the cell says that there is none.

    >>> parse_energy("1.234567891", 1_000_000_000), parse_energy("NaN", 1), parse_energy("1,234.5", 1_000_000_000)
    (1234567891, None, 1234500000000)
    >>> parse_energy("0,25", 1_000_000_000, decimal=",")
    250000000

    :param scale: micro watt hours in one unit of the cell. Below one micro watt hour it is rounded half even.
    :raises ValueError: with the reason.
    """
    text = text.strip()
    if text.lower() in _NOTHING:
        return None
    plain = text
    if decimal == ",":
        if _GROUPED_COMMA.fullmatch(text) and "," in text:
            plain = re.sub(r"[ .'\u00a0\u202f]", "", text)
        plain = plain.replace(",", ".", 1)
    elif _GROUPED.fullmatch(text):
        plain = re.sub(r"[ ,'\u00a0\u202f]", "", text)
    if not _PLAIN.fullmatch(plain):
        raise ValueError(f"{shorten(text)} is not a number")
    value = Decimal(plain) * scale
    if abs(value) > MAX_KWH * 10**9:
        raise ValueError(f"{shorten(text)} is too large for one interval")
    return round(value)


def parse_quality(text: str) -> int:
    """Read a quality: our code, a letter of NEM12, or a word."""
    word = text.strip().lower().replace(" ", "_")
    if not word:
        return ReadingQuality.MEASURED
    code = _QUALITY.get(word)
    if code is None:
        raise ValueError(f"{shorten(text)} is no known reading quality")
    return code


def parse_row(line: str, layout: Layout) -> Row | None:
    """
    Read one line; None for a blank line or a comment.

    :raises RowError: with everything that is wrong in it.
    """
    stripped = line.strip()
    if not stripped or stripped.startswith("#") or not stripped.strip(layout.delimiter + " \t"):
        return None
    cells = split_line(line.rstrip("\r\n"), layout.delimiter)
    while len(cells) > len(layout.roles) and (not cells[-1] or cells[-1].startswith("#")):
        cells.pop()
    if len(cells) != len(layout.roles):
        raise RowError([_wrong_count(cells, layout)])
    faults: list[tuple[str | None, str, str]] = []
    found = dict(zip(layout.roles, cells, strict=True))
    stamp_text = _stamp_text(found, layout.first_hour)
    start_s, offset_s = 0, 0
    try:
        start_s, offset_s = parse_stamp(stamp_text, month_first=layout.is_month_first)
    except StampError as error:
        faults.append((cols.STAMP, str(error), "write it as 2026-01-31T13:45"))
    values, quality = _values(cells, layout, faults, found.get(cols.UNIT))
    if cols.QUALITY in found:
        try:
            quality = max(quality, parse_quality(found[cols.QUALITY]))
        except ValueError as error:
            faults.append((cols.QUALITY, str(error), "write actual, estimated or missing"))
    if faults:
        raise RowError(faults)
    return Row(found.get(cols.POINT, ""), start_s, offset_s, values, quality, "24:00" in stamp_text)


def _wrong_count(cells: list[str], layout: Layout) -> tuple[str | None, str, str]:
    wanted, given = len(layout.roles), len(cells)
    remedy = f"give {wanted}: {layout.delimiter.join(layout.roles)}"
    if given > wanted and layout.delimiter == ",":
        remedy += "; write decimals with a point and no thousands separators, or quote them"
    return None, f"has {given} {'cell' if given == 1 else 'cells'} where {wanted} are wanted", remedy


def _stamp_text(found: dict[str, str], first_hour: int) -> str:
    if cols.DATE not in found:
        return found[cols.STAMP] if cols.STAMP in found else found[cols.END_TIME]
    day = found[cols.DATE]
    clock = found[cols.TIME] if cols.TIME in found else found[cols.HOUR]
    if cols.TIME not in found and clock.isdecimal() and len(clock) <= 2:
        clock = f"{int(clock) - first_hour:02d}:00" if int(clock) >= first_hour else f"hour {clock}"
    if clock.isdigit() and len(clock) in (3, 4):
        clock = f"{clock[:-2]}:{clock[-2:]}"
    if not _CLOCK.match(clock):
        return clock if len(clock) > 8 else f"{day} {clock}"
    for midnight in (" 00:00:00", "T00:00:00", " 0:00:00", " 00:00", " 0:00"):
        day = day.removesuffix(midnight)
    return f"{day} {clock}"


def _values(
    cells: list[str], layout: Layout, faults: list[tuple[str | None, str, str]], unit: str | None
) -> tuple[tuple[int, ...], int]:
    values: list[int] = []
    quality = int(ReadingQuality.MEASURED)
    for role in (cols.IMPORT, cols.EXPORT, cols.REACTIVE):
        if role not in layout.roles:
            continue
        index = layout.roles.index(role)
        value: int | None = 0
        scale: int | None = layout.scales[index]
        if unit is not None and role != cols.REACTIVE:
            scale = cols.scale_of_unit(unit, role, layout.scales[index])
            if scale is None:
                faults.append((cols.UNIT, f"{shorten(unit)} is no unit of energy", "write Wh, kWh or MWh"))
                break
        try:
            value = parse_energy(cells[index], scale or 0, layout.decimal)
        except ValueError as error:
            faults.append((role, str(error), "write it as 1.234"))
        if value is None:
            # an empty side channel is no energy; an empty import is no read
            if role == layout.energy_role:
                quality = int(ReadingQuality.MISSING)
            value = 0
        if value < 0 and role != cols.REACTIVE:
            remedy = (
                "put energy that went to the grid into export_kwh" if role == cols.IMPORT else "write it without a sign"
            )
            faults.append((role, f"{shorten(cells[index])} is negative", remedy))
        values.append(value)
    return tuple(values), quality
