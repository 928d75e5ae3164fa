"""Why a bill differs from an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from gridhall.apps.billing.kinds import ComparisonKind
from gridhall.apps.billing.models import Bill, BillLine
from gridhall.apps.billing.queries.access import find_bill
from gridhall.apps.billing.queries.bills import list_lines, view_of
from gridhall.apps.billing.queries.views import Comparison, Part
from gridhall.apps.billing.rules.difference_details import tell_details
from gridhall.apps.billing.rules.differences import LABELS, ChargedLine, split_difference
from gridhall.core.fixed_queries import FixedQuery
from gridhall.core.periods import Month
from gridhall.core.units import kwh_from_wh


def compare_bills(*, mrid: UUID, viewer: Any, language: str) -> list[Comparison]:
    """
    Compare what a bill's days cost with last month's and with the same month last year.

    Only bills of the same agreement are compared: what an earlier holder paid is nobody else's business.

    :raises AccessDenied: for a viewer without access.
    """
    return compare(find_bill(mrid=mrid, viewer=viewer), language)


def compare(bill: Bill, language: str) -> list[Comparison]:
    """Compare a bill with earlier ones, whoever looks."""
    month = Month.of(bill.first_day)
    others = (
        (ComparisonKind.LAST_MONTH, month.previous()),
        (ComparisonKind.LAST_YEAR, Month(month.year - 1, month.month)),
    )
    bills = _list_bills_of(bill, [other_month for _, other_month in others])
    lines: dict[int, list[BillLine]] = {}
    for line in list_lines((bill.pk, *(other.pk for other in bills.values()))) if bills else ():
        lines.setdefault(line.bill_id, []).append(line)
    return [
        _compare(bill, bills[other_month], lines, str(kind), language)
        for kind, other_month in others
        if other_month in bills
    ]


@cache
def _current_in() -> FixedQuery:
    return FixedQuery(
        Bill,
        tail="FROM billing_bill WHERE account_id = %s AND agreement_id = %s AND is_current AND issued_at IS NOT NULL"
        " AND (first_day >= %s AND first_day < %s OR first_day >= %s AND first_day < %s) ORDER BY first_day",
    )


def _list_bills_of(bill: Bill, months: Sequence[Month]) -> dict[Month, Bill]:
    """Give the last current bill of the same agreement in each of two months."""
    days = [day for month in months for day in (month.first_day, month.next().first_day)]
    found = {}
    for (other,) in _current_in().ask([bill.account_id, bill.agreement_id, *days]):
        other.account = bill.account
        found[Month.of(other.first_day)] = other
    return found


def _compare(bill: Bill, other: Bill, lines: dict[int, list[BillLine]], kind: str, language: str) -> Comparison:
    english = language.startswith("en")
    before, now = _charged(lines.get(other.pk, [])), _charged(lines.get(bill.pk, []))
    energies = kwh_from_wh(other.energy_wh), kwh_from_wh(bill.energy_wh)
    details = tell_details(before, now, energies, english=english)
    parts = [
        Part(str(cause), LABELS[cause][1 if english else 0], amount, details.get(cause, ""))
        for cause, amount in split_difference(before, now).items()
    ]
    difference = bill.charge_total - other.charge_total
    rest = difference - sum((part.amount for part in parts), Decimal(0))
    if rest:  # lines and totals of one bill always agree; this would be a fault, told rather than hidden
        parts.append(Part("OTHER", LABELS["OTHER"][1 if english else 0], rest))
    return Comparison(other=view_of(other), kind=kind, difference=difference, parts=parts)


def charged_lines(bill: Bill) -> list[ChargedLine]:
    """Give the lines that make up what the days of a bill cost."""
    return _charged(list_lines((bill.pk,)))


def _charged(lines: list[BillLine]) -> list[ChargedLine]:
    return [
        ChargedLine(
            line.charge.code, str(line.charge.group), line.charge.unit, line.quantity, line.amount, line.price,
            (line.charge.label, line.charge.label_en),
        )
        for line in lines
        if line.part >= 0 and line.charge.counts
    ]  # fmt: skip
