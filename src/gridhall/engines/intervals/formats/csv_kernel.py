"""The clean lines of a delimited text, byte by byte in machine code; what is not plain is left to Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numba import njit

from gridhall.engines.intervals.formats import csv_layout as cols
from gridhall.engines.intervals.formats.assemble import RawReads
from gridhall.engines.intervals.formats.csv_rows import MAX_KWH
from gridhall.engines.intervals.formats.timestamps import NO_OFFSET

_ROLE_CODES = {
    cols.OTHER: 0,
    cols.STAMP: 1,
    cols.END_TIME: 1,
    cols.POINT: 2,
    cols.IMPORT: 3,
    cols.EXPORT: 4,
    cols.REACTIVE: 5,
}
_MAX_UWH = MAX_KWH * 10**9


def read_block(block: bytes, first_line: int, columns: Any, log: Any, read_lines: Callable[..., None]) -> int:
    """Read a block of whole lines into `columns`; returns how many lines it has."""
    data = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(data == 10)
    if not len(ends) or ends[-1] != len(data) - 1:
        ends = np.append(ends, len(data))
    starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1])
    layout = columns.layout
    skipped = min(max(layout.first_line - first_line, 0), len(starts))
    starts, ends = starts[skipped:], ends[skipped:]
    first = first_line + skipped
    status = np.ones(len(starts), dtype=np.uint8)
    if all(role in _ROLE_CODES for role in layout.roles):
        codes = np.array([_ROLE_CODES[role] for role in layout.roles], dtype=np.int64)
        slots = [layout.channels.index(_CHANNEL[role]) if role in _CHANNEL else 0 for role in layout.roles]
        raw, texts = _allocate(len(starts), layout)
        order = {None: 0, True: 1, False: 2}[layout.is_month_first]
        places, scales = np.array(slots, dtype=np.int64), np.array(layout.scales, dtype=np.int64)
        _parse_lines(
            data, starts, ends, ord(layout.delimiter), ord(layout.decimal), order, codes, places, scales,
            raw.start_s, raw.offset_s, raw.values, texts, status,
        )  # fmt: skip
        _keep(raw, texts, status, first, block, columns)
    rest = np.flatnonzero(status == 1)
    if len(rest):
        read_lines([block[starts[row] : ends[row]] for row in rest], rest + first, columns, log)
    return skipped + len(starts)


_CHANNEL = {cols.IMPORT: "import", cols.EXPORT: "export", cols.REACTIVE: "reactive"}


def _allocate(count: int, layout: Any) -> tuple[RawReads, np.ndarray]:
    raw = RawReads(
        np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int32),
        np.zeros(count, dtype=np.int64), np.zeros((count, len(layout.channels)), dtype=np.int64),
        np.zeros(count, dtype=np.uint8), layout.channels,
    )  # fmt: skip
    return raw, np.zeros((count, 3), dtype=np.int64)


def _keep(raw: RawReads, texts: np.ndarray, status: np.ndarray, first: int, block: bytes, columns: Any) -> None:
    good = np.flatnonzero(status == 0)
    if not len(good):
        return
    if cols.POINT in columns.layout.roles:
        point, firsts = np.empty(len(good), dtype=np.int32), np.empty(len(good), dtype=np.int64)
        count = _number_texts(texts, good, np.zeros(4 << len(good).bit_length(), dtype=np.int32), point, firsts)
        spans = texts[good[firsts[:count]], 1:].tolist()
        names = [block[start:end].decode("utf-8", "replace").strip() for start, end in spans]
        point = np.array([columns.point_index(name) for name in names], dtype=np.int32)[point]
    else:
        point = np.full(len(good), columns.point_index(""), dtype=np.int32)
    if len(good) == len(raw):
        columns.blocks.append(replace(raw, point=point, line=good + first))
        return
    columns.blocks.append(
        RawReads(
            point,
            raw.start_s[good],
            raw.offset_s[good],
            good + first,
            raw.values[good],
            raw.quality[good],
            raw.channels,
        )
    )


@njit(cache=True, nogil=True)
def _number_texts(texts, good, table, point, firsts):  # type: ignore[no-untyped-def]
    """Number the hashes of the good rows as they come; `firsts` gets where each stands first. Returns how many."""
    mask = len(table) - 1
    count = 0
    for index in range(len(good)):
        hashed = texts[good[index], 0]
        if index > 0 and hashed == texts[good[index - 1], 0]:
            point[index] = point[index - 1]
            continue
        place = (hashed ^ (hashed >> 29)) & mask
        while table[place] != 0 and texts[good[firsts[table[place] - 1]], 0] != hashed:
            place = (place + 1) & mask
        if table[place] == 0:
            firsts[count] = index
            count += 1
            table[place] = count
        point[index] = table[place] - 1
    return count


@njit(cache=True, inline="always")
def _digits(data, at, end, most):  # type: ignore[no-untyped-def]
    """Value, and position after, of at most `most` digits."""
    value = 0
    stop = min(end, at + most)
    while at < stop and 48 <= data[at] <= 57:
        value = value * 10 + (data[at] - 48)
        at += 1
    return value, at


@njit(cache=True)
def _date(data, at, end, order):  # type: ignore[no-untyped-def]
    """Returns (days since 1970 or -1, position after); 2026-1-31, or 31/1/2026 where `order` tells the month."""
    first, after = _digits(data, at, end, 4)
    is_year_first = after - at == 4
    if after >= end or after == at or not (data[after] == 45 or data[after] == 47):
        return -1, at
    if not is_year_first and (order == 0 or after - at > 2):
        return -1, at
    mark = data[after]
    at = after + 1
    second, after = _digits(data, at, end, 2)
    if after == at or after >= end or data[after] != mark:
        return -1, at
    at = after + 1
    third, after = _digits(data, at, end, 2 if is_year_first else 4)
    if after == at or (not is_year_first and after - at != 4):
        return -1, at
    if is_year_first:
        year, month, day = first, second, third
    elif order == 1:
        year, month, day = third, first, second
    else:
        year, month, day = third, second, first
    return _days(year, month, day), after


@njit(cache=True)
def _days(year, month, day):  # type: ignore[no-untyped-def]
    """Days since 1970, or -1 for no date."""
    if year < 1970 or year > 2100 or month < 1 or month > 12 or day < 1:
        return -1
    length = 31
    if month == 4 or month == 6 or month == 9 or month == 11:
        length = 30
    elif month == 2:
        length = 29 if (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)) else 28
    if day > length:
        return -1
    shifted = year - 1 if month <= 2 else year
    era = shifted // 400
    year_of_era = shifted - era * 400
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


@njit(cache=True)
def _stamp(data, at, end, order, known):  # type: ignore[no-untyped-def]
    """
    Returns (is_good, seconds, offset); the plain spellings only.

    :param known: int64[2], where the date of an earlier line stands (-1 if none), and what it means in days.
    """
    bad = (False, 0, 0)
    is_known = known[0] >= 0 and end - at >= 10
    if is_known:
        for index in range(10):
            if data[at + index] != data[known[0] + index]:
                is_known = False
                break
    if is_known:
        days = known[1]
        at += 10
    else:
        days, after = _date(data, at, end, order)
        if days < 0:
            return bad
        if after - at == 10:
            known[0], known[1] = at, days
        at = after
    seconds = days * 86400
    if at < end:
        if data[at] != 84 and data[at] != 32:
            return bad
        hour, after = _digits(data, at + 1, end, 2)
        if after == at + 1 or after >= end or data[after] != 58 or hour > 23:
            return bad
        at = after + 1
        minute, after = _digits(data, at, end, 2)
        if after - at != 2 or minute > 59:
            return bad
        at = after
        seconds += hour * 3600 + minute * 60
        if at < end and data[at] == 58:
            second, after = _digits(data, at + 1, end, 2)
            if after - at != 3 or second > 59:
                return bad
            seconds += second
            at = after
    is_good, offset = _offset(data, at, end)
    return is_good, seconds, offset


@njit(cache=True)
def _offset(data, at, end):  # type: ignore[no-untyped-def]
    """Returns (is_good, offset) of nothing, Z or +08:00."""
    if at == end:
        return True, NO_OFFSET
    if data[at] == 90 and at + 1 == end:
        return True, 0
    if (data[at] == 43 or data[at] == 45) and end - at == 6 and data[at + 3] == 58:
        hours, after = _digits(data, at + 1, end, 2)
        minutes, stop = _digits(data, at + 4, end, 2)
        if after == at + 3 and stop == end and hours <= 15 and minutes <= 59:
            offset = hours * 3600 + minutes * 60
            return True, offset if data[at] == 43 else -offset
    return False, 0


@njit(cache=True)
def _energy(data, at, end, decimal, scale):  # type: ignore[no-untyped-def]
    """Returns (is_good, micro watt hours) of a plain decimal; half even below the last place."""
    whole, after = _digits(data, at, end, 9)
    if after == at:
        return False, 0
    at = after
    value = whole * scale
    if at == end:
        return True, value
    if data[at] != decimal:
        return False, 0
    at += 1
    unit = scale
    while at < end:
        if not 48 <= data[at] <= 57:
            return False, 0
        digit = np.int64(data[at]) - 48
        if unit % 10 != 0:
            break
        unit //= 10
        value += digit * unit
        at += 1
    if at < end:
        # digits below one micro watt hour: only whole scales of ten come here, so unit is 1
        above, is_tie = np.int64(data[at]) - 48, True
        at += 1
        while at < end:
            if not 48 <= data[at] <= 57:
                return False, 0
            if data[at] != 48:
                is_tie = False
            at += 1
        if above > 5 or (above == 5 and (not is_tie or value % 2 == 1)):
            value += 1
    return True, value


@njit(cache=True)
def _text(data, at, end, known):  # type: ignore[no-untyped-def]
    """
    Hash a text (FNV-1a).

    :param known: int64[3], begin, end and hash of the text before: a file often tells of one usage point many times.
    """
    if end > at and end - at == known[1] - known[0]:
        index = 0
        while index < end - at and data[at + index] == data[known[0] + index]:
            index += 1
        if index == end - at:
            return known[2]
    hashed = np.uint64(14695981039346656037)
    for position in range(at, end):
        hashed = (hashed ^ np.uint64(data[position])) * np.uint64(1099511628211)
    known[0], known[1], known[2] = at, end, np.int64(hashed)
    return known[2]


@njit(cache=True, nogil=True)
def _parse_lines(  # type: ignore[no-untyped-def]
    data, starts, ends, delimiter, decimal, order, codes, slots, scales, start_s, offset_s, values, texts, status
):
    """Fill the rows; status 0 is good, 1 is for Python, 2 is blank."""
    count = len(codes)
    known = np.array([-1, 0], dtype=np.int64)
    named = np.zeros(3, dtype=np.int64)
    for row in range(len(starts)):
        at, stop = starts[row], ends[row]
        if stop > at and data[stop - 1] == 13:
            stop -= 1
        if stop == at:
            status[row] = 2
            continue
        is_good = data[at] != 35
        for column in range(count):
            end = at
            while end < stop and data[end] != delimiter:
                if data[end] == 34:
                    is_good = False
                end += 1
            if not is_good or (end == stop) != (column == count - 1):
                is_good = False
                break
            code = codes[column]
            if code == 1:
                is_good, start_s[row], offset_s[row] = _stamp(data, at, end, order, known)
            elif code == 2:
                texts[row, 0] = _text(data, at, end, named)
                texts[row, 1] = at
                texts[row, 2] = end
            elif code >= 3:
                is_good, value = _energy(data, at, end, decimal, scales[column])
                if value > _MAX_UWH:
                    is_good = False
                values[row, slots[column]] = value
            if not is_good:
                break
            at = end + 1
        status[row] = 0 if is_good else 1
