"""
A month of reads into billing determinants: each chunk read once, one fused pass, two threads.

What makes it fast: slots are summed per day type first (days whose row of the calendar is the same), then folded to
slot classes once, by runs of slots of one class; integers throughout; only compressed bytes cross memory.
"""

from __future__ import annotations

from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.codec import blosc2_decompress_ctx, blosc2_getitem_ctx, hash_bytes, pread
from gridhall.engines.intervals.layout import EXPORT, IMPORT, MONTH_ROWS, QUALITY, REACTIVE, SLOTS
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.rating.determinants import SLOT_CLASSES, Determinants, Segments

_MISSING = int(ReadingQuality.MISSING)
_ESTIMATED_FIRST = int(ReadingQuality.ESTIMATED_LINEAR)
_ESTIMATED_LAST = int(ReadingQuality.ESTIMATED_OTHER)
FOLDED, CUT_OFF, DAMAGED, UNPACKED = 0, 1, 2, 3
ABSENT, WIDE, NARROW = 0, 1, 2


_REMEMBERED_BYTES = 1 << 13


def day_types(calendars: NDArray[np.uint8]) -> tuple[NDArray, NDArray, NDArray, NDArray, NDArray]:
    """
    As `find_day_types`; those of one or two calendars, which pages ask for again and again, are remembered.

    Nobody may write into what is given.
    """
    if calendars.nbytes > _REMEMBERED_BYTES:
        return find_day_types(calendars)
    return _remembered_day_types(calendars.tobytes(), calendars.shape)


@lru_cache(maxsize=512)
def _remembered_day_types(
    content: bytes, shape: tuple[int, int, int]
) -> tuple[NDArray, NDArray, NDArray, NDArray, NDArray]:
    return find_day_types(np.frombuffer(content, np.uint8).reshape(shape))


def find_day_types(calendars: NDArray[np.uint8]) -> tuple[NDArray, NDArray, NDArray, NDArray, NDArray]:
    """
    Find the days that look alike to a tariff, and the runs of slots of one class within them.

    :param calendars: uint8[C, D, 96], slot classes.
    :returns: type of each day int64[C, D]; number of types int64[C]; ends of the runs int64[C, R] counted through the
        types' slots (type x 96 + slot); slot class of each run int64[C, R]; number of runs int64[C].
    """
    count, days = calendars.shape[:2]
    type_of = np.zeros((count, days), np.int64)
    types = np.ones(count, np.int64)
    found = []
    for index in range(count):
        unique, inverse = np.unique(calendars[index], axis=0, return_inverse=True)
        type_of[index] = inverse.reshape(-1)
        types[index] = len(unique)
        flat = unique.ravel()
        starts_of_types = np.arange(SLOTS, flat.size + 1, SLOTS)
        ends = np.union1d(np.flatnonzero(np.diff(flat.astype(np.int16))) + 1, starts_of_types)
        found.append((ends, flat[ends - 1]))
    most = max((len(ends) for ends, _ in found), default=0)
    run_ends = np.zeros((count, most), np.int64)
    run_classes = np.zeros((count, most), np.int64)
    for index, (ends, classes) in enumerate(found):
        run_ends[index, : len(ends)] = ends
        run_classes[index, : len(ends)] = classes
    return type_of, types, run_ends, run_classes, np.array([len(ends) for ends, _ in found], np.int64)


@numba.njit(nogil=True, cache=True)
def _fold_channel(values, base, first, end, calendar, which, sums, peaks, want_peaks, energy, peak):  # type: ignore[no-untyped-def]
    """
    Fold one channel of one series, values[base : base + D * 96], days [first, end), into energy[16] and peak[16].

    Everything is flat and counted from a base: each view of an array would cost two atomic reference counts.
    """
    type_of, types, run_ends, run_classes, runs = calendar
    slots = np.uint64(SLOTS)
    used = np.uint64(types[which]) * slots
    for cell in range(used):
        sums[cell] = 0
    if want_peaks:
        for cell in range(used):
            peaks[cell] = 0
    day = first
    while day < end:
        kind = type_of[which, day]
        to = np.uint64(kind) * slots
        one = base + np.uint64(day) * slots
        if day + 1 < end and type_of[which, day + 1] == kind:  # two days at once: half the traffic to the sums
            other = one + slots
            for slot in range(slots):
                sums[to + slot] += sums.dtype.type(values[one + slot]) + sums.dtype.type(values[other + slot])
            if want_peaks:
                for slot in range(slots):
                    peaks[to + slot] = max(peaks[to + slot], max(values[one + slot], values[other + slot]))
            day += 2
            continue
        for slot in range(slots):
            sums[to + slot] += values[one + slot]
        if want_peaks:
            for slot in range(slots):
                peaks[to + slot] = max(peaks[to + slot], values[one + slot])
        day += 1
    begin = np.uint64(0)
    for run in range(runs[which]):
        stop = np.uint64(run_ends[which, run])
        index = run_classes[which, run]
        energy_here = np.int64(0)
        for cell in range(begin, stop):
            energy_here += np.int64(sums[cell])
        energy[index] += energy_here
        if want_peaks:
            peak_here = peaks.dtype.type(0)
            for cell in range(begin, stop):
                peak_here = max(peak_here, peaks[cell])
            peak[index] = max(peak[index], np.int64(peak_here))
        begin = stop


