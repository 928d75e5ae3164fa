"""LocalTimeParameters of ESPI: the wall clock of a feed as a table of offsets."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np

from gridhall.engines.intervals.formats.timestamps import DAY_S
from gridhall.engines.intervals.formats.zones import ZoneTable

_EPOCH_DAY = 719_163


@dataclass(frozen=True)
class LocalTime:
    """
    A wall clock by rule.

    :param standard_s: offset of standard time from UTC, seconds.
    :param summer_s: what summer time adds; 0 for none.
    :param start_rule, end_rule: DstRuleType, 32 bits: when summer time begins and ends.
    """

    standard_s: int
    summer_s: int = 0
    start_rule: int = 0
    end_rule: int = 0

    @property
    def has_summer_time(self) -> bool:
        return bool(self.summer_s and self.start_rule and self.end_rule)

    def table(self, first_s: int, end_s: int) -> ZoneTable:
        """Tabulate the offsets from `first_s` to `end_s` (UTC seconds)."""
        changes: list[tuple[int, int]] = []
        first_year = _year(first_s) - 1
        if self.has_summer_time:
            for year in range(first_year, _year(end_s) + 2):
                # summer time begins by the standard clock and ends by the summer clock
                changes.append((rule_moment(self.start_rule, year) - self.standard_s, self.standard_s + self.summer_s))
                changes.append((rule_moment(self.end_rule, year) - self.standard_s - self.summer_s, self.standard_s))
            changes.sort()
        before = [(min([first_s, *(moment for moment, _ in changes)]) - 1, self.standard_s)]
        moments, offsets = zip(*(before + changes), strict=True)
        return ZoneTable(np.array(moments, dtype=np.int64), np.array(offsets, dtype=np.int64))


def _year(moment_s: int) -> int:
    return datetime.fromtimestamp(moment_s, UTC).year


def rule_moment(rule: int, year: int) -> int:
    """
    Wall-clock seconds at which a DstRuleType strikes in a year.

    Bits from the lowest: 12 second, 5 hour, 3 day of week (1 Monday to 7 Sunday), 5 day of month, 3 operator, 4 month.
    Source: NAESB REQ.21 ESPI, DstRuleType.

    >>> rule_moment(0x360E2000, 2012) == 1331431200  # second Sunday of March, 02:00
    True
    >>> rule_moment(0xB40E2000, 2012) == 1351994400  # first Sunday of November, 02:00
    True
    """
    second, hour = rule & 0xFFF, rule >> 12 & 0x1F
    weekday, day = rule >> 17 & 0x7, rule >> 20 & 0x1F
    operator, month = rule >> 25 & 0x7, rule >> 28
    month = min(max(month, 1), 12)
    length = monthrange(year, month)[1]
    if operator == 0 or weekday == 0:
        chosen = min(max(day, 1), length)
    elif operator == 7:
        last = date(year, month, length)
        chosen = length - (last.isoweekday() - weekday) % 7
    else:
        start = min(max(day, 1), length) if operator == 1 else 1
        chosen = start + (weekday - date(year, month, start).isoweekday()) % 7 + 7 * max(operator - 2, 0)
        while chosen > length:
            chosen -= 7
    days = date(year, month, chosen).toordinal() - _EPOCH_DAY
    return days * 86_400 + hour * 3600 + second


_CHANGE_AT_S = 7_200
_FEWEST_DAYS = 3
_SUMMER_S = 3_600


def table_of_days(starts: list[int]) -> ZoneTable | None:
    """
    Tell the wall clock from the moments at which days begin; None if they tell none.

    For feeds that say nothing of their clock, but give one block a day: days begin at midnight, and clocks change at
    two o'clock.

    >>> table_of_days([8 * 3600 + day * 86_400 for day in range(5)]).offset_s.tolist()
    [-28800]
    """
    starts = sorted(set(starts))
    phases = {start % DAY_S for start in starts}
    if len(starts) < _FEWEST_DAYS or phases == {0} or len(phases) > 2 or any(phase % 900 for phase in phases):
        return None
    if max(phases) - min(phases) not in (0, _SUMMER_S):
        return None
    moments, offsets = [starts[0]], [_offset_of(starts[0])]
    for start, following in pairwise(starts):
        if _offset_of(following) != offsets[-1]:
            moments.append(start + _CHANGE_AT_S)
            offsets.append(_offset_of(following))
    return ZoneTable(np.array(moments, dtype=np.int64), np.array(offsets, dtype=np.int64))


def _offset_of(midnight_s: int) -> int:
    """The offset of a zone, from 12 hours west to 12 hours east, where a day begins at that moment."""
    phase = midnight_s % DAY_S
    return -phase if phase <= DAY_S // 2 else DAY_S - phase
