"""Imports with the plug pulled twenty times: process, worker and database; then the same as if nothing had been."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.faults.harness import Hall, running_hall

pytestmark = pytest.mark.faults

METERS, DAYS = 400, 31
COMMAND_KILLS, WORKER_KILLS, DATABASE_KILLS = 8, 6, 6
HANG = f"""
from datetime import UTC, date, datetime
from gridhall.apps.accounts.models import CustomerAccount, Feeder, Place, ServiceLocation, Transformer, UsagePoint
from gridhall.apps.metering import actions
at, opened = datetime(2026, 2, 1, tzinfo=UTC), date(2025, 1, 1)
place = Place.objects.create(code="1", name="County", kind="COUNTY")
feeder = Feeder.objects.create(code="F", name="Feeder", substation="S")
transformer = Transformer.objects.create(code="T", name="T", feeder=feeder, capacity_kva=400)
spot = ServiceLocation.objects.create(place=place, address="Road 1")
accounts = CustomerAccount.objects.bulk_create(
    CustomerAccount(number=f"{{n:013d}}", kind="RESIDENT", name="N", opened_on=opened) for n in range({METERS}))
points = UsagePoint.objects.bulk_create(
    UsagePoint(code=f"UP{{n}}", account=a, service_location=spot, transformer=transformer, voltage="V220",
               connected_on=opened) for n, a in enumerate(accounts))
meters = actions.register_meters(new=[actions.NewMeter(f"K{{n:04d}}") for n in range({METERS})], at=at, actor="test")
actions.install_meters(new=[actions.NewInstallation(p.pk, m.pk, opened) for p, m in zip(points, meters)],
                       at=at, actor="test")
"""
LOOK = f"""
import hashlib, json
import numpy as np
from gridhall.apps.metering.models import ReadImport, ValidationFinding
from gridhall.apps.metering.queries import read_matrix
from gridhall.core.models import Event
from gridhall.core.periods import Month
held = read_matrix(Month(2026, 1), np.arange({METERS}))
fields = ("meter__serial_number", "rule", "status", "period_start_at", "period_end_at", "slots", "measured_wh",
          "expected_wh", "fingerprint")
print("LOOK", json.dumps({{
    "reads": hashlib.sha256(held.import_wh.tobytes() + held.quality.tobytes()).hexdigest(),
    "findings": sorted(map(str, ValidationFinding.objects.values_list(*fields))),
    "imports": sorted(map(list, ReadImport.objects.values_list("file_name", "status", "rows_rejected"))),
    "stored": dict(ReadImport.objects.values_list("file_name", "rows_stored")),
    "told": Event.objects.filter(kind="ReadsImported").count(),
    "corrected": sorted({{e["meter_serial"] for e in Event.objects.filter(kind="ReadsCorrected").values_list(
        "payload", flat=True)}}),
}}))
"""


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    """A house with four hundred meters."""
    with running_hall() as hall:
        hall.run("manage", "shell", "-c", HANG)
        yield hall


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A month in the order of time, a part of it corrected, and the same again in another form."""
    folder = tmp_path_factory.mktemp("arriving")
    rng = np.random.default_rng(4)
    values = rng.integers(100, 400, (METERS, DAYS * 96))
    values[rng.integers(0, METERS, 60), rng.integers(0, DAYS * 96, 60)] = 25_000
    values[7, 600:700] = 250
    stamps = np.datetime64("2026-01-01T00:00") + np.arange(DAYS * 96) * np.timedelta64(15, "m")
    with (folder / "month.csv").open("w") as file:
        file.write("meter,timestamp,kwh\n")
        for cell, stamp in enumerate(str(one).replace("T", " ") for one in stamps):
            bad = cell % 50 == 0
            file.writelines(
                f"K{row:04d},{stamp},{'oops' if bad and row % 40 == 3 else value / 1000}\n"
                for row, value in enumerate(values[:, cell].tolist())
            )
    values[:, 960:1056] += 11
    columns = {
        "meter": np.repeat([f"K{row:04d}" for row in range(METERS)], DAYS * 96),
        "timestamp": np.tile(stamps.astype("datetime64[us]"), METERS),
        "kwh": values.ravel() / 1000,
    }
    pq.write_table(pa.table(columns), folder / "corrected.parquet")
    return [folder / "month.csv", folder / "corrected.parquet"]


def look(hall: Hall) -> dict[str, Any]:
    said = hall.run("manage", "shell", "-c", LOOK)
    return json.loads(said.split("LOOK ", 1)[1].splitlines()[0])


def forget(hall: Hall) -> None:
    """Empty what imports fill."""
    with hall.connect() as connection:
        connection.execute("truncate metering_readimport, metering_validationfinding, core_event cascade")
    for folder in ("intervals", "imports"):
        shutil.rmtree(hall.folder / folder, ignore_errors=True)


