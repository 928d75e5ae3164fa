"""Compaction: day chunks and late reads become month chunks; what they replace goes to the month's history."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gridhall.core.periods import Month
from gridhall.engines.intervals.codec import checksum, pack
from gridhall.engines.intervals.delta import Log, Reads, content_of
from gridhall.engines.intervals.encoding import Encoded, Matrices, encode
from gridhall.engines.intervals.layout import (
    DIRECTORY,
    KNOWN,
    KNOWN_TABLE,
    MONTH_KIND,
    MONTH_ROWS,
    MONTH_SHARD_SERIES,
    NEVER,
    SLOTS,
    Geometry,
)
from gridhall.engines.intervals.manifest import (
    Manifest,
    Part,
    locked,
    read_manifest,
    sweep,
    switch_manifest,
    sync_folder,
)
from gridhall.engines.intervals.merge import Block, displaced
from gridhall.engines.intervals.state import MonthState, OpenShards, read_source
from gridhall.engines.intervals.writing import save


@dataclass(frozen=True)
class CompactionReport:
    """What a compaction did: month shards written, files replaced, and reads moved to the history."""

    shards: int
    replaced: int
    overwritten: int


def with_new_log(manifest: Manifest) -> Manifest:
    """Give the manifest with a new open log."""
    generation = manifest.generation + 1
    return replace(manifest, generation=generation, logs=(*manifest.logs, f"late-{generation:08d}.log"))


def compact(folder: Path, month: Month, shards: OpenShards, pool: Executor) -> CompactionReport:
    """
    Bring a month to one shard per 8,192 series and no late reads, as of the moment it begins.

    A month that is so already is left as it is.
    """
    with locked(folder, "compact"):
        with locked(folder, "files"), locked(folder, "write"):
            manifest = read_manifest(folder, month)
            sweep(folder, manifest)
            if _is_tidy(folder, manifest):
                return CompactionReport(0, 0, 0)
            manifest = with_new_log(manifest)
            switch_manifest(folder, manifest)
        sealed = replace(manifest, logs=manifest.logs[:-1])
        state = MonthState(folder, month, sealed, shards, {})
        for log in state.logs:
            log.refresh()
        jobs = _jobs(state)
        name = f"{manifest.generation:08d}"
        done = list(pool.map(lambda job: _compact_shard(state, job[0], job[1], name), jobs.items()))
        return _switch(folder, month, state, done, name)


def _is_tidy(folder: Path, manifest: Manifest) -> bool:
    """Tell whether a month is one file a shard already, without late reads."""
    shards = [part.shard for part in manifest.parts]
    if any(part.day >= 0 for part in manifest.parts) or len(set(shards)) < len(shards):
        return False
    logs = [Log(folder / name) for name in manifest.logs]
    return not any(log.refresh() for log in logs)


def _jobs(state: MonthState) -> dict[int, NDArray[np.int64]]:
    """Find the month shards that are not yet one clean file, with their chunks."""
    found: dict[int, list[NDArray[np.int64]]] = {}
    untidy: set[int] = set()
    for part in state.manifest.parts:
        directory = state.shard(part).directory
        rows = state.shard(part).geometry.rows
        chunks = np.unique(
            (
                directory["chunk"].astype(np.int64)[:, None] * (rows // MONTH_ROWS) + np.arange(rows // MONTH_ROWS)
            ).ravel()
        )
        chunks = chunks[(chunks >= part.first_series // MONTH_ROWS) & (chunks * MONTH_ROWS < part.end_series)]
        for shard in np.unique(chunks * MONTH_ROWS // MONTH_SHARD_SERIES).tolist():
            if part.day >= 0 or shard in found:
                untidy.add(shard)
            found.setdefault(shard, []).append(chunks[chunks * MONTH_ROWS // MONTH_SHARD_SERIES == shard])
    touched = state.touched_chunks()
    for shard in np.unique(touched * MONTH_ROWS // MONTH_SHARD_SERIES).tolist():
        untidy.add(shard)
        found.setdefault(shard, []).append(touched[touched * MONTH_ROWS // MONTH_SHARD_SERIES == shard])
    return {shard: np.unique(np.concatenate(found[shard])) for shard in sorted(untidy)}


def _compact_shard(state: MonthState, shard: int, chunks: NDArray[np.int64], name: str) -> tuple[Part | None, Reads]:
    """Write one month shard; give it and the reads it no longer tells."""
    geometry = Geometry(MONTH_KIND, state.month.year, state.month.month, state.month.days)
    pieces: list[Encoded] = []
    lost: list[Reads] = []
    first, last, latest = None, 0, 0
    for chunk in chunks.tolist():
        block = state.load_block(chunk)
        present = np.flatnonzero((block.quality != 255).any(axis=1))
        if not present.size:
            continue
        first = block.first_series + int(present[0]) if first is None else first
        last = block.first_series + int(present[-1]) + 1
        latest = max(latest, int(block.known_at.max()))
        pieces.append(_encode_block(geometry, chunk, block))
        lost.extend(_overwritten(state, chunk, block))
    history = Reads.joined(lost)
    if first is None:
        return None, history
    encoded = _joined(pieces)
    part = save(state.folder, geometry, encoded, (first, last), latest, f"m-{name}-{shard:06d}.shard")
    return part, history


def _encode_block(geometry: Geometry, chunk: int, block: Block) -> Encoded:
    """Compress one merged chunk, with the moments at which its cells became known where they differ."""
    shape = (MONTH_ROWS, geometry.days, SLOTS)
    told = [bool((block.known_at[channel] != NEVER).any()) for channel in range(3)]
    values = [block.values[channel].reshape(shape) if told[channel] or channel == 0 else None for channel in range(3)]
    quality = block.quality.reshape(shape)
    rows_of = np.arange(MONTH_ROWS)[None]
    reads = Matrices((values[0], values[1], values[2]), quality)  # type: ignore[arg-type]
    encoded = encode(geometry, np.array([chunk], np.int32), rows_of, reads, 0)
    codes, bases, table = _known_codes(block)
    directory = encoded.directory.copy()
    directory["known_base"][0] = bases
    planes = [encoded.planes]
    for channel in range(3):
        if codes[channel].any():
            planes.append(pack(codes[channel], geometry.blocksize * 2))
            directory["lengths"][0, KNOWN + channel] = planes[-1].size
    if table.size and len(planes) > 1:
        planes.append(table.view(np.uint8))
        directory["lengths"][0, KNOWN_TABLE] = table.nbytes
    raw = np.concatenate(planes)
    directory["hash"] = checksum(raw)
    return Encoded(directory, raw, encoded.daily)


def _moments(known_at: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the moments that stand in a column and how often; reads come in long runs, so only runs are sorted."""
    starts = np.flatnonzero(np.diff(known_at, prepend=known_at[0] + 1)) if known_at.size else np.zeros(0, np.int64)
    moments, where = np.unique(known_at[starts], return_inverse=True)
    counts = np.bincount(where, np.diff(starts, append=known_at.size), len(moments))
    return moments, counts.astype(np.int64)


