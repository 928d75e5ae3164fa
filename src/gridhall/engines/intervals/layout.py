"""
The shard file: what its bytes mean, how it is written once, and how it is opened.

    header     64 bytes  magic, kind, year, month, days, rows a chunk, slots a day
    planes               for each chunk its compressed planes, one after the other
    daily                for each chunk its compressed daily sums
    directory            one DIRECTORY row a chunk
    footer     64 bytes  magic, where the directory stands, checksum of directory, header and footer

A chunk is an array [rows, days, 96]: 32 series x the month in a month shard, 256 series x 1 day in a day shard. A
plane that is all zero is not stored: quality codes of measured reads and unused channels cost nothing. Planes 4 to 6
say, for channels
whose cells became known at several moments, when: a code into plane 7; code 0 is the chunk's `known_base`.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gridhall.core.errors import BusinessError
from gridhall.engines.intervals.codec import checksum

SLOTS = 96
MONTH_ROWS = 32
DAY_ROWS = 256
MONTH_SHARD_SERIES = 8_192
DAY_SHARD_SERIES = 65_536
CHANNELS = ("import", "export", "reactive")
IMPORT, EXPORT, REACTIVE, QUALITY, KNOWN, KNOWN_TABLE = 0, 1, 2, 3, 4, 7
PLANES = 8
NEVER = np.iinfo(np.int64).min
"""The known-at of a channel that nobody wrote."""
DAILY_FIELDS = ("import_wh", "export_wh", "peak_wh", "missing_slots", "estimated_slots")

DIRECTORY = np.dtype(
    [
        ("chunk", "<i4"),
        ("export_rows", "<u4"),  # month shards: bit r is set when row r has anything but zeros
        ("reactive_rows", "<u4"),
        ("narrow", "<u4"),  # bit c is set when channel c is stored as uint16: all of it lies within 0 … 65535
        ("lengths", "<u4", (PLANES,)),
        ("offset", "<i8"),
        ("hash", "<u8"),
        ("daily_offset", "<i8"),
        ("daily_length", "<u4"),
        ("daily_hash", "<u8"),
        ("known_base", "<i8", (3,)),
    ]
)
_MAGIC = b"GHSHARD1"
_HEADER = struct.Struct("<8sBBHBBHH46x")
_FOOTER = struct.Struct("<8sqqqQQ16x")
MONTH_KIND, DAY_KIND = 0, 1


class UnreadableShard(BusinessError):
    """A file of the interval store is damaged; the message names it."""

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(
            f"The interval store cannot use {path}: {problem}. "
            "Restore this file from the backup, or import its reads again.",
            code="unreadable-shard",
        )
        self.path = Path(path)


@dataclass(frozen=True)
class Geometry:
    """Shape of a shard's chunks. `day` is the index of the day in its month, -1 for a month shard."""

    kind: int
    year: int
    month: int
    days: int
    day: int = -1

    @property
    def rows(self) -> int:
        """Series in a chunk."""
        return MONTH_ROWS if self.kind == MONTH_KIND else DAY_ROWS

    @property
    def blocksize(self) -> int:
        """Cells that can be decompressed alone: one series' month, or one day of 32 series."""
        return self.days * SLOTS if self.kind == MONTH_KIND else 32 * SLOTS

    @property
    def import_blocksize(self) -> int:
        """The same for the import channel, which nearly every series has: four of a month chunk, smaller and faster."""
        return 4 * self.blocksize if self.kind == MONTH_KIND else self.blocksize

    @property
    def cells(self) -> int:
        """Cells in a plane."""
        return self.rows * self.days * SLOTS


def write_shard(
    path: Path, geometry: Geometry, directory: NDArray, planes: NDArray[np.uint8], daily: NDArray[np.uint8]
) -> None:
    """
    Write a shard file and wait until the disk has it; `path` is a temporary name that the caller renames.

    :param directory: DIRECTORY rows in chunk order, offsets counted from the start of `planes` and of `daily`.
    """
    header = _HEADER.pack(
        _MAGIC, geometry.kind, 1, geometry.year, geometry.month, geometry.days, geometry.day & 0xFFFF, geometry.rows
    )
    rows = directory.copy()
    rows["offset"] += _HEADER.size
    rows["daily_offset"] += _HEADER.size + planes.size
    raw = rows.tobytes()
    at = _HEADER.size + planes.size + daily.size
    length = at + len(raw) + _FOOTER.size
    footer = _FOOTER.pack(_MAGIC, at, len(rows), length, checksum(raw), 0)
    footer = _FOOTER.pack(_MAGIC, at, len(rows), length, checksum(raw), checksum(header + footer))
    with path.open("wb", buffering=0) as file:
        for piece in (header, planes.data, daily.data, raw, footer):
            view = memoryview(piece).cast("B") if len(piece) else memoryview(b"")
            while len(view):
                view = view[file.write(view) :]
        os.fsync(file.fileno())


