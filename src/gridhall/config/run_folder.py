"""
What the supervisor and the command line tell each other, through small files in `.gridhall/run`.

`wanted.json` says what should run (written by `gridhall up` and `down`), `state.json` what does (written by the
supervisor). That the supervisor lives is told by a lock that the kernel frees at any death, never by a number alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

DEFAULT_PORT = 8000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should run; without `is_serving` the database alone."""

    is_serving: bool = False
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    workers: int = 2
    generation: int = 0
    fingerprint: str = ""


@dataclass(slots=True)
class State:
    """What runs, as the supervisor last saw it."""

    supervisor_pid: int = 0
    database_is_ready: bool = False
    serving_generation: int = -1
    failure: str = ""
    children: dict[str, dict[str, Any]] = field(default_factory=dict)


class RunFolder:
    """The files of one installation's running processes."""

    def __init__(self, data_folder: Path) -> None:
        self.data_folder = data_folder
        self.path = data_folder / "run"
        self.log_path = data_folder / "log"

    def make(self) -> None:
        """Make the folders."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.log_path.mkdir(parents=True, exist_ok=True)

    def read_wanted(self) -> Wanted:
        """Read what should run; the default when nobody has said."""
        return Wanted(**_read(self.path / "wanted.json", Wanted.__dataclass_fields__))

    def write_wanted(self, wanted: Wanted) -> None:
        """Say what should run."""
        _write(self.path / "wanted.json", asdict(wanted))

    def read_state(self) -> State:
        """Read what the supervisor last wrote."""
        return State(**_read(self.path / "state.json", State.__dataclass_fields__))

    def write_state(self, state: State) -> None:
        """Tell what runs."""
        _write(self.path / "state.json", asdict(state))

    def is_supervised(self) -> bool:
        """Tell whether a supervisor is alive."""
        lock = self.try_lock("supervisor")
        if lock is None:
            return True
        lock.close()
        return False

    def find_supervisor(self) -> int:
        """Give the number of the supervisor's process; 0 when none is alive."""
        if not self.is_supervised():
            return 0
        text = (self.path / "supervisor.lock").read_text().strip()
        return int(text) if text.isdigit() else 0

    def try_lock(self, name: str) -> IO[str] | None:
        """Take a lock that dies with this process; None when another process has it."""
        self.make()
        file = (self.path / f"{name}.lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return None
        return file

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock, waiting for it."""
        self.make()
        with (self.path / f"{name}.lock").open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _read(path: Path, fields: Any) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return {name: value for name, value in content.items() if name in fields}


def _write(path: Path, content: dict[str, Any]) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(content, indent=1))
    fresh.rename(path)
