"""
A word that changes whenever what pages show of some accounts does: what was drawn from it may be kept until then.

Every action tells an event in its own transaction, and an event says whose pages it changes (`gridhall.core.changes`).
What was told of these accounts is asked of the database in every request; what was told of the whole company, at most
once in two seconds: a new tariff may be seen that much later. Ask before the data is read, never after.
"""

from __future__ import annotations

from collections.abc import Iterable

from gridhall.core.changes import company_changes


def get_data_version(changes: Iterable[int]) -> str:
    """
    Give the version of what is shown of some accounts.

    :param changes: how much was told of each so far, as it came with the accounts.
    """
    return f"{company_changes.count()}:{list(changes)}"
