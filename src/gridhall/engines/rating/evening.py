"""Even out rounding, for sources that state no rounding rule: months as near to the exact sum as cents can be."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from gridhall.engines.rating.bill import BillLine, RatedMonth
from gridhall.engines.rating.explain import round_fraction
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.tariff import Label, Rounding

FINE_PLACES = 9


def refined(plan: MonthPlan) -> MonthPlan:
    """Give the plan with lines kept to a billionth: what pricing comes to before any rounding to the cent."""
    fine = Rounding(FINE_PLACES)
    return replace(plan, components=tuple(replace(component, rounding=fine) for component in plan.components))


def coarse(value: int, places: int) -> int:
    """
    Give an amount in 10**-places, from one in billionths.

    >>> coarse(1_005_000_000, 2), coarse(-5_000_000, 2)
    (101, -1)
    """
    step = int(10 ** (FINE_PLACES - places))
    whole = (2 * abs(value) + step) // (2 * step)
    return -whole if value < 0 else whole


def even_out(months: list[RatedMonth], exact: list[Decimal]) -> list[RatedMonth]:
    """
    Even out what rounding has added or taken, by a line of some cents.

    Each month comes to its exact sum, rounded once. Where a year of rounded months would be a cent or more off the
    year's exact sum, rounded, the months nearest to the next cent take one cent each (largest remainders).
    """
    out: list[RatedMonth] = []
    for _, group in groupby(zip(months, exact, strict=True), key=lambda pair: pair[0].month.year):
        year = list(group)
        totals = _apportioned([value for _, value in year], max(_places(month) for month, _ in year))
        out += [_evened(month, value, total) for (month, value), total in zip(year, totals, strict=True)]
    return out


def _apportioned(exact: list[Decimal], places: int) -> list[Decimal]:
    cent = Decimal(1).scaleb(-places)
    totals = [_rounded(value, places) for value in exact]
    short = _rounded(sum(exact, Decimal(0)), places) - sum(totals, Decimal(0))
    step = cent if short > 0 else -cent
    order = sorted(range(len(exact)), key=lambda i: ((totals[i] - exact[i]) * step, i))
    for index in order[: int(abs(short) / cent)]:
        totals[index] += step
    return totals


def _rounded(value: Decimal, places: int) -> Decimal:
    return round_fraction(Fraction(value), places)


def _places(month: RatedMonth) -> int:
    exponent = month.total.as_tuple().exponent
    return max(2, -exponent if isinstance(exponent, int) else 2)


def _evened(month: RatedMonth, exact: Decimal, total: Decimal) -> RatedMonth:
    amount = total - month.total
    if not amount:
        return month
    operands: dict[str, object] = {"rule": "product", "places": _places(month), "exact": exact}
    label = Label("尾差", "Rounding evened out")
    line = BillLine("rounding", label, Decimal(1), "", amount, amount, amount, None, operands)
    return replace(month, total=total, lines=(*month.lines, line))
