"""
Versions of what pages show: a word that is another one after anything changed for an account, or for all.

Every action tells an event in its own transaction, and an event names the account whose pages it changes, or the whole
company. An account's version is the number of its events that are committed. Events are only ever added, so each commit
makes it larger, in whatever order the transactions began, and nobody waits for anybody: there is no row to lock.

Ask for the version first and for the data afterwards: what is kept under a version is then never older than it.
"""

from __future__ import annotations

from collections.abc import Iterable

from gridhall.core.events import COMPANY
from gridhall.core.fixed_queries import ask_rows

_COUNT = "SELECT scope, count(*) FROM core_event WHERE scope = ANY(%s::int8[]) GROUP BY scope"


def count_changes(account_ids: Iterable[int]) -> dict[int, int]:
    """Count what was told of accounts so far; those of which nothing was told are left out."""
    return dict(ask_rows(_COUNT, [list(account_ids)]))


def count_company_changes() -> int:
    """Count what was told so far that may concern every account."""
    return count_changes([COMPANY]).get(COMPANY, 0)
