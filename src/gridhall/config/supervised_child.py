"""One process that the supervisor keeps alive: started, watched, started again with growing patience."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from gridhall.config import running_processes

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 30.0
HEALTHY_AFTER_S = 20.0
LOG_LIMIT_BYTES = 20 * 1024 * 1024


class SupervisedChild:
    """
    A child in a session of its own, so that one signal reaches all it has started.

    :param environment: added to ours.
    """

    def __init__(self, name: str, command: list[str], *, log_path: Path, environment: dict[str, str]) -> None:
        self.name = name
        self.command = command
        self.log_path = log_path
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        self.restarts = -1
        self._pause_s = FIRST_PAUSE_S
        self._started_at = 0.0
        self._due_at = 0.0

    def keep_alive(self) -> bool:
        """Start the process if it is not running and its pause is over. Tells whether anything changed."""
        now = time.monotonic()
        if self.process is not None:
            if self.process.poll() is None:
                if now - self._started_at > HEALTHY_AFTER_S:
                    self._pause_s = FIRST_PAUSE_S
                return False
            self._bury(now)
            return True
        if now < self._due_at:
            return False
        turn_log(self.log_path)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=os.environ | self.environment, cwd=self.log_path.parent,
            )  # fmt: skip
        self._started_at = now
        self.restarts += 1
        return True

    def stop(self, patience_s: float = 20.0) -> None:
        """Stop the process and all that it has started."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(patience_s)
            running_processes.end_group(self.process.pid, patience_s=0.5)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
        self.process = None

    def describe(self) -> dict[str, Any]:
        """Give the facts that let another process find this one: number, birth, restarts."""
        pid = self.process.pid if self.process is not None else 0
        return {"pid": pid, "birth": running_processes.get_birth(pid) if pid else "", "restarts": self.restarts}

    def _bury(self, now: float) -> None:
        """End what the dead process left behind, and wait longer the more often it dies young."""
        assert self.process is not None
        running_processes.end_group(self.process.pid, patience_s=0.2)
        code, lived_s = self.process.returncode, now - self._started_at
        with self.log_path.open("a") as log:
            log.write(
                f"[supervisor] {self.name} ended with {code} after {lived_s:.1f} s; again in {self._pause_s:.1f} s\n"
            )
        self.process = None
        self._due_at = now + self._pause_s
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)


def turn_log(path: Path) -> None:
    """Keep a log and its predecessor below the limit; the writer goes on, as it appends."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > LOG_LIMIT_BYTES:
            shutil.copyfile(path, path.with_name(f"{path.name}.1"))
            os.truncate(path, 0)