class Shard:
    """An open shard file: its directory in memory, its chunks one positioned read away."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.fd = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError:
            raise
        except OSError as error:
            raise UnreadableShard(path, f"it cannot be opened ({error.strerror})") from error
        self.geometry, self.directory = self._load()
        self.first_chunk = int(self.directory["chunk"][0]) if len(self.directory) else 0
        self.dense = bool(len(self.directory)) and int(self.directory["chunk"][-1]) - self.first_chunk + 1 == len(
            self.directory
        )
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self.fd, 0, 0, os.POSIX_FADV_RANDOM)

    def __del__(self) -> None:
        fd = getattr(self, "fd", -1)
        if fd >= 0 and os is not None and os.close is not None:  # None: the interpreter is going away
            os.close(fd)

    def _load(self) -> tuple[Geometry, NDArray]:
        size = os.fstat(self.fd).st_size
        if size < _HEADER.size + _FOOTER.size:
            raise UnreadableShard(self.path, "it is empty" if size == 0 else f"it is cut off after {size} bytes")
        header = os.pread(self.fd, _HEADER.size, 0)
        footer = os.pread(self.fd, _FOOTER.size, size - _FOOTER.size)
        magic, at, count, length, directory_hash, own_hash = _FOOTER.unpack(footer)
        if magic != _MAGIC or header[:8] != _MAGIC:
            raise UnreadableShard(self.path, "it is not a shard, or its end is missing")
        blank = _FOOTER.pack(magic, at, count, length, directory_hash, 0)
        if length != size or checksum(header + blank) != own_hash:
            raise UnreadableShard(self.path, "its frame does not match its checksum")
        raw = os.pread(self.fd, count * DIRECTORY.itemsize, at)
        if len(raw) != count * DIRECTORY.itemsize or checksum(raw) != directory_hash:
            raise UnreadableShard(self.path, "its directory does not match its checksum")
        _, kind, _, year, month, days, day, _ = _HEADER.unpack(header)
        return Geometry(kind, year, month, days, -1 if day == 0xFFFF else day), np.frombuffer(raw, DIRECTORY)

    def find(self, chunk: int) -> int:
        """Give the directory row of a chunk, -1 if it is not here."""
        if self.dense:
            row = chunk - self.first_chunk
            return row if 0 <= row < len(self.directory) else -1
        row = int(np.searchsorted(self.directory["chunk"], chunk))
        return row if row < len(self.directory) and self.directory["chunk"][row] == chunk else -1

    def read_planes(self, row: int) -> NDArray[np.uint8]:
        """Read the compressed planes of a chunk, checked. :raises UnreadableShard: when the bytes are damaged."""
        entry = self.directory[row]
        return self._read(int(entry["offset"]), int(entry["lengths"].sum()), int(entry["hash"]), int(entry["chunk"]))

    def read_daily(self, row: int) -> NDArray[np.uint8]:
        """Read the compressed daily sums of a chunk, checked. :raises UnreadableShard: when the bytes are damaged."""
        entry = self.directory[row]
        return self._read(
            int(entry["daily_offset"]), int(entry["daily_length"]), int(entry["daily_hash"]), int(entry["chunk"])
        )

    def _read(self, offset: int, length: int, expected: int, chunk: int) -> NDArray[np.uint8]:
        raw = np.frombuffer(os.pread(self.fd, length, offset), np.uint8)
        if raw.size != length or checksum(raw) != expected:
            raise self.damaged(chunk)
        return raw

    def damaged(self, chunk: int) -> UnreadableShard:
        """Give the error that says which chunk is damaged."""
        first = chunk * self.geometry.rows
        return UnreadableShard(
            self.path, f"the reads of series {first} to {first + self.geometry.rows - 1} do not match their checksum"
        )


def plane_bounds(lengths: NDArray[np.uint32]) -> list[tuple[int, int]]:
    """Give [start, end) of each plane inside a chunk's bytes."""
    ends = np.cumsum(lengths.astype(np.int64))
    return [(int(end - length), int(end)) for end, length in zip(ends, lengths, strict=True)]
