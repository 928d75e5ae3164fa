"""Every read of accounts. Each takes the viewer; a customer sees only what an open access lets him see."""

from gridhall.apps.accounts.queries.access import (
    AccessDenied,
    AccountView,
    get_access,
    get_account,
    get_visible_days,
    list_accesses,
    list_accounts,
)

__all__ = [
    "AccessDenied",
    "AccountView",
    "get_access",
    "get_account",
    "get_visible_days",
    "list_accesses",
    "list_accounts",
]
