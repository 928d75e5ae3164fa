"""Times of night in the company's zone, for the queue's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

_A_WINTER_DAY = date(2026, 1, 15)


def nightly(after_min: int) -> str:
    """
    Give the cron line of a moment so many minutes after the company's night begins (`GRIDHALL_NIGHT_HOUR`).

    The queue reads cron lines in UTC. Where the zone has summer time, it is an hour later by the clock then.
    """
    begins = datetime.combine(_A_WINTER_DAY, time(settings.GRIDHALL_NIGHT_HOUR), ZoneInfo(settings.TIME_ZONE))
    moment = begins.astimezone(UTC) + timedelta(minutes=after_min)
    return f"{moment.minute} {moment.hour} * * *"
