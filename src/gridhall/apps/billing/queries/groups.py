"""One statement over the bills of a group of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.models import Bill
from gridhall.apps.billing.queries.access import check_access
from gridhall.apps.billing.queries.bills import view_of
from gridhall.apps.billing.queries.ledger import read_balance
from gridhall.apps.billing.queries.views import BillView
from gridhall.core.periods import Month


@dataclass(frozen=True, slots=True)
class GroupStatement:
    """
    What a group is asked for in a month: the head's own bills and those of its members, each still its own debt.

    :param balance: of all accounts together; positive is credit.
    """

    month: Month
    head_number: str
    accounts: int
    bills: list[BillView]
    energy_kwh: Decimal
    amount: Decimal
    balance: Decimal


def get_group_statement(*, account: CustomerAccount, month: Month, viewer: Any, at: datetime) -> GroupStatement:
    """
    Sum up a month's issued bills of an account and its members.

    :raises AccessDenied: for a viewer without access to the head account.
    """
    return add_up_group(account, month, check_access(account=account, viewer=viewer, at=at))


def add_up_group(
    account: CustomerAccount, month: Month, days: tuple[date, date | None] = (date.min, None)
) -> GroupStatement:
    """Sum up a month's issued bills of an account and its members on days that may be looked at, whoever looks."""
    first, end = days
    members = [account, *CustomerAccount.objects.filter(group=account).order_by("number")]
    bills = [
        view_of(bill)
        for bill in Bill.objects.select_related("account", "run")
        .filter(
            account__in=members,
            issued_at__isnull=False,
            first_day__gte=max(month.first_day, first),
            first_day__lt=month.next().first_day if end is None else min(month.next().first_day, end),
        )
        .exclude(status="CANCELED")
        .order_by("account__number", "first_day", "id")
    ]
    return GroupStatement(
        month=month,
        head_number=account.number,
        accounts=len(members),
        bills=bills,
        energy_kwh=sum((bill.energy_kwh for bill in bills if bill.is_current), Decimal(0)),
        amount=sum((bill.amount for bill in bills), Decimal("0.00")),
        balance=sum((read_balance(member.pk) for member in members), Decimal("0.00")),
    )
