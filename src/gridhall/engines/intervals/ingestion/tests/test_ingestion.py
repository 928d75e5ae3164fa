"""Files straight into the store: every read arrives, bad rows are listed, good ones kept, memory stays flat."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridhall.core.errors import Fault, FaultyInput
from gridhall.core.periods import Month
from gridhall.engines.intervals.ingestion import ingest_csv, ingest_parquet
from gridhall.engines.intervals.ingestion.usual import usual_days
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.intervals.validation import learn_like_days

KNOWN = datetime(2026, 4, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
FEBRUARY, MARCH = Month(2026, 2), Month(2026, 3)
START = np.datetime64("2026-02-01", "us")


def loads(count: int, days: int) -> np.ndarray:
    return np.random.default_rng(1).gamma(1.2, 180, (count, days, 96)).astype(np.int32)


def long_table(reads: np.ndarray) -> pa.Table:
    count, days, _ = reads.shape
    moments = START + np.arange(days * 96) * np.timedelta64(900, "s")
    return pa.table(
        {
            "meter": np.repeat([f"M{n:05d}" for n in range(count)], days * 96),
            "timestamp": np.tile(moments.astype("datetime64[us]"), count),
            "kwh": reads.ravel() / 1000,
        }
    )


METERS = {f"M{n:05d}": n for n in range(200)}


def assert_stored(store: IntervalStore, reads: np.ndarray, series: range) -> None:
    for one in series:
        found = np.concatenate([store.read_month(one, month).import_wh for month in (FEBRUARY, MARCH)])
        assert (found[: reads.shape[1]] == reads[one]).all()


@pytest.mark.parametrize("order", ["meter", "timestamp", "shuffled"])
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_long_files_in_any_order(tmp_path: Path, order: str, form: str) -> None:
    reads = loads(100, 40)
    table = long_table(reads)
    if order == "timestamp":
        table = table.sort_by([("timestamp", "ascending"), ("meter", "ascending")])
    elif order == "shuffled":
        table = table.take(np.random.default_rng(2).permutation(table.num_rows))
    store = IntervalStore(tmp_path / "store")
    if form == "parquet":
        pq.write_table(table, tmp_path / "reads.parquet", row_group_size=50_000)
        report = ingest_parquet(store, tmp_path / "reads.parquet", known_at=KNOWN, zone=ZONE, series_of=METERS)
    else:
        lines = zip(*(column.to_pylist() for column in table.columns), strict=True)
        text = "meter,timestamp,kwh\n" + "".join(f"{m},{t:%Y-%m-%d %H:%M},{v:.3f}\n" for m, t, v in lines)
        (tmp_path / "reads.csv").write_text(text)
        report = ingest_csv(store, tmp_path / "reads.csv", known_at=KNOWN, zone=ZONE, series_of=METERS)
    assert (report.rows, report.bad_rows, report.reads) == (reads.size, 0, reads.size)
    assert_stored(store, reads, range(0, 100, 9))


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_wide_files(tmp_path: Path, form: str) -> None:
    reads = loads(50, 28)
    days = np.tile(np.arange(28), 50)
    columns: dict[str, object] = {
        "series": np.repeat(np.arange(50), 28),
        "date": (START.astype("datetime64[D]") + days).astype("datetime64[us]"),
    }
    columns |= {f"h{slot:02d}": reads[:, :, slot].ravel() / 1000 for slot in range(96)}
    table = pa.table(columns)
    store = IntervalStore(tmp_path / "store")
    if form == "parquet":
        pq.write_table(table, tmp_path / "wide.parquet")
        report = ingest_parquet(store, tmp_path / "wide.parquet", known_at=KNOWN, zone=ZONE)
    else:
        head = ",".join(table.column_names)
        body = (
            f"{s},{START.astype('datetime64[D]') + d},{','.join(f'{v / 1000:.3f}' for v in reads[s, d])}"
            for s in range(50)
            for d in range(28)
        )
        (tmp_path / "wide.csv").write_text(head + "\r\n" + "\r\n".join(body))
        report = ingest_csv(store, tmp_path / "wide.csv", known_at=KNOWN, zone=ZONE)
    assert (report.rows, report.bad_rows, report.reads) == (50 * 28, 0, reads.size)
    assert_stored(store, reads, range(0, 50, 7))


def test_bad_rows_are_listed_by_line_and_good_ones_kept(tmp_path: Path) -> None:
    rows = [
        "meter,timestamp,kwh,export_kwh",
        "1,2026-02-01 00:00,1.5,0",
        "1,2026-02-01 00:15,abc,0",
        "x,2026-02-01 00:15,1,0",
        "1,2026-02-30 00:15,1,0",
        "1,2026-02-01 00:20,1,0",
        '1,"2026-02-01 00:30",0.25,0.5',
        "1,2026-02-01 00:45,1",
        "",
        "1,2026-02-01T02:15:00+09:00,7e-3,0",
        "1,2026-02-01 00:00,1.5,0",
        "1,2026-02-01 00:00,1.6,0",
        "1,2026-02-01 02:00,,",
        "1,2026-02-01 03:00,-0.2,0",
        "1,2026-02-01 04:00,1.2345,0",
        "1,2026-02-01 05:00,9999999999,0",
        "1,2026-02-01 06:00,nan,0",
    ]
    path = tmp_path / "bad.csv"
    path.write_text("\n".join(rows))
    heard: list[Fault] = []
    store = IntervalStore(tmp_path / "store")
    report = ingest_csv(store, path, known_at=KNOWN, zone=ZONE, on_faults=heard.extend)
    assert [fault.line for fault in heard] == [3, 4, 5, 6, 8, 13, 16, 17]
    assert all(fault.file == "bad.csv" and fault.problem for fault in heard)
    assert (report.bad_rows, report.repeated, report.conflicting) == (8, 1, 1)
    found = store.read_month(1, FEBRUARY)
    assert (found.import_wh[0, 0], found.quality[0, 0]) == (1600, 20)
    assert (found.import_wh[0, 2], found.export_wh[0, 2]) == (250, 500)
    assert store.read_month(1, FEBRUARY).import_wh[0, 16] == 1235
    assert (found.import_wh[0, 12], found.quality[0, 12]) == (-200, 20)
    assert found.quality[0, 1] == 255 and report.findings["NEGATIVE"] == 1
    assert found.import_wh[0, 0:6].tolist() == [1600, 0, 250, 0, 0, 7]


@pytest.mark.parametrize("text", ["", "meter,when\n1,2\n", "a,b,c\n", "meter,timestamp\n1,2026-01-01\n"])
def test_files_without_a_usable_head_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(FaultyInput, match=r"x\.csv:1"):
        ingest_csv(IntervalStore(tmp_path / "store"), path, known_at=KNOWN, zone=ZONE)
    path.rename(tmp_path / "x.parquet")
    with pytest.raises(FaultyInput, match=r"x\.parquet"):
        ingest_parquet(IntervalStore(tmp_path / "store"), tmp_path / "x.parquet", known_at=KNOWN, zone=ZONE)


def test_bad_rows_of_parquet(tmp_path: Path) -> None:
    times = [START, START + np.timedelta64(900, "s"), START + np.timedelta64(60, "s"), np.datetime64("NaT"), START]
    table = pa.table({"meter": [1, 1, 1, 1, None], "timestamp": np.array(times), "kwh": [1.0, float("nan"), 1, 1, 1]})
    pq.write_table(table, tmp_path / "b.parquet")
    report = ingest_parquet(IntervalStore(tmp_path / "store"), tmp_path / "b.parquet", known_at=KNOWN, zone=ZONE)
    assert [fault.line for fault in report.faults] == [2, 3, 4, 5]
    assert report.reads == 1


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=400))
def test_any_bytes_are_no_traceback(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.csv").write_bytes(b"meter,timestamp,kwh\n" + body)
    report = ingest_csv(IntervalStore(folder / "store"), folder / "a.csv", known_at=KNOWN, zone=ZONE)
    assert report.rows >= report.bad_rows


@settings(max_examples=30, deadline=None)
@given(days=st.integers(7, 31), seed=st.integers(0, 99))
def test_usual_days_are_those_of_the_validation(days: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    energy = rng.integers(-50, 4000, (5, days * 96)).astype(np.int32)
    quality = rng.choice(np.array([0, 0, 0, 11, 20, 255], np.uint8), energy.shape)
    quality[4] = 255
    fast, slow = usual_days(energy, quality), learn_like_days(energy, quality)
    assert (fast.median_wh == slow.median_wh).all() and (fast.spread_wh == slow.spread_wh).all()


FLAT = """
import re, sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from gridhall.engines.intervals.ingestion import ingest_csv
from gridhall.engines.intervals.store import IntervalStore