@numba.njit(nogil=True, cache=True)
def _total(values, base, first, end):  # type: ignore[no-untyped-def]
    total = np.int64(0)
    for cell in range(base + np.uint64(first * SLOTS), base + np.uint64(end * SLOTS)):
        total += np.int64(values[cell])
    return total


@numba.njit(nogil=True, cache=True)
def _count(quality, base, first, end):  # type: ignore[no-untyped-def]
    """Count estimated and missing slots of one series, quality[base : base + D * 96], days [first, end)."""
    missing = 0
    estimated = 0
    for at in range(base + np.uint64(first * SLOTS), base + np.uint64(end * SLOTS)):
        code = quality[at]
        missing += code == _MISSING
        estimated += (code >= _ESTIMATED_FIRST) & (code <= _ESTIMATED_LAST)
    return estimated, missing


@numba.njit(nogil=True, cache=True)
def _fold_series(item, rows, cells, segments, order, begin, stop, calendar, scratch, present, planes, out):  # type: ignore[no-untyped-def]
    """
    Fold the segments order[begin:stop], all of one series, whose cells begin at (channel * rows + item) * cells.

    :param present: for import, export, reactive and quality: ABSENT, WIDE or NARROW.
    """
    _, first_day, end_day, calendar_of, multiplier = segments
    sums, peaks, narrow_sums, narrow_peaks, energy, peak = scratch
    wide, narrow, quality = planes
    imported, exported, largest, reactive, counts = out
    measured_slots, estimated_slots, missing_slots = counts
    classes = imported.shape[1]
    for at in range(begin, stop):
        row = order[at]
        first = np.int64(first_day[row])
        end = np.int64(end_day[row])
        which = np.int64(calendar_of[row])
        times = multiplier[row]
        for channel in range(2):
            energy[:] = 0
            peak[:] = 0
            with_peaks = channel == 0
            base = np.uint64((channel * rows + item) * cells)
            if present[channel] == WIDE:
                _fold_channel(wide, base, first, end, calendar, which, sums, peaks, with_peaks, energy, peak)
            elif present[channel] == NARROW:
                _fold_channel(
                    narrow, base, first, end, calendar, which, narrow_sums, narrow_peaks, with_peaks, energy, peak
                )
            if with_peaks:
                for index in range(classes):
                    imported[row, index] = energy[index] * times
                    largest[row, index] = peak[index] * times
            else:
                for index in range(classes):
                    exported[row, index] = energy[index] * times
        total = np.int64(0)
        if present[2] == WIDE:
            total = _total(wide, np.uint64((2 * rows + item) * cells), first, end)
        elif present[2] == NARROW:
            total = _total(narrow, np.uint64((2 * rows + item) * cells), first, end)
        reactive[row] = total * times
        estimated, missing = 0, 0
        if present[3]:
            estimated, missing = _count(quality, np.uint64(item * cells), first, end)
        measured_slots[row] = (end - first) * SLOTS - missing - estimated
        estimated_slots[row] = estimated
        missing_slots[row] = missing


@numba.njit(nogil=True, cache=True)
def _scratch(calendar):  # type: ignore[no-untyped-def]
    most = calendar[1].max() if calendar[1].size else 1
    return (
        np.empty(most * SLOTS, np.int64), np.empty(most * SLOTS, np.int32),
        np.empty(most * SLOTS, np.uint32), np.empty(most * SLOTS, np.uint16),
        np.empty(SLOT_CLASSES, np.int64), np.empty(SLOT_CLASSES, np.int64),
    )  # fmt: skip


@numba.njit(nogil=True, cache=True)
def _unpack_rows(context, raw, at, length, rows, out):  # type: ignore[no-untyped-def]
    """Decompress the rows of a plane whose bit is set; each is one block."""
    cells = out.shape[1]
    size = np.int32(cells * out.itemsize)
    for row in range(MONTH_ROWS):
        if rows >> np.uint32(row) & np.uint32(1):
            got = blosc2_getitem_ctx(
                context, raw.ctypes.data + at, length, np.int32(row * cells), np.int32(cells),
                out.ctypes.data + row * cells * out.itemsize, size,
            )  # fmt: skip
            if got != size:
                return False
    return True


@numba.njit(nogil=True, cache=True)
def _unpack_whole(context, raw, at, length, out):  # type: ignore[no-untyped-def]
    size = np.int32(out.size * out.itemsize)
    return blosc2_decompress_ctx(context, raw.ctypes.data + at, length, out.ctypes.data, size) == size


