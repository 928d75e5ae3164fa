"""One month as a manifest names it: which shards and logs hold a chunk, and the reads they come to together."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gridhall.core.periods import Month
from gridhall.engines.intervals.codec import unpack_into, unpack_items_into
from gridhall.engines.intervals.delta import Log, Reads
from gridhall.engines.intervals.layout import (
    DAILY_FIELDS,
    DAY_SHARD_SERIES,
    KNOWN,
    KNOWN_TABLE,
    MONTH_ROWS,
    MONTH_SHARD_SERIES,
    QUALITY,
    SLOTS,
    Shard,
    plane_bounds,
)
from gridhall.engines.intervals.manifest import Manifest, Part
from gridhall.engines.intervals.merge import FOREVER, Block, apply_dense, apply_reads, empty_block

try:
    import resource
except ImportError:  # not on every system
    resource = None  # type: ignore[assignment]

_OPEN_SHARDS = 2_048
"""So many stay open where the system allows it: a year of a million meters has some 1,500."""
_FRAME = 64 << 10
_NO_CODES = np.zeros((3, 0, 0), np.uint16)
_NO_TABLE = np.zeros(0, np.int64)


class OpenShards:
    """The shard files that stay open, the least used closed first; shared by threads."""

    def __init__(self) -> None:
        self._shards: OrderedDict[str, Shard] = OrderedDict()
        self._lock = threading.Lock()
        self._most = _most_open()

    def is_open(self, path: str) -> bool:
        """Tell whether a shard is open already."""
        return path in self._shards

    def get(self, path: str) -> Shard:
        """Give the open shard. :raises FileNotFoundError: when a compaction has removed it meanwhile."""
        with self._lock:
            if path in self._shards:
                self._shards.move_to_end(path)
                return self._shards[path]
        shard = Shard(Path(path))
        with self._lock:
            self._shards[path] = shard
            while len(self._shards) > self._most:
                self._shards.popitem(last=False)
        return shard

    def close_others(self, folder: Path, names: set[str]) -> None:
        """Let go of the shards of a folder but these; whoever reads one just now reads on."""
        prefix = str(folder) + os.sep
        with self._lock:
            for path in [path for path in self._shards if path.startswith(prefix) and path[len(prefix) :] not in names]:
                del self._shards[path]


def ask_for(file: Path | int, *pieces: tuple[int, int]) -> None:
    """Ask the kernel for pieces (offset, length) of a file; they arrive while others are being asked for."""
    if not hasattr(os, "posix_fadvise"):
        return
    if isinstance(file, int):
        for offset, length in pieces:
            os.posix_fadvise(file, offset, length, os.POSIX_FADV_WILLNEED)
        return
    with contextlib.suppress(OSError):
        fd = os.open(file, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        try:
            ask_for(fd, *pieces)
        finally:
            os.close(fd)


def _most_open() -> int:
    """Half of the files this process may open; it may open more than the usual thousand if it only asks."""
    if resource is None:
        return _OPEN_SHARDS // 8
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * _OPEN_SHARDS if hard == resource.RLIM_INFINITY else min(2 * _OPEN_SHARDS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return _OPEN_SHARDS if soft == resource.RLIM_INFINITY else min(_OPEN_SHARDS, soft // 2)


@dataclass(frozen=True)
class Source:
    """
    What one shard tells about some rows of a block.

    :param at: column of the block at which it begins.
    """

    at: int
    values: NDArray[np.int32]
    quality: NDArray[np.uint8]
    bases: NDArray[np.int64]
    coded: tuple[bool, bool, bool]
    known_codes: NDArray[np.uint16]
    table: NDArray[np.int64]


def read_source(shard: Shard, row: int, first: int, count: int) -> Source:
    """Decompress rows [first, first + count) of a chunk. :raises UnreadableShard: when its bytes are damaged."""
    geometry = shard.geometry
    cells = geometry.days * SLOTS
    entry = shard.directory[row]
    raw = shard.read_planes(row)
    bounds = plane_bounds(entry["lengths"])

    def plane(index: int, out: NDArray) -> None:
        begin, end = bounds[index]
        whole = out.shape[0] == geometry.rows
        done = unpack_into(raw[begin:end], out) if whole else unpack_items_into(raw[begin:end], first * cells, out)
        if not done:
            raise shard.damaged(int(entry["chunk"]))

    values = np.zeros((3, count, cells), np.int32)
    quality = np.zeros((count, cells), np.uint8)
    for channel in range(3):
        if entry["lengths"][channel] and entry["narrow"] >> channel & 1:
            narrow = np.empty((count, cells), np.uint16)
            plane(channel, narrow)
            values[channel] = narrow
        elif entry["lengths"][channel]:
            plane(channel, values[channel])
    if entry["lengths"][QUALITY]:
        plane(QUALITY, quality)
    coded = tuple(bool(entry["lengths"][KNOWN + channel]) for channel in range(3))
    codes, table = _NO_CODES, _NO_TABLE
    if any(coded):
        codes = np.zeros((3, count, cells), np.uint16)
        for channel in range(3):
            if coded[channel]:
                plane(KNOWN + channel, codes[channel])
        begin, end = bounds[KNOWN_TABLE]
        table = raw[begin:end].copy().view(np.int64)
    at = max(geometry.day, 0) * SLOTS
    return Source(at, values, quality, entry["known_base"].astype(np.int64), coded, codes, table)  # type: ignore[arg-type]


class MonthState:
    """A month at one generation of its manifest."""

    def __init__(
        self, folder: Path, month: Month, manifest: Manifest, shards: OpenShards, logs: dict[str, Log]
    ) -> None:
        self.folder = folder
        self._prefix = str(folder) + os.sep
        self.month = month
        self.manifest = manifest
        self._shards = shards
        self.logs = [logs.setdefault(name, Log(folder / name)) for name in manifest.logs]
        self.history = [logs.setdefault(name, Log(folder / name)) for name in manifest.history]
        self._month_parts: dict[int, list[Part]] = {}
        self._day_parts: dict[int, list[Part]] = {}
        for part in manifest.parts:
            (self._month_parts if part.day < 0 else self._day_parts).setdefault(part.shard, []).append(part)

    def fingerprint(self) -> str:
        """Name all that was ever written into the month: every write gives another name, a compaction the same."""
        contents = self.manifest.seen | {f"{content:016x}" for log in self.logs for content in log.contents}
        return hashlib.sha256("\n".join(sorted(contents)).encode()).hexdigest()

    def shard(self, part: Part) -> Shard:
        """Open the file of a part."""
        return self._shards.get(self._prefix + part.name)

    def prefetch_frames(self, series: int) -> None:
        """Ask the kernel for the ends of the shards that hold a series, unless they are open."""
        for part in self.manifest.covering(series):
            if not self._shards.is_open(self._prefix + part.name):
                ask_for(self.folder / part.name, (0, 1), (max(part.size - _FRAME, 0), _FRAME))

    def prefetch_daily(self, series: int) -> None:
        """Ask the kernel for the daily sums of a series."""
        for shard, row, _ in self.sources_of(series // MONTH_ROWS):
            entry = shard.directory[row]
            ask_for(shard.fd, (int(entry["daily_offset"]), int(entry["daily_length"])))

    def parts_of(self, chunk: int) -> list[Part]:
        """Give the parts that may hold a chunk of 32 series."""
        series = chunk * MONTH_ROWS
        return [
            *self._month_parts.get(series // MONTH_SHARD_SERIES, ()),
            *self._day_parts.get(series // DAY_SHARD_SERIES, ()),
        ]

    def sources_of(self, chunk: int) -> list[tuple[Shard, int, int]]:
        """Give (shard, directory row, first row inside the chunk) for a chunk of 32 series."""
        found = []
        for part in self.parts_of(chunk):
            if part.end_series <= chunk * MONTH_ROWS or part.first_series >= (chunk + 1) * MONTH_ROWS:
                continue
            shard = self.shard(part)
            rows = shard.geometry.rows
            row = shard.find(chunk * MONTH_ROWS // rows)
            if row >= 0:
                found.append((shard, row, chunk * MONTH_ROWS % rows))
        return found

    def late_reads(self, first_series: int, end_series: int) -> Reads | None:
        """Give the late and corrected reads of some series that no compaction has folded in yet, None if none."""
        return _between(self.logs, first_series, end_series)

    def overwritten_reads(self, first_series: int, end_series: int) -> Reads | None:
        """Give the reads that later ones replaced; who asks for no earlier moment never has them in memory."""
        for log in self.history:
            log.refresh()
        return _between(self.history, first_series, end_series)

    def count_late_reads(self) -> int:
        """Count the late and corrected reads that no compaction has folded in; each takes 32 bytes of memory."""
        return sum(len(batch) for log in self.logs for batch in log.batches)

    def touched_chunks(self) -> NDArray[np.int64]:
        """Give the chunks of 32 series that have late reads, rising."""
        pieces = [log.chunks() for log in self.logs if log.end]
        if len(pieces) == 1:
            return pieces[0]
        return np.unique(np.concatenate(pieces)) if pieces else np.empty(0, np.int64)

    def load_block(self, chunk: int, *, first: int = 0, count: int = MONTH_ROWS, as_of: int = FOREVER) -> Block:
        """
        Give the reads of rows [first, first + count) of a chunk of 32 series, whatever they are made of.

        :param as_of: microseconds since 1970 UTC; what became known later is left out.
        :raises UnreadableShard: when a file is damaged.
        """
        start = chunk * MONTH_ROWS + first
        block = empty_block(start, count, self.month.days * SLOTS)
        for shard, row, offset in self.sources_of(chunk):
            source = read_source(shard, row, offset + first, count)
            apply_dense(
                block.values, block.quality, block.known_at, source.at, source.values, source.quality, source.bases,
                source.coded, source.known_codes, source.table, as_of,
            )  # fmt: skip
        logs = [self.late_reads(start, start + count)]
        if as_of != FOREVER:
            logs.append(self.overwritten_reads(start, start + count))
        for reads in logs:
            if reads is not None:
                apply_reads(block, reads, as_of)
        return block

    def read_series(self, series: int, as_of: int = FOREVER) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Give int32[3, D * 96] and uint8[D * 96] of one series."""
        chunk, row = divmod(series, MONTH_ROWS)
        if as_of == FOREVER and self.late_reads(series, series + 1) is None:
            sources = self.sources_of(chunk)
            if len(sources) == 1 and sources[0][0].geometry.day < 0:
                source = read_source(sources[0][0], sources[0][1], row, 1)
                return source.values[:, 0], source.quality[0]
        block = self.load_block(chunk, first=row, count=1, as_of=as_of)
        return block.values[:, 0], block.quality[0]

    def held_days(self, chunk: int) -> NDArray[np.bool_]:
        """Tell for a chunk of 32 series of which days anything is held, bool[32, D]; late reads are not looked at."""
        found = np.zeros((MONTH_ROWS, self.month.days), bool)
        for shard, at, offset in self.sources_of(chunk):
            first = max(shard.geometry.day, 0)
            daily = self._daily_of(shard, at)[3, offset : offset + MONTH_ROWS]
            found[:, first : first + shard.geometry.days] |= daily < SLOTS
        return found

    @staticmethod
    def _daily_of(shard: Shard, at: int) -> NDArray[np.int64]:
        daily = np.empty((len(DAILY_FIELDS), shard.geometry.rows, shard.geometry.days), np.int64)
        if not unpack_into(shard.read_daily(at), daily):
            raise shard.damaged(int(shard.directory[at]["chunk"]))
        return daily

    def read_daily(self, series: int) -> NDArray[np.int64]:
        """Give int64[5, D], the DAILY_FIELDS of one series; a day without any read has 96 missing slots."""
        days = self.month.days
        chunk, row = divmod(series, MONTH_ROWS)
        out = np.zeros((len(DAILY_FIELDS), days), np.int64)
        out[3] = SLOTS
        if self.late_reads(series, series + 1) is None:
            taken = np.zeros(days, bool)
            for shard, at, offset in self.sources_of(chunk):
                geometry = shard.geometry
                where = slice(max(geometry.day, 0), max(geometry.day, 0) + geometry.days)
                mine = self._daily_of(shard, at)[:, offset + row]
                has_any = mine[3] < SLOTS
                if (has_any & taken[where]).any():
                    break  # two sources tell the same day: only the reads themselves say which counts
                out[:, where][:, has_any] = mine[:, has_any]
                taken[where] |= has_any
            else:
                return out
        block = self.load_block(chunk, first=row, count=1)
        return daily_sums(block.values, block.quality)[:, 0]


def daily_sums(values: NDArray[np.int32], quality: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Give int64[5, rows, D], the DAILY_FIELDS of int32[3, rows, D * 96] and uint8[rows, D * 96]."""
    rows = quality.shape[0]
    imports = values[0].reshape(rows, -1, SLOTS)
    codes = quality.reshape(rows, -1, SLOTS)
    return np.stack(
        [
            imports.sum(axis=2, dtype=np.int64), values[1].reshape(imports.shape).sum(axis=2, dtype=np.int64),
            np.maximum(imports.max(axis=2), 0).astype(np.int64), (codes == 255).sum(axis=2),
            ((codes >= 10) & (codes <= 13)).sum(axis=2),
        ]
    )  # fmt: skip


def _between(logs: list[Log], first_series: int, end_series: int) -> Reads | None:
    pieces = []
    for log in logs:
        if not log.end:
            continue
        reads = log.reads()
        begin, end = np.searchsorted(reads.series, (first_series, end_series))
        if end > begin:
            pieces.append(reads.take(slice(int(begin), int(end))))
    if not pieces:
        return None
    return pieces[0] if len(pieces) == 1 else Reads.joined(pieces)
