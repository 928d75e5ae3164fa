"""The interval store as this installation has it, and blocks of it for whoever looks at many meters at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from gridhall.core.periods import Month
from gridhall.engines.intervals.layout import MONTH_ROWS
from gridhall.engines.intervals.merge import FOREVER, Block
from gridhall.engines.intervals.state import MonthState, read_source
from gridhall.engines.intervals.store import IntervalStore

Answer = TypeVar("Answer")
_RETRIES = 8


def get_store() -> IntervalStore:
    """Give the interval store below `settings.GRIDHALL_INTERVAL_STORE`; one a process, shared by its threads."""
    return _open_store(Path(settings.GRIDHALL_INTERVAL_STORE))


@lru_cache(maxsize=4)
def _open_store(root: Path) -> IntervalStore:
    return IntervalStore(root)


def read_state(month: Month, read: Callable[[MonthState], Answer]) -> Answer:
    """Read a month of the store; again when a compaction has removed a file between manifest and shard."""
    store = get_store()
    for _ in range(_RETRIES):
        try:
            return read(store.state(month))
        except FileNotFoundError as gone:
            last = gone
    raise last


def blocks_of(series_ids: NDArray[np.int64]) -> Iterator[tuple[int, slice]]:
    """Walk the chunks of 32 series that rising series fall into, with the rows of each."""
    chunks = series_ids // MONTH_ROWS
    starts = np.flatnonzero(np.concatenate([[True], np.diff(chunks) != 0])) if len(chunks) else np.zeros(0, np.intp)
    ends = np.append(starts[1:], len(chunks))
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield int(chunks[start]), slice(start, end)


def load_block(month: Month, chunk: int, *, as_of: int = FOREVER) -> Block:
    """
    Give the reads of a chunk of 32 series in a month, with the moments at which they became known.

    :param as_of: microseconds since 1970 UTC; what became known later does not exist.
    """
    return read_state(month, lambda state: state.load_block(chunk, as_of=as_of))


@dataclass(frozen=True)
class ReadMatrix:
    """
    A month of n meters.

    :param series_id: int64[n], rising.
    :param import_wh, export_wh: int32[n, D x 96], 0 where missing.
    :param quality: uint8[n, D x 96].
    """

    series_id: NDArray[np.int64]
    import_wh: NDArray[np.int32]
    export_wh: NDArray[np.int32]
    quality: NDArray[np.uint8]


def read_matrix(month: Month, series_ids: NDArray[np.int64]) -> ReadMatrix:
    """Read a month of many meters; `series_ids` rise, each once. A thousand meters take 35 MB."""
    cells = month.days * 96
    shape = (len(series_ids), cells)
    found = ReadMatrix(series_ids, np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.full(shape, 255, np.uint8))
    for chunk, rows in blocks_of(series_ids):
        values, quality = read_state(month, lambda state, which=chunk: _chunk_values(state, which))
        at = series_ids[rows] % MONTH_ROWS
        found.import_wh[rows] = values[0][at]
        found.export_wh[rows] = values[1][at]
        found.quality[rows] = quality[at]
    return found


def _chunk_values(state: MonthState, chunk: int) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Values and codes of a chunk: straight from its month shard where nothing else tells of it."""
    first = chunk * MONTH_ROWS
    if state.late_reads(first, first + MONTH_ROWS) is None:
        sources = state.sources_of(chunk)
        if len(sources) == 1 and sources[0][0].geometry.day < 0:
            shard, row, offset = sources[0]
            source = read_source(shard, row, offset, MONTH_ROWS)
            return source.values, source.quality
    block = state.load_block(chunk)
    return block.values, block.quality
