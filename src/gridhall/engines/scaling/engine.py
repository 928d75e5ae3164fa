"""The engine of a bill run: who moves the shards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.rating.determinants import Determinants, Segments

ENGINES = ("local", "spark")


class UnableToOpenEngine(BusinessError):
    """The engine was not opened; nothing was computed."""


class FoldEngine(Protocol):
    """Folds segments of a month of a store; every engine gives the same integers. Threads may share one."""

    def fold(
        self, store: IntervalStore, month: Month, segments: Segments, calendars: NDArray[np.uint8]
    ) -> Determinants:
        """Fold as `IntervalStore.fold_segments` does, in the order of the segments."""


class LocalEngine:
    """This machine's cores: the store's own threads."""

    def fold(
        self, store: IntervalStore, month: Month, segments: Segments, calendars: NDArray[np.uint8]
    ) -> Determinants:
        """Fold here."""
        return store.fold_segments(month, segments, calendars)


LOCAL = LocalEngine()


@contextmanager
def open_engine(name: str, *, spark: str | None = None) -> Iterator[FoldEngine]:
    """
    Open an engine by name for as long as it is needed.

    :param spark: address of a Spark Connect server, sc://host:port, for the engine `spark`.
    :raises UnableToOpenEngine: when the name is unknown, or the server is not given, not reachable, or its client is
        not installed.
    """
    if name == "local":
        yield LOCAL
        return
    if name != "spark":
        raise UnableToOpenEngine(
            f"There is no engine {name!r}; there are {' and '.join(ENGINES)}.", code="unknown-engine"
        )
    if not spark:
        raise UnableToOpenEngine(
            "The engine spark needs the address of a Spark Connect server: --spark sc://host:15002, or GRIDHALL_SPARK.",
            code="no-address",
        )
    from gridhall.engines.scaling.spark import SparkEngine

    engine = SparkEngine(spark)
    try:
        yield engine
    finally:
        engine.close()