count = []
report = ingest_csv(IntervalStore(sys.argv[2]), Path(sys.argv[1]), known_at=datetime(2026, 4, 1, tzinfo=UTC),
                    zone=ZoneInfo("Asia/Shanghai"), on_faults=lambda faults: count.append(len(faults)))
print(report.rows, report.bad_rows, sum(count), len(report.faults), report.reads,
      int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def test_a_million_rows_with_a_hundred_thousand_bad(tmp_path: Path) -> None:
    path = tmp_path / "million.csv"
    with path.open("w") as file:
        file.write("meter,timestamp,kwh\n")
        days = [f"2026-02-{day + 1:02d}" for day in range(25)]
        times = [f"{day} {slot // 4:02d}:{slot % 4 * 15:02d}" for day in days for slot in range(96)]
        rows = 0
        for meter in range(417):
            for at, moment in enumerate(times):
                bad = rows % 10 == 3
                file.write(f"{meter},{moment if not bad or at % 3 else 'soon'},{'?' if bad and at % 3 else 0.25}\n")
                rows += 1
                if rows == 1_000_000:
                    break
    done = subprocess.run(
        [sys.executable, "-c", FLAT, str(path), str(tmp_path / "store")], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    rows, bad, heard, kept, reads, memory_mb = map(int, done.stdout.split())
    assert (rows, bad, heard, kept, reads) == (1_000_000, 100_000, 100_000, 1_000, 900_000)
    assert memory_mb < 600
