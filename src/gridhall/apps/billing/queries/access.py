"""Who may see an account's bills and usage, and of which days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.models import Bill
from gridhall.apps.billing.queries.looking import asked_once

AccessDenied = accounts.AccessDenied


def check_access(
    *,
    account: CustomerAccount,
    viewer: Any,
    at: datetime | None = None,
    scope: AccessScopeKind = AccessScopeKind.VIEW_BILLS,
) -> tuple[date, date | None]:
    """
    Let a viewer with an open access and the scope pass; give the days [first, end) he may look at.

    A customer never sees what an earlier holder of the account used or paid.

    :param at: the moment of looking; None asks the database's clock.
    :raises AccessDenied: otherwise.
    """
    sight = _get_sight(account, viewer, at or read_clock())
    if sight.scopes is not None and scope not in sight.scopes:
        raise AccessDenied
    return sight.first_day, sight.end_day


def may_see_bills(*, account: CustomerAccount, viewer: Any, at: datetime) -> bool:
    """Tell whether a viewer with an open access may see what is billed, not only what is used."""
    scopes = _get_sight(account, viewer, at).scopes
    return scopes is None or AccessScopeKind.VIEW_BILLS in scopes


@asked_once
def _get_sight(account: CustomerAccount, viewer: Any, at: datetime) -> accounts.Sight:
    return accounts.get_sight(account=account, viewer=viewer, at=at)


@asked_once
def read_clock() -> datetime:
    """Give the database's moment, for questions about now that bring none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        return cursor.fetchone()[0]


def find_bill(*, mrid: UUID, viewer: Any) -> Bill:
    """
    Find a bill that a viewer may see: customers their issued ones, staff every one.

    :raises AccessDenied: otherwise, and if there is none.
    """
    bill = Bill.objects.select_related("account", "agreement", "party", "run").filter(mrid=mrid).first()
    if bill is None:
        raise AccessDenied
    first, end = check_access(account=bill.account, viewer=viewer)
    if bill.issued_at is None and not accounts.reads_customers(viewer):
        raise AccessDenied
    if bill.agreement.starts_on < first or (end is not None and bill.first_day >= end):
        raise AccessDenied
    return bill
