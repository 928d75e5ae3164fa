"""Fold a month of the store into determinants: plans which chunk is read how, and hands the chunks to two threads."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from typing import TypeVar

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
_CHUNKS_A_BATCH = MONTH_SHARD_SERIES // MONTH_ROWS // 2
_READ_AHEAD_TASKS = 12
_HANDED_ON_FROM = 2
_Made = TypeVar("_Made")


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
class Batch:
    """Neighboring chunks with the segments order[begin:end]; bounds in `tasks` count from 0 as `begin` does."""

    begin: int
    end: int
    tasks: list[Straight | Merged]


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


def plan(state: MonthState, grouping: Grouping, as_of: int) -> Iterator[Batch]:
    """Walk the chunks batch by batch and say how each is read."""
    touched = state.touched_chunks()
    for begin, end in _runs(grouping.chunks // _CHUNKS_A_BATCH):
        chunks = grouping.chunks[begin:end]
        bounds = grouping.bounds[begin : end + 1]
        tasks = list(_plan_chunks(state, chunks, bounds, touched, as_of))
        yield Batch(int(bounds[0]), int(bounds[-1]), tasks)


def _plan_chunks(
    state: MonthState, chunks: NDArray[np.int64], bounds: NDArray[np.int64], touched: NDArray[np.int64], as_of: int
) -> Iterator[Straight | Merged]:
    count = np.zeros(chunks.size, np.int64)
    holder = np.full(chunks.size, -1)
    row_of = np.zeros(chunks.size, np.int64)
    shards: list[Shard] = []
    begin, end = int(chunks[0]) * MONTH_ROWS, (int(chunks[-1]) + 1) * MONTH_ROWS
    for part in state.parts_of(int(chunks[0])):
        if part.end_series <= begin or part.first_series >= end:
            continue
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
            yield Straight(shard, row_of[piece], bounds[piece[0] : piece[-1] + 2])
    for piece in _pieces(np.flatnonzero(~straight)):
        yield Merged(chunks[piece], bounds[piece[0] : piece[-1] + 2])


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
    asked = as_segments(segments, state.month.days, calendars)
    grouping = group_segments(asked[0])
    job = _Job(state, day_types(calendars), as_of)
    tasks = [task for batch in plan(state, grouping, as_of) for task in batch.tasks]
    columns = as_columns(found)
    if len(tasks) <= _HANDED_ON_FROM:  # a page asks for one meter: threads would cost more than the work
        for task in tasks:
            _run(job, task, asked, grouping.order, 0, columns)
        return found
    with _ReadAhead(tasks) as ahead:

        def one(at: int) -> None:
            ahead.reached(at)
            _run(job, tasks[at], asked, grouping.order, 0, columns)

        for _ in pool.map(one, range(len(tasks))):
            pass
    return found


def fold_batches(
    state: MonthState, segments: Segments, calendars: NDArray[np.uint8], pool: Executor,
    then: Callable[[NDArray[np.int64], Determinants], _Made], as_of: int = FOREVER, ahead_of_reader: int = 4,
) -> Iterator[_Made]:  # fmt: skip
    """
    Fold the segments of one month some thousand series at a time, and hand each batch on: memory does not grow.

    :param then: called in the folding threads with the rows of `segments` in a batch and their determinants, in as many
        slot classes as the calendars name; what it returns is yielded, batches by rising series.
    """
    classes = int(calendars.max(initial=0)) + 1  # what is not written need not be read
    asked = as_segments(segments, state.month.days, calendars)
    grouping = group_segments(asked[0])
    job = _Job(state, day_types(calendars), as_of)
    batches = list(plan(state, grouping, as_of))
    firsts = np.cumsum([0, *(len(batch.tasks) for batch in batches)]).tolist()
    with _ReadAhead([task for batch in batches for task in batch.tasks]) as ahead:

        def one(which: int) -> _Made:
            batch = batches[which]
            rows = grouping.order[batch.begin : batch.end]
            mine = tuple(column[rows] for column in asked)
            found = empty_determinants(len(rows), classes)
            for at, task in enumerate(batch.tasks):
                ahead.reached(firsts[which] + at)
                _run(job, task, mine, np.arange(len(rows)), batch.begin, as_columns(found))
            return then(rows, found)

        coming = deque(pool.submit(one, which) for which in range(min(ahead_of_reader, len(batches))))
        try:
            for which in range(len(batches)):
                made = coming.popleft().result()
                if which + ahead_of_reader < len(batches):
                    coming.append(pool.submit(one, which + ahead_of_reader))
                yield made
        finally:
            wait(coming)


@dataclass(frozen=True)
class _Job:
    """What all tasks of a fold share."""

    state: MonthState
    calendar: tuple
    as_of: int


def _run(
    job: _Job, task: Straight | Merged, asked: tuple, order: NDArray[np.int64], begin: int, columns: tuple
) -> None:
    """Fold the chunks of one task; its bounds count from `begin`."""
    bounds = task.bounds - begin
    if isinstance(task, Straight):
        shard = task.shard
        failed, row = fold_chunks(
            decompressor(), shard.fd, shard.directory, task.rows, bounds, job.state.month.days, asked, order,
            job.calendar, columns,
        )  # fmt: skip
        if failed == CUT_OFF:
            raise UnreadableShard(shard.path, "it is cut off")
        if failed != FOLDED:
            raise shard.damaged(int(shard.directory["chunk"][row]))
        return
    for index, chunk in enumerate(task.chunks.tolist()):
        begin, end = int(bounds[index]), int(bounds[index + 1])
        first, last = (int(asked[0][order[at]]) % MONTH_ROWS for at in (begin, end - 1))
        block = job.state.load_block(chunk, first=first, count=last + 1 - first, as_of=job.as_of)
        fold_block(block.values, block.quality, first, asked, order, begin, end, job.calendar, columns)


class _ReadAhead:
    """Asks the kernel for the bytes of the next tasks while others are being folded, so that the disk never waits."""

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

    def __enter__(self) -> _ReadAhead:
        return self

    def __exit__(self, *_: object) -> None:
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
