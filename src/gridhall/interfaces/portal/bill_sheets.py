"""Bills laid out for reading: lines under headings, comparisons as waterfalls, amounts as bars."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from gridhall.apps.billing import queries as billing
from gridhall.interfaces.portal import words
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.stacked_bars import Bar
from gridhall.interfaces.shared.charts.waterfall import Step
from gridhall.interfaces.shared.word_tables import get_word


@dataclass(frozen=True, slots=True)
class BillYear:
    """
    The bills of one year under one heading.

    :param amount: what they ask for, without those taken back. :param energy_kwh: of those that stand.
    """

    year: str
    bills: list[billing.BillView]
    amount: Decimal
    energy_kwh: Decimal


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow a list."""

    label: Any
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class BillPage:
    """The list of bills, narrowed; choices are offered where there is something to choose."""

    bills: list[billing.BillView]
    years: list[BillYear]
    year_choices: list[Choice]
    kind_choices: list[Choice]
    has_any: bool


def make_bill_page(bills: list[billing.BillView], *, year: str, kind: str) -> BillPage:
    """Narrow bills to a year and a kind; what does not occur narrows nothing."""
    years = list(dict.fromkeys(bill.month[:4] for bill in bills))
    kinds = [one for one in words.BILLS if any(bill.kind == one for bill in bills)]
    year, kind = year if year in years else "", kind if kind in kinds else ""
    shown = [bill for bill in bills if bill.month.startswith(year) and kind in ("", bill.kind)]
    return BillPage(
        bills=shown,
        years=[_sum_year(one, list(rows)) for one, rows in groupby(shown, key=lambda bill: bill.month[:4])],
        year_choices=_offer([("", _("全部")), *((one, _("%(year)s年") % {"year": one}) for one in years)], year,
                            lambda one: _address(one, kind)) if len(years) > 1 else [],
        kind_choices=_offer([("", _("全部种类")), *((one, words.BILLS[one]) for one in kinds)], kind,
                            lambda one: _address(year, one)) if len(kinds) > 1 else [],
        has_any=bool(bills),
    )  # fmt: skip


def _sum_year(year: str, bills: list[billing.BillView]) -> BillYear:
    return BillYear(
        year,
        bills,
        sum((bill.amount for bill in bills if bill.status != "CANCELED"), Decimal(0)),
        sum((bill.energy_kwh for bill in bills if bill.is_current), Decimal(0)),
    )


def _offer(choices: list[tuple[str, Any]], chosen: str, address: Callable[[str], str]) -> list[Choice]:
    return [Choice(label, address(value), value == chosen) for value, label in choices]


def _address(year: str, kind: str) -> str:
    wanted = urlencode({name: value for name, value in (("year", year), ("kind", kind)) if value})
    return reverse("portal:bill-list") + (f"?{wanted}" if wanted else "")


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
        group = groups.setdefault(line.group, LineGroup(get_word(words.GROUPS, line.group), []))
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
class CauseRow:
    """One cause of a difference, with what changed behind it, a fact a line."""

    label: str
    facts: list[str]
    amount: Decimal


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

    @property
    def rows(self) -> list[CauseRow]:
        """The causes as rows of the table."""
        return [CauseRow(label, _split_facts(detail), amount) for label, detail, amount in self.causes]

    @property
    def in_short(self) -> str:
        """The difference and its main cause in a sentence."""
        difference = self.comparison.difference
        if not difference:
            return _("两张账单一样多。")
        are_credits = max(self.other_amount, self.total) < 0
        told = {"amount": formats.yuan(abs(difference)), "month": formats.month(self.comparison.other.month)}
        if are_credits:
            says = _("比%(month)s少得 %(amount)s") if difference > 0 else _("比%(month)s多得 %(amount)s")
        else:
            says = _("比%(month)s多 %(amount)s") if difference > 0 else _("比%(month)s少 %(amount)s")
        # The causes add up to the difference, so that one of them goes its way.
        label, _detail, amount = max(self.causes, key=lambda cause: cause[2] if difference > 0 else -cause[2])
        # The sign stays on the line of its amount.
        change = formats.money_change(amount).replace("¥", "\u2060¥")
        cause = {"difference": says % told, "cause": label, "amount": change}
        return _("%(difference)s，主要是%(cause)s（%(amount)s）。") % cause


def _split_facts(detail: str) -> list[str]:
    """
    Give the facts of a detail one by one, without the name of the charge that all of them begin with.

    >>> _split_facts("电度电费 · 峰 24% → 25%；电度电费 · 谷 32% → 33%"), _split_facts("")
    (['峰 24% → 25%', '谷 32% → 33%'], [])
    """
    facts = [fact for fact in re.split("；|; ", detail) if fact]
    heads = {fact.partition(" · ")[0] for fact in facts if " · " in fact}
    if len(facts) > 1 and len(heads) == 1 and all(" · " in fact for fact in facts):
        return [fact.partition(" · ")[2] for fact in facts]
    return facts


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
        Step(
            str(get_word(words.CAUSES, cause)),
            formats.money_change(amount),
            float(amount),
            figure=formats.money_change(amount),
        )
        for cause, amount in by_cause.items()
    ]
    before, after = _get_charge(other), _get_charge(bill)
    steps = [
        _make_total(formats.short_month(other.month), before),
        *changes,
        _make_total(formats.short_month(bill.month), after),
    ]
    if comparison.kind == "LAST_YEAR":
        steps[0] = replace(steps[0], label=str(other.month[:4]))
        steps[-1] = replace(steps[-1], label=str(bill.month[:4]))
    label = get_word(words.COMPARISONS, comparison.kind)
    return ComparisonSheet(comparison, bill, label, causes, steps)


def _make_total(label: str, amount: Decimal) -> Step:
    return Step(label, formats.yuan(amount), float(amount), is_total=True, figure=formats.yuan(amount))


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
