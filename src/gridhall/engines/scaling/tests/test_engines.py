"""Every engine gives the same integers, whatever the store is made of; and says in words what it cannot do."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month
from gridhall.engines.intervals.layout import MONTH_SHARD_SERIES
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.rating.determinants import Determinants, Segments
from gridhall.engines.scaling import addresses as scaling
from gridhall.engines.scaling import spark
from gridhall.engines.scaling.engine import LOCAL, FoldEngine, UnableToOpenEngine, open_engine
from gridhall.engines.scaling.shards import fold_shards, gather, segments_table
from gridhall.engines.scaling.tests.cluster import find_free_port, run_cluster

MONTH = Month(2026, 2)
DAYS = 28
KNOWN = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 9, tzinfo=UTC)
BLOCKS = ((0, 90), (MONTH_SHARD_SERIES - 20, 50), (5 * MONTH_SHARD_SERIES + 7, 30), (9 * MONTH_SHARD_SERIES, 40))
"""First series and count: four shards and one that lies across a border."""


def make_store(root: Path, seed: int) -> IntervalStore:
    """Month chunks, a block of day chunks, late and corrected reads in the log, holes and estimates."""
    rng = np.random.default_rng(seed)
    store = IntervalStore(root)
    for first, count in BLOCKS:
        imports = rng.gamma(1.2, 300, (count, DAYS, 96)).astype(np.int32)
        exports = np.where(rng.random((count, 1, 1)) < 0.3, imports[::-1] // 2, 0).astype(np.int32)
        reactives = np.where(rng.random((count, 1, 1)) < 0.3, imports // 3, 0).astype(np.int32)
        quality = rng.choice(np.array([0, 0, 0, 0, 0, 0, 10, 12, 255], np.uint8), imports.shape)
        matrices = [np.where(quality == 255, 0, m).astype(np.int32) for m in (imports, exports, reactives)]
        if first == BLOCKS[-1][0]:
            for day in range(DAYS - 3):  # the last days have not come
                today = [matrix[:, day] for matrix in (*matrices, quality)]
                store.write_days(date(2026, 2, day + 1), np.arange(first, first + count), *today, known_at=KNOWN)
        else:
            store.write_month(MONTH, first, *matrices, quality, known_at=KNOWN)
    late = np.array([first + offset for first, _ in BLOCKS for offset in (0, 3, 11)])
    days = np.datetime64("2026-02-01") + rng.integers(0, DAYS, late.size)
    store.write_reads(late, days, rng.integers(0, 96, late.size), rng.integers(1, 90_000, late.size), known_at=LATER)
    return store


def make_segments(rng: np.random.Generator, count: int, calendars: int) -> Segments:
    """Stretches of days of random series, some of which the store has never seen, with transformer ratios."""
    starts = np.array([first for first, _ in BLOCKS])[rng.integers(0, len(BLOCKS), count)]
    first_day = rng.integers(0, DAYS, count)
    return Segments(
        series_id=starts + rng.integers(0, 100, count),
        first_day=first_day.astype(np.int16),
        end_day=rng.integers(first_day, DAYS + 1).astype(np.int16),
        calendar=rng.integers(0, calendars, count).astype(np.int16),
        multiplier=rng.choice([1, 40, 3_000], count).astype(np.int64),
    )


def make_calendars(rng: np.random.Generator) -> np.ndarray:
    """One plain, one with hours and weekends, one of noise."""
    stack = np.zeros((3, DAYS, 96), np.uint8)
    stack[1, :, 32:48], stack[1, ::7, 40:] = 1, 15
    stack[2] = rng.integers(0, 16, (DAYS, 96))
    return stack


def assert_identical(found: Determinants, wanted: Determinants) -> None:
    """Every array is the same, bit by bit."""
    for item in fields(wanted):
        one, other = getattr(found, item.name), getattr(wanted, item.name)
        if isinstance(other, np.ndarray):
            assert one.dtype == other.dtype and one.shape == other.shape, item.name
            assert np.array_equal(one, other), item.name
        else:
            assert one == other, item.name


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FoldEngine]:
    """An engine on a server of our own."""
    with run_cluster(tmp_path_factory.mktemp("cluster")) as url, open_engine("spark", spark=url) as engine:
        yield engine


@pytest.mark.parametrize("seed", [1, 2])
def test_engines_fold_to_identical_arrays(tmp_path: Path, cluster: FoldEngine, seed: int) -> None:
    store, rng = make_store(tmp_path, seed), np.random.default_rng(seed)
    calendars = make_calendars(rng)
    segments = make_segments(rng, 3_000, len(calendars))
    wanted = LOCAL.fold(store, MONTH, segments, calendars)
    assert wanted.import_energy.any() and wanted.export_energy.any() and wanted.reactive_energy.any()
    assert wanted.missing_slots.any() and wanted.estimated_slots.any() and wanted.peak_energy.any()
    assert_identical(cluster.fold(store, MONTH, segments, calendars), wanted)
    store.compact(MONTH)
    assert_identical(cluster.fold(store, MONTH, segments, calendars), wanted)


def test_corrections_reach_workers_that_have_read_before(tmp_path: Path, cluster: FoldEngine) -> None:
    store = make_store(tmp_path, 3)
    calendars = np.zeros((1, DAYS, 96), np.uint8)
    one = np.ones(1, np.int64)
    segments = Segments(
        one * 5, (one * 0).astype(np.int16), (one * DAYS).astype(np.int16), (one * 0).astype(np.int16), one
    )
    before = cluster.fold(store, MONTH, segments, calendars).import_energy[0, 0]
    old = int(store.read_month(5, MONTH).import_wh[4, 7])
    store.write_reads(
        np.array([5]), np.array(["2026-02-05"]), np.array([7]), np.array([old + 1_000]),
        known_at=datetime(2026, 3, 20, tzinfo=UTC),
    )  # fmt: skip
    assert cluster.fold(store, MONTH, segments, calendars).import_energy[0, 0] == before + 1_000


def test_threads_share_an_engine(tmp_path: Path, cluster: FoldEngine) -> None:
    store, rng = make_store(tmp_path, 4), np.random.default_rng(4)
    calendars = make_calendars(rng)
    asked = [make_segments(np.random.default_rng(seed), 300, len(calendars)) for seed in range(6)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda segments: cluster.fold(store, MONTH, segments, calendars), asked))
    for segments, one in zip(asked, found, strict=True):
        assert_identical(one, LOCAL.fold(store, MONTH, segments, calendars))


def test_shards_fold_in_any_order_and_any_subset(tmp_path: Path) -> None:
    store, rng = make_store(tmp_path, 5), np.random.default_rng(5)
    calendars = make_calendars(rng)
    segments = make_segments(rng, 900, len(calendars))
    wanted = LOCAL.fold(store, MONTH, segments, calendars)
    pieces = np.array_split(rng.permutation(900), 7)
    folded = [fold_shards(str(tmp_path), MONTH, segments_table(segments, rows), calendars) for rows in pieces]
    assert_identical(gather(pa.concat_tables(folded), 900), wanted)
    handed_out = list(scaling.address_shards(store, MONTH, segments, calendars))
    assert [row["shard"] for row in handed_out] == [0, 1, 5, 9]
    folded = [scaling.fold_address(row) for row in reversed(handed_out)]
    assert_identical(gather(pa.concat_tables(folded), 900), wanted)
    with pytest.raises(ValueError, match="each of them once"):
        gather(pa.concat_tables([*folded, folded[0]]), 900)
    with pytest.raises(ValueError, match="each of them once"):
        gather(pa.concat_tables(folded[1:]), 900)


def test_nothing_to_fold(tmp_path: Path, cluster: FoldEngine) -> None:
    none = np.zeros(0, np.int64)
    calendars = np.zeros((1, DAYS, 96), np.uint8)
    assert len(cluster.fold(IntervalStore(tmp_path), MONTH, Segments(none, none, none, none, none), calendars)) == 0
    one = np.ones(1, np.int64)
    segments = Segments(one * 9, one * 0, one * DAYS, one * 0, one)
    wanted = LOCAL.fold(IntervalStore(tmp_path), MONTH, segments, calendars)
    assert_identical(cluster.fold(IntervalStore(tmp_path), MONTH, segments, calendars), wanted)
    assert wanted.missing_slots[0] == DAYS * 96


def test_segment_outside_the_month_is_refused_before_anything_moves(tmp_path: Path, cluster: FoldEngine) -> None:
    one = np.ones(1, np.int64)
    segments = Segments(one, one * 0, one * (DAYS + 1), one * 0, one)
    with pytest.raises(ValueError, match="within the 28 days"):
        cluster.fold(IntervalStore(tmp_path), MONTH, segments, np.zeros((1, DAYS, 96), np.uint8))


def address_one(store: IntervalStore) -> dict:
    """Give the first address of a small job."""
    calendars = np.zeros((1, DAYS, 96), np.uint8)
    return next(scaling.address_shards(store, MONTH, make_segments(np.random.default_rng(6), 20, 1), calendars))


def test_worker_without_the_store_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "_PAUSE_S", 0.001)
    address = address_one(make_store(tmp_path / "store", 6))
    with pytest.raises(scaling.UnableToFoldShard, match="sees nothing of 2026-02") as refused:
        scaling.fold_address(address | {"root": str(tmp_path / "elsewhere")})
    assert refused.value.code == "store-not-shared"
    make_store(tmp_path / "other", 7)
    with pytest.raises(scaling.UnableToFoldShard, match="another state"):
        scaling.fold_address(address | {"root": str(tmp_path / "other")})
    with pytest.raises(scaling.UnableToFoldShard, match="the same release"):
        scaling.fold_address(address | {"release": "0.0.1"})


def test_worker_waits_for_storage_that_lags_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "_PAUSE_S", 0.3)
    store = make_store(tmp_path / "store", 8)
    folder = tmp_path / "lagging" / "months" / str(MONTH)
    shutil.copytree(tmp_path / "store", tmp_path / "lagging")
    store.compact(MONTH)
    address = address_one(store) | {"root": str(tmp_path / "lagging")}

    def catch_up() -> None:
        for file in sorted(store.folder(MONTH).iterdir(), key=lambda file: file.name == "manifest.json"):
            shutil.copy(file, folder / f"tmp-{file.name}")
            os.replace(folder / f"tmp-{file.name}", folder / file.name)

    later = threading.Timer(0.5, catch_up)
    later.start()
    folded = scaling.fold_address(address)
    later.join()
    wanted = scaling.fold_address(address | {"root": str(tmp_path / "store")})
    assert folded.equals(wanted)


def test_damaged_shard_is_named_through_the_cluster(tmp_path: Path, cluster: FoldEngine) -> None:
    store, rng = make_store(tmp_path, 9), np.random.default_rng(9)
    store.compact(MONTH)
    shard = max(store.folder(MONTH).glob("*.shard"), key=lambda path: path.stat().st_size)
    with shard.open("r+b") as file:
        file.seek(4_000)
        file.write(b"\xff" * 64)
    calendars = make_calendars(rng)
    with pytest.raises(BusinessError, match=shard.name) as refused:
        cluster.fold(IntervalStore(tmp_path), MONTH, make_segments(rng, 500, 3), calendars)
    assert refused.value.code == "unreadable-shard"
    assert "Traceback" not in refused.value.message


def test_engine_that_cannot_be_opened_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "_ANSWERS_WITHIN_S", 1)
    with pytest.raises(UnableToOpenEngine, match="sc://host"), open_engine("spark"):
        pass
    with pytest.raises(UnableToOpenEngine, match="no engine 'flink'"), open_engine("flink"):
        pass
    with pytest.raises(UnableToOpenEngine, match="cannot be used"), open_engine("spark", spark="http://nowhere"):
        pass
    port = find_free_port()
    with (
        pytest.raises(UnableToOpenEngine, match=f"answers at 127.0.0.1:{port}") as refused,
        open_engine("spark", spark=f"sc://127.0.0.1:{port}/;token=secret"),
    ):
        pass
    assert "secret" not in refused.value.message
    with socket.create_server(("127.0.0.1", 0)) as silent:  # something listens, and never says a word
        address = f"sc://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(UnableToOpenEngine, match="No Spark Connect server"), open_engine("spark", spark=address):
            pass


def test_engine_without_its_client_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pyspark.errors", "pyspark.sql.connect.session"):
        monkeypatch.setitem(sys.modules, module, None)
    with (
        pytest.raises(UnableToOpenEngine, match=r"requirements/spark\.txt") as refused,
        open_engine("spark", spark="sc://127.0.0.1"),
    ):
        pass
    assert refused.value.code == "no-client"


def test_worker_reads_a_store_that_it_may_not_write(tmp_path: Path) -> None:
    store = make_store(tmp_path / "store", 11)
    address = address_one(store)
    wanted = scaling.fold_address(address)
    shutil.copytree(tmp_path / "store", tmp_path / "mounted")
    for path in [*(tmp_path / "mounted").rglob("*"), tmp_path / "mounted"]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = sorted(path.name for path in (tmp_path / "mounted").rglob("*"))
    assert scaling.fold_address(address | {"root": str(tmp_path / "mounted")}).equals(wanted)
    assert sorted(path.name for path in (tmp_path / "mounted").rglob("*")) == before


def test_cluster_that_dies_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "_RETRIES", 1)
    store, rng = make_store(tmp_path / "store", 10), np.random.default_rng(10)
    calendars = make_calendars(rng)
    segments = make_segments(rng, 100, 3)
    with run_cluster(tmp_path, to_be_killed=True) as url:
        engine = open_engine("spark", spark=url)
        opened = engine.__enter__()
        assert len(opened.fold(store, MONTH, segments, calendars)) == 100
    with pytest.raises(BusinessError, match="run the same command again") as refused:
        opened.fold(store, MONTH, segments, calendars)
    assert refused.value.code == "cluster-failed"
    engine.__exit__(None, None, None)
