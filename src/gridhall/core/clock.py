"""Times of day in the company's zone, for the queue's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings

_A_WINTER_DAY = date(2026, 1, 15)


def daily_at(hour: int, minute: int) -> str:
    """
    Give the cron line of a local time of day; the queue reads cron lines in UTC.

    Where the zone has summer time, it is an hour later by the clock then.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    moment = datetime.combine(_A_WINTER_DAY, time(hour, minute), zone).astimezone(UTC)
    return f"{moment.minute} {moment.hour} * * *"
