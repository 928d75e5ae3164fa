"""Bills and balances as people see them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.accounts.rules import masking
from gridhall.apps.billing.kinds import BillRunStatusKind, BillStatusKind
from gridhall.apps.billing.models import Bill, BillLine, Charge
from gridhall.apps.billing.queries.access import check_access, find_bill
from gridhall.apps.billing.queries.ledger import read_visible_balance
from gridhall.apps.billing.queries.looking import asked_once
from gridhall.apps.billing.queries.plans import compile_plans
from gridhall.apps.billing.queries.views import AccountSummary, BillDetail, BillView, LineView
from gridhall.core.fixed_queries import FixedQuery, ask_rows
from gridhall.core.periods import Month
from gridhall.core.units import kwh_from_wh

ZERO = Decimal("0.00")
LISTED = 24
"""So many bills stand in a list unless more are asked for."""


def view_of(bill: Bill) -> BillView:
    """Show a bill; its account and run are read with it."""
    status = bill.status
    if status == BillStatusKind.DRAFT and bill.run.status == BillRunStatusKind.APPROVED:
        status = BillStatusKind.APPROVED
    return BillView(
        mrid=bill.mrid,
        number=bill.number,
        month=str(Month.of(bill.first_day)),
        first_day=bill.first_day,
        last_day=bill.end_day - timedelta(days=1),
        kind=str(bill.kind),
        status=str(status),
        energy_kwh=kwh_from_wh(bill.energy_wh),
        amount=bill.amount,
        due_on=bill.due_on,
        issued_at=bill.issued_at,
        account_number=bill.account.number,
        is_estimated=bill.is_estimated,
        charge_total=bill.charge_total,
        is_current=bill.is_current,
    )


def line_view(line: BillLine) -> LineView:
    """Show a line; its charge is read with it."""
    return LineView(
        position=line.position,
        code=line.charge.code,
        label=line.charge.label,
        quantity=trim(line.quantity),
        unit=line.charge.unit,
        price=trim(line.price),
        amount=line.amount,
        group=str(line.charge.group),
        label_en=line.charge.label_en,
        counts=line.charge.counts,
    )


def trim(value: Decimal) -> Decimal:
    """
    Give a number without the zeros that only its column added.

    >>> trim(Decimal("120.500000")), trim(Decimal("100.000000"))
    (Decimal('120.5'), Decimal('100'))
    """
    plain = value.normalize()
    return plain.quantize(Decimal(1)) if plain == plain.to_integral_value() else plain


@asked_once
def issued_bills(account: CustomerAccount, days: tuple[date, date | None], limit: int) -> list[Bill]:
    """Give the last issued bills of agreements whose days may be looked at, newest first."""
    found = [bill for (bill,) in _last_issued().ask([account.pk, days[0], days[1] or date.max, limit])]
    for bill in found:
        bill.account = account
    return found


@cache
def _last_issued() -> FixedQuery:
    return FixedQuery(
        Bill,
        tail="FROM billing_bill JOIN accounts_customeragreement g ON g.id = agreement_id"
        " WHERE billing_bill.account_id = %s AND issued_at IS NOT NULL AND g.starts_on >= %s AND first_day < %s"
        " ORDER BY first_day DESC, billing_bill.id DESC LIMIT %s",
    )


def get_account_summary(*, account: CustomerAccount, viewer: Any, at: datetime) -> AccountSummary:
    """Give balance, amount due and the latest bill of an account. :raises AccessDenied: for a viewer without access."""
    days = check_access(account=account, viewer=viewer, at=at)
    balance = read_visible_balance(account.pk, days)
    bills = issued_bills(account, days, LISTED)
    standing = [bill for bill in bills if bill.status == BillStatusKind.ISSUED]
    due = max(-balance, ZERO)
    return AccountSummary(
        balance=balance,
        amount_due=due,
        due_on=oldest_due(standing, due),
        latest_bill=view_of(standing[0]) if standing else None,
        next_bill_on=Month.of(timezone.localdate(at)).next().first_day,
    )


def oldest_due(bills: Iterable[Bill], due: Decimal) -> date | None:
    """Give the day on which the oldest unpaid bill is due: payments settle the oldest bills first."""
    day = None
    for bill in bills:  # newest first
        if due <= 0:
            break
        if bill.amount > 0:
            day, due = bill.due_on, due - bill.amount
    return day


def list_bills(
    *, account: CustomerAccount, viewer: Any, limit: int = LISTED, at: datetime | None = None
) -> list[BillView]:
    """
    List the issued bills of an account, newest first.

    :param at: the moment of looking; None asks the database's clock.
    :raises AccessDenied: for a viewer without access.
    """
    days = check_access(account=account, viewer=viewer, at=at)
    return [view_of(bill) for bill in issued_bills(account, days, max(limit, LISTED))[:limit]]


def get_bill(*, mrid: UUID, viewer: Any, at: datetime | None = None) -> BillDetail:
    """Give one bill with its lines. :raises AccessDenied: for a viewer without access; if there is no such bill."""
    return detail_of(find_bill(mrid=mrid, viewer=viewer, at=at))


@cache
def _lines() -> FixedQuery:
    return FixedQuery(
        BillLine,
        Charge,
        tail="FROM billing_billline JOIN billing_charge ON billing_charge.id = charge_id"
        " WHERE bill_id = ANY(%s::int8[]) ORDER BY bill_id, position",
    )


@asked_once
def list_lines(bill_ids: tuple[int, ...]) -> list[BillLine]:
    """List the lines of bills with their charges, in order."""
    found = []
    for line, charge in _lines().ask([list(bill_ids)]):
        line.charge = charge
        found.append(line)
    for pk in bill_ids if len(bill_ids) > 1 else ():
        list_lines.know([line for line in found if line.bill_id == pk], (pk,))  # type: ignore[attr-defined]
    return found


_PART_TARIFFS = """
SELECT p.first_day, p.tariff_document_id, d.code, d.sha256 FROM billing_billpart p
  JOIN tariffs_tariffdocument d ON d.id = p.tariff_document_id WHERE p.bill_id = %s ORDER BY p.position
