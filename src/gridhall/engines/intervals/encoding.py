"""Matrices of reads into compressed chunks: one pass that copies, sums the days and compresses, without the lock."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.codec import PLANE_OVERHEAD, blosc2_compress_ctx, compressor, hash_bytes
from gridhall.engines.intervals.layout import DIRECTORY, MONTH_KIND, NEVER, QUALITY, SLOTS, Geometry
from gridhall.engines.intervals.quality import ReadingQuality

_MISSING = int(ReadingQuality.MISSING)
_ESTIMATED_FIRST = int(ReadingQuality.ESTIMATED_LINEAR)
_ESTIMATED_LAST = int(ReadingQuality.ESTIMATED_OTHER)


@dataclass(frozen=True)
class Matrices:
    """
    Reads as whole matrices.

    :param values: import, export, reactive: int32[n, days, 96] in Wh (varh), or None for a channel that is not told.
    :param quality: uint8[n, days, 96] or None when all are measured. Where it says MISSING there is no read.
    """

    values: tuple[NDArray[np.int32], NDArray[np.int32] | None, NDArray[np.int32] | None]
    quality: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class Encoded:
    """Chunks ready for a shard file; offsets in `directory` count from the start of `planes` and `daily`."""

    directory: NDArray
    planes: NDArray[np.uint8]
    daily: NDArray[np.uint8]


@numba.njit(nogil=True, cache=True)
def _gather_channel(source, rows_of, quality, scratch):  # type: ignore[no-untyped-def]
    """
    Copy a channel's rows into the chunk, zero where there is no read.

    :returns: bits of the rows that are not all zero, and all values or-ed together.
    """
    used = np.uint64(0)
    every = np.int32(0)
    days = scratch.shape[1]
    for row in range(rows_of.size):
        seen = np.int32(0)
        origin = rows_of[row]
        for day in range(days):
            for slot in range(SLOTS):
                value = np.int32(0)
                if origin >= 0 and quality[row, day, slot] != _MISSING:
                    value = source[origin, day, slot]
                scratch[row, day, slot] = value
                seen |= value
        if seen != 0:
            used |= np.uint64(1) << np.uint64(row & 63)
            every |= seen
    return used, every


@numba.njit(nogil=True, cache=True)
def _gather_quality(source, has_quality, rows_of, scratch):  # type: ignore[no-untyped-def]
    """Copy the quality codes into the chunk; tell whether any is not MEASURED."""
    seen = np.uint8(0)
    for row in range(rows_of.size):
        origin = rows_of[row]
        if origin < 0:
            scratch[row] = _MISSING
            seen = np.uint8(_MISSING)
        elif has_quality:
            for day in range(scratch.shape[1]):
                for slot in range(SLOTS):
                    code = source[origin, day, slot]
                    scratch[row, day, slot] = code
                    seen |= code
        else:
            scratch[row] = 0
    return seen != 0


@numba.njit(nogil=True, cache=True)
def _sum_days(channel, values, quality, all_measured, daily):  # type: ignore[no-untyped-def]
    """Fill the daily sums of one channel (0 import with peak and counts, 1 export)."""
    for row in range(values.shape[0]):
        for day in range(values.shape[1]):
            total = np.int64(0)
            peak = np.int32(0)
            for slot in range(SLOTS):
                total += values[row, day, slot]
                peak = max(peak, values[row, day, slot])
            daily[channel, row, day] = total
            if channel == 0:
                missing = 0
                estimated = 0
                if not all_measured:
                    for slot in range(SLOTS):
                        code = quality[row, day, slot]
                        missing += code == _MISSING
                        estimated += (code >= _ESTIMATED_FIRST) & (code <= _ESTIMATED_LAST)
                daily[2, row, day] = peak
                daily[3, row, day] = missing
                daily[4, row, day] = estimated


@numba.njit(nogil=True, cache=True)
def _compress(context, array, out, at):  # type: ignore[no-untyped-def]
    size = np.int32(array.size * array.itemsize)
    return blosc2_compress_ctx(
        context, array.ctypes.data, size, out.ctypes.data + at, np.int32(min(out.size - at, 2_000_000_000))
    )


@numba.njit(nogil=True, cache=True, inline="always")
def _is_narrow(every):  # type: ignore[no-untyped-def]
    return every >= 0 and every <= 65_535


@numba.njit(nogil=True, cache=True)
def _compress_channel(wide_context, narrow_context, scratch, narrow, every, planes, at):  # type: ignore[no-untyped-def]
    """Compress a channel, in half the width where its values allow."""
    if not _is_narrow(every):
        return _compress(wide_context, scratch, planes, at)
    for row in range(scratch.shape[0]):
        for day in range(scratch.shape[1]):
            for slot in range(SLOTS):
                narrow[row, day, slot] = np.uint16(scratch[row, day, slot])
    return _compress(narrow_context, narrow, planes, at)


@numba.njit(nogil=True, cache=True)
def _encode_channels(  # type: ignore[no-untyped-def]
    contexts, sources, has, rows_of, quality, any_code, scratch, narrow, daily, entry, planes, at
):
    """Encode the channels of a chunk from planes[at] on. Gives where they end, -1 when blosc2 refused."""
    for channel in range(3):
        if not has[channel]:
            continue
        used, every = _gather_channel(sources[channel], rows_of, quality, scratch)
        if channel == 1:
            entry.export_rows = np.uint32(used & np.uint64(0xFFFFFFFF))
        elif channel == 2:
            entry.reactive_rows = np.uint32(used & np.uint64(0xFFFFFFFF))
        if channel < 2:
            _sum_days(channel, scratch, quality, not any_code, daily)
        if used != 0:
            wide_context = contexts[5] if channel == 0 else contexts[0]
            narrow_context = contexts[4] if channel == 0 else contexts[3]
            length = _compress_channel(wide_context, narrow_context, scratch, narrow, every, planes, at)
            if length <= 0:
                return -1
            entry.narrow |= np.uint32(_is_narrow(every)) << np.uint32(channel)
            entry.lengths[channel] = length
            at += length
    return at


@numba.njit(nogil=True, cache=True)
def _encode(contexts, imports, exports, reactives, qualities, has, rows_of, geometry, directory, planes, daily_out):  # type: ignore[no-untyped-def]
    """Encode chunk after chunk. Gives (bytes of planes, bytes of daily), or (-1, chunk) when blosc2 refused."""
    rows, days = geometry
    scratch = np.empty((rows, days, SLOTS), np.int32)
    narrow = np.empty((rows, days, SLOTS), np.uint16)
    quality = np.empty((rows, days, SLOTS), np.uint8)
    daily = np.zeros((5, rows, days), np.int64)
    at = 0
    daily_at = 0
    for index in range(directory.size):
        start = at
        mine = rows_of[index]
        any_code = _gather_quality(qualities, has[3], mine, quality)
        entry = directory[index]
        sources = (imports, exports, reactives)
        at = _encode_channels(
            contexts, sources, has, mine, quality, any_code, scratch, narrow, daily, entry, planes, at
        )
        if at < 0:
            return -1, index
        if any_code:
            length = _compress(contexts[1], quality, planes, at)
            if length <= 0:
                return -1, index
            entry.lengths[QUALITY] = length
            at += length
        entry.offset = start
        entry.hash = hash_bytes(planes, start, at - start)
        length = _compress(contexts[2], daily, daily_out, daily_at)
        if length <= 0:
            return -1, index
        entry.daily_offset = daily_at
        entry.daily_length = length
        entry.daily_hash = hash_bytes(daily_out, daily_at, length)
        daily_at += length
    return at, daily_at


_NO_VALUES = np.zeros((0, 0, 0), np.int32)
_NO_CODES = np.zeros((0, 0, 0), np.uint8)


def encode(
    geometry: Geometry, chunks: NDArray[np.int32], rows_of: NDArray[np.int64], reads: Matrices, known_at: int
) -> Encoded:
    """
    Compress matrices into chunks.

    :param chunks: int32[c], chunk numbers, rising.
    :param rows_of: int64[c, rows], row of the matrices for each row of each chunk, -1 where there is none.
    :param known_at: microseconds since 1970 UTC, when these reads became known.
    """
    directory = np.zeros(len(chunks), DIRECTORY)
    directory["chunk"] = chunks
    told = [reads.values[0], reads.values[1], reads.values[2]]
    for channel, matrix in enumerate(told):
        directory["known_base"][:, channel] = NEVER if matrix is None else known_at
    planes = np.empty((geometry.cells * 13 + 4 * PLANE_OVERHEAD + 128 * geometry.rows) * len(chunks), np.uint8)
    daily = np.empty((geometry.rows * geometry.days * 40 + 2 * PLANE_OVERHEAD) * len(chunks), np.uint8)
    lasts = geometry.kind == MONTH_KIND
    contexts = (
        compressor(4, geometry.blocksize * 4, is_lasting=lasts),
        compressor(1, geometry.blocksize),
        compressor(8, geometry.rows * geometry.days * 8),
        compressor(2, geometry.blocksize * 2, is_lasting=lasts),
        compressor(2, geometry.import_blocksize * 2, is_lasting=lasts),
        compressor(4, geometry.import_blocksize * 4, is_lasting=lasts),
    )
    has = (True, told[1] is not None, told[2] is not None, reads.quality is not None)
    dense = [np.ascontiguousarray(m, np.int32) if m is not None else _NO_VALUES for m in told]
    codes = np.ascontiguousarray(reads.quality, np.uint8) if reads.quality is not None else _NO_CODES
    at, daily_at = _encode(
        contexts, dense[0], dense[1], dense[2], codes, has, rows_of, (geometry.rows, geometry.days), directory,
        planes, daily
    )  # fmt: skip
    if at < 0:
        raise ValueError(f"blosc2 could not compress chunk {int(chunks[daily_at])}")
    return Encoded(directory, planes[:at], daily[:daily_at])
