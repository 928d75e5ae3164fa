"""Processes are known by number and birth; children come back with growing patience."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from gridhall.config import addresses, running_processes, supervised_child
from gridhall.config.run_folder import RunFolder, State, Wanted
from gridhall.config.supervised_child import SupervisedChild


def _wait_until(condition, timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_number_used_again_is_another_process() -> None:
    """Birth tells them apart; the dead have none."""
    birth = running_processes.get_birth(os.getpid())
    assert running_processes.is_running(os.getpid(), birth)
    assert not running_processes.is_running(os.getpid(), f"{birth}0")
    assert not running_processes.is_running(0, "")
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert running_processes.get_birth(process.pid) == ""


def test_end_group_ends_grandchildren_that_ignore_us() -> None:
    """All that a child has started is ended, politely, then not."""
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    )
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {stubborn!r}])"
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    assert len(running_processes.list_group(process.pid)) == 2
    running_processes.end_group(process.pid, patience_s=0.2)
    process.wait(5)
    assert running_processes.list_group(process.pid) == []


def test_child_is_started_again_with_growing_pauses(tmp_path: Path) -> None:
    """A child that dies at once is tried again, less and less often."""
    child = SupervisedChild("mayfly", [sys.executable, "-c", ""], log_path=tmp_path / "mayfly.log", environment={})
    _wait_until(lambda: (child.keep_alive(), child.restarts >= 2)[1])
    assert child._pause_s >= 4 * supervised_child.FIRST_PAUSE_S / 2
    assert "[supervisor] mayfly ended with 0" in (tmp_path / "mayfly.log").read_text()
    child.stop()


def test_child_stops_with_all_it_started(tmp_path: Path) -> None:
    """Stopping leaves nobody behind."""
    sleep = "import time; time.sleep(60)"
    script = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {sleep!r}]); {sleep}"
    child = SupervisedChild("parent", [sys.executable, "-c", script], log_path=tmp_path / "parent.log", environment={})
    child.keep_alive()
    pid = child.describe()["pid"]
    _wait_until(lambda: len(running_processes.list_group(pid)) == 2)
    child.stop(patience_s=2)
    assert running_processes.list_group(pid) == []


def test_long_log_is_turned(tmp_path: Path, monkeypatch) -> None:
    """A log keeps one predecessor, and its writer goes on writing."""
    monkeypatch.setattr(supervised_child, "LOG_LIMIT_BYTES", 10)
    log = tmp_path / "x.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"0123456789ABC")
        supervised_child.turn_log(log)
        writer.write(b"new")
    assert (tmp_path / "x.log.1").read_bytes() == b"0123456789ABC"
    assert log.read_bytes() == b"new"


def test_run_folder_keeps_what_it_is_told(tmp_path: Path) -> None:
    """Wanted and state survive; unknown words of another version are ignored."""
    folder = RunFolder(tmp_path)
    folder.make()
    assert folder.read_wanted() == Wanted() and folder.read_state() == State()
    folder.write_wanted(Wanted(is_serving=True, port=8123, generation=3))
    assert folder.read_wanted() == Wanted(is_serving=True, port=8123, generation=3)
    (folder.path / "wanted.json").write_text('{"port": 8124, "of_the_future": 1}')
    assert folder.read_wanted().port == 8124


def test_supervisor_is_known_by_its_lock(tmp_path: Path) -> None:
    """A number in a file is no proof of life."""
    folder = RunFolder(tmp_path)
    folder.make()
    (folder.path / "supervisor.lock").write_text(str(os.getpid()))
    assert not folder.is_supervised() and folder.find_supervisor() == 0


def test_hosts_follow_what_the_server_is_bound_to(monkeypatch) -> None:
    """Loopback by default; every name of the machine for 0.0.0.0; the operator's word before all."""
    monkeypatch.delenv("GRIDHALL_ALLOWED_HOSTS", raising=False)
    assert addresses.list_allowed_hosts("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]
    assert "10.1.2.3" in addresses.list_allowed_hosts("10.1.2.3")
    assert set(addresses.list_own_names()) <= set(addresses.list_allowed_hosts("0.0.0.0"))
    monkeypatch.setenv("GRIDHALL_ALLOWED_HOSTS", "hall.example")
    assert addresses.list_allowed_hosts("0.0.0.0") == ["hall.example"]
