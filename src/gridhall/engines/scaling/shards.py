"""
Shard in, Arrow table out: fold any segments of a month where the store can be read, with nothing but Arrow between.

The same fold as `IntervalStore.fold_segments`, wrapped so that another machine can do it: what is asked and what comes
back are Arrow tables, and `row` says which segment is meant, so that shards may be folded anywhere and in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gridhall.core.periods import Month
from gridhall.engines.intervals.fold import empty_determinants
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.rating.determinants import Determinants, Segments

SEGMENTS = pa.schema(
    [
        ("row", pa.int64()), ("series_id", pa.int64()), ("first_day", pa.int16()), ("end_day", pa.int16()),
        ("calendar", pa.int16()), ("multiplier", pa.int64()),
    ]
)  # fmt: skip
"""One segment a row (see `Segments`); `row` is its place in the caller's order."""

BY_CLASS = ("import_energy", "export_energy", "peak_energy")
COUNTS = ("measured_slots", "estimated_slots", "missing_slots")
FOLDED = pa.schema(
    [
        ("row", pa.int64()), *((name, pa.list_(pa.int64())) for name in BY_CLASS), ("reactive_energy", pa.int64()),
        *((name, pa.int32()) for name in COUNTS),
    ]
)  # fmt: skip
"""One folded segment a row (see `Determinants`); the lists have one value a slot class, up to the last one in use."""


def segments_table(segments: Segments, rows: NDArray[np.int64] | None = None) -> pa.Table:
    """Give segments, or those of them in `rows`, as a table of `SEGMENTS`."""
    which = np.arange(len(segments)) if rows is None else rows
    columns = [which, *(getattr(segments, field.name)[which] for field in list(SEGMENTS)[1:])]
    arrays = [pa.array(np.asarray(c), field.type) for c, field in zip(columns, SEGMENTS, strict=True)]
    return pa.Table.from_arrays(arrays, schema=SEGMENTS)


def read_segments(table: pa.Table) -> Segments:
    """Give the segments of a table of `SEGMENTS`, in its order."""
    return Segments(*(table.column(field.name).to_numpy() for field in list(SEGMENTS)[1:]))


class _InCaller(ThreadPoolExecutor):
    """No threads at all: work is done by whoever asks for it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


class ShardStore(IntervalStore):
    """A store read by a cluster's workers: one shard a core, each folded in the thread that asks; threads share it."""

    @property
    def pool(self) -> ThreadPoolExecutor:
        """Nobody but the caller."""
        return _IN_CALLER


_IN_CALLER = _InCaller(1)


@lru_cache(maxsize=4)
def open_store(root: str) -> ShardStore:
    """Give the store below `root`; one a process, so that its files are opened once."""
    return ShardStore(root)


def fold_shards(root: str, month: Month, segments: pa.Table, calendars: NDArray[np.uint8]) -> pa.Table:
    """
    Fold segments of a month of the store below `root`; each shard they lie in is read once.

    :param segments: of `SEGMENTS`, any subset in any order.
    :param calendars: uint8[C, D, 96], slot classes.
    :returns: of `FOLDED`, in the order of `segments`.
    :raises UnreadableShard: when a file is damaged. :raises ValueError: when a segment leaves the month.
    """
    found = open_store(root).fold_segments(month, read_segments(segments), calendars)
    arrays = [segments.column("row").combine_chunks()]
    used = int(calendars.max(initial=0)) + 1  # the classes above are zero: most of what would have to travel
    offsets = pa.array(np.arange(len(found) + 1, dtype=np.int32) * used)
    for name in BY_CLASS:
        values = np.ascontiguousarray(getattr(found, name)[:, :used]).reshape(-1)
        arrays.append(pa.ListArray.from_arrays(offsets, pa.array(values)))
    arrays.append(pa.array(found.reactive_energy))
    arrays.extend(pa.array(getattr(found, name)) for name in COUNTS)
    return pa.Table.from_arrays(arrays, schema=FOLDED)


def gather(folded: pa.Table, count: int) -> Determinants:
    """
    Put folded segments back into the order in which they were asked for.

    :param folded: with the columns of `FOLDED`, from any number of shards in any order.
    :param count: how many segments were asked for.
    :raises ValueError: unless each of them is there exactly once.
    """
    rows = folded.column("row").to_numpy()
    if len(rows) != count or not np.array_equal(np.sort(rows), np.arange(count)):
        raise ValueError(f"{count} segments were to be folded; what came back is not each of them once.")
    found = empty_determinants(count)
    for name in BY_CLASS:
        _fill_classes(getattr(found, name), rows, folded.column(name).combine_chunks())
    for name in ("reactive_energy", *COUNTS):
        getattr(found, name)[rows] = folded.column(name).to_numpy()
    return found


def _fill_classes(out: NDArray[np.int64], rows: NDArray[np.int64], lists: pa.ListArray) -> None:
    """Lay lists of up to 16 values into rows of 16; shards differ in how many classes they use."""
    out[:] = 0
    widths = lists.value_lengths().to_numpy()
    values = lists.flatten().to_numpy()
    starts = np.cumsum(widths, dtype=np.int64) - widths
    for width in np.unique(widths).tolist():
        mine = np.flatnonzero(widths == width)
        out[rows[mine], :width] = values[starts[mine][:, None] + np.arange(width)]
