"""From flags on single reads to stretches a person can look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridhall.apps.metering.kinds import ValidationRuleKind
from gridhall.engines.intervals.codec import checksum
from gridhall.engines.intervals.validation import Rule

KIND_OF = {
    Rule.MISSING: ValidationRuleKind.MISSING,
    Rule.DUPLICATE: ValidationRuleKind.DUPLICATE,
    Rule.SPIKE: ValidationRuleKind.SPIKE,
    Rule.NEGATIVE: ValidationRuleKind.NEGATIVE,
    Rule.STUCK: ValidationRuleKind.STUCK,
    Rule.ZERO_RUN: ValidationRuleKind.ZERO_RUN,
    Rule.REGISTER_MISMATCH: ValidationRuleKind.REGISTER_SUM,
    Rule.CLOCK_SHIFT: ValidationRuleKind.CLOCK,
    Rule.REVERSE_FLOW: ValidationRuleKind.REVERSE_FLOW,
    Rule.OVER_LIMIT: ValidationRuleKind.OVER_LIMIT,
}
RULE_OF = {kind: rule for rule, kind in KIND_OF.items()}

REGISTER_TOLERANCE_WH = 2_000
REGISTER_TOLERANCE_SHARE = 200


@dataclass(frozen=True)
class Stretch:
    """Slots [first, end) of one row that did not pass one rule."""

    row: int
    rule: Rule
    first: int
    end: int


def find_stretches(flags: NDArray[np.uint16]) -> list[Stretch]:
    """
    Join neighboring flagged slots, rule by rule.

    >>> find_stretches(np.array([[0, 1, 1, 4, 1]], np.uint16))[:2]
    [Stretch(row=0, rule=<Rule.MISSING: 1>, first=1, end=3), Stretch(row=0, rule=<Rule.MISSING: 1>, first=4, end=5)]
    """
    found = []
    rows = np.flatnonzero(flags.any(axis=1))
    some = flags[rows]
    for rule in KIND_OF:
        mask = np.zeros((len(rows), flags.shape[1] + 2), np.int8)
        mask[:, 1:-1] = (some & np.uint16(rule)) != 0
        if not mask.any():
            continue
        steps = np.diff(mask, axis=1)
        row, first = np.nonzero(steps == 1)
        end = np.nonzero(steps == -1)[1]
        found += [
            Stretch(int(rows[at]), rule, one, other)
            for at, one, other in zip(row.tolist(), first.tolist(), end.tolist(), strict=True)
        ]
    return found


def fingerprint(values: NDArray[np.int32], quality: NDArray[np.uint8]) -> int:
    """Give a digest of reads as a signed 64-bit integer, which is what the database holds."""
    both = np.array([checksum(np.ascontiguousarray(values)), checksum(np.ascontiguousarray(quality))], np.uint64)
    return int(np.uint64(checksum(both)).astype(np.int64))


def is_register_mismatch(advance_wh: int, intervals_wh: int) -> bool:
    """
    Tell whether intervals do not add up to what the register advanced.

    A register shows whole units and is read some seconds early or late: 2 kWh or 0.5 % are let pass.

    >>> is_register_mismatch(100_000, 101_999), is_register_mismatch(100_000, 97_999)
    (False, True)
    """
    return abs(advance_wh - intervals_wh) > max(REGISTER_TOLERANCE_WH, advance_wh // REGISTER_TOLERANCE_SHARE)
