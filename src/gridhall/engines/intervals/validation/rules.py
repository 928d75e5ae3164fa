"""The validation rules: one bit each, how grave each is, and what each says to a person, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag


class Rule(IntFlag):
    """A rule that a read did not pass. Flags are stored in uint16."""

    MISSING = 1
    DUPLICATE = 2
    SPIKE = 4  # far from the same customer's like hours
    NEGATIVE = 8
    STUCK = 16  # the same non-zero value for too long
    ZERO_RUN = 32  # nothing for too long, where there used to be consumption
    REGISTER_MISMATCH = 64  # intervals do not add up to what the register advanced
    CLOCK_SHIFT = 128  # the day looks like the usual one moved by an hour
    REVERSE_FLOW = 256  # energy to the grid where no generator is known
    OVER_LIMIT = 512  # more than the connection can carry


class Severity(IntEnum):
    """What a finding means for billing."""

    NOTICE = 1  # worth a look; billable
    SUSPECT = 2  # a person must accept or replace it before billing
    BLOCKING = 3  # no value that could be billed


SEVERITIES = {
    Rule.MISSING: Severity.BLOCKING,
    Rule.DUPLICATE: Severity.SUSPECT,
    Rule.SPIKE: Severity.SUSPECT,
    Rule.NEGATIVE: Severity.BLOCKING,
    Rule.STUCK: Severity.SUSPECT,
    Rule.ZERO_RUN: Severity.NOTICE,
    Rule.REGISTER_MISMATCH: Severity.SUSPECT,
    Rule.CLOCK_SHIFT: Severity.SUSPECT,
    Rule.REVERSE_FLOW: Severity.NOTICE,
    Rule.OVER_LIMIT: Severity.BLOCKING,
}

EXPLANATIONS = {
    Rule.MISSING: ("缺 {count} 个读数。", "{count} reads are missing."),
    Rule.DUPLICATE: ("同一时刻有两个不同的读数。", "Two different reads for the same moment."),
    Rule.SPIKE: (
        "{value} Wh 远离本户同时段常见的 {expected} Wh。",
        "{value} Wh is far from the {expected} Wh usual for this customer at this time of day.",
    ),
    Rule.NEGATIVE: ("读数为负：{value} Wh。", "The read is negative: {value} Wh."),
    Rule.STUCK: (
        "连续 {count} 个读数都是 {value} Wh，表计可能卡住。",
        "{count} reads in a row are all {value} Wh; the meter may be stuck.",
    ),
    Rule.ZERO_RUN: (
        "连续 {count} 个读数为零，而平时一天约 {expected} Wh。",
        "{count} reads in a row are zero, where a day usually has about {expected} Wh.",
    ),
    Rule.REGISTER_MISMATCH: (
        "分时读数合计 {value} Wh，示数走了 {expected} Wh。",
        "The intervals add up to {value} Wh; the register advanced {expected} Wh.",
    ),
    Rule.CLOCK_SHIFT: (
        "当天曲线像是整体移动了一小时，表钟可能不准。",
        "The day looks moved by an hour; the meter's clock may be wrong.",
    ),
    Rule.REVERSE_FLOW: (
        "向电网送电 {value} Wh，但没有登记发电设备。",
        "{value} Wh went to the grid, but no generator is registered.",
    ),
    Rule.OVER_LIMIT: (
        "{value} Wh 超过接入容量可能达到的 {expected} Wh。",
        "{value} Wh is more than the {expected} Wh that the connection can carry.",
    ),
}


@dataclass(frozen=True)
class Thresholds:
    """
    How strict the rules are.

    :param spike_spreads: a spike is this many spreads (1.4826 x MAD) above the usual value …
    :param spike_floor_wh: … and at least this far above it, so that a kettle in a holiday home is none …
    :param spike_peaks: … and more than so many times the usual peak of any hour: a boiler, an oven, a car is none.
    :param stuck_hours: equal reads for so long are stuck …
    :param stuck_from_wh: … if they are at least this large: small standing loads are truly constant.
    :param zero_hours: zeros for so long are worth a look …
    :param zero_from_wh_per_day: … where an usual day has at least this much.
    :param shift_gain: a day is shifted if moving it an hour leaves less than this part of its squared distance.
    """

    spike_spreads: int = 12
    spike_floor_wh: int = 1_000
    spike_peaks: int = 2
    stuck_hours: int = 12
    stuck_from_wh: int = 50
    zero_hours: int = 24
    zero_from_wh_per_day: int = 1_000
    shift_gain: float = 0.25


def explain(rule: Rule, *, value: int = 0, expected: int = 0, count: int = 0) -> tuple[str, str]:
    """
    Say a finding in Chinese and English.

    >>> explain(Rule.NEGATIVE, value=-5)[1]
    'The read is negative: -5 Wh.'
    """
    chinese, english = EXPLANATIONS[rule]
    words = {"value": f"{value:,}", "expected": f"{expected:,}", "count": f"{count:,}"}
    return chinese.format(**words), english.format(**words)
