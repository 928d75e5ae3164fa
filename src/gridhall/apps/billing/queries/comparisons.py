"""Why a bill differs from an earlier one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from gridhall.apps.billing.kinds import ComparisonKind
from gridhall.apps.billing.models import Bill, BillLine
from gridhall.apps.billing.queries.access import find_bill
from gridhall.apps.billing.queries.bills import view_of
from gridhall.apps.billing.queries.views import Comparison, Part
from gridhall.apps.billing.rules.difference_details import tell_details
from gridhall.apps.billing.rules.differences import LABELS, ChargedLine, split_difference
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
    found = []
    for kind, other_month in others:
        other = _bill_of(bill, other_month)
        if other is not None:
            found.append(_compare(bill, other, str(kind), language))
    return found


def _bill_of(bill: Bill, month: Month) -> Bill | None:
    first: date = month.first_day
    return (
        Bill.objects.select_related("account", "run")
        .filter(
            account_id=bill.account_id,
            agreement_id=bill.agreement_id,
            is_current=True,
            issued_at__isnull=False,
            first_day__gte=first,
            first_day__lt=month.next().first_day,
        )
        .order_by("-first_day")
        .first()
    )


def _compare(bill: Bill, other: Bill, kind: str, language: str) -> Comparison:
    english = language.startswith("en")
    before, now = charged_lines(other), charged_lines(bill)
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
    lines = BillLine.objects.select_related("charge").filter(bill_id=bill.pk, part__gte=0, charge__counts=True)
    return [
        ChargedLine(
            line.charge.code, str(line.charge.group), line.charge.unit, line.quantity, line.amount, line.price,
            (line.charge.label, line.charge.label_en),
        )
        for line in lines
    ]  # fmt: skip
