"""Hours in which nobody is disturbed, by the clocks of a zone, across midnight and changes of the clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one time of day until another; until an earlier one means of the next day, the same means never."""

    starts_at: time
    ends_at: time
    is_on: bool = True

    @property
    def ever(self) -> bool:
        """Whether there is any quiet at all."""
        return self.is_on and self.starts_at != self.ends_at


USUAL = Quiet(time(22, 0), time(8, 0))
"""What holds for who has not chosen."""


def is_quiet(quiet: Quiet, at: datetime, zone: ZoneInfo) -> bool:
    """
    Tell whether a moment lies in the quiet hours.

    >>> zone = ZoneInfo("Asia/Shanghai")
    >>> [is_quiet(USUAL, datetime(2026, 1, 1, hour, tzinfo=zone), zone) for hour in (21, 22, 3, 8)]
    [False, True, True, False]
    """
    if not quiet.ever:
        return False
    shown = at.astimezone(zone).time()
    if quiet.starts_at < quiet.ends_at:
        return quiet.starts_at <= shown < quiet.ends_at
    return shown >= quiet.starts_at or shown < quiet.ends_at


def find_loud_moment(quiet: Quiet, at: datetime, zone: ZoneInfo) -> datetime:
    """
    Give the moment itself, or the first one after it at which the clocks show the end of the quiet hours or later.

    >>> zone = ZoneInfo("Asia/Shanghai")
    >>> find_loud_moment(USUAL, datetime(2026, 1, 1, 23, tzinfo=zone), zone).astimezone(zone).isoformat()
    '2026-01-02T08:00:00+08:00'
    """
    if not is_quiet(quiet, at, zone):
        return at
    local = at.astimezone(zone)
    day = local.date()
    for ahead in (0, 1, 2):
        for fold in (0, 1):  # an hour that the clocks show twice ends twice
            end = datetime.combine(day + timedelta(days=ahead), quiet.ends_at, zone).replace(fold=fold).astimezone(UTC)
            if end > at and not is_quiet(quiet, end, zone):
                return _skip_gap(quiet, at.astimezone(UTC), end, zone)
    raise AssertionError("every quiet hour ends within two days")


def _skip_gap(quiet: Quiet, at: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """Where the clocks jump over the end, it is when they jump, not the hour later that the jump pretends."""
    if end.astimezone(zone).time() == quiet.ends_at:
        return end
    while end - _A_MINUTE >= at and not is_quiet(quiet, end - _A_MINUTE, zone):
        end -= _A_MINUTE
    return end
