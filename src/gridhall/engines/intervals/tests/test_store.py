"""The store keeps what it is given: any order, twice, before and after compaction, and what was known when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridhall.core.periods import Month
from gridhall.engines.intervals.layout import UnreadableShard
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.intervals.writing import UnableToStoreReads

FEBRUARY = Month(2026, 2)
START = datetime(2026, 3, 1, tzinfo=UTC)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def loads(count_: int, days: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).gamma(1.2, 180, (count_, days, 96)).astype(np.int32)


def test_month_comes_back_as_written(tmp_path: Path) -> None:
    store = IntervalStore(tmp_path)
    imports, exports, reactives = loads(100, 28), loads(100, 28, 1), loads(100, 28, 2)
    quality = np.zeros((100, 28, 96), np.uint8)
    quality[7, 3, 5:9] = 255
    quality[8, 3, 5:9] = 11
    store.write_month(FEBRUARY, 40, imports, exports, reactives, quality, known_at=at(0))
    for row in (0, 7, 8, 99):
        found = store.read_month(40 + row, FEBRUARY)
        there = quality[row] != 255
        assert (found.import_wh == np.where(there, imports[row], 0)).all()
        assert (found.export_wh == np.where(there, exports[row], 0)).all()
        assert (found.reactive_varh == np.where(there, reactives[row], 0)).all()
        assert (found.quality == quality[row]).all()
    assert (store.read_month(39, FEBRUARY).quality == 255).all()
    assert (store.read_month(140, FEBRUARY).quality == 255).all()
    daily = store.read_daily(47, date(2026, 2, 1), date(2026, 3, 1))
    assert daily.missing_slots.tolist()[3] == 4
    assert daily.import_wh.tolist() == np.where(quality[7] != 255, imports[7], 0).sum(axis=1).tolist()
    assert daily.peak_wh.tolist() == np.where(quality[7] != 255, imports[7], 0).max(axis=1).tolist()
    assert store.read_daily(48, date(2026, 2, 4), date(2026, 2, 5)).estimated_slots.tolist() == [4]


def test_any_rows_of_a_chunk_are_those_of_the_whole(tmp_path: Path) -> None:
    store = IntervalStore(tmp_path)
    quality = np.random.default_rng(4).choice([0, 11, 255], (32, 28, 96)).astype(np.uint8)
    store.write_month(FEBRUARY, 0, loads(32, 28), loads(32, 28, 1), loads(32, 28, 2), quality, known_at=at(0))
    state = store.state(FEBRUARY)
    whole = state.load_block(0)
    for first in range(32):
        for rows in range(1, 33 - first):
            part = state.load_block(0, first=first, count=rows)
            assert (part.values == whole.values[:, first : first + rows]).all(), (first, rows)
            assert (part.quality == whole.quality[first : first + rows]).all(), (first, rows)


def test_values_at_the_edges_of_int32(tmp_path: Path) -> None:
    store = IntervalStore(tmp_path)
    imports = np.full((32, 28, 96), 2**31 - 1, np.int32)
    imports[0] = -(2**31)
    store.write_month(FEBRUARY, 0, imports, known_at=at(0))
    assert (store.read_month(0, FEBRUARY).import_wh == -(2**31)).all()
    assert store.read_daily(1, date(2026, 2, 1), date(2026, 2, 2)).import_wh.tolist() == [96 * (2**31 - 1)]


def test_the_same_batch_twice_changes_nothing(tmp_path: Path) -> None:
    store = IntervalStore(tmp_path)
    day = loads(50, 1)[:, 0]
    ids = np.arange(50)
    assert store.write_days(date(2026, 2, 3), ids, day, known_at=at(0)) == 1
    before = sorted(path.name for path in store.folder(FEBRUARY).iterdir())
    assert store.write_days(date(2026, 2, 3), ids[::-1], day[::-1], known_at=at(5)) == 0
    assert store.write_days(date(2026, 2, 3), ids[:3], day[:3], known_at=at(6)) == 1
    assert store.write_days(date(2026, 2, 3), ids[:3], day[:3], known_at=at(7)) == 0
    store.compact(FEBRUARY)
    assert store.write_days(date(2026, 2, 3), ids, day, known_at=at(8)) == 0
    assert store.write_days(date(2026, 2, 3), ids[:3], day[:3], known_at=at(9)) == 0
    assert len(before) >= 2
    assert (store.read_month(4, FEBRUARY).import_wh[2] == day[4]).all()


def test_corrected_reads_keep_both_versions(tmp_path: Path) -> None:
    store = IntervalStore(tmp_path)
    store.write_month(FEBRUARY, 0, loads(64, 28), loads(64, 28, 1), known_at=at(0))
    first = store.read_month(5, FEBRUARY)
    cells = (np.array([5, 5]), np.array(["2026-02-02", "2026-02-28"]), np.array([3, 95]))
    store.write_reads(*cells, np.array([111, 222]), quality=np.array([1, 1]), known_at=at(10))
    for _ in range(2):
        now = store.read_month(5, FEBRUARY)
        assert (now.import_wh[1, 3], now.import_wh[27, 95]) == (111, 222)
        assert (now.quality[1, 3], now.quality[0, 0]) == (1, 0)
        assert (now.export_wh == first.export_wh).all()
        then = store.read_month(5, FEBRUARY, as_of=at(9))
        assert (then.import_wh == first.import_wh).all() and (then.quality == first.quality).all()
        assert (store.read_month(5, FEBRUARY, as_of=at(-1)).quality == 255).all()
        daily = store.read_daily(5, date(2026, 2, 2), date(2026, 2, 3))
        assert daily.import_wh[0] == now.import_wh[1].sum()
        report = store.compact(FEBRUARY)
    assert report.shards == 0


def test_complete_until(tmp_path: Path) -> None:
    store = IntervalStore(tmp_path)
    assert store.complete_until(3) is None
    for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 2), date(2026, 2, 4)):
        store.write_days(day, np.arange(20), loads(20, 1)[:, 0], known_at=at(0))
    assert store.complete_until(3) == date(2026, 2, 3)
    store.write_days(date(2026, 2, 3), np.arange(20), loads(20, 1)[:, 0], known_at=at(0))
    assert store.complete_until(3) == date(2026, 2, 5)
    assert store.complete_until(25) is None
    assert store.coverage([3, 25], FEBRUARY).tolist() == [[4 * 96, 0, 24 * 96], [0, 0, 28 * 96]]


def test_days_across_months(tmp_path: Path) -> None:
    store = IntervalStore(tmp_path)
    january, february = loads(40, 31), loads(40, 28, 9)
    store.write_month(Month(2026, 1), 0, january, known_at=at(0))
    store.write_month(FEBRUARY, 0, february, known_at=at(0))
    found = store.read_days(6, date(2026, 1, 30), date(2026, 2, 3))
    assert (found.import_wh == np.concatenate([january[6, 29:], february[6, :2]])).all()
    assert store.read_days(6, date(2026, 2, 3), date(2026, 2, 3)).import_wh.shape == (0, 96)


@pytest.mark.parametrize(
    "wrong",
    [
        {"import_wh": np.zeros((20, 95), np.int32)},
        {"import_wh": np.zeros((20, 96), np.float64)},
        {"import_wh": np.full((20, 96), 2**31)},
        {"export_wh": np.zeros((19, 96), np.int32)},
        {"quality": np.zeros((20, 1), np.uint8)},
        {"series_ids": np.zeros(20, np.int64)},
        {"series_ids": np.arange(20) - 1},
        {"known_at": datetime(2026, 1, 1)},
    ],
)
def test_write_days_refuses_what_does_not_fit(tmp_path: Path, wrong: dict) -> None:
    given_ = {"series_ids": np.arange(20), "import_wh": np.zeros((20, 96), np.int32), "known_at": at(0)} | wrong
    store = IntervalStore(tmp_path)
    with pytest.raises(UnableToStoreReads):
        store.write_days(date(2026, 2, 1), **given_)
    assert store.months() == []


# --- any order, any mixture


@dataclass(frozen=True)
class Write:
    """A batch: `kind` says by which door it comes in."""

    kind: str
    known: int
    series: tuple[int, ...]
    days: tuple[int, ...]
    seed: int
    channels: tuple[bool, bool]

    def matrices(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        rng = np.random.default_rng(self.seed)
        shape = (len(self.series), len(self.days), 96)
        quality = rng.choice(np.array([0, 0, 0, 1, 11, 255], np.uint8), shape)
        return (*(rng.integers(-3, 900, shape).astype(np.int32) for _ in range(3)), quality)


SERIES = st.lists(st.sampled_from([0, 1, 30, 33, 255, 256, 300]), min_size=1, max_size=4, unique=True).map(tuple)
WRITES = st.lists(
    st.builds(
        Write,
        kind=st.sampled_from(["days", "month", "reads"]),
        known=st.integers(0, 4),
        series=SERIES,
        days=st.lists(st.integers(0, 2), min_size=1, max_size=2, unique=True).map(tuple),
        seed=st.integers(0, 10_000),
        channels=st.tuples(st.booleans(), st.booleans()),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda write: write.seed,  # the same content at another moment has a test of its own
)


def put(store: IntervalStore, write: Write) -> None:
    imports, exports, reactives, quality = write.matrices()
    told = (imports, exports if write.channels[0] else None, reactives if write.channels[1] else None)
    known = at(write.known)
    if write.kind == "month":
        shape = (len(write.series), 28, 96)
        codes = np.full(shape, 255, np.uint8)
        codes[:, list(write.days)] = quality
        whole = []
        for matrix in told:
            whole.append(None if matrix is None else np.zeros(shape, np.int32))
            if matrix is not None:
                whole[-1][:, list(write.days)] = matrix
        store.write_month(FEBRUARY, np.array(write.series), *whole, codes, known_at=known)
    elif write.kind == "days":
        many = np.array([*write.series, *range(1000, 1016)])  # enough for a file of their own
        for index, day in enumerate(write.days):
            padded = [
                None if m is None else np.concatenate([m[:, index], np.zeros((16, 96), m.dtype)])
                for m in (*told, quality)
            ]
            store.write_days(date(2026, 2, day + 1), many, *padded, known_at=known)
    else:
        shape = imports.shape
        series = np.broadcast_to(np.array(write.series)[:, None, None], shape).ravel()
        days = np.array([f"2026-02-{day + 1:02d}" for day in write.days], "datetime64[D]")
        store.write_reads(
            series, np.broadcast_to(days[None, :, None], shape).ravel(), np.broadcast_to(np.arange(96), shape).ravel(),
            *(None if m is None else m.ravel() for m in (*told, quality)), known_at=known,
        )  # fmt: skip


def model(writes: list[Write], series: int, until: int) -> tuple[np.ndarray, np.ndarray]:
    """What one series should read, by the plain rule: a cell and a channel at a time."""
    values = np.zeros((3, 28, 96), np.int64)
    known = np.full((3, 28, 96), -1)
    quality = np.full((28, 96), 255)
    quality_known = np.full((28, 96), -1)
    for write in writes:
        if series not in write.series or write.known > until:
            continue
        row = write.series.index(series)
        matrices = write.matrices()
        for index, day in enumerate(write.days):
            codes = matrices[3][row, index].astype(np.int64)
            there = codes != 255
            for channel in range(3):
                if channel and not write.channels[channel - 1]:
                    continue
                new = matrices[channel][row, index]
                old, old_known = values[channel, day], known[channel, day]
                wins = there & ((write.known > old_known) | ((write.known == old_known) & (new > old)))
                values[channel, day][wins] = new[wins]
                known[channel, day][wins] = write.known
            old_code, old_known = quality[day], quality_known[day]
            wins = there & ((write.known > old_known) | ((write.known == old_known) & (codes < old_code)))
            quality[day][wins] = codes[wins]
            quality_known[day][wins] = write.known
    return values, quality


FOLDERS = count()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=WRITES, data=st.data())
def test_any_order_any_door_same_reads(tmp_path: Path, writes: list[Write], data: st.DataObject) -> None:
    store = IntervalStore(tmp_path / str(next(FOLDERS)))
    order = data.draw(st.permutations(writes + writes[:2]))
    compactions = data.draw(st.sets(st.integers(0, len(order))))
    for index, write in enumerate(order):
        put(store, write)
        if index in compactions:
            store.compact(FEBRUARY)
    for until in (None, 0, 2, 3):
        for series in {series for write in writes for series in write.series}:
            values, quality = model(writes, series, 9 if until is None else until)
            found = store.read_month(series, FEBRUARY, as_of=None if until is None else at(until))
            assert (found.quality == quality).all()
            assert (found.import_wh == values[0]).all()
            assert (found.export_wh == values[1]).all()
            assert (found.reactive_varh == values[2]).all()
            if until is None:
                daily = store.read_daily(series, date(2026, 2, 1), date(2026, 3, 1))
                assert daily.import_wh.tolist() == values[0].sum(axis=1).tolist()
                assert daily.export_wh.tolist() == values[1].sum(axis=1).tolist()
                assert daily.missing_slots.tolist() == (quality == 255).sum(axis=1).tolist()


# --- damage


@pytest.mark.parametrize("damage", ["empty", "cut", "planes", "directory", "manifest", "empty manifest", "gone"])
def test_damage_is_named_never_silent(tmp_path: Path, damage: str) -> None:
    store = IntervalStore(tmp_path)
    store.write_month(FEBRUARY, 0, loads(64, 28), known_at=at(0))
    shard = next(store.folder(FEBRUARY).glob("*.shard"))
    manifest = store.folder(FEBRUARY) / "manifest.json"
    raw = bytearray(shard.read_bytes())
    victim = shard
    if damage == "empty":
        shard.write_bytes(b"")
    elif damage == "cut":
        shard.write_bytes(raw[:-100])
    elif damage == "planes":
        raw[5000] ^= 1
        shard.write_bytes(raw)
    elif damage == "directory":
        raw[-100] ^= 1
        shard.write_bytes(raw)
    elif damage == "gone":
        shard.unlink()
    else:
        victim = manifest
        manifest.write_bytes(
            b"" if damage == "empty manifest" else manifest.read_bytes().replace(b'"day":-1', b'"day":12')
        )
    fresh = IntervalStore(tmp_path)
    with pytest.raises(UnreadableShard, match=victim.name):
        fresh.read_month(0, FEBRUARY)


def test_torn_tail_of_the_log_is_ignored_and_cut(tmp_path: Path) -> None:
    store = IntervalStore(tmp_path)
    days = np.array(["2026-02-01"])
    store.write_reads(np.array([1]), days, np.array([0]), np.array([5]), known_at=at(0))
    log = next(store.folder(FEBRUARY).glob("*.log"))
    whole = log.read_bytes()
    for torn in (whole[:7], whole[:-1], bytes(40)):
        log.write_bytes(whole + torn)
        fresh = IntervalStore(tmp_path)
        assert fresh.read_month(1, FEBRUARY).import_wh[0, 0] == 5
        fresh.write_reads(np.array([1]), days, np.array([1]), np.array([6]), known_at=at(0))
        again = IntervalStore(tmp_path).read_month(1, FEBRUARY)
        assert again.import_wh[0, :2].tolist() == [5, 6]
    log.write_bytes(whole[:30] + bytes([whole[30] ^ 1]) + whole[31:] + whole)
    with pytest.raises(UnreadableShard, match=log.name):
        IntervalStore(tmp_path).read_month(1, FEBRUARY)


def test_older_versions_are_read_only_when_they_are_asked_for(tmp_path):
    """Corrections without end: what is folded in leaves the memory of whoever reads what counts now."""
    store = IntervalStore(tmp_path)
    month, first = Month(2026, 1), datetime(2026, 2, 1, tzinfo=UTC)
    series, day, slot = np.arange(40), np.full(40, np.datetime64("2026-01-03")), np.full(40, 7)
    for version in range(4):
        store.write_reads(series, day, slot, series + 100 * version, known_at=first + timedelta(hours=version))
        assert store.state(month).count_late_reads() == 40
        store.compact(month)
        assert store.read_month(5, month).import_wh[2, 7] == 5 + 100 * version
        state = store.state(month)
        assert (state.count_late_reads(), [log.end for log in state.history]) == (0, [0] * version)
    assert set(store._logs[month]) == set(state.manifest.logs) | set(state.manifest.history)
    for reader in (store, IntervalStore(tmp_path)):
        known = [reader.read_month(5, month, as_of=first + timedelta(hours=at)).import_wh[2, 7] for at in range(4)]
        assert known == [5, 105, 205, 305]
