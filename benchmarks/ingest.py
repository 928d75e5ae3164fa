"""Files of reads into the store: parsed, validated, stored; and how many bytes a read takes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.loads import BATCH, KNOWN_AT, MONTH, make_loads
from benchmarks.machine import evict, read_bare
from benchmarks.peers import long_parquet
from benchmarks.registry import Bench, Result, measures
from gridhall.engines.intervals.ingestion import IngestReport, ingest_csv, ingest_parquet
from gridhall.engines.intervals.store import IntervalStore

ZONE = ZoneInfo("Asia/Shanghai")
READS_A_METER = MONTH.days * 96


def long_csv(folder: Path, meters: int) -> Path:
    """Write the reads as text, one line a read; made once."""
    path = folder / f"long-{meters}.csv"
    if not path.exists():
        imports, _, _ = make_loads(0, meters)
        moments = np.datetime64(MONTH.first_day, "m") + np.arange(READS_A_METER) * np.timedelta64(15, "m")
        times = [str(moment).replace("T", " ") for moment in moments]
        temporary = path.with_suffix(".part")
        with temporary.open("w") as file:
            file.write("meter,timestamp,kwh\n")
            for meter, reads in enumerate(imports.reshape(meters, -1).tolist()):
                file.writelines(
                    f"{meter},{time},{wh // 1000}.{wh % 1000:03d}\n" for time, wh in zip(times, reads, strict=True)
                )
        temporary.rename(path)
    return path


@measures("ingest")
def ingest_files(bench: Bench) -> Iterator[Result]:
    """Long files of 15-minute reads, validation included."""
    meters = 500 if bench.quick else 10_000
    few = 500 if bench.quick else 4_000
    bench.say(f"files of {meters:,} and {few:,} meters")
    table = long_parquet(bench.folder, meters)
    text = long_csv(bench.folder, few)
    root = bench.folder / "ingested"

    def fresh() -> None:
        shutil.rmtree(root, ignore_errors=True)

    def parquet() -> IngestReport:
        return ingest_parquet(IntervalStore(root), table, known_at=KNOWN_AT, zone=ZONE)

    def csv() -> IngestReport:
        return ingest_csv(IntervalStore(root), text, known_at=KNOWN_AT, zone=ZONE)

    for work, path, count, name, budget in (
        (parquet, table, meters, "ingest_parquet", 10e6), (csv, text, few, "ingest_csv", 3e6),
    ):  # fmt: skip
        fresh()
        report = work()
        assert report.reads == count * READS_A_METER and not report.bad_rows, report
        seconds = bench.timed(work, times=3, before=fresh)
        bare = bench.timed(lambda path=path: read_bare([path]), before=lambda path=path: evict([path]))
        reader = (lambda path=path: pq.read_table(path)) if work is parquet else (lambda path=path: _read_csv(path))
        ratios = {"bare read of the file": bare / seconds, "pyarrow reading alone": bench.timed(reader) / seconds}
        yield Result(
            name, count * READS_A_METER / seconds, "reads/s", budget, ratios=ratios, note="best of 3, VEE included"
        )
    fresh()


def _read_csv(path: Path) -> object:
    return pyarrow.csv.read_csv(path)


@measures("store")
def write_matrices(bench: Bench) -> Iterator[Result]:
    """Whole months from matrices, and the room they take, daily sums and directories included."""
    root = bench.folder / "written"
    found = make_loads(0, 2 * BATCH)
    cells = found[0].size

    def fresh() -> None:
        shutil.rmtree(root, ignore_errors=True)

    def write(channels: int) -> None:
        store = IntervalStore(root)
        store.write_month(MONTH, 0, *found[:channels], known_at=KNOWN_AT)

    def size() -> int:
        return sum(path.stat().st_size for path in root.rglob("*.shard"))

    fresh()
    write(1)
    one = size() / cells
    seconds = bench.timed(lambda: write(1), times=3, before=fresh)
    fresh()
    write(3)
    four = size() / cells
    fresh()
    yield Result("store_bytes_a_read", one, "bytes", 1.4, lower_is_better=True, note="one channel")
    yield Result("store_bytes_a_read_four_channels", four, "bytes", 1.56, lower_is_better=True,
                 note="import, export, reactive and quality; 6 % firms with reactive, 5 % with solar")  # fmt: skip
    yield Result(
        "store_write_matrices", cells / seconds, "reads/s", 128e6, note="on the disk when it returns; best of 3"
    )
