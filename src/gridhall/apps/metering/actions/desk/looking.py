"""Some meters of one month under the rules: machine code over a matrix, then stretches a person can look at."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.actions.desk.findings import Found
from gridhall.apps.metering.actions.desk.usual import learn_usual_days
from gridhall.apps.metering.queries.store import get_store, read_matrix
from gridhall.apps.metering.queries.validation import RegisterPair, ValidationRows, list_register_pairs
from gridhall.apps.metering.rules.changes import is_estimate
from gridhall.apps.metering.rules.registers import advance_wh
from gridhall.apps.metering.rules.stretches import find_stretches, fingerprint, is_register_mismatch
from gridhall.apps.metering.rules.wall_clock import moment_of, skipped_slots, slot_of
from gridhall.core.periods import Month, days_between, local_midnight
from gridhall.engines.intervals.layout import SLOTS
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.validation import LikeDays, Rule, validate_matrix

_THREADS = 2
_LARGEST = 2**31 - 1
FLAGS_A_PIECE = 20_000


def look_through(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Look batches through in threads, two ahead: the rules are machine code that needs neither the database nor us."""
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="validation") as pool:
        waiting: deque[Future[Batch]] = deque()
        for batch in batches:
            waiting.append(pool.submit(batch.look))
            if len(waiting) > _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Batch:
    """Some meters of one month."""

    def __init__(
        self, month: Month, cap: date, zone: ZoneInfo, rows: ValidationRows, series: NDArray[np.int64]
    ) -> None:
        low, high = np.searchsorted(rows.series_id, [series[0], series[-1] + 1])
        self.rows = ValidationRows(*(column[low:high] for column in vars(rows).values()))
        self.month, self.series, self.zone = month, series, zone
        self.days = (cap - month.first_day).days
        self.starts_at = [local_midnight(day, zone) for day in [*days_between(month.first_day, cap), cap]]
        self._first_slot = slot_of(self.starts_at[0], zone)
        self.meters = np.unique(self.rows.meter_id).tolist()
        self.at = np.searchsorted(series, self.rows.series_id)
        self.meter_of = np.zeros(len(series), np.int64)
        self.meter_of[self.at] = self.rows.meter_id
        self.reads = 0
        self.window = (0, 0)
        self._flags = np.zeros((0, 0), np.uint16)
        self._history: LikeDays | None = None
        self._limit = np.zeros(0, np.int32)
        self.energy = np.zeros((0, 0), np.int32)
        self.quality = np.zeros((0, 0), np.uint8)

    def look(self) -> Batch:
        """Run the rules; needs no database."""
        matrix = read_matrix(self.month, self.series)
        cells = self.days * SLOTS
        energy = np.ascontiguousarray(matrix.import_wh[:, :cells])
        quality = np.ascontiguousarray(matrix.quality[:, :cells])
        export = np.ascontiguousarray(matrix.export_wh[:, :cells])
        self.reads = int((quality != ReadingQuality.MISSING).sum())
        history = learn_usual_days(self.month, matrix)
        self._limit = self._limits()
        flags = validate_matrix(
            energy, limit_wh=self._limit, history=history, quality=quality, export_wh=export,
            has_generator=self._by_series(self.rows.has_generation, np.maximum).astype(bool),
        )  # fmt: skip
        flags[quality == ReadingQuality.CORRECTED] |= np.uint16(Rule.DUPLICATE)
        # an estimate is our own work, and a person has judged a manual read: only measured reads are validated
        flags[is_estimate(quality) | (quality == ReadingQuality.MANUAL)] = 0
        flags[~self._hung(quality)] = 0
        skipped = skipped_slots(self.zone) - self._first_slot
        flags[:, skipped[(skipped >= 0) & (skipped < cells)]] = 0
        self.energy, self.quality, self._flags, self._history = energy, quality, flags, history
        has_any = np.flatnonzero((quality != ReadingQuality.MISSING).any(axis=0).reshape(-1, SLOTS).any(axis=1))
        if len(has_any):
            self.window = int(has_any[0]), int(has_any[-1]) + 1
        return self

    def collect(self, *, is_whole: bool = True) -> Iterator[tuple[list[int], list[Found]]]:
        """
        List every stretch that did not pass, for some meters at a time: where much is wrong, memory stays the same.

        :param is_whole: days before the first read of all these meters and after the last one are missing, too.
        """
        if not is_whole:
            first, end = (day * SLOTS for day in self.window)
            self._flags[:, :first] = 0
            self._flags[:, end:] = 0
        piece = np.cumsum(np.count_nonzero(self._flags, axis=1)) // FLAGS_A_PIECE
        bounds = [0, *(np.flatnonzero(np.diff(piece)) + 1).tolist(), len(self.series)]
        for low, high in pairwise(bounds):
            meters = np.unique(self.meter_of[low:high]).tolist()
            found = [
                self._found(low + one.row, one.rule, one.first, one.end, self.energy, self.quality, self._history)
                for one in find_stretches(self._flags[low:high])
            ]
            yield meters, [*found, *self._check_registers(meters)]

    def _limits(self) -> NDArray[np.int32]:
        limit = self.rows.limit_kw * 250 // np.maximum(self.rows.multiplier, 1)
        return np.minimum(self._by_series(limit, np.maximum), _LARGEST).astype(np.int32)

    def _by_series(self, column: NDArray, combine: np.ufunc) -> NDArray[np.int64]:
        result = np.zeros(len(self.series), np.int64)
        combine.at(result, self.at, column.astype(np.int64))
        return result

    def _hung(self, quality: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Slots on which the meter hung; a check meter hangs from its first read on."""
        day = np.arange(self.days)
        inside = (day >= self.rows.first_day[:, None]) & (day < self.rows.end_day[:, None])
        hung = np.zeros((len(self.series), self.days), bool)
        np.logical_or.at(hung, self.at, inside)
        slots = np.repeat(hung, SLOTS, axis=1)
        for row in self.at[self.rows.is_check == 1]:
            there = np.flatnonzero(quality[row] != ReadingQuality.MISSING)
            begins = int(there[0]) // SLOTS * SLOTS if len(there) else slots.shape[1]
            slots[row, :begins] = False
        return slots

    def _found(
        self, row: int, rule: Rule, first: int, end: int, energy: NDArray[np.int32], quality: NDArray[np.uint8],
        history: LikeDays | None,
    ) -> Found:  # fmt: skip
        values, codes = energy[row, first:end], quality[row, first:end]
        expected = None
        if rule == Rule.OVER_LIMIT:
            expected = int(self._limit[row]) * (end - first)
        elif history is not None:
            usual = history.median_wh[row]
            expected = int(usual[np.arange(first, end) % SLOTS].sum(dtype=np.int64))
        return Found(
            meter_id=int(self.meter_of[row]), rule=rule, start_at=self._moment(first), end_at=self._moment(end),
            slots=end - first, measured_wh=None if rule == Rule.MISSING else int(values.sum(dtype=np.int64)),
            expected_wh=expected, fingerprint=fingerprint(values, codes),
        )  # fmt: skip

    def _moment(self, cell: int) -> datetime:
        return moment_of(self._first_slot + cell, self.zone)

    def _check_registers(self, meters: list[int]) -> list[Found]:
        """Compare the intervals between two register readings with what the register advanced."""
        found = []
        pairs = list_register_pairs(meter_ids=meters, after=self.starts_at[0], until=self.starts_at[-1])
        for pair in pairs:
            intervals = self._between(pair)
            advance = advance_wh(pair.first_wh, pair.end_wh, register_digits=pair.register_digits)
            if intervals is None or not is_register_mismatch(advance, intervals):
                continue
            told = np.array([advance & 0x7FFFFFFF, intervals & 0x7FFFFFFF], np.int32)
            slots = round((pair.end_at - pair.first_at).total_seconds()) // 900
            found.append(
                Found(
                    meter_id=pair.meter_id, rule=Rule.REGISTER_MISMATCH, start_at=pair.first_at, end_at=pair.end_at,
                    slots=slots, measured_wh=intervals, expected_wh=advance,
                    fingerprint=fingerprint(told, np.zeros(0, np.uint8)),
                )
            )  # fmt: skip
        return found

    def _between(self, pair: RegisterPair) -> int | None:
        """Sum the intervals of a pair; None if some are missing or the readings do not lie on the grid."""
        begin, end = (self._cell(moment) for moment in (pair.first_at, pair.end_at))
        row = int(np.searchsorted(self.series, pair.series_id))
        if end is None:
            return None
        total = 0
        if begin is None:
            local = pair.first_at.astimezone(self.zone)
            if pair.first_at >= self.starts_at[0] or (local.hour, local.minute, local.second) != (0, 0, 0):
                return None
            earlier = get_store().read_daily(pair.series_id, local.date(), self.month.first_day)
            if int(earlier.missing_slots.sum()):
                return None
            total, begin = int(earlier.import_wh.sum()), 0
        if (self.quality[row, begin:end] == ReadingQuality.MISSING).any():
            return None
        return total + int(self.energy[row, begin:end].sum(dtype=np.int64))

    def _cell(self, moment: datetime) -> int | None:
        """The cell that begins at a moment; None if it is outside the days or off the grid."""
        cell = slot_of(moment, self.zone) - self._first_slot
        is_inside = self.starts_at[0] <= moment <= self.starts_at[-1]
        return cell if is_inside and round(moment.timestamp()) % 900 == 0 else None
