"""Fold a month of the store into determinants: plans which chunk is read how, and hands the chunks to two threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.codec import decompressor
from gridhall.engines.intervals.fold import (
    CUT_OFF,
    FOLDED,
    as_columns,
    as_segments,
    day_types,
    empty_determinants,
    fold_block,
    fold_chunks,
)
from gridhall.engines.intervals.layout import MONTH_ROWS, MONTH_SHARD_SERIES, Shard, UnreadableShard
from gridhall.engines.intervals.merge import FOREVER
from gridhall.engines.intervals.state import MonthState
from gridhall.engines.rating.determinants import Determinants, Segments

_CHUNKS_A_TASK = 64
_CHUNKS_A_SHARD = MONTH_SHARD_SERIES // MONTH_ROWS
_READ_AHEAD_TASKS = 12


@dataclass(frozen=True)
class Straight:
    """Chunks that stand whole in one month shard: directory rows, and where their segments begin and end."""

    shard: Shard
    rows: NDArray[np.int64]
    bounds: NDArray[np.int64]


@dataclass(frozen=True)
class Merged:
    """Chunks that are made of several files: chunk numbers, and where their segments begin and end."""

    chunks: NDArray[np.int64]
    bounds: NDArray[np.int64]


@dataclass(frozen=True)
class Grouping:
    """Segments by chunk: `order` sorts them; chunk i has the segments order[bounds[i]:bounds[i + 1]]."""

    order: NDArray[np.int64]
    chunks: NDArray[np.int64]
    bounds: NDArray[np.int64]


def group_segments(series: NDArray[np.int64]) -> Grouping:
    """Sort segments by series and find where each chunk of 32 series begins."""
    is_sorted = series.size < 2 or bool((series[1:] >= series[:-1]).all())
    order = np.arange(series.size) if is_sorted else np.argsort(series, kind="stable")
    chunk_of = series[order] // MONTH_ROWS
    starts = np.flatnonzero(np.diff(chunk_of, prepend=-1))
    return Grouping(order, chunk_of[starts], np.append(starts, series.size))


def _pieces(positions: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Cut rising positions where they are not neighbors, and into tasks."""
    if not positions.size:
        return
    cuts = np.flatnonzero(np.diff(positions) != 1) + 1
    for run in np.split(positions, cuts):
        for begin in range(0, run.size, _CHUNKS_A_TASK):
            yield run[begin : begin + _CHUNKS_A_TASK]


def plan(state: MonthState, grouping: Grouping, as_of: int) -> Iterator[Straight | Merged]:
    """Walk the chunks shard by shard and say how each is read."""
    touched = state.touched_chunks()
    shard_of = grouping.chunks // _CHUNKS_A_SHARD
    for begin, end in _runs(shard_of):
        chunks = grouping.chunks[begin:end]
        count = np.zeros(chunks.size, np.int64)
        holder = np.full(chunks.size, -1)
        row_of = np.zeros(chunks.size, np.int64)
        shards = []
        for part in state.parts_of(int(chunks[0])):
            shard = state.shard(part)
            ratio = shard.geometry.rows // MONTH_ROWS
            rows = np.searchsorted(shard.directory["chunk"], chunks // ratio)
            inside = rows < len(shard.directory)
            inside[inside] = shard.directory["chunk"][rows[inside]] == chunks[inside] // ratio
            inside &= (chunks + 1) * MONTH_ROWS > part.first_series
            inside &= chunks * MONTH_ROWS < part.end_series
            count += inside
            if part.day < 0:
                holder[inside] = len(shards)
                row_of[inside] = rows[inside]
            shards.append(shard)
        straight = (count == 1) & (holder >= 0) & ~np.isin(chunks, touched)
        if as_of != FOREVER:
            straight[:] = False
        for which, shard in enumerate(shards):
            for piece in _pieces(np.flatnonzero(straight & (holder == which))):
                bounds = grouping.bounds[begin + piece[0] : begin + piece[-1] + 2]
                yield Straight(shard, row_of[piece], bounds)
        for piece in _pieces(np.flatnonzero(~straight)):
            yield Merged(chunks[piece], grouping.bounds[begin + piece[0] : begin + piece[-1] + 2])


def _runs(keys: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    yield from zip(starts.tolist(), [*starts[1:].tolist(), keys.size], strict=True) if starts.size else ()


def fold(
    state: MonthState, segments: Segments, calendars: NDArray[np.uint8], pool: Executor, as_of: int = FOREVER,
    out: Determinants | None = None,
) -> Determinants:  # fmt: skip
    """
    Fold the segments of one month.

    :param out: room to fill instead of new memory; as many rows as segments.
    :raises UnreadableShard: when a file is damaged. :raises ValueError: when a segment leaves the month.
    """
    found = out if out is not None else empty_determinants(len(segments))
    columns = as_columns(found)
    asked = as_segments(segments, state.month.days, calendars)
    calendar = day_types(calendars)
    grouping = group_segments(asked[0])

    def run(task: Straight | Merged) -> None:
        if isinstance(task, Straight):
            failed, row = fold_chunks(
                decompressor(), task.shard.fd, task.shard.directory, task.rows, task.bounds, state.month.days, asked,
                grouping.order, calendar, columns,
            )  # fmt: skip
            if failed == CUT_OFF:
                raise UnreadableShard(task.shard.path, "it is cut off")
            if failed != FOLDED:
                raise task.shard.damaged(int(task.shard.directory["chunk"][row]))
            return
        for index, chunk in enumerate(task.chunks.tolist()):
            block = state.load_block(chunk, as_of=as_of)
            begin, end = int(task.bounds[index]), int(task.bounds[index + 1])
            fold_block(block.values, block.quality, asked, grouping.order, begin, end, calendar, columns)

    tasks = list(plan(state, grouping, as_of))
    ahead = _ReadAhead(tasks)
    try:
        for _ in pool.map(lambda at: (ahead.reached(at), run(tasks[at])), range(len(tasks))):
            pass
    finally:
        ahead.stop()
    return found


class _ReadAhead:
    """Asks the kernel for the bytes of the next tasks while the current ones are being folded, so that the disk never waits."""

    def __init__(self, tasks: list[Straight | Merged]) -> None:
        self._tasks = tasks
        self._at = 0
        self._moved = threading.Condition()
        self._stopped = not hasattr(os, "posix_fadvise")
        self._thread = threading.Thread(target=self._walk, daemon=True)
        self._thread.start()

    def reached(self, task: int) -> None:
        """Say which task is being folded."""
        with self._moved:
            self._at = max(self._at, task)
            self._moved.notify()

    def stop(self) -> None:
        """Ask for nothing more."""
        with self._moved:
            self._stopped = True
            self._moved.notify()
        self._thread.join()

    def _walk(self) -> None:
        for index, task in enumerate(self._tasks):
            with self._moved:
                while not self._stopped and index > self._at + _READ_AHEAD_TASKS:
                    self._moved.wait()
                if self._stopped:
                    return
            if isinstance(task, Straight):
                first, last = task.shard.directory[task.rows[0]], task.shard.directory[task.rows[-1]]
                begin, end = int(first["offset"]), int(last["offset"] + last["lengths"].sum())
                os.posix_fadvise(task.shard.fd, begin, end - begin, os.POSIX_FADV_WILLNEED)
