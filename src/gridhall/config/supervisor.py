"""
The process that keeps the house running: the embedded database, the web server, the queue worker.

`python -m gridhall.config.supervisor DATA_FOLDER` is started detached by `gridhall up`. It does what `wanted.json`
says, writes `state.json`, and ends everything in order when it is asked to end.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType

from gridhall.config import addresses
from gridhall.config.embedded_postgres import EmbeddedPostgres
from gridhall.config.postgres_home import UnableToRunPostgres
from gridhall.config.run_folder import RunFolder, State, Wanted
from gridhall.config.supervised_child import FIRST_PAUSE_S, LONGEST_PAUSE_S, SupervisedChild, turn_log

TICK_S = 0.1
LOGS_EVERY_S = 60.0
PAUSE_AFTER_ERROR_S = 1.0
CONNECTIONS = "1024"
"""Phones that may stay connected to a server process; how many are answered at a time is said in `asgi.py`."""


class Supervisor:
    """Keeps what is wanted running until it is told to end."""

    def __init__(self, data_folder: Path) -> None:
        self.folder = RunFolder(data_folder)
        self.state = State(supervisor_pid=os.getpid())
        self.wanted = Wanted()
        self.is_ending = False
        self.postgres = None if os.environ.get("DATABASE_URL") else EmbeddedPostgres(data_folder)
        self.children: list[SupervisedChild] = []
        self._postgres_pause_s = FIRST_PAUSE_S
        self._postgres_due_at = 0.0
        self._logs_due_at = 0.0

    def run(self) -> None:
        """Keep things running; returns after an orderly end."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)
        self.folder.write_state(self.state)
        while not self.is_ending:
            try:
                self._keep_database()
                if self.state.database_is_ready:
                    self._keep_children()
                self._turn_logs()
            except Exception:  # whatever happens, the one who keeps the others alive must go on
                traceback.print_exc()
                time.sleep(PAUSE_AFTER_ERROR_S)
            time.sleep(TICK_S)
        self._stop_children()
        if self.postgres is not None:
            self.postgres.stop()
        self.state = State()
        self.folder.write_state(self.state)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.is_ending = True

    def _keep_database(self) -> None:
        if self.postgres is None:
            self._tell(database_is_ready=True)
            return
        process = self.postgres.process
        is_alive = process is not None and process.poll() is None
        if is_alive and self.state.database_is_ready:
            return
        if time.monotonic() < self._postgres_due_at:
            return
        url_before = self.postgres.record.get("url")
        try:
            if not is_alive:
                with (self.folder.log_path / "postgres.log").open("ab") as log:
                    self.postgres.start(log)
            self.postgres.wait_until_ready(is_called_off=lambda: self.is_ending)
            self.postgres.ensure_database()
        except (UnableToRunPostgres, OSError) as refusal:
            self._postgres_due_at = time.monotonic() + self._postgres_pause_s
            self._postgres_pause_s = min(self._postgres_pause_s * 2, LONGEST_PAUSE_S)
            self._tell(database_is_ready=False, failure=str(refusal))
            return
        self._postgres_pause_s = FIRST_PAUSE_S
        if url_before not in (
            None,
            self.postgres.url,
        ):  # its port was taken meanwhile: the others must learn the new one
            self._stop_children()
        self._tell(database_is_ready=True, failure="")

    def _keep_children(self) -> None:
        wanted = self.folder.read_wanted()
        if wanted != self.wanted:
            self._stop_children()
            self.wanted = wanted
        if wanted.is_serving and not self.children:
            self.children = self._make_children(wanted)
        changed = [child.keep_alive() for child in self.children]
        if any(changed) or self.state.serving_generation != self._generation():
            self._tell()

    def _make_children(self, wanted: Wanted) -> list[SupervisedChild]:
        common = {
            "GRIDHALL_DATA": str(self.folder.data_folder),
            "PYTHONPATH": os.pathsep.join(filter(None, [_source_folder(), os.environ.get("PYTHONPATH", "")])),
            "PYTHONUNBUFFERED": "1",
            "GRIDHALL_ALLOWED_HOSTS": ",".join(addresses.list_allowed_hosts(wanted.host)),
            "GRIDHALL_PAGES": str(self._clear_pages()),
        }
        server = [
            sys.executable, "-m", "granian", "--interface", "asginl", "--host", wanted.host, "--port", str(wanted.port),
            "--workers", str(wanted.workers), "--backpressure", CONNECTIONS, "--respawn-failed-workers",
            "--workers-kill-timeout", "10", "--access-log", "--no-ws", "gridhall.config.asgi:application",
        ]  # fmt: skip
        worker = [sys.executable, "-m", "gridhall", "manage", "procrastinate", "worker"]
        log = self.folder.log_path
        return [
            SupervisedChild("server", server, log_path=log / "server.log", environment=common),
            SupervisedChild("worker", worker, log_path=log / "worker.log", environment=common),
        ]

    def _clear_pages(self) -> Path:
        """Give an empty folder, ours alone, for pages that the server's processes draw for each other."""
        pages = self.folder.data_folder / "run" / "pages"
        shutil.rmtree(pages, ignore_errors=True)
        pages.mkdir(parents=True, mode=0o700)
        return pages

    def _stop_children(self) -> None:
        for child in self.children:
            child.stop()
        self.children = []

    def _generation(self) -> int:
        return self.wanted.generation if self.children else -1

    def _tell(self, **changes: object) -> None:
        """Write the state when it differs from what was written last."""
        before = (self.state.database_is_ready, self.state.failure, self.state.children, self.state.serving_generation)
        for name, value in changes.items():
            setattr(self.state, name, value)
        self.state.serving_generation = self._generation()
        self.state.children = {child.name: child.describe() for child in self.children}
        after = (self.state.database_is_ready, self.state.failure, self.state.children, self.state.serving_generation)
        if before != after:
            self.folder.write_state(self.state)

    def _turn_logs(self) -> None:
        if time.monotonic() >= self._logs_due_at:
            self._logs_due_at = time.monotonic() + LOGS_EVERY_S
            for path in self.folder.log_path.glob("*.log"):
                turn_log(path)


def _source_folder() -> str:
    """The folder that holds the package, so that children find it whatever the caller's folder was."""
    return str(Path(__file__).resolve().parents[2])


def main() -> None:
    """Supervise one data folder, unless another supervisor does."""
    data_folder = Path(sys.argv[1])
    lock = RunFolder(data_folder).try_lock("supervisor")
    if lock is None:
        return
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    try:
        Supervisor(data_folder).run()
    except UnableToRunPostgres as refusal:
        RunFolder(data_folder).write_state(State(failure=refusal.message))
        sys.exit(1)
    finally:
        lock.close()


if __name__ == "__main__":
    main()
