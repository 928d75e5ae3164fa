"""One customer out of a million: twelve months by day, and one month at 15 minutes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.loads import MONTH, month_store, year_store
from benchmarks.machine import evict
from benchmarks.registry import Bench, Result, measures
from gridhall.core.periods import Month, months_between
from gridhall.engines.intervals.manifest import MANIFEST
from gridhall.engines.intervals.store import IntervalStore

YEAR = list(months_between(Month(2025, 1), Month(2025, 12)))


@measures("points")
def read_one_customer(bench: Bench) -> Iterator[Result]:
    """Random customers; warm with an open store, cold with a new store and files dropped from the page cache."""
    meters = 20_000 if bench.quick else 1_000_000
    bench.say(f"daily sums of {meters:,} meters over a year")
    by_day = year_store(bench.folder, meters).root
    at_15_minutes = month_store(bench.folder, meters).root
    series = np.random.default_rng(8).integers(0, meters, 4_000).tolist()
    first, end = date(2025, 1, 1), date(2026, 1, 1)
    for name, root, months, read in (
        ("year_by_day", by_day, YEAR, lambda store, one: store.read_daily(one, first, end)),
        ("month_at_15min", at_15_minutes, [MONTH], lambda store, one: store.read_month(one, MONTH)),
    ):
        store = IntervalStore(root)
        for one in series:
            read(store, one)
        times = [_milliseconds(lambda one=one, read=read, store=store: read(store, one)) for one in series]
        warm = np.percentile(times, 99)
        cold = np.percentile(_cold(root, months, series[:300], read), 99)
        yield Result(f"point_{name}_warm_p99", float(warm), "ms", 5, lower_is_better=True)
        yield Result(f"point_{name}_cold_p99", float(cold), "ms", 20, lower_is_better=True)


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def _cold(
    root: Path, months: list[Month], series: list[int], read: Callable[[IntervalStore, int], object]
) -> list[float]:
    """Time reads with nothing known and nothing cached: manifests, directories and reads come from the disk."""
    known = IntervalStore(root)
    found = []
    for one in series:
        for month in months:
            folder = known.folder(month)
            parts = known.state(month).manifest.covering(one)
            evict([folder / MANIFEST, *(folder / part.name for part in parts)])
        fresh = IntervalStore(root)
        found.append(_milliseconds(lambda fresh=fresh, one=one: read(fresh, one)))
    return found
