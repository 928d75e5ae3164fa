"""Every kind of file, in the order in which they are read."""

from __future__ import annotations

from gridhall.apps.accounts.actions.importing.access import ACCESSES, ALIASES, CONSENTS
from gridhall.apps.accounts.actions.importing.agreements import AGREEMENTS, TERMS
from gridhall.apps.accounts.actions.importing.network import FEEDERS, PLACES, TRANSFORMERS
from gridhall.apps.accounts.actions.importing.people import CONTACTS, PARTIES
from gridhall.apps.accounts.actions.importing.supply import ACCOUNTS, CUSTOMER_TRANSFORMERS, GROUPS, USAGE_POINTS

MERGES = (
    PLACES, FEEDERS, TRANSFORMERS, PARTIES, CONTACTS, ACCOUNTS, AGREEMENTS, TERMS, USAGE_POINTS, CUSTOMER_TRANSFORMERS,
    ALIASES, CONSENTS, ACCESSES,
)  # fmt: skip
BY_NAME = {merge.table.name: merge for merge in MERGES}

__all__ = ["ACCESSES", "BY_NAME", "GROUPS", "MERGES", "PARTIES"]
