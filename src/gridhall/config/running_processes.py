"""Which processes run: found by number and birth, so that a number used again is never mistaken for the old process."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

PROC = Path("/proc")


def get_birth(pid: int) -> str:
    """Give a text that, with the number, names one process for ever; empty when there is no such process."""
    stat = _stat(pid)
    if stat is not None:
        return "" if stat[0] == "Z" else stat[19]
    if PROC.joinpath("self").exists():
        return ""
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()


def is_running(pid: int, birth: str) -> bool:
    """Tell whether the process that was born then still runs."""
    return pid > 0 and bool(birth) and get_birth(pid) == birth


def list_commands() -> list[tuple[int, str]]:
    """List every process with its command line, arguments separated by spaces."""
    if not PROC.joinpath("self").exists():
        shown = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=False).stdout
        rows = (line.strip().partition(" ") for line in shown.splitlines())
        return [(int(pid), command.strip()) for pid, _, command in rows if pid.isdigit()]
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                found.append((int(entry.name), line))
    return found


def list_group(leader: int) -> list[int]:
    """List the living members of a process group that was started as its own session."""
    if not PROC.joinpath("self").exists():
        return [leader] if get_birth(leader) else []
    members = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            stat = _stat(int(entry.name))
            if stat is not None and stat[0] != "Z" and int(stat[2]) == leader and int(stat[3]) == leader:
                members.append(int(entry.name))
    return members


def is_orphaned_group(leader: int, program: str) -> bool:
    """Tell whether a group outlived its leader and is made of processes of this program only."""
    members = list_group(leader)
    commands = dict(list_commands())
    return bool(members) and leader not in members and all(program in commands.get(pid, "") for pid in members)


def end_group(leader: int, *, patience_s: float) -> None:
    """Ask a process group to end, and make it end when it does not."""
    _signal_group(leader, signal.SIGTERM)
    if not _wait_until_gone(leader, patience_s):
        _signal_group(leader, signal.SIGKILL)
        _wait_until_gone(leader, 5.0)


def _wait_until_gone(leader: int, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while list_group(leader):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name: state, parent, group, session, …; the 20th is the birth in ticks."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()
