"""
The append-only log of late and corrected reads: checksummed records, on the disk before they are acknowledged.

A record is one batch of columns. A tail that a crash tore off is ignored and cut before the next append; damage
anywhere else is an error that names the file.
"""

from __future__ import annotations

import os
import struct
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.codec import checksum, pack, unpack_into
from gridhall.engines.intervals.layout import MONTH_ROWS, UnreadableShard

_MAGIC = b"GHD1"
_FRAME = struct.Struct("<4sIQ")
_HEAD = struct.Struct("<QI8I")


@dataclass(frozen=True)
class Reads:
    """
    Single reads, n of them, sorted by series or not.

    :param series: int64[n].
    :param cell: int16[n], day of the month x 96 + slot.
    :param told: uint8[n], bit 0 import, 1 export, 2 reactive: the channels this read tells.
    :param values: int32[3, n], Wh (varh) of the channels told.
    :param quality: uint8[n]; MISSING stands in history for "told by another record".
    :param known_at: int64[n], microseconds since 1970 UTC.
    """

    series: NDArray[np.int64]
    cell: NDArray[np.int16]
    told: NDArray[np.uint8]
    values: NDArray[np.int32]
    quality: NDArray[np.uint8]
    known_at: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.series)

    def take(self, which: NDArray | slice) -> Reads:
        """Give some of the reads."""
        return Reads(
            self.series[which], self.cell[which], self.told[which], np.ascontiguousarray(self.values[:, which]),
            self.quality[which], self.known_at[which],
        )  # fmt: skip

    def sorted(self) -> Reads:
        """Give the reads by series, then cell, then moment."""
        return self.take(np.lexsort((self.known_at, self.cell, self.series)))

    @staticmethod
    def joined(pieces: list[Reads]) -> Reads:
        """Give all reads of some batches."""
        if not pieces:
            return Reads(
                np.empty(0, np.int64), np.empty(0, np.int16), np.empty(0, np.uint8), np.empty((3, 0), np.int32),
                np.empty(0, np.uint8), np.empty(0, np.int64),
            )  # fmt: skip
        return Reads(
            np.concatenate([piece.series for piece in pieces]), np.concatenate([piece.cell for piece in pieces]),
            np.concatenate([piece.told for piece in pieces]),
            np.concatenate([piece.values for piece in pieces], axis=1),
            np.concatenate([piece.quality for piece in pieces]), np.concatenate([piece.known_at for piece in pieces]),
        )  # fmt: skip


def content_of(reads: Reads) -> int:
    """Give the hash of what a batch says, whatever the moment it came."""
    columns = (reads.series, reads.cell, reads.told, reads.values, reads.quality)
    return checksum(np.array([checksum(column) for column in columns], np.uint64))


def _columns(reads: Reads) -> list[NDArray]:
    return [reads.series, reads.cell, reads.told, *reads.values, reads.quality, reads.known_at]


def _encode(reads: Reads, content: int) -> bytes:
    packed = [pack(column, 0) for column in _columns(reads)]
    body = _HEAD.pack(content, len(reads), *(piece.size for piece in packed)) + b"".join(p.tobytes() for p in packed)
    return _FRAME.pack(_MAGIC, len(body), checksum(body)) + body


def _decode(body: bytes) -> tuple[int, Reads]:
    content, count, *lengths = _HEAD.unpack_from(body)
    columns = [np.empty(count, kind) for kind in (np.int64, np.int16, np.uint8, *[np.int32] * 3, np.uint8, np.int64)]
    at = _HEAD.size
    for column, length in zip(columns, lengths, strict=True):
        if not unpack_into(np.frombuffer(body, np.uint8, length, at), column):
            raise ValueError("a column cannot be decompressed")
        at += length
    return content, Reads(columns[0], columns[1], columns[2], np.stack(columns[3:6]), columns[6], columns[7])


class Log:
    """One log file as it stands; `refresh` takes in what was appended since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.end = 0
        self.batches: list[Reads] = []
        self.contents: set[int] = set()
        self._sorted: Reads | None = None
        self._chunks: NDArray[np.int64] | None = None
        self._lock = threading.RLock()

    def refresh(self) -> bool:
        """
        Read what is new; tell whether there was anything.

        :raises UnreadableShard: when a record other than the last one is damaged.
        :raises FileNotFoundError: when a compaction has removed the log meanwhile.
        """
        with self._lock:
            return self._take_in()

    def _take_in(self) -> bool:
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            if self.end:
                raise
            size = 0
        if size < self.end:
            raise UnreadableShard(self.path, f"it is shorter ({size} bytes) than the {self.end} bytes already read")
        if size == self.end:
            return False
        with self.path.open("rb") as file:
            file.seek(self.end)
            data = file.read()
        at = 0
        while (body := self._record(data, at)) is not None:
            try:
                content, reads = _decode(body)
            except (ValueError, struct.error) as error:
                raise UnreadableShard(self.path, f"the record at byte {self.end + at} cannot be read") from error
            self.batches.append(reads)
            self.contents.add(content)
            at += _FRAME.size + len(body)
        self.end += at
        if at:
            self._sorted = self._chunks = None
        return at > 0

    def _record(self, data: bytes, at: int) -> bytes | None:
        """Give the body of the record at `at`, None at the end or at a torn tail."""
        if len(data) - at < _FRAME.size:
            return None
        magic, length, expected = _FRAME.unpack_from(data, at)
        body = data[at + _FRAME.size : at + _FRAME.size + length]
        if magic == _MAGIC and len(body) == length and checksum(body) == expected:
            return body
        is_last = magic == _MAGIC and at + _FRAME.size + length >= len(data)
        if is_last or not any(data[at:]):  # torn: longer than the file, or blocks that never reached the disk
            return None
        raise UnreadableShard(self.path, f"the record at byte {self.end + at} does not match its checksum")

    def reads(self) -> Reads:
        """Give every read of the log, by series and cell."""
        with self._lock:
            if self._sorted is None:
                self._sorted = Reads.joined(self.batches).sorted()
                self.batches = [self._sorted]
            return self._sorted

    def chunks(self) -> NDArray[np.int64]:
        """Give the chunks of 32 series that the log tells of, rising; every page asks, of a million reads maybe."""
        with self._lock:
            if self._chunks is None:
                self._chunks = np.unique(self.reads().series // MONTH_ROWS)
            return self._chunks

    def append(self, reads: Reads, content: int) -> None:
        """Add a batch, on the disk when this returns. Call it under the `write` lock."""
        self.refresh()
        record = _encode(reads, content)
        fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        try:
            if os.fstat(fd).st_size > self.end:
                os.ftruncate(fd, self.end)
            at = 0
            while at < len(record):
                at += os.pwrite(fd, record[at:], self.end + at)
            os.fsync(fd)
        finally:
            os.close(fd)
