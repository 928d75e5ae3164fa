"""What the columns of a delimited text are: found from the first lines, in English or Chinese, or refused in words."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from itertools import pairwise

from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.timestamps import StampError, parse_stamp, shorten
from gridhall.engines.intervals.series import UWH_PER_KWH

STAMP, DATE, TIME, HOUR, END_TIME, IMPORT, EXPORT, REACTIVE, UNIT, POINT, QUALITY, OTHER = (
    "timestamp", "date", "time", "hour", "end", "kwh", "export_kwh", "kvarh", "unit", "usage_point", "quality", "other",
)  # fmt: skip

_WORDS = {
    STAMP: """timestamp datetime time start start_time starttime interval_start intervalstart date_time from begin
        period_start local_time ts tstp utc start_timestamp timestamp_start start_datetime datetime_start
        start_date_time interval_start_time usage_start reading_time read_time
        interval_start_local timestamp_local local_timestamp datetime_local local_datetime measured_on
        时间 时刻 开始时间 起始时间 数据时间 采集时间 日期时间 时间戳 冻结时间 数据日期时间""",
    DATE: "date day read_date reading_date usage_date interval_date settlement_date 日期 数据日期 用电日期 抄表日期",
    TIME: """time start_time starttime start clock from usage_start_time interval_start interval_start_time read_time
        reading_time 时间 时刻 开始时间 起始时间 时点 数据时间 采集时间 抄表时间""",
    HOUR: "hour hr hour_of_day hour_beginning hour_ending hour_end he 小时",
    END_TIME: """end end_time endtime interval_end intervalend to period_end end_timestamp timestamp_end end_datetime
        datetime_end end_date_time interval_end_time usage_end interval_end_local
        结束时间 截止时间 终止时间""",
    UNIT: "unit units uom unit_of_measure 单位 计量单位",
    IMPORT: """kwh energy usage consumption import import_kwh energy_kwh usage_kwh consumption_kwh active_import value
        delivered received_by_customer import_energy active_energy grid_import wh mwh energy_wh import_wh energy_mwh
        import_mwh usage_wh load_kwh kwh_import
        电量 用电量 有功电量 正向有功 正向有功电量 正向有功总电量 正向有功电能量 总电量 电能量 电量值 度数""",
    EXPORT: """export export_kwh exported feed_in feedin generation_export export_energy grid_export export_wh
        export_mwh active_export feed_in_kwh returned kwh_export
        上网电量 反向有功 反向有功电量 反向有功总电量 反向有功电能量 上网电能量""",
    REACTIVE: """kvarh reactive reactive_kvarh reactive_energy import_kvarh reactive_import varh reactive_varh mvarh
        无功电量 无功 正向无功 正向无功电量 正向无功总电量 正向无功电能量""",
    POINT: """usage_point usagepoint meter meter_id meterid nmi mpan esi_id id household lclid customer_number serial
        usage_point_id customer customer_id account_number service_point
        户号 表号 电表号 计量点 用户编号 客户编号 用电户号 资产编号 电表资产号 计量点编号""",
    QUALITY: "quality flag status quality_flag read_quality reading_quality 质量 数据质量 标志",
}
_NAMES = {role: frozenset(words.split()) for role, words in _WORDS.items()}
_POWER = {"kw", "power", "power_kw", "w", "demand", "demand_kw", "功率", "有功功率", "load", "load_kw", "mw"}
_SCALES = {
    "wh": UWH_PER_KWH // 1000,
    "varh": UWH_PER_KWH // 1000,
    "mwh": UWH_PER_KWH * 1000,
    "mvarh": UWH_PER_KWH * 1000,
}
_ENDING = {"hour_ending", "hour_end", "he"}
_UNIT = re.compile(r"^(.*?)[\s_]*[\(\[（【]\s*([^)\]）】]*)\s*[\)\]）】]$")
_DELIMITERS = ",;\t|"
_CHINESE_UNITS = {"千瓦时": "kwh", "度": "kwh", "瓦时": "wh", "兆瓦时": "mwh", "千乏时": "kvarh", "千瓦": "kw"}


@dataclass(frozen=True)
class Layout:
    """
    How to read a line.

    :param roles: what each column is.
    :param scales: micro watt hours in one unit of each column (0 where it is no energy).
    :param first_line: number of the first line that may hold reads.
    :param first_hour: the number of the first hour of a day, where hours have a column: 0, or 1.
    :param is_month_first: how to read 3/4/2026; None when it does not arise or cannot be told.
    """

    delimiter: str
    roles: tuple[str, ...]
    scales: tuple[int, ...]
    first_line: int
    decimal: str = "."
    is_month_first: bool | None = None
    first_hour: int = 0

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels in the order in which they are kept."""
        names = {IMPORT: "import", EXPORT: "export", REACTIVE: "reactive"}
        return tuple(name for role, name in names.items() if role in self.roles)

    @property
    def energy_role(self) -> str:
        """The column without which a row is no read."""
        return IMPORT if IMPORT in self.roles else EXPORT

    @property
    def is_stamped_at_end(self) -> bool:
        return END_TIME in self.roles


