"""Telling users of their new bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.urls import reverse

from gridhall.apps.accounts.rules import masking
from gridhall.apps.billing.kinds import BillKind
from gridhall.apps.billing.queries.hearing import HeardBill, list_heard_bills
from gridhall.apps.notifications import actions as notifications
from gridhall.apps.notifications.actions import Letter
from gridhall.apps.notifications.kinds import MessageKind

NEWS_FOR = timedelta(days=35)
"""A bill issued longer ago is no news: months that are carried in later stay quiet."""
ONE_BY_ONE = 3
"""Who gets more bills than this at once is told of them in one message."""
_BATCH = 1_000


def tell_of_bills(*, run_id: int, at: datetime, actor: str) -> int:
    """
    Tell everybody who may see a bill of a run that it is out; gives how many messages were written.

    The key of each message is the bill's number (of many at once, the run and its moment): called again, it tells only
    who was not told.
    """
    heard = list_heard_bills(run_id=run_id, since=at - NEWS_FOR, at=at)
    told = 0
    for issued_at, bills in groupby(heard, key=lambda bill: bill.issued_at):
        waiting: dict[MessageKind, list[Letter]] = defaultdict(list)
        for kind, letter in _write_all(run_id, bills):
            waiting[kind].append(letter)
            if len(waiting[kind]) == _BATCH:
                told += notifications.send_messages(kind=kind, letters=waiting.pop(kind), at=issued_at, actor=actor)
        for kind, letters in waiting.items():
            told += notifications.send_messages(kind=kind, letters=letters, at=issued_at, actor=actor)
    return told


def _write_all(run_id: int, bills: Iterable[HeardBill]) -> Iterator[tuple[MessageKind, Letter]]:
    for user_id, found in groupby(bills, key=lambda bill: bill.user_id):
        of_user = list(found)
        regular = [bill for bill in of_user if bill.kind != BillKind.REBILL]
        yield from ((MessageKind.BILL_CORRECTED, _write(bill)) for bill in of_user if bill.kind == BillKind.REBILL)
        if len(regular) > ONE_BY_ONE:
            yield MessageKind.BILLS_ISSUED, _write_digest(run_id, user_id, regular)
        else:
            yield from ((MessageKind.BILL_ISSUED, _write(bill)) for bill in regular)


def _write(bill: HeardBill) -> Letter:
    is_due = bill.amount > 0
    context: dict[str, Any] = {
        "account": bill.account_number,
        "label": bill.tag or masking.mask_name(bill.holder) or bill.account_number,
        "month": bill.first_day,
        "due_amount": bill.amount if is_due else None,
        "due_on": bill.due_on if is_due else None,
        "credit": -bill.amount if bill.amount < 0 else None,
    }
    if bill.kind != BillKind.REBILL:
        context["amount"] = bill.amount
    return Letter(bill.user_id, context, f"bill:{bill.number}", reverse("portal:bill-detail", args=[bill.mrid]))


def _write_digest(run_id: int, user_id: int, bills: list[HeardBill]) -> Letter:
    amount = sum((bill.amount for bill in bills), Decimal(0))
    due = [bill.due_on for bill in bills if bill.amount > 0 and bill.due_on is not None]
    context = {
        "month": bills[0].first_day,
        "accounts": len({bill.account_number for bill in bills}),
        "amount": amount,
        "due_on": min(due) if due else None,
    }
    return Letter(user_id, context, f"bills:{run_id}:{bills[0].issued_at.isoformat()}", reverse("portal:bill-list"))
