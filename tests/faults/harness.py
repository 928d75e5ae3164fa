"""
The real house in a folder of its own, and a hand on every plug.

`Hall` starts what `gridhall up` starts (supervisor, database, server, worker) with its own data folder and ports, runs
commands against it, and kills any part with SIGKILL. Nothing here is shared with the tests' other database.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.conf import settings

from gridhall.config import addresses
from gridhall.config.embedded_postgres import read_record
from gridhall.config.run_folder import RunFolder

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "gridhall"]


class Hall:
    """One running house; use `running_hall`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run_folder = RunFolder(folder)
        self.port = next(port for port in range(8300, 8400) if addresses.is_port_free("127.0.0.1", port))
        left_out = ("DATABASE_URL", "GRIDHALL_INTERVAL_STORE", "GRIDHALL_DROP_FOLDER", "GRIDHALL_DATABASE_POOL")
        self.environment = {name: value for name, value in os.environ.items() if name not in left_out} | {
            "GRIDHALL_DATA": str(folder),
            # As far from now as can be: nothing but what a test does happens in its house, at whatever time it runs.
            "GRIDHALL_NIGHT_HOUR": str((datetime.now(ZoneInfo(settings.TIME_ZONE)).hour + 12) % 24),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY / "src"), os.environ.get("PYTHONPATH", "")])),
        }

    def run(self, *arguments: str, timeout_s: float = 300) -> str:
        """Run a command to its end and give what it printed; a failing command fails the test."""
        done = subprocess.run(
            [*COMMAND, *arguments], env=self.environment, capture_output=True, text=True, timeout=timeout_s,
            stdin=subprocess.DEVNULL, cwd=self.folder, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"gridhall {' '.join(arguments)}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command that the test is going to kill; what it says goes to `log/command.log`."""
        with (self.run_folder.log_path / "command.log").open("ab") as log:
            return subprocess.Popen(
                [*COMMAND, *arguments], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, cwd=self.folder,
            )  # fmt: skip

    def up(self, *, with_demo: bool = False) -> str:
        """Bring everything up, without the demo county unless asked."""
        return self.run("up", "--port", str(self.port), "--demo" if with_demo else "--no-demo", timeout_s=900)

    def down(self) -> str:
        """Take everything down."""
        return self.run("down")

    def connect(self) -> psycopg.Connection[Any]:
        """Connect to the database where it is now: after a kill it may be at another port."""
        return psycopg.connect(str(read_record(self.folder)["url"]), connect_timeout=5)

    def kill_database(self) -> None:
        """Pull the plug of PostgreSQL."""
        self._kill(int(read_record(self.folder)["pid"]))

    def kill_server(self) -> None:
        """Kill the web server's main process."""
        self._kill(int(self.run_folder.read_state().children["server"]["pid"]))

    def kill_worker(self) -> None:
        """Kill the queue's worker."""
        self._kill(int(self.run_folder.read_state().children["worker"]["pid"]))

    def kill_supervisor(self) -> None:
        """Kill the process that keeps the others alive; they go on as orphans."""
        self._kill(self.run_folder.find_supervisor())

    def wait_until_database_answers(self, timeout_s: float = 60) -> float:
        """Wait until a statement runs. Returns the seconds it took."""
        started = time.monotonic()
        while True:
            try:
                with self.connect() as connection:
                    connection.execute("select 1")
                return time.monotonic() - started
            except (psycopg.OperationalError, OSError):
                assert time.monotonic() - started < timeout_s, self.read_logs()
                time.sleep(0.05)

    def wait_until_it_answers(self, timeout_s: float = 90) -> float:
        """Wait until the first page is served without an error. Returns the seconds it took."""
        from gridhall.cli.operations import supervision

        started = time.monotonic()
        while True:
            status = supervision.ask_server(self.run_folder.read_wanted())
            if status is not None and status < 500:
                return time.monotonic() - started
            assert time.monotonic() - started < timeout_s, self.read_logs()
            time.sleep(0.1)

    def read_logs(self) -> str:
        """Give the last words of everything, for the message of a failing test."""
        logs = sorted(self.run_folder.log_path.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs)

    @staticmethod
    def _kill(pid: int) -> None:
        assert pid > 0, "there is no such process to kill"
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def running_hall(*, with_demo: bool = False) -> Iterator[Hall]:
    """Give a running house in a folder of its own; it is ended and removed afterwards, whatever happened."""
    folder = Path(tempfile.mkdtemp(prefix="gridhall-faults-"))
    folder.chmod(0o755)
    hall = Hall(folder)
    try:
        hall.up(with_demo=with_demo)
        yield hall
    finally:
        hall.down()
        shutil.rmtree(folder, ignore_errors=True)
