"""A month of reads on disk to final bill lines: tiers, time of use, demand and power factor at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.loads import MONTH, month_store, shard_files
from benchmarks.machine import evict, read_bare
from benchmarks.registry import Bench, Result, measures
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.rating.catalogue import load_tariff
from gridhall.engines.rating.compile import compile_month
from gridhall.engines.rating.determinants import Determinants, Segments
from gridhall.engines.rating.plan import LineTable
from gridhall.engines.rating.price import price
from gridhall.engines.rating.terms import DEMAND_BASES, Terms

TARIFF = Path(__file__).parent / "tariff.yaml"
PLAN = compile_month(load_tariff(TARIFF), MONTH)
COLD, WARM, LARGE = "rating_cold_100k", "rating_warm_100k", "rating_cold_1m_seconds"
MEMORY_MIB = 1024
STANDARD_HUNDREDTHS = 85
"""The power factor that every meter is held to."""


def segments_of(meters: int) -> Segments:
    """Give one whole-month segment a meter."""
    return Segments(
        np.arange(meters), np.zeros(meters, np.int16), np.full(meters, MONTH.days, np.int16),
        np.zeros(meters, np.int16), np.ones(meters, np.int64),
    )  # fmt: skip


def terms_of(count: int) -> Terms:
    """Give the terms that the tariff asks for."""
    return Terms(
        n=count, capacity_va=np.full(count, 100_000), power_factor_standard=np.full(count, STANDARD_HUNDREDTHS),
        demand_basis=np.full(count, DEMAND_BASES.index("actual_demand"), np.uint8),
    )  # fmt: skip


def rate(store: IntervalStore, meters: int) -> tuple[int, int]:
    """Rate a month of the first meters to lines; give (bills, sum of all totals in fen)."""

    def lines_of(_rows: np.ndarray, determinants: Determinants) -> LineTable:
        return price(PLAN, determinants, terms_of(len(determinants)))

    bills, total = 0, 0
    for table in store.fold_batches(MONTH, segments_of(meters), PLAN.slot_class[None], lines_of):
        bills += len(table)
        total += int(table.total_minor.sum())
    return bills, total


@measures("rating")
def rate_a_month(bench: Bench) -> Iterator[Result]:
    """100,000 and 1,000,000 meters, cold and warm, against the bare reading of the same bytes."""
    largest = 20_000 if bench.quick else 1_000_000
    usual = min(largest, 100_000)
    bench.say(f"reads of {largest:,} meters")
    root = month_store(bench.folder, largest).root
    rate(IntervalStore(root), 5_000)
    files = shard_files(IntervalStore(root), usual)
    bare, cold = [], []
    for _ in range(5):
        evict(files)
        bare.append(bench.timed(lambda: read_bare(files)))
        evict(files)
        cold.append(bench.timed(lambda: rate(IntervalStore(root), usual)))
    warm = bench.timed(lambda: rate(IntervalStore(root), usual), times=7)
    of_bare = float(np.median(cold) / np.median(bare))
    yield Result(COLD, usual / min(cold), "meters/s", 250_000, ratios={"bare read of the files": min(bare) / min(cold)},
                 note=f"best of 5; median {usual / np.median(cold):,.0f}")  # fmt: skip
    yield Result(WARM, usual / warm, "meters/s", 400_000, note="best of 7")
    yield Result(
        "rating_cold_over_bare_read", of_bare, "x", 1.3, lower_is_better=True, note="medians of 5, alternating"
    )
    sizes = [size for size in (10_000, 30_000, 100_000, 300_000, 1_000_000) if size <= largest]
    growth = [(size, bench.timed(lambda size=size: rate(IntervalStore(root), size), times=3)) for size in sizes]
    slope = float(np.polyfit(*np.log(np.array(growth).T), 1)[0]) if len(growth) > 1 else 1.0
    yield Result("rating_growth_slope", round(slope, 2), "", 1.0, lower_is_better=True, growth=growth,
                 note="slope of log seconds over log meters, warm, best of 3 each")  # fmt: skip
    everything = shard_files(IntervalStore(root), largest)
    seconds = bench.timed(lambda: rate(IntervalStore(root), largest), times=2, before=lambda: evict(everything))
    yield Result(LARGE, seconds, "s", 5.0, lower_is_better=True, note="best of 2")
    yield Result("rating_memory_1m", peak_memory_mib(root, largest), "MiB", MEMORY_MIB, lower_is_better=True,
                 note="largest resident size of a process that rates all of them")  # fmt: skip


def peak_memory_mib(root: Path, meters: int) -> float:
    """Rate in a process of its own and give its largest resident size."""
    program = (
        "import pathlib, re; from benchmarks.rating import rate; "
        "from gridhall.engines.intervals.store import IntervalStore; "
        f"rate(IntervalStore({str(root)!r}), {meters}); "
        "print(re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1])"
    )
    path = os.pathsep.join(["src", ".", *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    return int(done.stdout) / 1024  # not ru_maxrss: a child inherits that of its parent
