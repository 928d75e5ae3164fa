"""Who may see an account's bills and usage, and of which days."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import CustomerAccount, CustomerAgreement, Party
from gridhall.apps.billing.models import Bill, BillRun
from gridhall.apps.billing.queries.looking import asked_once
from gridhall.core.fixed_queries import FixedQuery, ask_rows

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
    return ask_rows("SELECT statement_timestamp()", [])[0][0]


@cache
def _by_mrid() -> FixedQuery:
    return FixedQuery(
        Bill,
        CustomerAccount,
        CustomerAgreement,
        Party,
        BillRun,
        tail="FROM billing_bill JOIN accounts_customeraccount ON accounts_customeraccount.id = billing_bill.account_id"
        " JOIN accounts_customeragreement ON accounts_customeragreement.id = billing_bill.agreement_id"
        " JOIN accounts_party ON accounts_party.id = billing_bill.party_id"
        " JOIN billing_billrun ON billing_billrun.id = billing_bill.run_id WHERE billing_bill.mrid = %s",
    )


@asked_once
def _read_bill(mrid: UUID) -> Bill | None:
    """Read a bill with its account, agreement, party and run."""
    for bill, account, agreement, party, run in _by_mrid().ask([mrid]):
        bill.account, bill.agreement, bill.party, bill.run = account, agreement, party, run
        return bill
    return None


@asked_once
def find_bill(*, mrid: UUID, viewer: Any, at: datetime | None = None) -> Bill:
    """
    Find a bill that a viewer may see: customers their issued ones, staff every one.

    :param at: the moment of looking; None asks the database's clock.
    :raises AccessDenied: otherwise, and if there is none.
    """
    bill = _read_bill(mrid)
    if bill is None:
        raise AccessDenied
    first, end = check_access(account=bill.account, viewer=viewer, at=at)
    if bill.issued_at is None and not accounts.reads_customers(viewer):
        raise AccessDenied
    if bill.agreement.starts_on < first or (end is not None and bill.first_day >= end):
        raise AccessDenied
    return bill
