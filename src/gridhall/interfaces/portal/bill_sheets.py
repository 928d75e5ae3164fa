"""Bills laid out for reading: lines under headings, comparisons as waterfalls, amounts as bars."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gridhall.apps.billing import queries as billing
from gridhall.interfaces.portal import words
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.stacked_bars import Bar
from gridhall.interfaces.shared.charts.waterfall import Step


@dataclass(frozen=True, slots=True)
class LineGroup:
    """The lines under one heading."""

    label: Any
    lines: list[billing.LineView]

    @property
    def amount(self) -> Decimal:
        """What they come to."""
        return sum((line.amount for line in self.lines), Decimal(0))


def group_lines(lines: list[billing.LineView]) -> list[LineGroup]:
    """Put lines under their headings, in the order in which the headings first occur."""
    groups: dict[str, LineGroup] = {}
    for line in lines:
        group = groups.setdefault(line.group, LineGroup(words.get_word(words.GROUPS, line.group), []))
        group.lines.append(line)
    for group in groups.values():
        first = {_charge(line): place for place, line in reversed(list(enumerate(group.lines)))}
        group.lines.sort(key=lambda line: (first[_charge(line)], _rank(line)))
    return list(groups.values())


def _charge(line: billing.LineView) -> str:
    """Give the code of a line without its period of the day."""
    return line.code.rpartition(".")[0] if _rank(line) < len(words.PERIODS) else line.code


def _rank(line: billing.LineView) -> int:
    """Give the place of a line's period, from sharp to valley; what has none comes last."""
    period = line.code.rpartition(".")[2].upper()
    return list(words.PERIODS).index(period) if period in words.PERIODS else len(words.PERIODS)


@dataclass(frozen=True, slots=True)
class ComparisonSheet:
    """A bill beside an earlier one; `steps` is the drawing, the parts are the table."""

    comparison: billing.Comparison
    bill: billing.BillView
    label: Any
    causes: list[tuple[str, str, Decimal]]
    steps: list[Step]

    @property
    def total(self) -> Decimal:
        """The earlier bill and every cause together; it is this bill's amount, and the page shows the sum."""
        return _get_charge(self.comparison.other) + sum((amount for _, _, amount in self.causes), Decimal(0))

    @property
    def other_amount(self) -> Decimal:
        """What the earlier bill's days cost in all."""
        return _get_charge(self.comparison.other)


def _get_charge(bill: billing.BillView) -> Decimal:
    """Give what the days of a bill cost; of an adjustment the whole, not the difference it asks for."""
    return bill.charge_total if bill.kind == "REBILL" else bill.amount


def make_sheet(comparison: billing.Comparison, bill: billing.BillView) -> ComparisonSheet:
    """Lay a comparison out."""
    other = comparison.other
    causes = [(part.label, part.detail, part.amount) for part in comparison.parts]
    by_cause: dict[str, Decimal] = {}
    for part in comparison.parts:
        by_cause[part.cause] = by_cause.get(part.cause, Decimal(0)) + part.amount
    changes = [
        Step(str(words.get_word(words.CAUSES, cause)), formats.money_change(amount), float(amount))
        for cause, amount in by_cause.items()
    ]
    before, after = _get_charge(other), _get_charge(bill)
    steps = [
        Step(formats.short_month(other.month), formats.yuan(before), float(before), is_total=True),
        *changes,
        Step(formats.short_month(bill.month), formats.yuan(after), float(after), is_total=True),
    ]
    if comparison.kind == "LAST_YEAR":
        steps[0] = Step(str(other.month[:4]), steps[0].title, steps[0].value, is_total=True)
        steps[-1] = Step(str(bill.month[:4]), steps[-1].title, steps[-1].value, is_total=True)
    label = words.get_word(words.COMPARISONS, comparison.kind)
    return ComparisonSheet(comparison, bill, label, causes, steps)


def draw_bars(bills: list[billing.BillView], *, with_links: bool = True) -> list[Bar]:
    """Give the amounts of bills as bars, oldest first; one alone, or credits, are not worth a chart."""
    if sum(1 for bill in bills if bill.amount > 0) <= 1:
        return []
    return [
        Bar(
            label=formats.short_month(bill.month),
            title=_("%(month)s账单 %(amount)s")
            % {"month": formats.month(bill.month), "amount": formats.yuan(bill.amount)},
            values=(("total" if bill is bills[0] else "muted", float(bill.amount)),),
            href=reverse("portal:bill-detail", args=[bill.mrid]) if with_links else "",
            is_current=bill is bills[0],
        )
        for bill in reversed(bills)
    ]
