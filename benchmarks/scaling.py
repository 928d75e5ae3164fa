"""
What it costs to let a cluster fold: the same shards, folded here and through Spark Connect on this same machine.

A cluster of one machine can only lose; the ratio is the price of moving addresses out and determinants back. With
GRIDHALL_TEST_SPARK=sc://host:port the cluster is that one, which must see the benchmark's folder.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.loads import MONTH, month_store
from benchmarks.registry import Bench, Result, measures
from gridhall.engines.rating.determinants import Segments
from gridhall.engines.scaling.engine import LOCAL, open_engine
from gridhall.engines.scaling.tests.cluster import run_cluster

CHUNK = 2_000
"""So many accounts a bill run folds at once."""


@measures("scaling")
def how_dear_a_cluster_is(bench: Bench) -> Iterator[Result]:
    """Warm folds of rising numbers of meters, each engine's best of three; the arrays must be identical."""
    sizes = (CHUNK, 20_000) if bench.quick else (CHUNK, 10_000, 100_000)
    store = month_store(bench.folder, sizes[-1])
    calendars = np.zeros((2, MONTH.days, 96), np.uint8)
    calendars[1, :, 32:48], calendars[1, :, 68:84], calendars[1, :, :28] = 1, 1, 2
    found: dict[str, list[tuple[float, float]]] = {"local": [], "spark": []}
    with run_cluster(bench.folder) as url, open_engine("spark", spark=url) as cluster:
        for size in sizes:
            segments = month_segments(size)
            here = LOCAL.fold(store, MONTH, segments, calendars)
            there = cluster.fold(store, MONTH, segments, calendars)
            assert all(np.array_equal(getattr(here, name), getattr(there, name)) for name in vars(here))
            for name, engine in (("local", LOCAL), ("spark", cluster)):
                seconds = bench.timed(
                    lambda engine=engine, segments=segments: engine.fold(store, MONTH, segments, calendars), times=3
                )
                found[name].append((size, seconds))
                bench.say(f"{name}: {size:,} meters in {seconds * 1e3:,.0f} ms, {size / seconds:,.0f} meters/s")
    (largest, here_s), (_, there_s) = found["local"][-1], found["spark"][-1]
    yield Result("fold_local", largest / here_s, "meters/s", growth=found["local"], note="warm; growth in seconds")
    yield Result(
        "fold_on_spark", largest / there_s, "meters/s", growth=found["spark"],
        ratios={"seconds to the local engine": there_s / here_s},
        note="Spark Connect server and workers on this same machine; warm; growth in seconds",
    )  # fmt: skip
    over_s = found["spark"][0][1] - found["local"][0][1]
    yield Result("fold_on_spark_overhead", over_s * 1e3, "ms a chunk", note=f"of {CHUNK:,} accounts, over local")


def month_segments(meters: int) -> Segments:
    """Give one segment of the whole month for each meter, every fourth on the second calendar."""
    series = np.arange(meters)
    return Segments(
        series_id=series,
        first_day=np.zeros(meters, np.int16),
        end_day=np.full(meters, MONTH.days, np.int16),
        calendar=(series % 4 == 0).astype(np.int16),
        multiplier=np.ones(meters, np.int64),
    )