def wait_until_at_work(hall: Hall, path: Path, timeout_s: float = 60) -> bool:
    """Wait until someone holds the lock of a file's import; False if it is done."""
    key = int.from_bytes(hashlib.sha256(path.read_bytes()).digest()[:8], signed=True)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.Error, OSError), hall.connect() as connection:
            held = connection.execute(
                "select 1 from pg_locks where locktype = 'advisory' and granted"
                " and (classid::bigint << 32 | objid::bigint) = %s",
                [key],
            ).fetchone()
            if held is not None:
                return True
            row = connection.execute(
                "select 1 from metering_readimport where file_name = %s and status = 'DONE'", [path.name]
            ).fetchone()
            if row is not None:
                return False
        time.sleep(0.02)
    raise AssertionError(f"nobody imports {path.name}\n{hall.read_logs()}")


def wait_for_worker(hall: Hall, timeout_s: float = 40) -> None:
    """Wait until the supervisor has started the worker again."""
    deadline = time.monotonic() + timeout_s
    while not int(hall.run_folder.read_state().children["worker"]["pid"]):
        assert time.monotonic() < deadline, hall.read_logs()
        time.sleep(0.05)


def defer(hall: Hall, task: str, arguments: dict[str, object]) -> None:
    with hall.connect() as connection:
        connection.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args, status) values ('default', %s, %s, 'todo')",
            [task, json.dumps(arguments)],
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    process.wait()


def import_under_kills(hall: Hall, path: Path, chance: random.Random, kills: list[str]) -> int:
    """Start an import again and again and kill it or its database; gives how many kills struck while it ran."""
    struck = 0
    for what in kills:
        process = hall.start("meters", "import", str(path))
        is_at_work = wait_until_at_work(hall, path)
        time.sleep(chance.uniform(0.0, 0.7))
        struck += is_at_work and process.poll() is None
        if what == "database":
            hall.kill_database()
            hall.wait_until_database_answers(timeout_s=30)
        kill(process)
    return struck


def drop_under_kills(hall: Hall, path: Path, chance: random.Random, kills: list[str]) -> int:
    """Lay a file into the drop folder and kill whoever brings it in."""
    folder = hall.folder / "drop" / "in"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, folder / f".{path.name}")
    (folder / f".{path.name}").rename(folder / path.name)
    struck = 0
    for what in kills:
        defer(hall, "metering.import_dropped", {"name": path.name})
        is_at_work = wait_until_at_work(hall, path)
        time.sleep(chance.uniform(0.0, 0.7))
        struck += is_at_work and (folder / path.name).exists()
        if what == "database":
            hall.kill_database()
            hall.wait_until_database_answers(timeout_s=30)
        else:
            wait_for_worker(hall)
            hall.kill_worker()
            with hall.connect() as connection:  # as if half a minute had gone by: then its job is taken for stalled
                connection.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
        defer(hall, "gridhall.core.tasks.retry_stalled_jobs", {"timestamp": 0})
    deadline = time.monotonic() + 60
    while (folder / path.name).exists():
        assert time.monotonic() < deadline, hall.read_logs()
        time.sleep(0.5)
        with hall.connect() as connection:
            waits = connection.execute(
                "select 1 from procrastinate_jobs where task_name = 'metering.import_dropped'"
                " and status in ('todo', 'doing')"
            ).fetchone()
        if waits is None:
            defer(hall, "metering.import_dropped", {"name": path.name})
        else:
            defer(hall, "gridhall.core.tasks.retry_stalled_jobs", {"timestamp": 0})
    return struck


def test_twenty_kills_leave_what_an_undisturbed_import_leaves(hall: Hall, files: list[Path]) -> None:
    for path in files:
        hall.run("meters", "import", str(path))
    wanted = look(hall)
    assert len(wanted["findings"]) > 60
    assert len(wanted["corrected"]) == METERS
    forget(hall)
    chance = random.Random(20)
    month, corrected = files
    plan = ["command"] * (COMMAND_KILLS - 3) + ["database"] * 3
    struck = import_under_kills(hall, month, chance, plan)
    hall.run("meters", "import", str(month))
    struck += import_under_kills(hall, corrected, chance, ["command"] * 3)
    struck += drop_under_kills(hall, corrected, chance, ["worker", "database"] * 3 + ["worker"] * (WORKER_KILLS - 3))
    found = look(hall)
    assert COMMAND_KILLS + WORKER_KILLS + DATABASE_KILLS == 20
    assert struck >= 10, f"only {struck} kills found an import at work"
    assert found == wanted
