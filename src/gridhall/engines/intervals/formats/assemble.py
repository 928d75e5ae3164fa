"""From rows in any order to even series: clock changes, duplicates, gaps and the grid, the same for every format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.formats.faultlog import FaultLog
from gridhall.engines.intervals.formats.timestamps import DAY_S, NO_OFFSET, show_stamp
from gridhall.engines.intervals.formats.zones import ZoneTable, zone_table
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries

DURATIONS_S = (300, 900, 1800, 3600, DAY_S)
MAX_SLOTS = 60_000_000
"""All series of a file together may span this many slots: 570 years of 5-minute reads."""
_MIXED_RUN = 4
_TELLING_READS = 5
_MOST_REPEATS = 0.6
"""A file given twice repeats half of its rows; where more repeat, something has been overlooked."""

RAW_COLUMNS = ("point", "start_s", "offset_s", "line", "values", "quality")
"""The arrays of RawReads, in the order of its fields."""

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class RawReads:
    """
    Rows as the file gave them, n of each.

    :param point: int32[n], index of the usage point.
    :param start_s: int64[n], wall-clock seconds; with an offset in `offset_s`, the wall clock of that offset.
    :param offset_s: int32[n], seconds or NO_OFFSET.
    :param line: int64[n], where the row stands.
    :param values: int64[n, c], energies in micro watt hours: import, export, reactive, as far as `channels` says.
    :param quality: uint8[n]; MISSING marks a row without a value.
    """

    point: NDArray[np.int32]
    start_s: Int64
    offset_s: NDArray[np.int32]
    line: Int64
    values: Int64
    quality: NDArray[np.uint8]
    channels: tuple[str, ...] = ("import",)

    def __len__(self) -> int:
        return len(self.start_s)


def join(blocks: list[RawReads]) -> RawReads:
    """Put blocks of the same channels together."""
    return RawReads(
        np.concatenate([one.point for one in blocks]),
        np.concatenate([one.start_s for one in blocks]),
        np.concatenate([one.offset_s for one in blocks]),
        np.concatenate([one.line for one in blocks]),
        np.concatenate([one.values for one in blocks]),
        np.concatenate([one.quality for one in blocks]),
        blocks[0].channels,
    )


def assemble(
    raw: RawReads,
    points: list[str],
    zone: ZoneInfo | None,
    log: FaultLog,
    *,
    duration_s: int | None = None,
    table: ZoneTable | None = None,
    few_s: int | None = None,
) -> list[ReadSeries]:
    """
    Build one even series for each usage point; gaps become MISSING slots.

    Rows that contradict each other or stand off the grid are faults; of equal rows one is kept.

    :param table: the wall clock, where the format describes it itself; rows then carry offsets.
    :param duration_s: the interval, where the format tells it; otherwise found from the steps.
    :param few_s: the interval of usage points with too few reads to tell it, unless others in the file do.
    """
    if not len(raw):
        return []
    clock = _Clock.of(raw, zone, log, table)
    if (
        duration_s is None
        and zone is None
        and table is None
        and clock.offset_s is not None
        and not clock.offset_s.any()
    ):
        log.note(None, "timestamp", "times are in UTC and stay so", "name the zone if people live in another")
    order = np.lexsort((raw.line, clock.moment_s, raw.point))
    bounds = np.flatnonzero(np.diff(raw.point[order])) + 1
    groups = np.split(order, bounds)
    series: list[ReadSeries] = []
    slots_left = MAX_SLOTS
    common = duration_s
    for rows in sorted(groups, key=len, reverse=True) if duration_s is None else groups:
        built = _build(
            raw, points[int(raw.point[rows[0]])], rows, clock, log, duration_s or None, (common, few_s), slots_left
        )
        if built is not None:
            series.append(built)
            slots_left -= len(built)
            common = common or built.duration_s
    position = {name: index for index, name in enumerate(points)}
    return sorted(series, key=lambda one: position[one.usage_point])


@dataclass(frozen=True)
class _Clock:
    """The moments of the rows, and the way back to wall clock."""

    moment_s: Int64
    offset_s: Int64 | None  # of each row; None: wall clock only
    table: ZoneTable | None

    @classmethod
    def of(cls, raw: RawReads, zone: ZoneInfo | None, log: FaultLog, table: ZoneTable | None = None) -> _Clock:
        has_offset = raw.offset_s != NO_OFFSET
        if has_offset.any():
            for line in raw.line[~has_offset][:1_000]:
                log.fault(
                    int(line),
                    "timestamp",
                    "has no UTC offset while other rows have one",
                    "write the offset in all rows",
                )
            moment = raw.start_s - np.where(has_offset, raw.offset_s, 0)
            if table is not None:
                return cls(moment, table.offsets_at(moment), table)
            if zone is None:
                return cls(moment, np.where(has_offset, raw.offset_s, 0).astype(np.int64), None)
            table = zone_table(zone, int(moment.min()), int(moment.max()))
            offset = table.offsets_at(moment)
            if (offset != raw.offset_s)[has_offset].any():
                log.note(None, "timestamp", f"times with other UTC offsets are moved to the wall clock of {zone.key}")
            return cls(moment, offset, table)
        if zone is None:
            return cls(raw.start_s, None, None)
        table = zone_table(zone, int(raw.start_s.min()) - 86_400, int(raw.start_s.max()) + 86_400)
        if len(np.unique(table.offset_s)) == 1:
            moment = raw.start_s - table.offset_s[0]
            return cls(moment, table.offsets_at(moment), table)
        return cls._through_changes(raw, zone, table, log)

    @classmethod
    def _through_changes(cls, raw: RawReads, zone: ZoneInfo, table: ZoneTable, log: FaultLog) -> _Clock:
        moment, spread, is_skipped = table.to_utc(raw.start_s)
        is_second = _second_showing(raw, spread > 0)
        if is_skipped.any() and not is_second.any():
            first = raw.line[is_skipped].min()
            log.note(
                int(first), "timestamp",
                f"a time that the clocks of {zone.key} skipped; the file keeps standard time all year and is read so",
            )  # fmt: skip
            return cls(raw.start_s, None, None)
        for row in np.flatnonzero(is_skipped):
            log.fault(
                int(raw.line[row]), "timestamp",
                f"{show_stamp(raw.start_s[row])} does not exist in {zone.key}: the clocks skipped it",
                "write the UTC offset in every row, or correct the time",
            )  # fmt: skip
        moment = moment + np.where(is_second, spread, 0)
        return cls(moment, table.offsets_at(moment), table)

    def local_of(self, moment_s: Int64, rows: NDArray[np.intp], slot: Int64) -> tuple[Int64, NDArray[np.int32] | None]:
        """Wall clock and offset of every slot; slots without a row take the offset before them."""
        if self.offset_s is None:
            return moment_s, None
        if self.table is not None:
            offset = self.table.offsets_at(moment_s)
        else:
            filled = np.zeros(len(moment_s), dtype=np.int64)
            filled[slot] = np.arange(len(slot))
            offset = self.offset_s[rows][np.maximum.accumulate(filled)]
        return moment_s + offset, offset.astype(np.int32)


def _second_showing(raw: RawReads, is_repeated: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of two rows in a repeated hour with the same wall clock, the later in the file's own direction is the second."""
    result = np.zeros(len(raw), dtype=bool)
    rows = np.flatnonzero(is_repeated)
    if not len(rows):
        return result
    steps = np.diff(raw.start_s[np.argsort(raw.line, kind="stable")])
    is_descending = (steps < 0).sum() > (steps > 0).sum()
    sequence = -raw.line[rows] if is_descending else raw.line[rows]
    rows = rows[np.lexsort((sequence, raw.start_s[rows], raw.point[rows]))]
    is_again = (np.diff(raw.start_s[rows]) == 0) & (np.diff(raw.point[rows]) == 0)
    result[rows[1:][is_again]] = True
    return result


