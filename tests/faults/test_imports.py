"""Pull the plug: imports killed at any moment, two at once, a hundred thousand bad rows."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from django.db import connection

from gridhall.apps.metering import actions, queries
from gridhall.apps.metering.models import ReadImport
from gridhall.apps.metering.tests.conftest import AT, make_town
from gridhall.config.database import get_url
from gridhall.core.models import Event
from gridhall.core.periods import Month

JANUARY = Month(2026, 1)
DAYS = 31
METERS = 120
LARGE = 340  # a month of so many meters is a million rows
MEASURE = (
    "import resource, sys; from gridhall.cli import main; sys.argv = ['gridhall', *sys.argv[1:]]\n"
    "try:\n    main()\nfinally:\n"
    "    print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)"
)


@pytest.fixture(autouse=True)
def own_folders(settings: object, tmp_path: Path) -> None:
    """Each test has a store of its own."""
    settings.GRIDHALL_INTERVAL_STORE = tmp_path / "intervals"
    settings.GRIDHALL_DROP_FOLDER = tmp_path / "drop"
    settings.DATA_DIR = tmp_path


def write_reads(path: Path, values: np.ndarray, bad_every: int = 0) -> int:
    """Write a file in the order of time, as a head end exports it; gives how many rows are bad."""
    first = np.datetime64("2026-01-01T00:00")
    bad = 0
    with path.open("w") as file:
        file.write("meter,timestamp,kwh\n")
        for cell in range(values.shape[1]):
            stamp = str(first + np.timedelta64(15 * cell, "m")).replace("T", " ")
            for row in range(values.shape[0]):
                number = cell * values.shape[0] + row
                if bad_every and number % bad_every == 0:
                    bad += 1
                    file.write(
                        f"P{row:04d},{stamp},{'abc' if bad % 2 else '1e99'}\n" if bad % 3 else f"P{row:04d},99,1\n"
                    )
                else:
                    file.write(f"P{row:04d},{stamp},{values[row, cell] / 1000:.3f}\n")
    return bad


def command(tmp_path: Path, *arguments: object, measure: bool = False) -> subprocess.Popen:
    """Start `gridhall meters …` on the test database and this test's folders."""
    environment = {
        **os.environ, "DATABASE_URL": get_url(connection.settings_dict), "GRIDHALL_DATA": str(tmp_path),
        "GRIDHALL_INTERVAL_STORE": str(tmp_path / "intervals"), "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    start = ["-c", MEASURE] if measure else ["-m", "gridhall"]
    return subprocess.Popen(
        [sys.executable, *start, "meters", *(str(one) for one in arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def values(transactional_db) -> np.ndarray:
    """A month of 120 meters that hang in a town."""
    town = make_town()
    meters = actions.register_meters(new=[actions.NewMeter(f"P{at:04d}") for at in range(METERS)], at=AT, actor="test")
    hung = [actions.NewInstallation(town.usage_point().pk, meter.pk, date(2025, 1, 1)) for meter in meters]
    actions.install_meters(new=hung, at=AT, actor="test")
    return np.random.default_rng(7).integers(0, 2_000, (METERS, DAYS * 96)).astype(np.int32)


def held() -> np.ndarray:
    series = queries.list_segments(month=JANUARY).series_id
    matrix = queries.read_matrix(JANUARY, np.sort(series))
    assert set(np.unique(matrix.quality)) <= {0, 1}
    return matrix.import_wh


@pytest.mark.faults
def test_import_killed_again_and_again_loses_nothing_and_doubles_nothing(values, tmp_path):
    path = tmp_path / "reads.csv"
    write_reads(path, values)
    chance = random.Random(11)
    killed = 0
    for _ in range(8):
        process = command(tmp_path, "import", path)
        time.sleep(chance.uniform(0.6, 1.6))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
    out, error = command(tmp_path, "import", path).communicate()
    assert killed, "no import was slow enough to be killed"
    assert (held() == values).all(), error
    record = ReadImport.objects.get()
    assert (record.status, record.rows_stored, record.rows_corrected, record.rows_rejected) == (
        "DONE",
        values.size,
        0,
        0,
    ), out
    assert not Event.objects.filter(kind="ReadsCorrected").exists()
    assert Event.objects.filter(kind="ReadsImported").count() == 1


@pytest.mark.faults
def test_correction_killed_again_and_again_is_told_for_every_meter(values, tmp_path):
    first = tmp_path / "reads.csv"
    write_reads(first, values)
    command(tmp_path, "import", first).communicate()
    values = values.copy()
    values[:, 100:300] += 7
    second = tmp_path / "corrected.csv"
    write_reads(second, values)
    chance = random.Random(5)
    for _ in range(6):
        process = command(tmp_path, "import", second)
        time.sleep(chance.uniform(1.5, 4.0))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
    command(tmp_path, "import", second).communicate()
    assert (held() == values).all()
    told = Event.objects.filter(kind="ReadsCorrected").values_list("payload", flat=True)
    assert {one["meter_serial"] for one in told} == {f"P{at:04d}" for at in range(METERS)}
    assert {(one["first_day"], one["end_day"]) for one in told} == {("2026-01-02", "2026-01-05")}
    assert ReadImport.objects.get(file_name="corrected.csv").rows_corrected <= 200 * METERS


@pytest.mark.faults
def test_of_two_imports_at_once_one_goes_on(values, tmp_path):
    path = tmp_path / "reads.csv"
    write_reads(path, values)
    both = [command(tmp_path, "import", path) for _ in range(2)]
    answers = [process.communicate() for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 1], [0, 0]), answers
    if codes == [0, 1]:
        assert any("being imported right now" in error for _, error in answers)
    else:
        assert any("brought in before" in out for out, _ in answers)
    assert (held() == values).all()
    assert ReadImport.objects.get().rows_stored == values.size


@pytest.mark.faults
def test_a_hundred_thousand_bad_rows_are_listed_in_flat_memory(values, tmp_path):
    large = 4 * LARGE
    actions.register_meters(new=[actions.NewMeter(f"P{at:04d}") for at in range(METERS, large)], at=AT, actor="test")
    big = np.tile(values, (large // METERS + 1, 1))[:large]
    peaks, rejected = {}, {}
    for name, part in (("million", big[:LARGE]), ("four", big)):
        path = tmp_path / f"{name}.csv"
        bad = write_reads(path, part, 10)
        faults = tmp_path / f"{name}.faults.csv"
        process = command(tmp_path, "import", path, "--json", "--faults", faults, measure=True)
        out, error = process.communicate()
        summary = json.loads(out)[0]
        peaks[name] = int(error.rsplit("PEAK", 1)[1])
        assert (summary["rejected"], summary["stored"] + summary["unchanged"]) == (bad, part.size - bad), error
        rejected[name] = bad
        lines = [
            row.split(",")[1]
            for row in faults.read_text(encoding="utf-8-sig").splitlines()[1:]
            if row.endswith("fault")
        ]
        assert len(set(lines)) == bad
        assert lines[0] == "2"
        assert ReadImport.objects.get(file_name=f"{name}.csv").faults.count() <= 1_000
        assert len(summary["faults"]) <= 1_000
    assert rejected["million"] > 100_000
    assert peaks["four"] < peaks["million"] + 150, peaks
    print("peak MiB", peaks)  # noqa: T201 - shown with -s
