"""Pull the plug on a writer in random moments: what was acknowledged is there, and the store opens."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from gridhall.core.periods import Month
from gridhall.engines.intervals import store as store_module
from gridhall.engines.intervals.delta import Log
from gridhall.engines.intervals.manifest import Manifest, read_manifest
from gridhall.engines.intervals.store import IntervalStore

MONTH = Month(2026, 6)
SERIES = 40
WRITER = """
import json, sys
from datetime import UTC, date, datetime
import numpy as np
from gridhall.core.periods import Month
from gridhall.engines.intervals.store import IntervalStore

root, first = sys.argv[1], int(sys.argv[2])
store = IntervalStore(root)
for turn in range(first, 100_000):
    known = datetime.fromtimestamp(1_780_000_000 + turn, UTC)
    day = turn % 30
    value = np.full((40, 96), turn + 1)
    if turn % 3 == 2:
        store.write_reads(np.full(96, 7), np.full(96, f"2026-06-{day + 1:02d}", "datetime64[D]"), np.arange(96),
                          np.full(96, turn + 1), known_at=known)
    elif turn % 3 == 1:
        month = np.full((40, 30, 96), 255, np.uint8)
        month[:, day] = 0
        store.write_month(Month(2026, 6), 0, np.full((40, 30, 96), turn + 1), None, None, month, known_at=known)
    else:
        store.write_days(date(2026, 6, day + 1), np.arange(40), value, known_at=known)
    print(turn, flush=True)
    if turn % 5 == 4:
        store.compact(Month(2026, 6))
"""


def acknowledged(process: subprocess.Popen[str], alive_s: float) -> list[int]:
    """Let the writer live for a while after its first acknowledgement, then kill it; give what it acknowledged."""
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(alive_s)
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    process.wait()
    return [int(line) for line in (first + rest).split("\n") if line.strip()]


@pytest.mark.faults
def test_killed_writers_lose_nothing(tmp_path: Path) -> None:
    dice = random.Random(11)
    done: list[int] = []
    for _ in range(20):
        start = done[-1] + 1 if done else 0
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(start)], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        done += acknowledged(process, dice.uniform(0, 0.6))
        store = IntervalStore(tmp_path)
        seven, other = store.read_month(7, MONTH), store.read_month(8, MONTH)
        for day in range(30):
            of_day = [turn for turn in done if turn % 30 == day]
            if of_day:
                assert (seven.import_wh[day] >= max(of_day) + 1).all()
                assert len(set(seven.import_wh[day].tolist())) == 1  # whole batches only
            whole = [turn for turn in of_day if turn % 3 != 2]
            if whole:
                assert (other.import_wh[day] >= max(whole) + 1).all()
                assert len(set(other.import_wh[day].tolist())) == 1
    assert len(done) > 40
    assert len(json.loads((store.folder(MONTH) / "manifest.json").read_text())["manifest"]["seen"]) > 10
    IntervalStore(tmp_path).compact(MONTH)
    again = IntervalStore(tmp_path).read_month(7, MONTH)
    assert (again.import_wh == seven.import_wh).all()
    left = [path.name for path in store.folder(MONTH).iterdir() if path.name.startswith("tmp-")]
    assert left == []


def test_a_reader_follows_compactions_of_another_process(tmp_path: Path) -> None:
    writer, reader = IntervalStore(tmp_path), IntervalStore(tmp_path)
    known = datetime(2026, 7, 1, tzinfo=UTC)
    for day in range(3):
        writer.write_days(date(2026, 6, day + 1), np.arange(SERIES), np.full((SERIES, 96), day + 5), known_at=known)
        assert reader.read_month(3, MONTH).import_wh[day, 0] == day + 5
    writer.write_reads(np.array([3]), np.array(["2026-06-01"]), np.array([0]), np.array([99]), known_at=known)
    assert reader.read_month(3, MONTH).import_wh[0, 0] == 99
    stale = reader.state(MONTH)
    writer.compact(MONTH)
    assert stale.manifest.generation < reader.state(MONTH).manifest.generation
    assert reader.read_month(3, MONTH).import_wh[:3, 1].tolist() == [5, 6, 7]
    assert reader.read_month(3, MONTH).import_wh[0, 0] == 99


def test_no_late_read_is_overlooked_while_another_process_compacts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, known = IntervalStore(tmp_path), datetime(2026, 7, 1, tzinfo=UTC)
    writer.write_reads(np.array([3]), np.array(["2026-06-01"]), np.array([0]), np.array([99]), known_at=known)
    waiting = [MONTH]

    def read_then_wait(folder: Path, month: Month) -> Manifest:
        manifest = read_manifest(folder, month)
        if waiting:  # just now another process takes the log in, and removes it
            writer.compact(waiting.pop())
        return manifest

    monkeypatch.setattr(store_module, "read_manifest", read_then_wait)
    assert IntervalStore(tmp_path).read_month(3, MONTH).import_wh[0, 0] == 99
    assert not waiting


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_what_a_compaction_replaced_is_not_held_open(tmp_path: Path) -> None:
    writer, reader, known = IntervalStore(tmp_path), IntervalStore(tmp_path), datetime(2026, 7, 1, tzinfo=UTC)
    for day in range(4):
        value = np.full((SERIES, 96), day + 5)
        writer.write_days(date(2026, 6, day + 1), np.arange(SERIES), value, known_at=known)
        at = np.array([f"2026-06-{day + 1:02d}"], "datetime64[D]")
        writer.write_reads(np.array([3]), at, np.array([day]), np.array([99]), known_at=known)
        for store in (writer, reader):
            store.read_month(3, MONTH)
        writer.compact(MONTH)
    reader.read_month(3, MONTH)
    files = [os.readlink(fd) for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
    assert [file for file in files if file.startswith(str(tmp_path)) and "(deleted)" in file] == []
    manifest = read_manifest(reader.folder(MONTH), MONTH)
    assert set(reader._logs[MONTH]) == {*manifest.logs, *manifest.history}


def test_late_reads_are_gone_through_once_not_at_every_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meters that tell every hour make a log of millions of reads by the evening; a page asks for one meter."""
    store, known = IntervalStore(tmp_path), datetime(2026, 7, 1, tzinfo=UTC)
    for series in (3, 70):
        at = np.array(["2026-06-01"], "datetime64[D]")
        store.write_reads(np.array([series]), at, np.array([0]), np.array([99]), known_at=known)
        assert store.state(MONTH).touched_chunks().tolist() == ([0] if series == 3 else [0, 2])
    with monkeypatch.context() as patch:
        patch.delattr(Log, "reads")
        assert store.state(MONTH).touched_chunks().tolist() == [0, 2]