@numba.njit(nogil=True, cache=True)
def _unpack_chunk(context, raw, entry, starts, planes):  # type: ignore[no-untyped-def]
    """Decompress what a chunk stores; tell whether all of it came out whole."""
    wide, narrow, quality = planes
    done = True
    for channel in range(3):
        length = np.int32(entry.lengths[channel])
        if length == 0:
            continue
        at = starts[channel]
        is_narrow = entry.narrow >> np.uint32(channel) & np.uint32(1)
        if channel == IMPORT:
            if is_narrow:
                done &= _unpack_whole(context, raw, at, length, narrow[channel])
            else:
                done &= _unpack_whole(context, raw, at, length, wide[channel])
        else:
            rows = entry.export_rows if channel == EXPORT else entry.reactive_rows
            if is_narrow:
                done &= _unpack_rows(context, raw, at, length, rows, narrow[channel])
            else:
                done &= _unpack_rows(context, raw, at, length, rows, wide[channel])
    if entry.lengths[QUALITY] > 0:
        done &= _unpack_whole(context, raw, starts[QUALITY], np.int32(entry.lengths[QUALITY]), quality)
    return done


@numba.njit(nogil=True, cache=True)
def _present(entry, item):  # type: ignore[no-untyped-def]
    """Say for import, export, reactive and quality of one series whether it is there, and how wide."""
    bit = np.uint32(1) << np.uint32(item)
    has = (
        entry.lengths[IMPORT] > 0,
        entry.lengths[EXPORT] > 0 and (entry.export_rows & bit) != 0,
        entry.lengths[REACTIVE] > 0 and (entry.reactive_rows & bit) != 0,
    )
    return (
        (NARROW if entry.narrow & np.uint32(1) else WIDE) if has[0] else ABSENT,
        (NARROW if entry.narrow & np.uint32(2) else WIDE) if has[1] else ABSENT,
        (NARROW if entry.narrow & np.uint32(4) else WIDE) if has[2] else ABSENT,
        WIDE if entry.lengths[QUALITY] > 0 else ABSENT,
    )


@numba.njit(nogil=True, cache=True)
def _end_of_series(series, order, begin, stop):  # type: ignore[no-untyped-def]
    end = begin + 1
    while end < stop and series[order[end]] == series[order[begin]]:
        end += 1
    return end


@numba.njit(nogil=True, cache=True)
def fold_chunks(context, fd, directory, rows, bounds, days, segments, order, calendar, out):  # type: ignore[no-untyped-def]
    """
    Fold chunks of one month shard straight from its file.

    :param rows: int64[c], directory rows of the chunks; chunk i has the segments order[bounds[i]:bounds[i + 1]].
    :returns: (FOLDED, 0), or what is wrong and in which directory row.
    """
    cells = days * SLOTS
    planes = (
        np.empty((3, MONTH_ROWS, cells), np.int32), np.empty((3, MONTH_ROWS, cells), np.uint16),
        np.empty((MONTH_ROWS, cells), np.uint8),
    )  # fmt: skip
    flat = (planes[0].reshape(-1), planes[1].reshape(-1), planes[2].reshape(-1))
    scratch = _scratch(calendar)
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
        if hash_bytes(raw, 0, size) != entry.hash:
            return DAMAGED, rows[index]
        if not _unpack_chunk(context, raw, entry, starts, planes):
            return UNPACKED, rows[index]
        begin = bounds[index]
        while begin < bounds[index + 1]:
            stop = _end_of_series(segments[0], order, begin, bounds[index + 1])
            item = segments[0][order[begin]] % MONTH_ROWS
            present = _present(entry, item)
            _fold_series(item, MONTH_ROWS, cells, segments, order, begin, stop, calendar, scratch, present, flat, out)
            begin = stop
    return FOLDED, 0


@numba.njit(nogil=True, cache=True)
def fold_block(values, quality, first_row, segments, order, begin, stop, calendar, out):  # type: ignore[no-untyped-def]
    """
    Fold the segments order[begin:stop] of one chunk, rows of which are held in memory.

    :param values: int32[3, rows, D * 96], quality: uint8[rows, D * 96], from row `first_row` of the chunk on.
    """
    scratch = _scratch(calendar)
    flat = (values.reshape(-1), np.empty(0, np.uint16), quality.reshape(-1))
    rows, cells = values.shape[1], values.shape[2]
    present = (WIDE, WIDE, WIDE, WIDE)
    while begin < stop:
        end = _end_of_series(segments[0], order, begin, stop)
        item = segments[0][order[begin]] % MONTH_ROWS - first_row
        _fold_series(item, rows, cells, segments, order, begin, end, calendar, scratch, present, flat, out)
        begin = end


def empty_determinants(count: int, classes: int = SLOT_CLASSES) -> Determinants:
    """Give room for the determinants of `count` segments, in all slot classes or in the first ones."""
    return Determinants(
        import_energy=np.empty((count, classes), np.int64),
        export_energy=np.empty((count, classes), np.int64),
        peak_energy=np.empty((count, classes), np.int64),
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