"""


@asked_once
def list_part_tariffs(bill_id: int) -> list[tuple[date, int, str, str]]:
    """List by which tariffs a bill was priced: first day of the part, document, code and digest."""
    return ask_rows(_PART_TARIFFS, [bill_id])  # type: ignore[return-value]


def list_bill_lines(*, mrid: UUID, viewer: Any, at: datetime) -> list[LineView]:
    """List the lines of one bill. :raises AccessDenied: for a viewer without access; if there is no such bill."""
    bill = find_bill(mrid=mrid, viewer=viewer, at=at)
    return [line_view(line) for line in list_lines((bill.pk,))]


def list_bills_beside(*, mrid: UUID, viewer: Any, limit: int = LISTED, at: datetime | None = None) -> list[BillView]:
    """
    List the issued bills of the account of a bill that the viewer may see, newest first.

    :param at: the moment of looking; None asks the database's clock.
    :raises AccessDenied: for a viewer without access.
    """
    return list_bills(account=find_bill(mrid=mrid, viewer=viewer, at=at).account, viewer=viewer, limit=limit, at=at)


def detail_of(bill: Bill) -> BillDetail:
    """Give a bill with its lines, whoever looks."""
    names: list[tuple[str, str]] = []
    verified = True
    parts = list_part_tariffs(bill.pk)
    for first_day, document_id, code, sha256 in parts:
        month = Month.of(first_day)
        plans = compile_plans(document_id, code, sha256, month)
        plan = plans.plans[plans.index_on((first_day - month.first_day).days)]
        if plan is not None:
            verified = verified and plan.version.source.verified
            label = (plan.tariff.label.zh, plan.tariff.label.en)
            names += [label] if label not in names else []
    before, after = list_related(bill)
    return BillDetail(
        bill=view_of(bill),
        lines=[line_view(line) for line in list_lines((bill.pk,))],
        tariff_name="、".join(zh for zh, _ in names),
        tariff_verified=verified and bool(parts),
        payer_masked=masking.mask_name(bill.party.name),
        tariff_name_en=", ".join(en for _, en in names),
        replaces=before,
        replaced_by=after,
    )


@asked_once
def list_related(bill: Bill) -> tuple[BillView | None, BillView | None]:
    """Give the issued bill that this one replaced, and the one that replaced it; both are of the same agreement."""
    related = Bill.objects.filter(Q(pk=bill.replaces_id) | Q(replaces_id=bill.pk), agreement_id=bill.agreement_id)
    found = list(related.filter(issued_at__isnull=False).select_related("account", "run").order_by("-id"))
    before = next((other for other in found if other.pk == bill.replaces_id), None)
    after = next((other for other in found if other.replaces_id == bill.pk), None)
    return (view_of(before) if before else None), (view_of(after) if after else None)
