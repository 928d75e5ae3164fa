"""Who may see an account's bills and usage."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import CustomerAccount


def check_access(
    *,
    account: CustomerAccount,
    viewer: Any,
    at: datetime | None = None,
    scope: AccessScopeKind = AccessScopeKind.VIEW_BILLS,
) -> None:
    """
    Let a viewer with an open access and the scope pass.

    :param at: the moment of looking; None asks the database's clock.
    :raises AccessDenied: otherwise.
    """
    at = at or read_clock()
    accounts.get_account(number=account.number, viewer=viewer, at=at, scope=scope)


def read_clock() -> datetime:
    """Give the database's moment, for questions about now that bring none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        return cursor.fetchone()[0]
