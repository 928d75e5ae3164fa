"""
The drop folder: files laid into `in/` are brought in and moved to `done/`, or to `failed/` when nothing could be used.

What was wrong stands beside the file in `<name>.faults.csv`. A file leaves `in/` last of all: whatever is killed before
that is done again, and an import done again changes nothing.
"""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gridhall.apps.metering.actions.imports import ImportSummary, UnableToImportReads, import_reads
from gridhall.core.errors import BusinessError, Fault, FaultyInput

IN, DONE, FAILED = "in", "done", "failed"
SETTLED_AFTER_S = 10
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")


@dataclass(frozen=True)
class Dropped:
    """What became of one file: `summary` when it was brought in, `problem` when nothing of it could be used."""

    name: str
    moved_to: Path | None
    summary: ImportSummary | None
    problem: str = ""


@dataclass
class DropFolder:
    """
    A folder that is looked at again and again.

    :param root: holds `in`, `done` and `failed`, which are made.
    """

    root: Path
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (IN, DONE, FAILED):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def list_ready(self, *, at: datetime) -> list[Path]:
        """
        List the files that whoever lays them down has finished, by name.

        Finished is what has not changed for ten seconds, or since the last look; hidden files and those that end in
        .part or .tmp are being written.
        """
        ready, seen = [], {}
        for path in sorted(map(_name_in_text, (self.root / IN).iterdir())):
            if path.name.startswith(".") or path.suffix.lower() in _UNFINISHED or not path.is_file():
                continue
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            signature = (stat.st_size, stat.st_mtime_ns)
            seen[path.name] = signature
            is_old = at.timestamp() - stat.st_mtime >= SETTLED_AFTER_S
            if is_old or self._seen.get(path.name) == signature:
                ready.append(path)
        self._seen = seen
        return ready


def import_dropped_file(
    *, folder: DropFolder, path: Path, at: datetime, actor: str, progress: Callable[..., None] | None = None
) -> Dropped | None:
    """Bring one file of the folder in and move it; None if it is gone or being imported by someone else."""
    try:
        summary = import_reads(path=path, at=at, actor=actor, progress=progress)
    except UnableToImportReads:
        return None
    except BusinessError as refusal:
        if not path.exists():
            return None
        faults = refusal.faults if isinstance(refusal, FaultyInput) else [Fault(path.name, None, None, refusal.message)]
        target = _move(path, folder.root / FAILED)
        _write_faults(target, faults)
        return Dropped(path.name, target, None, refusal.message)
    target = _move(path, folder.root / DONE)
    if summary.faults_file:
        shutil.copyfile(summary.faults_file, _beside(target))
    return Dropped(path.name, target, summary)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".faults.csv")


def _name_in_text(path: Path) -> Path:
    """Give a file whose name is no UTF-8 its name in UTF-8: many senders in China write names in GBK."""
    try:
        path.name.encode()
    except UnicodeEncodeError:
        name = os.fsencode(path.name).decode("gb18030", "replace")
        with contextlib.suppress(OSError):  # gone meanwhile, or not ours to rename
            return path.rename(_free_name(path.parent / name))
        return path.with_name(".unreadable")  # as hidden: it is left alone
    return path


def _move(path: Path, folder: Path) -> Path:
    """Move a file to where no other file of its name is overwritten."""
    return Path(shutil.move(path, _free_name(folder / path.name)))


def _free_name(path: Path) -> Path:
    target, number = path, 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return target


def _write_faults(path: Path, faults: list[Fault]) -> None:
    with _beside(path).open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "field", "problem", "remedy", "severity"])
        for fault in faults:
            severity = "warning" if fault.is_warning else "fault"
            writer.writerow([fault.file, fault.line, fault.field, fault.problem, fault.remedy, severity])
