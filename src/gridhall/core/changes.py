"""
Versions of what pages show: a word that is another one after anything changed for an account, or for all.

Every action tells an event in its own transaction, and an event names the account whose pages it changes, or the whole
company. An account's version is the number of its events that are committed. Events are only ever added, so each commit
makes it larger, in whatever order the transactions began, and nobody waits for anybody: there is no row to lock.

Ask for the version first and for the data afterwards: what is kept under a version is then never older than it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from django.conf import settings

from gridhall.core.events import COMPANY
from gridhall.core.fixed_queries import ask_rows

REFRESH_S = 2.0
_COUNT = "SELECT scope, count(*) FROM core_event WHERE scope = ANY(%s::int8[]) GROUP BY scope"


def count_changes(account_ids: Iterable[int]) -> dict[int, int]:
    """Count what was told of accounts so far; those of which nothing was told are left out."""
    return dict(ask_rows(_COUNT, [list(account_ids)]))


class CompanyChanges:
    """
    How often something was told that may concern every account, as this process knows it.

    It is asked of the database at most once in `REFRESH_S`; who goes by it may be that much behind.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known = -1
        self._asked_at = float("-inf")

    def count(self) -> int:
        """Give the number, not older than `REFRESH_S`; one thread asks, the others go on with what is known."""
        now = time.monotonic()
        if now - self._asked_at < getattr(settings, "GRIDHALL_DATA_VERSION_S", REFRESH_S):
            return self._known
        if not self._lock.acquire(blocking=self._known < 0):
            return self._known
        try:
            self._known = self.count_now()
            self._asked_at = now
        finally:
            self._lock.release()
        return self._known

    @staticmethod
    def count_now() -> int:
        """Give the number as it is."""
        return count_changes([COMPANY]).get(COMPANY, 0)


company_changes = CompanyChanges()
