"""The fold against plain numpy: every kind of source, any segments, any calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from gridhall.core.periods import Month
from gridhall.engines.intervals.layout import UnreadableShard
from gridhall.engines.intervals.store import IntervalStore, fold_segments
from gridhall.engines.rating.determinants import Determinants, Segments

MONTH = Month(2026, 4)
DAYS = 30
KNOWN = datetime(2026, 5, 1, tzinfo=UTC)
LATER = datetime(2026, 5, 9, tzinfo=UTC)
COUNT = 9_000


def random_segments(rng: np.random.Generator, count: int, calendars: int, highest: int) -> Segments:
    first = rng.integers(0, DAYS, count)
    return Segments(
        rng.integers(0, highest, count), first.astype(np.int16), rng.integers(first, DAYS + 1).astype(np.int16),
        rng.integers(0, calendars, count).astype(np.int16), rng.choice([1, 40, 3000], count),
    )  # fmt: skip


def naive(store_reads: dict, segments: Segments, calendars: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Fold a sample of rows with nothing but numpy."""
    found = {name: [] for name in ("import", "export", "peak", "reactive", "measured", "estimated", "missing")}
    for row in rows:
        days = slice(int(segments.first_day[row]), int(segments.end_day[row]))
        series, times = int(segments.series_id[row]), int(segments.multiplier[row])
        classes = calendars[segments.calendar[row], days].ravel()
        imports, exports, reactives, quality = (matrix[series, days].ravel() for matrix in store_reads["matrices"])
        sums = [[int(m[classes == c].sum(dtype=np.int64)) * times for c in range(16)] for m in (imports, exports)]
        found["import"].append(sums[0])
        found["export"].append(sums[1])
        found["peak"].append([max(int(imports[classes == c].max(initial=0)), 0) * times for c in range(16)])
        found["reactive"].append(int(reactives.sum(dtype=np.int64)) * times)
        missing, estimated = int((quality == 255).sum()), int(((quality >= 10) & (quality <= 13)).sum())
        found["measured"].append(quality.size - missing - estimated)
        found["estimated"].append(estimated)
        found["missing"].append(missing)
    return {name: np.array(column) for name, column in found.items()}


def assert_same(found: Determinants, wanted: dict[str, np.ndarray], rows: np.ndarray) -> None:
    assert (found.import_energy[rows] == wanted["import"]).all()
    assert (found.export_energy[rows] == wanted["export"]).all()
    assert (found.peak_energy[rows] == wanted["peak"]).all()
    assert (found.reactive_energy[rows] == wanted["reactive"]).all()
    assert (found.measured_slots[rows] == wanted["measured"]).all()
    assert (found.estimated_slots[rows] == wanted["estimated"]).all()
    assert (found.missing_slots[rows] == wanted["missing"]).all()


