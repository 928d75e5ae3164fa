"""
Addresses of shards: what a worker elsewhere is handed, one row a shard, and what it does with them.

An address carries how far the month had come when it was written. A worker that sees less (its share is not mounted, is
another one, or lags behind) says so instead of billing what it sees as missing reads.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gridhall import __version__
from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month
from gridhall.engines.intervals.codec import checksum
from gridhall.engines.intervals.layout import MONTH_SHARD_SERIES, SLOTS
from gridhall.engines.intervals.manifest import MANIFEST
from gridhall.engines.intervals.state import MonthState
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.rating.determinants import Segments
from gridhall.engines.scaling.shards import FOLDED, SEGMENTS, fold_shards, open_store, segments_table

ADDRESS = pa.schema(
    [
        ("shard", pa.int64()), ("root", pa.string()), ("month", pa.string()), ("mark", pa.string()),
        ("release", pa.string()), ("calendars", pa.binary()), ("segments", pa.binary()),
    ]
)  # fmt: skip
"""One shard a row: the store's folder, how far its month has come, calendars uint8[C, D, 96], segments as Arrow IPC."""

ANSWER = pa.schema([*FOLDED, ("fault", pa.string())])
"""`FOLDED`, or one row with nothing but a fault: {"code", "message"} as JSON."""

_SQL_NAMES = {"int64": "bigint", "int32": "int", "string": "string", "list<item: int64>": "array<bigint>"}
ANSWER_DDL = ", ".join(f"{field.name} {_SQL_NAMES[str(field.type)]}" for field in ANSWER)
"""`ANSWER` in the words of SQL."""

_LOOKS = 8
_PAUSE_S = 0.5


class UnableToFoldShard(BusinessError):
    """A worker cannot do what was asked; the message names the worker, the folder and the remedy."""


@dataclass(frozen=True)
class MonthMark:
    """
    How far a month of the store has come.

    :param parts: checksum of what its manifest names; 0 when there is no manifest.
    :param logs: bytes of each log of late reads.
    """

    generation: int
    parts: int
    logs: dict[str, int]

    @staticmethod
    def of(state: MonthState) -> MonthMark:
        """Mark a month as it stands."""
        manifest = state.manifest
        named = repr(manifest.parts).encode() if manifest.generation else b""
        return MonthMark(
            manifest.generation, checksum(named) if named else 0, {log.path.name: log.end for log in state.logs}
        )

    def reaches(self, other: MonthMark) -> bool:
        """Tell whether this is at least as far as the other; a later generation holds all that an earlier one did."""
        if self.generation != other.generation:
            return self.generation > other.generation
        return self.parts == other.parts and all(self.logs.get(name, 0) >= end for name, end in other.logs.items())


def mark_month(store: IntervalStore, month: Month, wanted: MonthMark | None = None) -> MonthMark:
    """
    Say how far a month has come, waiting some seconds for shared storage to catch up where it lags behind `wanted`.

    :raises FileNotFoundError: when compactions keep removing what the manifest named a moment ago.
    """
    for look in range(_LOOKS):
        try:
            with (store.folder(month) / MANIFEST).open("rb"):  # opening asks a network file system anew, stat may not
                pass
        except FileNotFoundError:
            pass
        try:
            found = MonthMark.of(store.state(month))
        except FileNotFoundError:
            if look == _LOOKS - 1:
                raise
            continue
        if wanted is None or found.reaches(wanted):
            break
        time.sleep(_PAUSE_S)
    return found


def address_shards(
    store: IntervalStore, month: Month, segments: Segments, calendars: NDArray[np.uint8]
) -> Iterator[dict[str, Any]]:
    """
    Cut segments by the month shard (8,192 series) they lie in; each address can be folded anywhere, in any order.

    :returns: rows of `ADDRESS`; each carries only the calendars it needs.
    """
    mark = json.dumps(asdict(mark_month(store, month)))
    root = str(store.root.absolute())
    order = np.argsort(segments.series_id, kind="stable")
    shard_of = segments.series_id[order] // MONTH_SHARD_SERIES
    for rows in np.split(order, np.flatnonzero(np.diff(shard_of)) + 1):
        if not rows.size:
            continue
        used, calendar = np.unique(segments.calendar[rows], return_inverse=True)
        table = segments_table(segments, rows)
        place = table.schema.get_field_index("calendar")
        table = table.set_column(place, SEGMENTS.field(place), pa.array(calendar.astype(np.int16)))
        yield {
            "shard": int(segments.series_id[rows[0]]) // MONTH_SHARD_SERIES, "root": root, "month": str(month),
            "mark": mark, "release": __version__, "calendars": np.ascontiguousarray(calendars[used]).tobytes(),
            "segments": _as_bytes(table),
        }  # fmt: skip


def fold_address(address: dict[str, Any]) -> pa.Table:
    """
    Fold what one address names.

    :returns: of `FOLDED`.
    :raises UnableToFoldShard: when this worker has another release, or does not see the store as it was.
    :raises UnreadableShard: when a file is damaged.
    """
    root, month = address["root"], Month.parse(address["month"])
    here = f"Worker {socket.gethostname()}"
    if address["release"] != __version__:
        raise UnableToFoldShard(
            f"{here} has Gridhall {__version__}, the bill run {address['release']}; install the same release on both.",
            code="other-release",
        )
    wanted = MonthMark(**json.loads(address["mark"]))
    seen = mark_month(open_store(root), month, wanted)
    if not seen.reaches(wanted):
        what = "an older or another state" if seen.generation else "nothing"
        raise UnableToFoldShard(
            f"{here} sees {what} of {month} in the interval store {root}; mount the same folder there, or run again "
            "when its storage has caught up.",
            code="store-not-shared",
        )
    segments = pa.ipc.open_stream(address["segments"]).read_all()
    calendars = np.frombuffer(address["calendars"], np.uint8).reshape(-1, month.days, SLOTS)
    return fold_shards(root, month, segments, calendars)


def answer_address(address: dict[str, Any]) -> pa.Table:
    """Fold what one address names into a table of `ANSWER`; a refusal is an answer too, and not tried again."""
    try:
        folded = fold_address(address)
    except BusinessError as refusal:
        fault = json.dumps({"code": refusal.code, "message": refusal.message})
        columns = [pa.nulls(1, field.type) for field in FOLDED]
        return pa.Table.from_arrays([*columns, pa.array([fault])], schema=ANSWER)
    return folded.append_column(ANSWER.field("fault"), pa.nulls(len(folded), pa.string()))


def fold_addresses(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Fold batches of `ADDRESS` into batches of `ANSWER`: what a cluster's workers run (`mapInArrow`)."""
    for batch in batches:
        for address in batch.to_pylist():
            yield from answer_address(address).combine_chunks().to_batches()


def _as_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()
