"""
Which read counts when several tell the same interval: for each channel the one known last; order of arrival does not
matter.

A tie of moments goes to the larger value and the more trusted quality, so that any order of writes, twice or thrice,
in shards, logs or both, before or after a compaction, comes to the same reads. With `as_of`, what became known later
does not
exist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.delta import Reads
from gridhall.engines.intervals.layout import NEVER
from gridhall.engines.intervals.quality import ReadingQuality

FOREVER = np.iinfo(np.int64).max
_MISSING = int(ReadingQuality.MISSING)
_NEVER = int(NEVER)


@dataclass(frozen=True)
class Block:
    """
    Reads of some neighboring series over a month, with what is known about them.

    :param first_series: series of row 0.
    :param values: int32[3, rows, D * 96]: import, export, reactive; 0 where missing.
    :param quality: uint8[rows, D * 96].
    :param known_at: int64[3, rows, D * 96], microseconds since 1970 UTC, NEVER where a channel was not told.
    """

    first_series: int
    values: NDArray[np.int32]
    quality: NDArray[np.uint8]
    known_at: NDArray[np.int64]


def empty_block(first_series: int, rows: int, cells: int) -> Block:
    """Give a block that knows nothing."""
    return Block(
        first_series,
        np.zeros((3, rows, cells), np.int32),
        np.full((rows, cells), _MISSING, np.uint8),
        np.full((3, rows, cells), NEVER, np.int64),
    )


@numba.njit(nogil=True, cache=True, inline="always")
def _settle_quality(row, cell, before, latest, code, is_told, quality):  # type: ignore[no-untyped-def]
    """Set the quality of a cell to that of the read known last."""
    if is_told:
        if latest > before or (latest == before and code < quality[row, cell]):
            quality[row, cell] = code
    elif latest > before:
        quality[row, cell] = _MISSING  # another record tells it


@numba.njit(nogil=True, cache=True)
def apply_dense(values, quality, known, at, source, codes, bases, coded, known_codes, table, as_of):  # type: ignore[no-untyped-def]
    """
    Lay a matrix of reads over a block.

    :param at: column of the block at which the source begins.
    :param source: int32[3, rows, cells]; codes: uint8[rows, cells]; bases: int64[3] with NEVER for a channel not told.
    :param coded: which channels have known_codes uint16[3, rows, cells] into `table` (code 0 is the base).
    """
    for row in range(codes.shape[0]):
        for cell in range(codes.shape[1]):
            code = codes[row, cell]
            if code == _MISSING:
                continue
            to = at + cell
            before = max(known[0, row, to], known[1, row, to], known[2, row, to])
            latest_told = np.int64(_NEVER)
            latest = np.int64(_NEVER)
            for channel in range(3):
                moment = bases[channel]
                if coded[channel] and known_codes[channel, row, cell] != 0:
                    moment = table[known_codes[channel, row, cell] - 1]
                latest_told = max(latest_told, moment)
                if moment == _NEVER or moment > as_of:
                    continue
                latest = max(latest, moment)
                value = source[channel, row, cell]
                if moment > known[channel, row, to]:
                    known[channel, row, to] = moment
                    values[channel, row, to] = value
                elif moment == known[channel, row, to] and value > values[channel, row, to]:
                    values[channel, row, to] = value
            if latest != _NEVER:
                _settle_quality(row, to, before, latest, code, latest == latest_told, quality)


@numba.njit(nogil=True, cache=True)
def _apply_reads(values, quality, known, first_series, series, cells, told, source, codes, moments, as_of):  # type: ignore[no-untyped-def]
    for index in range(series.size):
        row = series[index] - first_series
        moment = moments[index]
        if row < 0 or row >= quality.shape[0] or moment > as_of or told[index] == 0:
            continue
        cell = np.int64(cells[index])
        before = max(known[0, row, cell], known[1, row, cell], known[2, row, cell])
        for channel in range(3):
            if not told[index] >> channel & 1:
                continue
            value = source[channel, index]
            if moment > known[channel, row, cell]:
                known[channel, row, cell] = moment
                values[channel, row, cell] = value
            elif moment == known[channel, row, cell] and value > values[channel, row, cell]:
                values[channel, row, cell] = value
        _settle_quality(row, cell, before, moment, codes[index], codes[index] != _MISSING, quality)


def apply_reads(block: Block, reads: Reads, as_of: int = FOREVER) -> None:
    """Lay single reads over a block; those of other series are passed over."""
    _apply_reads(
        block.values, block.quality, block.known_at, block.first_series, reads.series, reads.cell, reads.told,
        reads.values, reads.quality, reads.known_at, as_of,
    )  # fmt: skip


@numba.njit(nogil=True, cache=True)
def displaced(known, at, source, codes, bases, coded, known_codes, table, first_series):  # type: ignore[no-untyped-def]
    """
    Find what a matrix told that the final block (its `known`) no longer tells.

    :returns: series, cell, told bit, value, quality, known_at; one entry a channel.
    """
    series = []
    cells = []
    bits = []
    numbers = []
    qualities = []
    moments = []
    mine = np.empty(3, np.int64)
    for row in range(codes.shape[0]):
        for cell in range(codes.shape[1]):
            code = codes[row, cell]
            if code == _MISSING:
                continue
            to = at + cell
            final = max(known[0, row, to], known[1, row, to], known[2, row, to])
            latest = np.int64(_NEVER)
            for channel in range(3):
                mine[channel] = bases[channel]
                if coded[channel] and known_codes[channel, row, cell] != 0:
                    mine[channel] = table[known_codes[channel, row, cell] - 1]
                latest = max(latest, mine[channel])
            for channel in range(3):
                moment = mine[channel]
                if moment == _NEVER:
                    continue
                if moment < known[channel, row, to] or (moment == latest and latest < final):
                    series.append(first_series + row)
                    cells.append(to)
                    bits.append(1 << channel)
                    numbers.append(source[channel, row, cell])
                    qualities.append(code if moment == latest else np.uint8(_MISSING))
                    moments.append(moment)
    return (
        np.array(series, np.int64), np.array(cells, np.int16), np.array(bits, np.uint8), np.array(numbers, np.int32),
        np.array(qualities, np.uint8), np.array(moments, np.int64),
    )  # fmt: skip
