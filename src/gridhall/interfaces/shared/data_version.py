"""
A word that changes whenever the company's data does: what was drawn from it may be kept until then.

Every action tells an event in its own transaction, so the last events are the version. It is asked of the database at
most once in `REFRESH_S`; what is kept may be that much behind. Events of signing in and reading change nothing that
pages show of accounts, and are left out.
"""

from __future__ import annotations

import threading
import time
from hashlib import blake2b

from django.conf import settings

from gridhall.core.models import Event

IDLE_KINDS = (
    "SignedIn",
    "SignedOut",
    "PreferencesChanged",
    "PasswordChanged",
    "PersonalDataUnmasked",
    "ReadsCompacted",
    "UsageExported",
    "MessageSent",
    "MessagesSent",
    "MessagesChanged",
    "MessagePreferencesChanged",
    "PushSubscribed",
    "PushUnsubscribed",
    "FeedbackGiven",
    "FeedbackSettled",
)
LOOKED_AT = 200
REFRESH_S = 2.0


class DataVersion:
    """The version, as this process knows it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known = ""
        self._asked_at = float("-inf")

    def get(self) -> str:
        """Give the version, not older than `REFRESH_S`; one thread asks, the others go on with what is known."""
        now = time.monotonic()
        if now - self._asked_at < getattr(settings, "GRIDHALL_DATA_VERSION_S", REFRESH_S):
            return self._known
        if not self._lock.acquire(blocking=not self._known):
            return self._known
        try:
            self._known = self._ask()
            self._asked_at = now
        finally:
            self._lock.release()
        return self._known

    @staticmethod
    def _ask() -> str:
        """Digest the last events: one that commits late, under a lower number, changes the version too."""
        last = Event.objects.exclude(kind__in=IDLE_KINDS).order_by("-id").values_list("id", flat=True)[:LOOKED_AT]
        return blake2b(repr(list(last)).encode(), digest_size=12).hexdigest()


data_version = DataVersion()