def _known_codes(block: Block) -> tuple[NDArray[np.uint16], NDArray[np.int64], NDArray[np.int64]]:
    """
    Turn moments into codes: 0 is the channel's commonest one, others index a table.

    Cells without a read count as the commonest. A chunk holds at most 65,534 moments; the oldest beyond that share one.
    """
    there = block.quality != 255
    codes = np.zeros(block.known_at.shape, np.uint16)
    bases = np.full(3, NEVER, np.int64)
    found = [_moments(block.known_at[channel][there]) for channel in range(3)]
    for channel, (moments, counts) in enumerate(found):
        if moments.size:
            bases[channel] = moments[np.argmax(counts)]
    others = [moments[moments != base] for (moments, _), base in zip(found, bases, strict=True)]
    table = np.unique(np.concatenate(others))[-65_534:]
    for channel in range(3):
        differs = there & (block.known_at[channel] != bases[channel])
        if differs.any():
            at = np.searchsorted(table, block.known_at[channel][differs])
            codes[channel][differs] = np.minimum(at, table.size - 1) + 1
    return codes, bases, table


def _overwritten(state: MonthState, chunk: int, block: Block) -> list[Reads]:
    """Give the reads of a chunk's sources and late reads that the merged block no longer tells."""
    lost = []
    for shard, row, offset in state.sources_of(chunk):
        source = read_source(shard, row, offset, MONTH_ROWS)
        columns = displaced(
            block.known_at, source.at, source.values, source.quality, source.bases, source.coded, source.known_codes,
            source.table, block.first_series,
        )  # fmt: skip
        if columns[0].size:
            series, cells, told, numbers, quality, moments = columns
            values = np.zeros((3, series.size), np.int32)
            for channel in range(3):
                values[channel] = np.where(told >> channel & 1, numbers, 0)
            lost.append(Reads(series, cells, told, values, quality, moments))
    late = state.late_reads(block.first_series, block.first_series + MONTH_ROWS)
    if late is not None:
        final = block.known_at[:, late.series - block.first_series, late.cell]
        told = (late.told[None, :] >> np.arange(3)[:, None] & 1).astype(bool)
        gone = (told & (final > late.known_at)).any(axis=0) | (final.max(axis=0) > late.known_at)
        if gone.any():
            lost.append(late.take(gone))
    return lost


def _joined(pieces: list[Encoded]) -> Encoded:
    directory = np.concatenate([piece.directory for piece in pieces]).astype(DIRECTORY)
    planes = np.array([piece.planes.size for piece in pieces])
    daily = np.array([piece.daily.size for piece in pieces])
    directory["offset"] = np.cumsum(planes) - planes
    directory["daily_offset"] = np.cumsum(daily) - daily
    return Encoded(
        directory, np.concatenate([piece.planes for piece in pieces]), np.concatenate([piece.daily for piece in pieces])
    )


def _switch(
    folder: Path, month: Month, state: MonthState, done: list[tuple[Part | None, Reads]], name: str
) -> CompactionReport:
    """Make the new shards the month's state; what was written meanwhile stays beside them."""
    parts = [part for part, _ in done if part is not None]
    overwritten = sum(len(reads) for _, reads in done)
    shards = {part.shard for part in parts}
    written = [part for part in state.manifest.parts if part.day >= 0 or part.shard in shards]
    names = {part.name for part in written}
    history_name = f"history-{name}.log"
    if overwritten:
        log = Log(folder / history_name)
        for _, reads in done:  # shard by shard, for there may be many
            if len(reads):
                log.append(reads.sorted(), content_of(reads))
                log.batches.clear()
        sync_folder(folder)
    with locked(folder, "write"):
        now = read_manifest(folder, month)
        contents = {f"{content:016x}" for log in state.logs for content in log.contents}
        sealed = set(state.manifest.logs)
        after = replace(
            now,
            generation=now.generation + 1,
            parts=(*(part for part in now.parts if part.name not in names), *parts),
            logs=tuple(log for log in now.logs if log not in sealed),
            history=(*now.history, history_name) if overwritten else now.history,
            seen=now.seen | contents,
        )
        switch_manifest(folder, after)
        for gone in (*names, *sealed):  # readers that still have them open read on; others start over
            (folder / gone).unlink(missing_ok=True)
    return CompactionReport(len(parts), len(names), overwritten)