@pytest.fixture(scope="module")
def reads() -> dict:
    rng = np.random.default_rng(3)
    shape = (COUNT + 100, DAYS, 96)
    imports = rng.gamma(1.2, 180, shape).astype(np.int32)
    exports = np.where(rng.random(shape[0])[:, None, None] < 0.1, imports[::-1] // 2, 0).astype(np.int32)
    reactives = np.where(rng.random(shape[0])[:, None, None] < 0.05, imports // 3, 0).astype(np.int32)
    quality = np.zeros(shape, np.uint8)
    quality[rng.integers(0, COUNT, 500), rng.integers(0, DAYS, 500), rng.integers(0, 96, 500)] = 255
    quality[rng.integers(0, COUNT, 500), rng.integers(0, DAYS, 500), rng.integers(0, 96, 500)] = 11
    quality[COUNT:] = 255
    matrices = [np.where(quality != 255, matrix, 0).astype(np.int32) for matrix in (imports, exports, reactives)]
    return {"matrices": [*matrices, quality]}


@pytest.fixture(scope="module")
def calendars() -> np.ndarray:
    rng = np.random.default_rng(4)
    stack = np.zeros((3, DAYS, 96), np.uint8)
    stack[0, :, 32:48], stack[0, :, 70:90], stack[0, ::7, 40:] = 1, 2, 3
    stack[1] = rng.integers(0, 16, (DAYS, 96))
    return stack


def test_fold_of_month_shards(tmp_path: Path, reads: dict, calendars: np.ndarray) -> None:
    store = IntervalStore(tmp_path)
    cut = [matrix[:COUNT] for matrix in reads["matrices"]]
    store.write_month(MONTH, 0, *cut, known_at=KNOWN)
    segments = random_segments(np.random.default_rng(1), 20_000, 3, COUNT + 100)
    found = fold_segments(store, MONTH, segments, calendars)
    rows = np.random.default_rng(2).integers(0, 20_000, 1500)
    assert_same(found, naive(reads, segments, calendars, rows), rows)
    again = store.fold_segments(MONTH, segments, calendars, out=found)
    assert again is found
    seen = np.zeros(20_000, np.int64)
    for which, energy in store.fold_batches(MONTH, segments, calendars, lambda rows, part: (rows, part.import_energy)):
        assert (energy == found.import_energy[which]).all()
        seen[which] += 1
    assert (seen == 1).all()


def test_fold_over_every_kind_of_source_is_the_same_before_and_after_compaction(
    tmp_path: Path, reads: dict, calendars: np.ndarray
) -> None:
    few = {"matrices": [matrix[:600].copy() for matrix in reads["matrices"]]}
    imports, exports, reactives, quality = few["matrices"]
    store = IntervalStore(tmp_path)
    store.write_month(MONTH, 0, imports[:200], exports[:200], reactives[:200], quality[:200], known_at=KNOWN)
    store.write_month(
        MONTH, 200, imports[200:300], exports[200:300], reactives[200:300], quality[200:300], known_at=KNOWN
    )
    ids = np.arange(300, 600)
    for day in range(DAYS):
        today = [matrix[300:, day] for matrix in few["matrices"]]
        store.write_days(date(2026, 4, day + 1), ids, *today, known_at=KNOWN)
    late = np.array([5, 250, 599])
    for series in late:
        imports[series, 7, 11] = 77_777
        quality[series, 7, 11] = 1
    store.write_reads(
        late, np.array(["2026-04-08"] * 3), np.full(3, 11), np.full(3, 77_777), quality=np.full(3, 1), known_at=LATER
    )
    segments = random_segments(np.random.default_rng(5), 3_000, 3, 600)
    rows = np.arange(3_000)
    wanted = naive(few, segments, calendars, rows)
    assert_same(store.fold_segments(MONTH, segments, calendars), wanted, rows)
    before = store.fold_segments(MONTH, segments, calendars, as_of=KNOWN)
    assert store.compact(MONTH).shards == 1
    assert_same(store.fold_segments(MONTH, segments, calendars), wanted, rows)
    after = store.fold_segments(MONTH, segments, calendars, as_of=KNOWN)
    assert (after.import_energy == before.import_energy).all()
    assert (after.import_energy != wanted["import"]).any()


def test_fold_of_nothing_and_of_unknown_series(tmp_path: Path, calendars: np.ndarray) -> None:
    store = IntervalStore(tmp_path)
    none = np.zeros(0, np.int64)
    assert len(store.fold_segments(MONTH, Segments(none, none, none, none, none), calendars)) == 0
    one = np.ones(1, np.int64)
    found = store.fold_segments(MONTH, Segments(one * 9, one * 0, one * 30, one * 0, one), calendars)
    assert found.missing_slots.tolist() == [30 * 96] and not found.import_energy.any()


def test_fold_refuses_segments_outside_the_month(tmp_path: Path, calendars: np.ndarray) -> None:
    one = np.ones(1, np.int64)
    for first, end, calendar in ((0, 31, 0), (-1, 3, 0), (5, 3, 0), (0, 30, 3)):
        with pytest.raises(ValueError):
            IntervalStore(tmp_path).fold_segments(
                MONTH, Segments(one, one * first, one * end, one * calendar, one), calendars
            )


def test_fold_names_a_damaged_shard(tmp_path: Path, reads: dict, calendars: np.ndarray) -> None:
    store = IntervalStore(tmp_path)
    store.write_month(MONTH, 0, reads["matrices"][0][:64], known_at=KNOWN)
    shard = next(store.folder(MONTH).glob("*.shard"))
    raw = bytearray(shard.read_bytes())
    raw[3000] ^= 4
    shard.write_bytes(raw)
    segments = random_segments(np.random.default_rng(1), 100, 3, 64)
    with pytest.raises(UnreadableShard, match=r"series 0 to 31"):
        IntervalStore(tmp_path).fold_segments(MONTH, segments, calendars)
