"""
The interval store: every 15-minute read of every meter, in shards that are written once.

A series is one meter, numbered densely by the database. Values are int32 Wh (varh) as the meter shows them, before
current and voltage transformer ratios. Days are local days of 96 slots. See docs/explanation/interval-store.md.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gridhall.core.periods import Month
from gridhall.engines.intervals import compaction
from gridhall.engines.intervals.answers import DailyReads, SeriesReads, as_reads, cutter, months_of
from gridhall.engines.intervals.delta import Log, Reads, content_of
from gridhall.engines.intervals.encoding import Matrices
from gridhall.engines.intervals.folding import fold, fold_batches
from gridhall.engines.intervals.layout import (
    DAILY_FIELDS,
    DAY_KIND,
    MONTH_KIND,
    SLOTS,
    Geometry,
    UnreadableShard,
)
from gridhall.engines.intervals.manifest import MANIFEST, locked, read_manifest, switch_manifest
from gridhall.engines.intervals.merge import FOREVER
from gridhall.engines.intervals.state import MonthState, OpenShards, ask_for
from gridhall.engines.intervals.writing import (
    UnableToStoreReads,
    checked_matrices,
    checked_series,
    microseconds,
    write_matrices,
)
from gridhall.engines.rating.determinants import Determinants, Segments

_SMALL_BATCH = 16
"""So few series are appended to the log of late reads instead of making a file of their own."""
_RETRIES = 8
Made = TypeVar("Made")


class IntervalStore:
    """
    The store below one folder. Many readers and writers, threads and processes, may share it.

    :param root: its folder; made when something is first written.
    :param threads: how many threads fold, compress and compact.
    """

    def __init__(self, root: Path | str, *, threads: int = 2) -> None:
        self.root = Path(root)
        self.threads = threads
        self._shards = OpenShards()
        self._states: dict[Month, tuple[tuple[int, int, int], MonthState]] = {}
        self._logs: dict[Month, dict[str, Log]] = {}
        self._manifests: dict[Month, str] = {}
        self._pool_lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    @property
    def pool(self) -> ThreadPoolExecutor:
        """The threads of this store."""
        with self._pool_lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="intervals")
            return self._pool

    # --- what there is

    def folder(self, month: Month) -> Path:
        """The folder of a month."""
        return self.root / "months" / str(month)

    def months(self) -> list[Month]:
        """List the months that hold anything, oldest first."""
        found = (self.root / "months").glob(f"*/{MANIFEST}")
        return sorted(Month.parse(path.parent.name) for path in found)

    def state(self, month: Month) -> MonthState:
        """
        Give the month as it stands now.

        :raises UnreadableShard: when its manifest or a log is damaged.
        :raises FileNotFoundError: when a compaction has removed a log meanwhile.
        """
        for _ in range(_RETRIES):
            signature, state = self._known_state(month)
            is_told = True
            for log in state.logs:
                log.refresh()
                is_told &= log.end > 0
            # A log that is not there has not been begun, or a compaction has taken it in since the manifest was read.
            if is_told or self._signature(month) == signature:
                return state
        raise FileNotFoundError(str(self.folder(month) / MANIFEST))

    def _known_state(self, month: Month) -> tuple[tuple[int, int, int], MonthState]:
        signature = self._signature(month)
        known = self._states.get(month)
        if known is None or known[0] != signature:
            folder, logs = self.folder(month), self._logs.setdefault(month, {})
            manifest = read_manifest(folder, month)
            known = (signature, MonthState(folder, month, manifest, self._shards, logs))
            self._states[month] = known
            # What a compaction has replaced would keep its place on the disk and in memory while it is held open.
            self._shards.close_others(folder, {part.name for part in manifest.parts})
            for name in set(logs) - {*manifest.logs, *manifest.history}:
                logs.pop(name, None)
        return known

    def _signature(self, month: Month) -> tuple[int, int, int]:
        if month not in self._manifests:  # putting paths together takes longer than asking the system
            self._manifests[month] = str(self.folder(month) / MANIFEST)
        try:
            stat = os.stat(self._manifests[month])
        except FileNotFoundError:
            return 0, 0, 0
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    # --- writing

    def write_days(
        self, day: date, series_ids: NDArray, import_wh: NDArray, export_wh: NDArray | None = None,
        reactive_varh: NDArray | None = None, quality: NDArray | None = None, *, known_at: datetime,
    ) -> int:  # fmt: skip
        """
        Store one day of many series; the same batch again changes nothing, a different one lives beside it.

        :param series_ids: int[n], each once. Other matrices: [n, 96].
        :param quality: uint8[n, 96]; where it says MISSING there is no read. None when all are measured.
        :param known_at: aware; of several reads of one interval the one known last counts.
        :returns: number of files written; 0 when all was there.
        :raises UnableToStoreReads: when shapes or values do not fit; nothing is stored then.
        """
        ids = checked_series(series_ids)
        found = checked_matrices((len(ids), SLOTS), import_wh, export_wh, reactive_varh, quality)
        month = Month.of(day)
        index = day.day - 1
        if len(ids) < _SMALL_BATCH:
            cells = np.broadcast_to(np.arange(index * SLOTS, (index + 1) * SLOTS), (len(ids), SLOTS))
            flat = [None if matrix is None else matrix.reshape(-1) for matrix in found.values]
            codes = None if found.quality is None else found.quality.reshape(-1)
            reads = as_reads(np.repeat(ids, SLOTS), cells.reshape(-1), flat, codes, microseconds(known_at))
            return self._append(month, reads, once=True)
        geometry = Geometry(DAY_KIND, month.year, month.month, 1, index)
        imports, exports, reactives = (None if m is None else m.reshape(-1, 1, SLOTS) for m in found.values)
        daily_codes = None if found.quality is None else found.quality.reshape(-1, 1, SLOTS)
        assert imports is not None
        shaped = Matrices((imports, exports, reactives), daily_codes)
        return self._write(month, geometry, ids, shaped, microseconds(known_at), f"d{day.day:02d}")

    def write_month(
        self, month: Month, first_series: int | NDArray, import_wh: NDArray, export_wh: NDArray | None = None,
        reactive_varh: NDArray | None = None, quality: NDArray | None = None, *, known_at: datetime,
    ) -> int:  # fmt: skip
        """
        Store a whole month of many series at once: the fast way in.

        :param first_series: number of the first row's series when they follow each other, or int[n].
        :param import_wh: int32[n, D, 96]; the other matrices likewise.
        :returns: number of files written; 0 when all was there.
        :raises UnableToStoreReads: when shapes or values do not fit; nothing is stored then.
        """
        count = len(import_wh)
        ids = np.arange(first_series, first_series + count) if isinstance(first_series, int) else first_series
        ids = checked_series(ids)
        reads = checked_matrices((len(ids), month.days, SLOTS), import_wh, export_wh, reactive_varh, quality)
        geometry = Geometry(MONTH_KIND, month.year, month.month, month.days)
        return self._write(month, geometry, ids, reads, microseconds(known_at), "m")

    def _write(self, month: Month, geometry: Geometry, ids: NDArray, reads, known_at: int, prefix: str) -> int:  # type: ignore[no-untyped-def]
        folder = self.folder(month)
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder, "files"):
            seen = read_manifest(folder, month).seen
            written = write_matrices(
                folder, geometry, ids, reads, known_at, seen, self.pool, lambda content: f"{prefix}-{content}.shard"
            )
            if written:
                with locked(folder, "write"):
                    manifest = read_manifest(folder, month)
                    switch_manifest(
                        folder, manifest.with_parts([part for part, _ in written], [content for _, content in written])
                    )
        return len(written)

    def write_reads(
        self, series_ids: NDArray, days: NDArray, slots: NDArray, import_wh: NDArray | None,
        export_wh: NDArray | None = None, reactive_varh: NDArray | None = None, quality: NDArray | None = None,
        *, known_at: datetime,
    ) -> int:  # fmt: skip
        """
        Append late or corrected reads; reads overlay them at once, a compaction folds them in.

        :param series_ids: int[n]. days: datetime64[D][n]. slots: int[n], 0 … 95.
        :param import_wh: int[n] or None; channels that are None stay as they are.
        :param known_at: aware; one moment for the batch.
        :returns: number of months that changed.
        :raises UnableToStoreReads: when shapes or values do not fit; nothing is stored then.
        """
        ids = checked_series(series_ids)
        at_day = np.asarray(days, "datetime64[D]")
        at_slot = np.asarray(slots)
        if at_day.shape != ids.shape or at_slot.shape != ids.shape:
            raise UnableToStoreReads("series, days and slots must be columns of one length.", code="bad-shape")
        if ids.size and (int(at_slot.min()) < 0 or int(at_slot.max()) >= SLOTS):
            raise UnableToStoreReads(f"A slot lies between 0 and {SLOTS - 1}.", code="bad-slot")
        told = [import_wh, export_wh, reactive_varh]
        first = next((column for column in told if column is not None), None)
        if first is None:
            raise UnableToStoreReads("Reads need at least one channel.", code="no-channel")
        columns = [None if c is None else checked_matrices(ids.shape, c, None, None, quality).values[0] for c in told]
        codes = None if quality is None else np.asarray(quality, np.uint8)
        of_month = at_day.astype("datetime64[M]")
        changed = 0
        for month_start in np.unique(of_month):
            mine = of_month == month_start
            month = Month.parse(str(month_start))
            cells = (at_day[mine] - month_start.astype("datetime64[D]")).astype(np.int64) * SLOTS + at_slot[mine]
            reads = as_reads(
                ids[mine], cells, [None if c is None else c[mine] for c in columns],
                None if codes is None else codes[mine], microseconds(known_at),
            )  # fmt: skip
            changed += self._append(month, reads, once=False)
        return changed

    def _append(self, month: Month, reads: Reads, *, once: bool) -> int:
        """
        Append to the month's log. With `once`, content that was ever written changes nothing, whatever its moment.
        """
        if not len(reads):
            return 0
        folder = self.folder(month)
        content = content_of(reads) if once else content_of(reads) ^ int(reads.known_at[0])
        name = f"{content:016x}"
        with locked(folder, "write"):
            manifest = read_manifest(folder, month)
            logs = self._logs.setdefault(month, {})
            held = [logs.setdefault(log, Log(folder / log)) for log in manifest.logs]
            for log in held:
                log.refresh()
            if name in manifest.seen or any(content in log.contents for log in held):
                return 0
            if not held:
                manifest = compaction.with_new_log(manifest)
                switch_manifest(folder, manifest)
                held = [logs.setdefault(manifest.logs[-1], Log(folder / manifest.logs[-1]))]
            held[-1].append(reads, content)
        return 1

    def compact(self, month: Month) -> compaction.CompactionReport:
        """
        Fold day chunks and late reads into month chunks; what they replace goes to the month's history.

        Readers and writers go on meanwhile. Killed at any moment, the month is as before or as after.
        """
        report = compaction.compact(self.folder(month), month, self._shards, self.pool)
        self._known_state(month)  # lets go of what was replaced
        return report

    # --- reading

    def read_month(self, series_id: int, month: Month, *, as_of: datetime | None = None) -> SeriesReads:
        """
        Give one month of one series; what is not there is MISSING.

        :param as_of: aware; what became known later does not exist.
        :raises UnreadableShard: when a file is damaged.
        """
        moment = FOREVER if as_of is None else microseconds(as_of)
        values, quality = self._retry(month, lambda state: state.read_series(int(series_id), moment))
        shaped = values.reshape(3, month.days, SLOTS)
        return SeriesReads(month.first_day, shaped[0], shaped[1], shaped[2], quality.reshape(month.days, SLOTS))

    def read_days(
        self, series_id: int, first_day: date, end_day: date, *, as_of: datetime | None = None
    ) -> SeriesReads:
        """Give the days [first_day, end_day) of one series."""
        pieces = [self.read_month(series_id, month, as_of=as_of) for month in months_of(first_day, end_day)]
        cut = cutter(first_day, end_day)
        return SeriesReads(
            first_day, cut([p.import_wh for p in pieces]), cut([p.export_wh for p in pieces]),
            cut([p.reactive_varh for p in pieces]), cut([p.quality for p in pieces]),
        )  # fmt: skip

    def read_daily(self, series_id: int, first_day: date, end_day: date) -> DailyReads:
        """
        Give the sums of the days [first_day, end_day) of one series, without touching single reads where they allow.
        """
        months = list(months_of(first_day, end_day))
        self._prefetch_daily(int(series_id), months)
        pieces = [self._retry(month, lambda state: state.read_daily(int(series_id))) for month in months]
        cut = cutter(first_day, end_day)
        return DailyReads(first_day, *(cut([piece[field] for piece in pieces]) for field in range(len(DAILY_FIELDS))))

    def _prefetch_daily(self, series: int, months: list[Month]) -> None:
        """Let the disk look for many months at once, where they are not in use already."""
        new = [month for month in months if month not in self._states]
        if len(new) < 2:
            return
        for month in new:
            ask_for(self.folder(month) / MANIFEST, (0, 0))
        for month in new:
            self._retry(month, lambda state: state.prefetch_frames(series))
        for month in new:
            self._retry(month, lambda state: state.prefetch_daily(series))

    def complete_until(self, series_id: int) -> date | None:
        """Give the first day that is not complete after the series' first read; None if it has none."""
        last: date | None = None
        for month in self.months():
            missing = self._retry(month, lambda state: state.read_daily(int(series_id)))[3]
            if last is None:
                begun = np.flatnonzero(missing < SLOTS)
                if not begun.size:
                    continue
                first = int(begun[0])
            elif last == month.first_day:
                first = 0
            else:
                return last
            gaps = np.flatnonzero(missing[first:] > 0)
            end = first + int(gaps[0]) if gaps.size else month.days
            last = month.first_day + timedelta(days=end)
        return last

    def coverage(self, series_ids: Iterable[int], month: Month) -> NDArray[np.int64]:
        """Give int64[n, 3]: measured, estimated and missing slots of each series in a month."""
        rows = []
        for series in series_ids:
            daily = self._retry(month, lambda state, which=series: state.read_daily(int(which)))  # type: ignore[misc]
            missing, estimated = int(daily[3].sum()), int(daily[4].sum())
            rows.append((month.days * SLOTS - missing - estimated, estimated, missing))
        return np.array(rows, np.int64).reshape(-1, 3)

    def fold_segments(
        self, month: Month, segments: Segments, calendars: NDArray[np.uint8], *, as_of: datetime | None = None,
        out: Determinants | None = None,
    ) -> Determinants:  # fmt: skip
        """
        Fold a month into billing determinants, one row a segment, in the order of the segments.

        :param calendars: uint8[C, D, 96], slot classes.
        :param out: room to fill instead of new memory.
        :raises UnreadableShard: when a file is damaged. :raises ValueError: when a segment leaves the month.
        """
        moment = FOREVER if as_of is None else microseconds(as_of)
        return self._retry(month, lambda state: fold(state, segments, calendars, self.pool, moment, out))

    def fold_batches(
        self, month: Month, segments: Segments, calendars: NDArray[np.uint8],
        then: Callable[[NDArray[np.int64], Determinants], Made],
    ) -> Iterator[Made]:  # fmt: skip
        """
        Fold a month some thousand series at a time and hand each batch to `then` in the folding threads.

        Memory does not grow with the month: price, write and forget. Yields what `then(rows, determinants)` returns;
        `rows` are the batch's rows of `segments`.
        """
        return fold_batches(self.state(month), segments, calendars, self.pool, then)

    def _retry(self, month: Month, read):  # type: ignore[no-untyped-def]
        """Read a month; again when a compaction has removed a file between manifest and shard."""
        for _ in range(_RETRIES):
            try:
                return read(self.state(month))
            except FileNotFoundError as gone:
                self._states.pop(month, None)
                missing = gone
        raise UnreadableShard(missing.filename, "the manifest names it, but it is not there") from missing


def fold_segments(store: IntervalStore, month: Month, segments: Segments, calendars: NDArray[np.uint8]) -> Determinants:
    """Fold a month of a store into determinants; see `IntervalStore.fold_segments`."""
    return store.fold_segments(month, segments, calendars)
