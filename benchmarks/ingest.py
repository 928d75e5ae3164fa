"""Files of reads into the store: parsed, validated, stored; and how many bytes a read takes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.bill_run import database
from benchmarks.loads import BATCH, KNOWN_AT, MONTH, make_loads
from benchmarks.machine import evict, read_bare
from benchmarks.registry import Bench, Result, measures
from gridhall.core.periods import days_between
from gridhall.engines.intervals.ingestion import open_long_file
from gridhall.engines.intervals.ingestion import read_days as read_file_days
from gridhall.engines.intervals.store import IntervalStore

ZONE = ZoneInfo("Asia/Shanghai")
READS_A_METER = MONTH.days * 96


def serial_of(meter: int) -> str:
    """Give the number on the front of a meter."""
    return f"B4228{meter:07d}"


def _stamps() -> np.ndarray:
    return np.datetime64(MONTH.first_day, "m") + np.arange(READS_A_METER) * np.timedelta64(15, "m")


def long_csv(folder: Path, meters: int) -> Path:
    """Write the reads as text, one line a read, as a head end exports it; made once."""
    path = folder / f"arriving-{meters}.csv"
    if not path.exists():
        imports, _, _ = make_loads(0, meters)
        times = [str(moment).replace("T", " ") for moment in _stamps()]
        temporary = path.with_suffix(".part")
        with temporary.open("w") as file:
            file.write("meter,timestamp,kwh\n")
            for meter, reads in enumerate(imports.reshape(meters, -1).tolist()):
                serial = serial_of(meter)
                file.writelines(
                    f"{serial},{time},{wh // 1000}.{wh % 1000:03d}\n" for time, wh in zip(times, reads, strict=True)
                )
        temporary.rename(path)
    return path


def arriving_parquet(folder: Path, meters: int) -> Path:
    """Write the same as Parquet, one row a read; made once."""
    path = folder / f"arriving-{meters}.parquet"
    if not path.exists():
        imports, _, _ = make_loads(0, meters)
        names = pa.DictionaryArray.from_arrays(
            np.repeat(np.arange(meters, dtype=np.int32), READS_A_METER), [serial_of(meter) for meter in range(meters)]
        )
        table = pa.table(
            {
                "meter": names.cast(pa.string()),
                "timestamp": np.tile(_stamps().astype("datetime64[us]"), meters),
                "kwh": imports.ravel() / 1000,
            }
        )
        pq.write_table(table, path, compression="zstd")
    return path


def wide_arriving(folder: Path, meters: int) -> Path:
    """Write the same as Parquet, one row a meter and day with 96 columns; made once."""
    path = folder / f"arriving-wide-{meters}.parquet"
    if not path.exists():
        imports, _, _ = make_loads(0, meters)
        days = np.arange(np.datetime64(MONTH.first_day), np.datetime64(MONTH.next().first_day))
        columns: dict[str, object] = {
            "meter": [serial_of(meter) for meter in range(meters) for _ in range(MONTH.days)],
            "date": np.tile(days, meters),
        }
        columns |= {f"{at // 4:02d}:{at % 4 * 15:02d}": imports[:, :, at].ravel() / 1000 for at in range(96)}
        pq.write_table(pa.table(columns), path, compression="zstd")
    return path


def hang_meters(count: int) -> None:
    """Register meters and hang each at a customer of its own."""
    from gridhall.apps.accounts.models import CustomerAccount, Feeder, Place, ServiceLocation, Transformer, UsagePoint
    from gridhall.apps.metering import actions

    place = Place.objects.create(code="422826", name="County", kind="COUNTY")
    feeder = Feeder.objects.create(code="F1", name="Feeder", substation="Substation")
    transformer = Transformer.objects.create(code="T1", name="Transformer", feeder=feeder, capacity_kva=400)
    location = ServiceLocation.objects.create(place=place, address="Road 1")
    opened = MONTH.first_day.replace(year=2024)
    accounts = CustomerAccount.objects.bulk_create(
        CustomerAccount(number=f"{at:013d}", kind="RESIDENT", name=f"Customer {at}", opened_on=opened)
        for at in range(count)
    )
    points = UsagePoint.objects.bulk_create(
        UsagePoint(
            code=f"UP{at:08d}", account=account, service_location=location, transformer=transformer, voltage="V220",
            connected_on=opened,
        )
        for at, account in enumerate(accounts)
    )  # fmt: skip
    meters = actions.register_meters(
        new=[actions.NewMeter(serial_of(at)) for at in range(count)], at=KNOWN_AT, actor="bench"
    )
    hung = [actions.NewInstallation(point.pk, meter.pk, opened) for point, meter in zip(points, meters, strict=True)]
    actions.install_meters(new=hung, at=KNOWN_AT, actor="bench")


@measures("ingest")
def import_files(bench: Bench) -> Iterator[Result]:
    """What staff run: files brought in by `import_reads`, validated, recorded and told in a real database."""
    meters = 500 if bench.quick else 10_000
    few = 500 if bench.quick else 4_000
    bench.say(f"files of {meters:,} and {few:,} meters")
    table, wide, text = (
        arriving_parquet(bench.folder, meters), wide_arriving(bench.folder, meters), long_csv(bench.folder, few),
    )  # fmt: skip
    with database(bench.folder / "ingest") as root:
        hang_meters(meters)
        for path, count, name, budget in (
            (table, meters, "ingest_parquet", 10e6), (wide, meters, "ingest_parquet_wide", 10e6),
            (text, few, "ingest_csv", 3e6),
        ):  # fmt: skip
            yield _measure(bench, root, path, count, name, budget)


def _measure(bench: Bench, root: Path, path: Path, count: int, name: str, budget: float) -> Result:
    from django.db import connection

    from gridhall.apps.metering import actions
    from gridhall.apps.metering.queries import get_store

    reads = count * READS_A_METER

    def work() -> None:
        done = actions.import_reads(path=path, at=KNOWN_AT, actor="bench")
        assert (done.stored, done.rejected, done.meters) == (reads, 0, count), done
        bench.say(f"{path.name}: {sum(done.findings.values()):,} failures found")

    def fresh() -> None:
        shutil.rmtree(root, ignore_errors=True)
        get_store()._states.clear()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE metering_readimport, metering_validationfinding CASCADE")

    fresh()
    work()
    seconds = bench.timed(work, times=3, before=fresh)
    bare = bench.timed(lambda: read_bare([path]), before=lambda: evict([path]))
    reader = (lambda: pq.read_table(path)) if path.suffix == ".parquet" else (lambda: pyarrow.csv.read_csv(path))
    ratios = {"bare read of the file": bare / seconds, "pyarrow reading alone": bench.timed(reader) / seconds}
    if (long := open_long_file(path, zone=ZONE)) is not None:
        ratios["parsing into days alone"] = bench.timed(lambda: sum(1 for _ in read_file_days(long)), times=2) / seconds
    note = "import_reads: parsed, validated, stored, recorded in PostgreSQL; best of 3"
    return Result(name, reads / seconds, "reads/s", budget, ratios=ratios, note=note)


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

    def write_days() -> None:
        store, series = IntervalStore(root), np.arange(len(found[0]))
        for position, day in enumerate(days_between(MONTH.first_day, MONTH.next().first_day)):
            store.write_days(day, series, found[0][:, position], known_at=KNOWN_AT)

    def size() -> int:
        return sum(path.stat().st_size for path in root.rglob("*.shard"))

    fresh()
    write(1)
    one = size() / cells
    month_s = bench.timed(lambda: write(1), times=3, before=fresh)
    days_s = bench.timed(write_days, times=3, before=fresh)
    fresh()
    write(3)
    four = size() / cells
    fresh()
    yield Result("store_bytes_a_read", one, "bytes", 1.4, lower_is_better=True, note="one channel")
    yield Result("store_bytes_a_read_four_channels", four, "bytes", 1.56, lower_is_better=True,
                 note="import, export, reactive and quality; 6 % firms with reactive, 5 % with solar")  # fmt: skip
    yield Result("store_write_days", cells / days_s, "reads/s", note="a day at a time, as reads arrive; best of 3")
    yield Result("store_write_months", cells / month_s, "reads/s", note="packed to be read fast; best of 3")