def split_line(line: str, delimiter: str) -> list[str]:
    """Split one line; quotes are honored."""
    if '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return [cell.strip() for cell in line.split(delimiter)]


def find_layout(lines: list[str], log: FaultLog) -> Layout:
    """
    Find delimiter, header and columns.

    :param lines: the first lines of the file.
    :raises FaultyInput: when these are no interval reads.
    """
    filled = [
        (number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")
    ]
    if not filled:
        raise log.refuse(None, None, "holds no lines with reads", "export it again")
    delimiter = _find_delimiter([line for _, line in filled])
    rows = [(number, split_line(line, delimiter)) for number, line in filled]
    for position, (number, cells) in enumerate(rows[:40]):
        roles = name_columns(cells)
        if roles is not None:
            scales = tuple(scale_of(cell, role) for cell, role in zip(cells, roles, strict=True))
            _note_unread(cells, roles, rows[position + 1 :], number, log)
            return _finish(delimiter, roles, scales, number + 1, rows[position + 1 :], _is_ending(cells, roles))
        if position == 0 and _is_stamp(cells[0]):
            return _finish(delimiter, *_by_position(cells, number, log), number, rows)
    raise _refuse_header(rows[0], log)


def _note_unread(
    cells: list[str], roles: tuple[str, ...], rows: list[tuple[int, list[str]]], number: int, log: FaultLog
) -> None:
    """Name the columns of figures that are not read."""
    first = rows[0][1] if rows else []
    unread = [
        name
        for name, role, value in zip(cells, roles, first, strict=False)
        if role == OTHER and name and re.fullmatch(r"[+-]?\d*\.?\d+", value)
    ]
    if unread:
        log.note(number, None, f"columns that are not read: {shorten(', '.join(unread))}")


def _find_delimiter(lines: list[str]) -> str:
    sample = lines[:200]
    scored = [(sum(1 for line in sample if mark in line), -index, mark) for index, mark in enumerate(_DELIMITERS)]
    # a comma may be the decimal mark in a file that is delimited otherwise
    others = [entry for entry in scored if entry[2] != "," and entry[0] > 0.6 * len(sample)]
    return max(others or scored)[2]


def _is_stamp(text: str) -> bool:
    try:
        parse_stamp(text, month_first=True)
    except StampError:
        try:
            parse_stamp(text, month_first=False)
        except StampError:
            return False
    return True


def _by_position(cells: list[str], number: int, log: FaultLog) -> tuple[tuple[str, ...], tuple[int, ...]]:
    while len(cells) > 2 and not cells[-1]:
        cells = cells[:-1]
    if len(cells) < 2:
        raise log.refuse(number, "kwh", "the row has a time but no energy", "write timestamp,kwh on each line")
    if len(cells) > 4:
        raise log.refuse(
            number, None, f"has {len(cells)} columns and no header", "add a header: timestamp,kwh,kvarh,export_kwh"
        )
    roles = (STAMP, IMPORT, REACTIVE, EXPORT)[: len(cells)]
    return roles, (0, *[UWH_PER_KWH] * (len(cells) - 1))


def _canonical(cell: str) -> tuple[str, str]:
    """Column name and unit, both plain: "Energy (kWh)" is ("energy", "kwh")."""
    text = cell.strip().strip("\ufeff").lower()
    match = _UNIT.match(text)
    name, unit = (match[1], match[2]) if match else (text, "")
    return re.sub(r"[\s\-/.]+", "_", name.strip()), _CHINESE_UNITS.get(unit.strip(), unit.strip())


def name_columns(cells: list[str]) -> tuple[str, ...] | None:
    """What each column of a header is; None if it names no time or no energy."""
    names = [_canonical(cell) for cell in cells]
    roles = [OTHER] * len(cells)

    def take(role: str) -> bool:
        for index, (name, unit) in enumerate(names):
            if roles[index] == OTHER and (name in _NAMES[role] or f"{name}_{unit}" in _NAMES[role]):
                if role in (IMPORT, EXPORT) and (unit in _POWER or unit in ("kvarh", "$", "元")):
                    continue
                roles[index] = role
                return True
        return False

    has_date = take(DATE) and (take(TIME) or take(HOUR))
    if not has_date:
        roles = [OTHER] * len(cells)
        if not take(STAMP) and not take(DATE) and not take(END_TIME):
            return None
        roles = [STAMP if role == DATE else role for role in roles]
    for role in (EXPORT, REACTIVE, IMPORT, UNIT, POINT, QUALITY):
        take(role)
    if not {IMPORT, EXPORT} & set(roles):
        return None
    return tuple(roles)


def role_of_number(name: str) -> str | None:
    """What a numeric column of a wide table is, if its name tells it; interval columns have no role."""
    plain = _canonical(name)[0]
    roles = (STAMP, DATE, POINT, QUALITY, IMPORT, EXPORT, REACTIVE)
    return next((role for role in roles if plain in _NAMES[role]), None)


def name_day_columns(names: list[str]) -> list[str]:
    """Roles of the columns beside the intervals of a wide table: date, usage point, or other."""
    roles = []
    for name in names:
        plain = _canonical(name)[0]
        role = DATE if plain in _NAMES[DATE] | _NAMES[STAMP] else POINT if plain in _NAMES[POINT] else OTHER
        roles.append(OTHER if role in roles else role)
    return roles


def scale_of(cell: str, role: str) -> int:
    """Micro watt hours in one unit of a column; 0 where it is no energy."""
    if role not in (IMPORT, EXPORT, REACTIVE):
        return 0
    name, unit = _canonical(cell)
    return _SCALES.get(unit or name.rsplit("_", 1)[-1], UWH_PER_KWH)


def _finish(
    delimiter: str, roles: tuple[str, ...], scales: tuple[int, ...], first_line: int,
    rows: list[tuple[int, list[str]]], is_ending: bool = False,
) -> Layout:  # fmt: skip
    decimal = "."
    if delimiter != ",":
        energies = [
            cells[index] for _, cells in rows for index, scale in enumerate(scales) if scale and index < len(cells)
        ]
        if any(re.fullmatch(r"[+-]?\d+,\d+", text) for text in energies) and not any("." in text for text in energies):
            decimal = ","
    stamp = roles.index(STAMP if STAMP in roles else DATE if DATE in roles else END_TIME)
    stamps = [cells[stamp] for _, cells in rows if stamp < len(cells)]
    first_hour = int(is_ending)
    if HOUR in roles:
        at = roles.index(HOUR)
        hours = {cells[at].strip() for _, cells in rows if at < len(cells)}
        first_hour = 1 if "24" in hours and not hours & {"0", "00"} else 0 if hours & {"0", "00"} else first_hour
    return Layout(delimiter, roles, scales, first_line, decimal, month_order(stamps), first_hour)


def _is_ending(cells: list[str], roles: tuple[str, ...]) -> bool:
    return HOUR in roles and _canonical(cells[roles.index(HOUR)])[0] in _ENDING


def scale_of_unit(unit: str, role: str, scale: int) -> int | None:
    """Micro watt hours in one of a unit that stands in the row; None where it is no unit of that energy."""
    word = unit.strip().lower()
    word = _CHINESE_UNITS.get(word, word)
    if word in ("", "kwh" if role != REACTIVE else "kvarh", "kwh/hh"):
        return UWH_PER_KWH if word else scale
    is_reactive = word.endswith("varh")
    if word not in _SCALES or is_reactive != (role == REACTIVE):
        return None
    return _SCALES[word]


def month_order(stamps: list[str]) -> bool | None:
    """
    Tell whether 3/4/2026 is month first, from a run of stamps; None if nothing tells it.

    >>> month_order(["12/31/2026 00:00"]), month_order(["31/12/2026"]), month_order(["1/2/2026"])
    (True, False, None)
    """
    pairs = [
        (int(m[1]), int(m[2])) for m in (re.match(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}", text) for text in stamps) if m
    ]
    is_month_first = any(second > 12 for _, second in pairs)
    is_day_first = any(first > 12 for first, _ in pairs)
    if is_month_first != is_day_first:
        return is_month_first
    if not pairs or is_month_first:
        return None
    # days change more often than months
    changes_first = sum(a[0] != b[0] for a, b in pairwise(pairs))
    changes_second = sum(a[1] != b[1] for a, b in pairwise(pairs))
    return None if changes_first == changes_second else changes_second > changes_first


def holds_power(names: list[str]) -> bool:
    """Tell whether some column is of power."""
    return any(part in _POWER for name in names for part in _canonical(name))


def _refuse_header(row: tuple[int, list[str]], log: FaultLog) -> Exception:
    number, cells = row
    remedy = "name the columns timestamp,kwh (and kvarh, export_kwh)"
    if holds_power(cells):
        return log.refuse(number, None, "holds power, not energy", "give the energy of each interval in kWh")
    shown = shorten(",".join(cells))
    if len(cells) < 2:
        return log.refuse(number, None, f"{shown} is no row of a table of reads", remedy)
    return log.refuse(number, None, f"no column of {shown} is known as a time and an energy", remedy)
