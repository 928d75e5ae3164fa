"""By which channels a message goes, when, and how often it is tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gridhall.apps.notifications.rules.quiet import Quiet, find_loud_moment
from gridhall.apps.notifications.rules.templates import Template

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
"""After each failed try; when they are used up the delivery is given up."""
CLAIM_HOLDS = timedelta(minutes=5)
"""A worker that has not said how it went by then is taken for dead."""

IN_APP, SMS, WEB_PUSH = "IN_APP", "SMS", "WEB_PUSH"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a user chose: by (kind, channel) whether he wants it, and his quiet hours."""

    chosen: Mapping[tuple[str, str], bool]
    quiet: Quiet


def list_channels(template: Template, wishes: Wishes) -> list[str]:
    """List the channels by which a user gets a kind of message, in the order in which the catalogue offers them."""
    return [
        channel
        for channel in template.offers
        if channel in template.mandatory or wishes.chosen.get((template.kind, channel), channel in template.default)
    ]


def find_due_moment(template: Template, wishes: Wishes, at: datetime, zone: ZoneInfo) -> datetime:
    """Give when a message may disturb: at once when it is urgent, else not in the quiet hours."""
    return at if template.is_urgent else find_loud_moment(wishes.quiet, at, zone)


def find_next_try(attempts: int, at: datetime) -> datetime | None:
    """
    Give when to try again after so many failed tries, None when it is enough.

    >>> from datetime import UTC
    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> find_next_try(1, start) - start, find_next_try(len(PAUSES) + 1, start)
    (datetime.timedelta(seconds=60), None)
    """
    return at + PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
