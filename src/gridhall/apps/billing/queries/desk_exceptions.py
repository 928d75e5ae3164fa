"""What to look at in a run: how many of each kind, and one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.rules import masking
from gridhall.apps.billing.kinds import BillExceptionKind, BillRunStatusKind
from gridhall.apps.billing.models import Bill, BillException, BillRun
from gridhall.apps.identity.queries import name_staff


@dataclass(frozen=True, slots=True)
class ExceptionCount:
    """How many exceptions of a kind are open, how many of these hold a bill, and how many are settled."""

    kind: str
    open: int
    holding: int
    settled: int


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """
    One thing to look at.

    :param detail: what was found, as the run wrote it. :param by: who held it by hand, or who settled it.
    :param bill_mrid: None where the account got no bill.
    """

    key: str
    kind: str
    holds: bool
    detail: str
    by: str
    account_number: str
    name_masked: str
    account_kind: str
    bill_mrid: UUID | None
    bill_number: str
    amount: Decimal | None
    status: str
    resolved_at: datetime | None


def count_exceptions(*, run: BillRun, viewer: Any) -> list[ExceptionCount]:
    """
    Count what to look at in a run by kind, what holds bills first.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    is_open = Q(resolved_at=None)
    found = (
        BillException.objects.filter(run=run)
        .order_by()
        .values_list("kind")
        .annotate(
            open=Count("id", filter=is_open),
            holding=Count("id", filter=is_open & Q(holds=True)),
            settled=Count("id", filter=~is_open),
        )
    )
    return sorted((ExceptionCount(*row) for row in found), key=lambda one: (-one.holding, -one.open, one.kind))


def list_exception_rows(
    *, run: BillRun | None, viewer: Any, kind: str = "", state: str = "open", offset: int = 0, limit: int = 50
) -> tuple[list[ExceptionRow], int]:
    """
    List what to look at in a run as a page of a list, what holds bills first; and how many there are.

    :param run: None for all that are neither issued nor canceled.
    :param state: open, holding or settled; empty for all.
    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    done = (BillRunStatusKind.ISSUED, BillRunStatusKind.CANCELED)
    every = BillException.objects.all()
    rows = every.filter(run=run) if run is not None else every.exclude(run__status__in=done)
    rows = rows.filter(kind=kind) if kind else rows
    if state == "settled":
        rows = rows.exclude(resolved_at=None)
    elif state:
        rows = rows.filter(resolved_at=None, **({"holds": True} if state == "holding" else {}))
    ordered = rows.select_related("account", "bill").order_by("-holds", "kind", "account__number", "id")
    some = list(ordered[offset : offset + limit])
    return _show(some), rows.count()


def list_exceptions_of_bill(*, bill_id: int, viewer: Any) -> list[ExceptionRow]:
    """
    List what was found about one bill, what is open first.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    rows = BillException.objects.filter(bill_id=bill_id).select_related("account", "bill")
    return _show(sorted(rows, key=lambda row: (row.resolved_at is not None, not row.holds, row.pk)))


def _show(rows: list[BillException]) -> list[ExceptionRow]:
    said = {row.pk: _split(row) for row in rows}
    names = name_staff([by for by, _detail in said.values()])
    return [
        ExceptionRow(
            str(row.pk), str(row.kind), row.holds, said[row.pk][1], names[said[row.pk][0]], row.account.number,
            masking.mask_name(row.account.name), str(row.account.kind), row.bill.mrid if row.bill else None,
            row.bill.number if row.bill else "", row.bill.amount if row.bill else None,
            str(row.bill.status) if row.bill else "", row.resolved_at,
        )
        for row in rows
    ]  # fmt: skip


def _split(row: BillException) -> tuple[str, str]:
    """Give who is to be named and what was found; what a person held begins with who he is."""
    if row.kind == BillExceptionKind.BY_HAND:
        by, _colon, reason = row.detail.partition(": ")
        return by, reason
    return row.resolved_by, row.detail


def list_bills_of_exceptions(*, keys: list[str], viewer: Any) -> list[Bill]:
    """
    List the bills that some exceptions are about, each once; exceptions without a bill give none.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    accounts.check_reader(viewer)
    ids = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
    return list(Bill.objects.filter(exceptions__in=ids).distinct().order_by("id"))
