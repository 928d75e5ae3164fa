"""How often, how long: codes, wrong tries, sessions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridhall.apps.identity.rules.devices import get_network

CODE_LENGTH = 6
CODE_LIVES = timedelta(minutes=5)
CODE_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
PROOF_LASTS = timedelta(minutes=10)
ERASED_AFTER = timedelta(days=7)
DELETE_RECORDS_AFTER = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many within a span of time."""

    most: int
    within: timedelta

    def wait(self, moments: Sequence[datetime], at: datetime) -> timedelta | None:
        """
        Give how long to wait until one more is within the limit, None for not at all.

        :param moments: when it was done before, in any order.

        >>> from datetime import UTC
        >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        >>> limit = Limit(2, timedelta(minutes=10))
        >>> limit.wait([noon - timedelta(minutes=7)], noon) is None
        True
        >>> limit.wait([noon - timedelta(minutes=7), noon - timedelta(minutes=1), noon - timedelta(days=1)], noon)
        datetime.timedelta(seconds=180)
        """
        recent = sorted(moment for moment in moments if moment > at - self.within)
        return None if len(recent) < self.most else recent[-self.most] + self.within - at


# A phone gets ten codes a day, of which each may be tried five times: one guess in 20,000 a day goes right.
CODES_A_PHONE = (Limit(1, RESEND_AFTER), Limit(5, timedelta(hours=1)), Limit(10, timedelta(days=1)))
# Many customers share one address behind a mobile operator's gateway; a flood is much more.
CODES_AN_ADDRESS = (Limit(30, timedelta(hours=1)), Limit(120, timedelta(days=1)))
WRONG_PASSWORDS_A_PHONE = Limit(20, timedelta(hours=1))
WRONG_PASSWORDS_AN_ADDRESS = Limit(40, timedelta(minutes=15))
WRONG_SECOND_FACTORS = Limit(5, timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts without being used, and at most."""

    idle: timedelta
    whole: timedelta
    note_seen_every: timedelta


CUSTOMER_SESSION = SessionLimits(timedelta(days=7), timedelta(days=30), timedelta(minutes=5))
STAFF_SESSION = SessionLimits(timedelta(minutes=30), timedelta(hours=12), timedelta(minutes=1))


def get_session_limits(*, is_staff: bool) -> SessionLimits:
    """Give the limits of a customer's or of a staff session."""
    return STAFF_SESSION if is_staff else CUSTOMER_SESSION


def find_breach(
    *,
    is_staff: bool,
    started_at: datetime,
    seen_at: datetime,
    at: datetime,
    devices: tuple[str, str],
    addresses: tuple[str | None, str | None],
) -> str | None:
    """
    Say why a session must not go on (a SessionEndKind), or None.

    A session stays with browser and system, whoever it belongs to. Staff stay in their network too; customers walk from
    one to another with the phone in their hand, so for them a new network only means that a fresh proof is asked for.

    :param devices: as it was when the session began, and as it is now.
    :param addresses: the same.
    """
    limits = get_session_limits(is_staff=is_staff)
    if at - started_at >= limits.whole:
        return "TOO_OLD"
    if at - seen_at >= limits.idle:
        return "IDLE"
    if devices[0] != devices[1]:
        return "OTHER_DEVICE"
    if is_staff and get_network(addresses[0]) != get_network(addresses[1]):
        return "OTHER_NETWORK"
    return None


def is_proof_fresh(*, proved_at: datetime | None, networks: tuple[str, str], at: datetime) -> bool:
    """Tell whether somebody proved who he is a moment ago, and from the network where he is now."""
    return proved_at is not None and timedelta(0) <= at - proved_at < PROOF_LASTS and networks[0] == networks[1]
