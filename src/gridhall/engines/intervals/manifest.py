"""
What a month consists of: one small file, replaced whole by rename, that names the shards and logs that count.

Nothing is part of the store until the manifest names it, and the manifest names it only after the disk has it. So a
crash at any moment leaves the last complete state; files that no manifest names are swept away by the next
compaction.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gridhall.core.periods import Month
from gridhall.engines.intervals.codec import checksum
from gridhall.engines.intervals.layout import DAY_SHARD_SERIES, MONTH_SHARD_SERIES, UnreadableShard

MANIFEST = "manifest.json"
_FORMAT = 1
_BODY = b',"manifest":'


@dataclass(frozen=True)
class Part:
    """
    One shard file of a month.

    :param day: index of the day in the month, -1 for a month shard.
    :param shard: series_id // 8192 for month shards, // 65536 for day shards.
    :param known_at: microseconds since 1970 UTC; of the latest write inside.
    """

    name: str
    day: int
    shard: int
    first_series: int
    end_series: int
    known_at: int
    size: int


@dataclass(frozen=True)
class Manifest:
    """
    The parts and logs of one month.

    :param logs: names of the logs of late and corrected reads, oldest first; the last one is open for appending.
    :param history: names of the logs of overwritten reads ("what did we know when").
    :param seen: content hashes of every batch ever written, so that the same batch again changes nothing.
    """

    month: str
    generation: int = 0
    parts: tuple[Part, ...] = ()
    logs: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    seen: frozenset[str] = field(default_factory=frozenset)

    def with_parts(self, parts: list[Part], seen: list[str]) -> Manifest:
        """Give the manifest that names these parts too."""
        return replace(
            self, generation=self.generation + 1, parts=(*self.parts, *parts), seen=self.seen | frozenset(seen)
        )

    def covering(self, series: int) -> list[Part]:
        """Give the parts that may hold a series."""
        shards = (series // DAY_SHARD_SERIES, series // MONTH_SHARD_SERIES)
        return [part for part in self.parts if part.shard == shards[part.day < 0]]


def read_manifest(folder: Path, month: Month) -> Manifest:
    """
    Read a month's manifest; a month without one is empty.

    :raises UnreadableShard: if the file is damaged.
    """
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Manifest(str(month))
    try:
        sealed = json.loads(raw)
        body: dict[str, Any] = sealed["manifest"]
        # As it is written, the sealed text stands in the file; writing it again to compare would take longer.
        text = raw[raw.index(_BODY) + len(_BODY) : -1]
        is_sealed = sealed["checksum"] == f"{checksum(text):016x}" or sealed["checksum"] == _seal(body)
        if not is_sealed or body["format"] != _FORMAT or body["month"] != str(month):
            raise ValueError("its checksum does not match")
        return Manifest(
            month=body["month"],
            generation=body["generation"],
            parts=tuple(Part(**part) for part in body["parts"]),
            logs=tuple(body["logs"]),
            history=tuple(body["history"]),
            seen=frozenset(body["seen"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableShard(path, "it is empty" if not raw else "it is not a whole manifest") from error


def switch_manifest(folder: Path, manifest: Manifest) -> None:
    """Make `manifest` the month's state, on the disk when this returns. Call it under `writing`."""
    body = {
        "format": _FORMAT, "month": manifest.month, "generation": manifest.generation,
        "parts": [asdict(part) for part in manifest.parts], "logs": list(manifest.logs),
        "history": list(manifest.history), "seen": sorted(manifest.seen),
    }  # fmt: skip
    text = _text(body)
    data = b'{"checksum":"%016x"%s%s}' % (checksum(text), _BODY, text)
    temporary = folder / f"tmp-{os.getpid()}-{threading.get_ident()}-manifest"
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / MANIFEST)
    sync_folder(folder)


def _text(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _seal(body: dict[str, Any]) -> str:
    return f"{checksum(_text(body)):016x}"


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Hold a lock of a folder: among threads and processes one at a time; a dead process holds nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    fd = os.open(folder / f".{name}.lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def sweep(folder: Path, manifest: Manifest) -> int:
    """Remove files that nothing names: left-overs of writers that died. Call it under the locks `files` and `write`."""
    named = {part.name for part in manifest.parts} | {*manifest.logs, *manifest.history, MANIFEST}
    removed = 0
    for path in folder.iterdir():
        if path.name in named or path.name.startswith("."):
            continue
        if path.name.startswith("tmp-") and _is_alive(path.name.split("-")[1]):
            continue
        path.unlink(missing_ok=True)
        removed += 1
    return removed


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