def _build(
    raw: RawReads, name: str, rows: NDArray[np.intp], clock: _Clock, log: FaultLog,
    duration_s: int | None, known: tuple[int | None, int | None], slots_left: int,
) -> ReadSeries | None:  # fmt: skip
    rows = _without_duplicates(raw, name, rows, clock.moment_s, log)
    moment = clock.moment_s[rows]
    step = duration_s or _find_duration(raw, name, rows, moment, known, log)
    if step is None:
        return None
    local = moment + (0 if clock.offset_s is None else clock.offset_s[rows])
    if step == DAY_S:  # days are 23 or 25 hours long at clock changes: they lie on the wall clock's grid
        moment, clock = local, _Clock(local, None, None)
    rows, moment = _on_grid(raw, name, rows, moment, local, step, log)
    if not len(rows):
        return None
    count = int((moment[-1] - moment[0]) // step) + 1
    if count > slots_left or (count > 2_000_000 and count > 50 * len(rows)):
        years = (moment[-1] - moment[0]) / 31_557_600
        far = int(np.argmax(np.diff(moment))) + 1
        log.fault(
            int(raw.line[rows[far]]), "timestamp", f"the reads {_of(name)}are scattered over {years:.0f} years",
            "look for a wrong year",
        )  # fmt: skip
        return None
    slot = (moment - moment[0]) // step
    local_all, offset_all = clock.local_of(moment[0] + step * np.arange(count, dtype=np.int64), rows, slot)
    quality = np.full(count, ReadingQuality.MISSING, dtype=np.uint8)
    quality[slot] = raw.quality[rows]
    columns: dict[str, Int64] = {}
    for index, channel in enumerate(raw.channels):
        column = np.zeros(count, dtype=np.int64)
        column[slot] = raw.values[rows, index]
        columns[channel] = column
    series = ReadSeries(
        name, local_all, step, columns.get("import", np.zeros(count, dtype=np.int64)), quality,
        columns.get("export"), columns.get("reactive"), offset_all, raw.channels,
    )  # fmt: skip
    note_gaps(series, log)
    return series


def _of(name: str) -> str:
    return f"of {name} " if name else ""


def _without_duplicates(
    raw: RawReads, name: str, rows: NDArray[np.intp], moment_s: Int64, log: FaultLog
) -> NDArray[np.intp]:
    is_again = np.diff(moment_s[rows]) == 0
    if not is_again.any():
        return rows
    keep = np.ones(len(rows), dtype=bool)
    run_start = np.maximum.accumulate(np.where(np.concatenate([[False], is_again]), 0, np.arange(len(rows))))
    kept_at: dict[int, int] = {}
    repeats, first_repeat = 0, 0
    for at in np.flatnonzero(is_again) + 1:
        start = int(run_start[at])
        kept, again = rows[kept_at.get(start, start)], rows[at]
        if raw.quality[kept] == ReadingQuality.MISSING and raw.quality[again] != ReadingQuality.MISSING:
            keep[kept_at.get(start, start)] = False
            kept_at[start] = int(at)
            continue
        keep[at] = False
        if raw.quality[again] == ReadingQuality.MISSING or (raw.values[kept] == raw.values[again]).all():
            repeats, first_repeat = repeats + 1, first_repeat or int(raw.line[again])
            continue
        log.fault(
            int(raw.line[again]), "timestamp",
            f"{show_stamp(raw.start_s[again])} {_of(name)}stands on line {raw.line[kept]} already, with another value",
            "keep the right one; for a repeated hour at a clock change write UTC offsets or name the zone",
        )  # fmt: skip
    if repeats > _MOST_REPEATS * len(rows) and repeats > _TELLING_READS:
        log.fault(
            first_repeat, "timestamp",
            f"{repeats:,} of {len(rows):,} rows {_of(name)}repeat a time: no column that is known tells them apart",
            "name the columns: timestamp, or date and time, or date and hour",
        )  # fmt: skip
    elif repeats:
        log.note(
            first_repeat, "timestamp",
            f"{repeats:,} {'row repeats' if repeats == 1 else 'rows repeat'} an earlier row {_of(name)}exactly;"
            " each counted once",
        )  # fmt: skip
    return rows[keep]


def _find_duration(
    raw: RawReads, name: str, rows: NDArray[np.intp], moment: Int64, known: tuple[int | None, int | None],
    log: FaultLog,
) -> int | None:  # fmt: skip
    """The interval of some reads; `known` is that of the rest of the file, and that of few reads."""
    common_s = known[0] or known[1]
    if known[1] and common_s and len(rows) < _TELLING_READS and (np.diff(moment) % common_s == 0).all():
        return common_s
    if len(rows) < 2:
        if common_s is None:
            log.fault(int(raw.line[rows[0]]), None, f"one read {_of(name)}alone does not tell its interval",
                      "give at least two reads")  # fmt: skip
        return common_s
    diffs = np.diff(moment)
    if int(diffs[0]) in DURATIONS_S and (diffs == diffs[0]).all():
        return int(diffs[0])
    steps, counts = np.unique(diffs, return_counts=True)
    # the most frequent step; of equally frequent ones the smallest
    step = int(steps[np.argmax(counts)])
    if step not in DURATIONS_S:
        at = int(np.flatnonzero(np.diff(moment) == step)[0]) + 1
        log.fault(
            int(raw.line[rows[at]]), "timestamp", f"the reads {_of(name)}are {_span(step)} apart",
            "give reads every 5, 15, 30 or 60 minutes, or one a day",
        )  # fmt: skip
        return None
    for start, other in _mixed_runs(np.diff(moment), step):
        log.fault(
            int(raw.line[rows[start]]), "timestamp",
            f"from {show_stamp(raw.start_s[rows[start]])} the reads {_of(name)}are {_span(other)} apart, "
            f"elsewhere {_span(step)}",
            "give one interval length in a file for each usage point",
        )  # fmt: skip
    return step


def _mixed_runs(diffs: Int64, step: int) -> Iterator[tuple[int, int]]:
    """Stretches of at least four equal steps of another length: other intervals, not gaps."""
    edges = np.flatnonzero(np.diff(diffs)) + 1
    starts = np.concatenate([[0], edges])
    lengths = np.diff(np.concatenate([starts, [len(diffs)]]))
    for start, length in zip(starts, lengths, strict=True):
        other = int(diffs[start])
        if other != step and length >= _MIXED_RUN and other <= 12 * step:
            yield int(start), other


def _span(seconds: int) -> str:
    if seconds % 60:
        return f"{seconds} seconds"
    if seconds % 3600:
        return f"{seconds // 60} minutes"
    hours = seconds // 3600
    return "an hour" if hours == 1 else f"{hours} hours" if hours % 24 else f"{hours // 24} days"


def _on_grid(
    raw: RawReads, name: str, rows: NDArray[np.intp], moment: Int64, local: Int64, step: int, log: FaultLog
) -> tuple[NDArray[np.intp], Int64]:
    phase = local % step
    common = int(np.bincount(phase // 60, minlength=1).argmax()) * 60 if (phase % 60 == 0).all() else int(phase[0])
    if common and (phase == common).all():
        log.fault(
            int(raw.line[rows].min()), "timestamp",
            f"every read {_of(name)}starts {_span(common)} off the {_span(step)} grid",
            "give the start of each interval: 00:00, 00:15, …",
        )  # fmt: skip
        return rows[:0], moment[:0]
    is_off = phase != 0
    for row in rows[is_off]:
        log.fault(
            int(raw.line[row]), "timestamp",
            f"{show_stamp(raw.start_s[row])} {_of(name)}is off the grid of {_span(step)}",
            "correct the time, or give one interval length throughout",
        )  # fmt: skip  # fmt: skip
    return rows[~is_off], moment[~is_off]


def note_gaps(series: ReadSeries, log: FaultLog) -> None:
    """Say how many reads are missing, and where the first gap is."""
    is_missing = series.quality == ReadingQuality.MISSING
    if not is_missing.any():
        return
    starts = np.flatnonzero(is_missing & ~np.concatenate([[False], is_missing[:-1]]))
    count = int(is_missing.sum())
    first = show_stamp(series.local_start_s[starts[0]])
    gaps = "one gap" if len(starts) == 1 else f"{len(starts):,} gaps"
    log.note(
        None,
        None,
        f"{count:,} of {len(series):,} reads {_of(series.usage_point)}are missing, in {gaps}, the first at {first}",
    )
