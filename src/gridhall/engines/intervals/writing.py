"""
Matrices of reads into shard files: grouped by chunk, compressed by two threads, on the disk before a manifest names
them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gridhall.core.errors import BusinessError
from gridhall.engines.intervals.codec import checksum
from gridhall.engines.intervals.encoding import Encoded, Matrices, encode
from gridhall.engines.intervals.layout import (
    DAY_SHARD_SERIES,
    MONTH_KIND,
    MONTH_SHARD_SERIES,
    SLOTS,
    Geometry,
    write_shard,
)
from gridhall.engines.intervals.manifest import Part

_INT32 = np.iinfo(np.int32)


class UnableToStoreReads(BusinessError):
    """The reads do not have the shape or the range that the interval store keeps."""


def microseconds(moment: datetime) -> int:
    """Give an aware moment as microseconds since 1970 UTC. :raises UnableToStoreReads: if it is naive."""
    if moment.tzinfo is None:
        raise UnableToStoreReads("The moment at which reads became known needs a time zone.", code="naive-moment")
    return round(moment.timestamp() * 1_000_000)


def checked_series(series_ids: NDArray) -> NDArray[np.int64]:
    """Give series numbers as int64. :raises UnableToStoreReads: if one is negative, or stands twice."""
    ids = np.asarray(series_ids)
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise UnableToStoreReads("Series numbers must be a column of whole numbers.", code="bad-series")
    ids = ids.astype(np.int64)
    if ids.size and (int(ids.min()) < 0 or int(ids.max()) >= 2**31 * 32):
        raise UnableToStoreReads("A series number is negative or too large.", code="bad-series")
    return ids


def checked_matrices(
    shape: tuple[int, ...], import_wh: NDArray, export_wh: NDArray | None, reactive_varh: NDArray | None,
    quality: NDArray | None,
) -> Matrices:  # fmt: skip
    """
    Give the matrices as the encoder takes them.

    :raises UnableToStoreReads: if a shape differs, or a value is no whole number that fits int32.
    """

    def whole(name: str, matrix: NDArray | None) -> NDArray[np.int32] | None:
        if matrix is None:
            return None
        found = np.asarray(matrix)
        if found.shape != shape or found.dtype.kind not in "iu":
            raise UnableToStoreReads(
                f"{name} must be whole numbers of shape {list(shape)}, not {found.dtype} {list(found.shape)}.",
                code="bad-shape",
            )
        if found.dtype != np.int32 and found.size and (found.min() < _INT32.min or found.max() > _INT32.max):
            raise UnableToStoreReads(f"{name} has a value beyond {_INT32.max:,}; is the unit Wh?", code="out-of-range")
        return found.astype(np.int32, copy=False)

    imports = whole("import_wh", import_wh)
    assert imports is not None
    if quality is not None and np.shape(quality) != shape:
        raise UnableToStoreReads(f"quality must have the shape {list(shape)}.", code="bad-shape")
    codes = None if quality is None else np.asarray(quality, np.uint8)
    return Matrices((imports, whole("export_wh", export_wh), whole("reactive_varh", reactive_varh)), codes)


def temporary(folder: Path) -> Path:
    """Give a name that no other writer uses; the sweep removes it if this process dies."""
    return folder / f"tmp-{os.getpid()}-{threading.get_ident()}-{os.urandom(4).hex()}"


def content_of(geometry: Geometry, encoded: Encoded) -> str:
    """Give the hash of what a shard says, whatever the moment it came."""
    directory = encoded.directory
    facts = np.array([geometry.kind, geometry.year, geometry.month, geometry.day], np.int64)
    told = (directory["known_base"] != np.iinfo(np.int64).min).astype(np.uint8)
    hashes = [checksum(np.ascontiguousarray(c)) for c in (directory["chunk"], directory["hash"], told, facts)]
    return f"{checksum(np.array(hashes, np.uint64)):016x}"


def save(folder: Path, geometry: Geometry, encoded: Encoded, span: tuple[int, int], known_at: int, name: str) -> Part:
    """Write one shard under a temporary name, then give it its own; the folder is synced by the manifest's switch."""
    path = temporary(folder)
    write_shard(path, geometry, encoded.directory, encoded.planes, encoded.daily)
    os.replace(path, folder / name)
    per_shard = MONTH_SHARD_SERIES if geometry.kind == MONTH_KIND else DAY_SHARD_SERIES
    size = (folder / name).stat().st_size
    return Part(name, geometry.day, span[0] // per_shard, span[0], span[1], known_at, size)


def write_matrices(
    folder: Path, geometry: Geometry, ids: NDArray[np.int64], reads: Matrices, known_at: int,
    seen: frozenset[str], pool: Executor, sign: Callable[[str], str],
) -> list[tuple[Part, str]]:  # fmt: skip
    """
    Write reads of any series of one month or day into as many shards as they need.

    :param ids: int64[n], the series of each row of `reads`; each once.
    :param seen: content hashes that are stored already; such a shard is not written again.
    :param sign: gives a shard's file name from its content hash.
    """
    order = np.argsort(ids, kind="stable")
    rising = ids[order]
    if rising.size > 1 and (rising[1:] == rising[:-1]).any():
        raise UnableToStoreReads("A series stands twice in one batch.", code="series-twice")
    per_shard = MONTH_SHARD_SERIES if geometry.kind == MONTH_KIND else DAY_SHARD_SERIES
    shards = np.unique(rising // per_shard)

    def one(shard: int) -> tuple[Part, str] | None:
        begin, end = np.searchsorted(rising, (shard * per_shard, (shard + 1) * per_shard))
        mine = rising[begin:end]
        chunks, at = np.unique(mine // geometry.rows, return_inverse=True)
        rows_of = np.full((len(chunks), geometry.rows), -1, np.int64)
        rows_of[at, mine % geometry.rows] = order[begin:end]
        encoded = encode(geometry, chunks.astype(np.int32), rows_of, reads, known_at)
        content = content_of(geometry, encoded)
        if content in seen:
            return None
        span = (int(mine[0]), int(mine[-1]) + 1)
        return save(folder, geometry, encoded, span, known_at, sign(content)), content

    return [written for written in pool.map(one, shards.tolist()) if written is not None]


def matrix_reads_shape(count: int, days: int) -> tuple[int, int, int]:
    """Give the shape of matrices of `count` series."""
    return count, days, SLOTS
