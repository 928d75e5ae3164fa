"""
A month of reads into billing determinants: each chunk read once, one fused pass, two threads.

What makes it fast: slots are summed per day type first (days whose row of the calendar is the same), then folded to slot classes
once; integers throughout; nothing but compressed bytes crosses memory.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.codec import blosc2_decompress_ctx, blosc2_getitem_ctx, pread, xxh64
from gridhall.engines.intervals.layout import EXPORT, IMPORT, MONTH_ROWS, QUALITY, REACTIVE, SLOTS
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.rating.determinants import SLOT_CLASSES, Determinants, Segments

_MISSING = int(ReadingQuality.MISSING)
_ESTIMATED_FIRST = int(ReadingQuality.ESTIMATED_LINEAR)
_ESTIMATED_LAST = int(ReadingQuality.ESTIMATED_OTHER)
FOLDED, CUT_OFF, DAMAGED, UNPACKED = 0, 1, 2, 3


def day_types(calendars: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    """
    Find the days that look alike to a tariff.

    :param calendars: uint8[C, D, 96], slot classes.
    :returns: type of each day uint8[C, D]; the slot classes of each type uint8[C, T, 96]; number of types int64[C].
    """
    count, days = calendars.shape[:2]
    type_of = np.zeros((count, days), np.uint8)
    rows: list[NDArray[np.uint8]] = []
    for index in range(count):
        unique, inverse = np.unique(calendars[index], axis=0, return_inverse=True)
        type_of[index] = inverse.reshape(-1)
        rows.append(unique)
    most = max((len(unique) for unique in rows), default=1)
    classes = np.zeros((count, most, SLOTS), np.uint8)
    for index, unique in enumerate(rows):
        classes[index, : len(unique)] = unique
    return type_of, classes, np.array([len(unique) for unique in rows], np.int64)


@numba.njit(nogil=True, cache=True)
def _fold_channel(values, first, end, type_of, classes, types, sums, peaks, want_peaks, energy, peak):  # type: ignore[no-untyped-def]
    """Fold one channel of one series, int32[D * 96], days [first, end), into energy[16] and peak[16]."""
    sums[:types] = 0
    if want_peaks:
        peaks[:types] = 0
        for day in range(first, end):
            kind = type_of[day]
            row = values[day * SLOTS : (day + 1) * SLOTS]
            total = sums[kind]
            largest = peaks[kind]
            for slot in range(SLOTS):
                total[slot] += row[slot]
                largest[slot] = max(largest[slot], row[slot])
    else:
        for day in range(first, end):
            row = values[day * SLOTS : (day + 1) * SLOTS]
            total = sums[type_of[day]]
            for slot in range(SLOTS):
                total[slot] += row[slot]
    for kind in range(types):
        for slot in range(SLOTS):
            energy[classes[kind, slot]] += sums[kind, slot]
    if want_peaks:
        for kind in range(types):
            for slot in range(SLOTS):
                at = classes[kind, slot]
                peak[at] = max(peak[at], np.int64(peaks[kind, slot]))


@numba.njit(nogil=True, cache=True)
def _count(quality, first, end, row, counts):  # type: ignore[no-untyped-def]
    """Count measured, estimated and missing slots of one series, uint8[D * 96], days [first, end)."""
    missing = 0
    estimated = 0
    for at in range(first * SLOTS, end * SLOTS):
        code = quality[at]
        missing += code == _MISSING
        estimated += (code >= _ESTIMATED_FIRST) & (code <= _ESTIMATED_LAST)
    counts[0][row] = (end - first) * SLOTS - missing - estimated
    counts[1][row] = estimated
    counts[2][row] = missing


@numba.njit(nogil=True, cache=True)
def _fold_series(item, segments, order, begin, stop, calendar, scratch, present, planes, out):  # type: ignore[no-untyped-def]
    """Fold the segments order[begin:stop], all of one series, whose cells are planes[...][item]."""
    _, first_day, end_day, calendar_of, multiplier = segments
    type_of, classes, types = calendar
    sums, peaks, energy, peak = scratch
    has_import, has_export, has_reactive, has_quality = present
    imports, exports, reactives, quality = planes
    for at in range(begin, stop):
        row = order[at]
        first = np.int64(first_day[row])
        end = np.int64(end_day[row])
        which = np.int64(calendar_of[row])
        times = multiplier[row]
        energy[:] = 0
        peak[:] = 0
        if has_import:
            _fold_channel(
                imports[item], first, end, type_of[which], classes[which], types[which], sums, peaks, True, energy, peak
            )
        for index in range(SLOT_CLASSES):
            out[0][row, index] = energy[index] * times
            out[2][row, index] = peak[index] * times
        energy[:] = 0
        if has_export:
            _fold_channel(
                exports[item],
                first,
                end,
                type_of[which],
                classes[which],
                types[which],
                sums,
                peaks,
                False,
                energy,
                peak,
            )
        for index in range(SLOT_CLASSES):
            out[1][row, index] = energy[index] * times
        total = np.int64(0)
        if has_reactive:
            values = reactives[item]
            for cell in range(first * SLOTS, end * SLOTS):
                total += values[cell]
        out[3][row] = total * times
        if has_quality:
            _count(quality[item], first, end, row, out[4])
        else:
            out[4][0][row] = (end - first) * SLOTS
            out[4][1][row] = 0
            out[4][2][row] = 0


@numba.njit(nogil=True, cache=True)
def _scratch(types):  # type: ignore[no-untyped-def]
    return (
        np.empty((types, SLOTS), np.int64),
        np.empty((types, SLOTS), np.int32),
        np.empty(SLOT_CLASSES, np.int64),
        np.empty(SLOT_CLASSES, np.int64),
    )


@numba.njit(nogil=True, cache=True)
def _unpack_rows(context, raw, at, length, rows, cells, out):  # type: ignore[no-untyped-def]
    """Decompress the rows of a plane whose bit is set; each is one block."""
    for row in range(MONTH_ROWS):
        if rows >> np.uint32(row) & np.uint32(1):
            got = blosc2_getitem_ctx(
                context, raw.ctypes.data + at, length, np.int32(row * cells), np.int32(cells),
                out.ctypes.data + row * cells * 4, np.int32(cells * 4),
            )  # fmt: skip
            if got != cells * 4:
                return False
    return True


@numba.njit(nogil=True, cache=True)
def fold_chunks(context, fd, directory, rows, bounds, days, segments, order, calendar, out):  # type: ignore[no-untyped-def]
    """
    Fold chunks of one month shard straight from its file.

    :param rows: int64[c], directory rows of the chunks; chunk i has the segments order[bounds[i]:bounds[i + 1]].
    :returns: (FOLDED, 0), or what is wrong and in which directory row.
    """
    cells = days * SLOTS
    imports = np.empty((MONTH_ROWS, cells), np.int32)
    exports = np.empty((MONTH_ROWS, cells), np.int32)
    reactives = np.empty((MONTH_ROWS, cells), np.int32)
    quality = np.empty((MONTH_ROWS, cells), np.uint8)
    planes = (imports, exports, reactives, quality)
    scratch = _scratch(calendar[1].shape[1])
    raw = np.empty(1 << 20, np.uint8)
    starts = np.zeros(9, np.int64)
    for index in range(rows.size):
        entry = directory[rows[index]]
        for plane in range(8):
            starts[plane + 1] = starts[plane] + entry.lengths[plane]
        size = starts[8]
        if size > raw.size:
            raw = np.empty(size, np.uint8)
        if size > 0 and pread(np.int32(fd), raw.ctypes.data, size, entry.offset) != size:
            return CUT_OFF, rows[index]
        if size > 0 and xxh64(raw.ctypes.data, size, np.uint64(0)) != entry.hash:
            return DAMAGED, rows[index]
        if entry.lengths[IMPORT] > 0:
            got = blosc2_decompress_ctx(
                context,
                raw.ctypes.data,
                np.int32(entry.lengths[IMPORT]),
                imports.ctypes.data,
                np.int32(imports.size * 4),
            )
            if got != imports.size * 4:
                return UNPACKED, rows[index]
        if entry.lengths[QUALITY] > 0:
            got = blosc2_decompress_ctx(
                context, raw.ctypes.data + starts[QUALITY], np.int32(entry.lengths[QUALITY]), quality.ctypes.data,
                np.int32(quality.size),
            )  # fmt: skip
            if got != quality.size:
                return UNPACKED, rows[index]
        if entry.lengths[EXPORT] > 0 and not _unpack_rows(
            context, raw, starts[EXPORT], np.int32(entry.lengths[EXPORT]), entry.export_rows, cells, exports
        ):
            return UNPACKED, rows[index]
        if entry.lengths[REACTIVE] > 0 and not _unpack_rows(
            context, raw, starts[REACTIVE], np.int32(entry.lengths[REACTIVE]), entry.reactive_rows, cells, reactives
        ):
            return UNPACKED, rows[index]
        begin = bounds[index]
        while begin < bounds[index + 1]:
            series = segments[0][order[begin]]
            stop = begin + 1
            while stop < bounds[index + 1] and segments[0][order[stop]] == series:
                stop += 1
            item = series % MONTH_ROWS
            bit = np.uint32(1) << np.uint32(item)
            present = (
                entry.lengths[IMPORT] > 0,
                entry.lengths[EXPORT] > 0 and (entry.export_rows & bit) != 0,
                entry.lengths[REACTIVE] > 0 and (entry.reactive_rows & bit) != 0,
                entry.lengths[QUALITY] > 0,
            )
            _fold_series(item, segments, order, begin, stop, calendar, scratch, present, planes, out)
            begin = stop
    return FOLDED, 0


@numba.njit(nogil=True, cache=True)
def fold_block(values, quality, segments, order, begin, stop, calendar, out):  # type: ignore[no-untyped-def]
    """Fold the segments order[begin:stop] of one chunk held in memory: int32[3, 32, D * 96] and uint8[32, D * 96]."""
    scratch = _scratch(calendar[1].shape[1])
    planes = (values[0], values[1], values[2], quality)
    while begin < stop:
        series = segments[0][order[begin]]
        end = begin + 1
        while end < stop and segments[0][order[end]] == series:
            end += 1
        _fold_series(
            series % MONTH_ROWS, segments, order, begin, end, calendar, scratch, (True, True, True, True), planes, out
        )
        begin = end


def empty_determinants(count: int) -> Determinants:
    """Give room for the determinants of `count` segments."""
    return Determinants(
        import_energy=np.empty((count, SLOT_CLASSES), np.int64),
        export_energy=np.empty((count, SLOT_CLASSES), np.int64),
        peak_energy=np.empty((count, SLOT_CLASSES), np.int64),
        reactive_energy=np.empty(count, np.int64),
        measured_slots=np.empty(count, np.int32),
        estimated_slots=np.empty(count, np.int32),
        missing_slots=np.empty(count, np.int32),
    )


def as_columns(found: Determinants) -> tuple:
    """Give the columns in the order in which the kernels fill them."""
    return (
        found.import_energy, found.export_energy, found.peak_energy, found.reactive_energy,
        (found.measured_slots, found.estimated_slots, found.missing_slots),
    )  # fmt: skip


def as_segments(segments: Segments, days: int, calendars: NDArray[np.uint8]) -> tuple:
    """
    Give the columns that the kernels read, checked.

    :raises ValueError: if a stretch leaves the month or names a calendar that is not there.
    """
    if calendars.ndim != 3 or calendars.shape[1:] != (days, SLOTS) or calendars.dtype != np.uint8:
        raise ValueError(f"calendars must be uint8[C, {days}, {SLOTS}], not {calendars.dtype}{list(calendars.shape)}.")
    if calendars.size and int(calendars.max()) >= SLOT_CLASSES:
        raise ValueError(f"A slot class must be below {SLOT_CLASSES}.")
    first, end = segments.first_day, segments.end_day
    if len(segments) and (int(first.min()) < 0 or int(end.max()) > days or bool((first > end).any())):
        raise ValueError(f"A segment must lie within the {days} days of the month.")
    which = segments.calendar
    if len(segments) and (int(which.min()) < 0 or int(which.max()) >= len(calendars)):
        raise ValueError("A segment names a calendar that was not given.")
    if len(segments) and int(segments.series_id.min()) < 0:
        raise ValueError("A series number cannot be negative.")
    return (
        np.ascontiguousarray(segments.series_id, np.int64), np.ascontiguousarray(first, np.int16),
        np.ascontiguousarray(end, np.int16), np.ascontiguousarray(which, np.int16),
        np.ascontiguousarray(segments.multiplier, np.int64),
    )  # fmt: skip
