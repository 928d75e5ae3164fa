"""Findings: what did not pass, where, how grave, in words; for one series, or from the flags of a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries
from gridhall.engines.intervals.validation.estimation import RegisterAdvance
from gridhall.engines.intervals.validation.matrix import LikeDays, learn_like_days, validate_matrix
from gridhall.engines.intervals.validation.rules import SEVERITIES, Rule, Severity, Thresholds, explain

_UWH_PER_WH = 1_000_000
_DAY_S = 86_400
_LEARN_FROM_DAYS = 7


@dataclass(frozen=True)
class Finding:
    """
    One stretch of reads that did not pass one rule.

    :param series: the usage point or meter.
    :param first_slot, end_slot: half-open, in slots of the series.
    :param value_wh, expected_wh: the figures the explanation speaks of.
    """

    rule: Rule
    series: str
    first_slot: int
    end_slot: int
    value_wh: int
    expected_wh: int
    severity: Severity
    explanation_zh: str
    explanation_en: str


def findings_of_flags(
    flags: NDArray[np.uint16],
    import_wh: NDArray[np.int32] | NDArray[np.int64],
    *,
    series: str,
    limit_wh: int = 0,
    median_wh: NDArray[np.int32] | None = None,
) -> list[Finding]:
    """
    Turn one row of flags into findings, one for each stretch and rule.

    :param flags: uint16[slots] from `validate_matrix`.
    :param import_wh: [slots], the reads that were checked.
    :param median_wh: int32[slots a day], the row of the history that was used.
    """
    found: list[Finding] = []
    union = int(np.bitwise_or.reduce(flags)) if len(flags) else 0
    for rule in Rule:
        if not union & rule:
            continue
        is_set = np.concatenate([[False], (flags & np.uint16(rule)) != 0, [False]])
        for first, end in np.flatnonzero(np.diff(is_set.astype(np.int8))).reshape(-1, 2):
            stretch = import_wh[first:end]
            worst = first + int(np.argmin(stretch) if rule == Rule.NEGATIVE else np.argmax(stretch))
            expected = _expected(rule, worst, limit_wh, median_wh)
            found.append(_finding(rule, series, int(first), int(end), int(import_wh[worst]), expected))
    return sorted(found, key=lambda one: (one.first_slot, one.rule))


def _expected(rule: Rule, slot: int, limit_wh: int, median_wh: NDArray[np.int32] | None) -> int:
    if rule == Rule.OVER_LIMIT:
        return limit_wh
    if median_wh is None:
        return 0
    return int(median_wh.sum()) if rule == Rule.ZERO_RUN else int(median_wh[slot % len(median_wh)])


def _finding(rule: Rule, series: str, first: int, end: int, value: int, expected: int) -> Finding:
    chinese, english = explain(rule, value=value, expected=expected, count=end - first)
    return Finding(rule, series, first, end, value, expected, SEVERITIES[rule], chinese, english)


def check_registers(
    series: str,
    energy: NDArray[np.int64],
    quality: NDArray[np.uint8],
    registers: Sequence[RegisterAdvance],
    *,
    tolerance: int = 1,
    units_per_wh: int = 1,
) -> list[Finding]:
    """
    Compare the sums of the intervals with what the register advanced.

    Stretches with missing reads are compared one way only: the reads there are must not exceed the register.

    :param tolerance: in the unit of the energies; a register with one decimal of kWh justifies 100 Wh.
    """
    found = []
    for one in registers:
        part = slice(max(one.first_slot, 0), one.end_slot)
        total = sum(int(value) for value in energy[part])
        is_whole = bool((quality[part] != ReadingQuality.MISSING).all()) and one.end_slot <= len(energy)
        if total > one.advance + tolerance or (is_whole and total < one.advance - tolerance):
            found.append(
                _finding(
                    Rule.REGISTER_MISMATCH, series, one.first_slot, one.end_slot, total // units_per_wh,
                    one.advance // units_per_wh,
                )
            )  # fmt: skip
    return found


def validate_series(
    series: ReadSeries,
    *,
    limit_wh: int | None = None,
    history: LikeDays | None = None,
    registers: Sequence[RegisterAdvance] = (),
    tolerance_wh: int = 100,
    has_generator: bool = True,
    thresholds: Thresholds | None = None,
) -> list[Finding]:
    """
    Check one series from a file.

    The usual day is `history`, or learned from the series itself if it has a week or more. Days are those of the wall
    clock: a skipped hour is not missing, of a repeated hour the later reads are compared with the usual day.

    :param limit_wh: the most an interval can hold; None for no limit.
    :param registers: advances in slots of the series, in Wh.
    """
    step = series.duration_s
    if step > 3600:
        return []
    per_day = _DAY_S // step
    first_day = int(series.local_start_s[0]) // _DAY_S * _DAY_S
    place = (series.local_start_s - first_day) // step
    days = int(place.max()) // per_day + 1
    energy = np.zeros((1, days * per_day), dtype=np.int32)
    quality = np.full((1, days * per_day), ReadingQuality.MISSING, dtype=np.uint8)
    wh = np.clip((series.import_uwh + _UWH_PER_WH // 2) // _UWH_PER_WH, -(2**31), 2**31 - 1)
    energy[0, place], quality[0, place] = wh, series.quality
    if history is None and days >= _LEARN_FROM_DAYS:
        history = learn_like_days(energy, quality, slots_per_day=per_day)
    flags = validate_matrix(
        energy, limit_wh=2**31 - 1 if limit_wh is None else limit_wh, history=history, quality=quality,
        thresholds=thresholds, slots_per_day=per_day,
    )[0, place]  # fmt: skip
    if not has_generator and series.export_uwh is not None:
        flags[series.export_uwh > 0] |= np.uint16(Rule.REVERSE_FLOW)
    median = None if history is None else np.roll(history.median_wh[0], -int(place[0]))
    found = findings_of_flags(
        flags, wh, series=series.usage_point, limit_wh=limit_wh or 0, median_wh=median
    ) + check_registers(
        series.usage_point, series.import_uwh, series.quality,
        [RegisterAdvance(one.first_slot, one.end_slot, one.advance * _UWH_PER_WH) for one in registers],
        tolerance=tolerance_wh * _UWH_PER_WH, units_per_wh=_UWH_PER_WH,
    )  # fmt: skip
    return sorted(found, key=lambda one: (one.first_slot, one.rule))
