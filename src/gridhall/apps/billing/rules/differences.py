"""
Why two bills differ, told apart by cause; the parts add up to the difference to the fen.

For every charge with energy q and price p on each bill (0 the earlier, 1 this one):
quantity = (Σq1 − Σq0) x the earlier average price; price = Σ q1 x (p1 − p0) over lines that both bills have;
what remains is tier (charges in tiers) or season (periods of the day and year). Capacity is everything charged on
capacity or demand, allowances everything that is free or taken off, fed in everything paid for energy that the customer
delivers. All in exact fractions of unrounded amounts; what rounding the lines to the fen added goes to the largest
cause of the charge, so that it never looks like a cause of its own. Rounded together by largest remainder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from gridhall.apps.billing.kinds import DifferenceCauseKind as Cause
from gridhall.apps.billing.kinds import LineGroupKind as Group

ZERO = Fraction(0)
LABELS: dict[str, tuple[str, str]] = {
    Cause.QUANTITY: ("用电量变化", "Used more or less"),
    Cause.PRICE: ("电价变化", "Prices changed"),
    Cause.SEASON: ("用电时段和季节", "Hours and season of use"),
    Cause.TIER: ("阶梯档位", "Another tier"),
    Cause.CAPACITY: ("容（需）量电费", "Capacity and demand"),
    Cause.ALLOWANCE: ("减免变化", "Allowances"),
    Cause.FEED_IN: ("上网电量变化", "Energy fed in"),
    Cause.OTHER: ("力调、税费及其他", "Power factor, taxes and other"),
}
MEASURED = {Group.ENERGY, Group.TIER, Group.FUNDS}
"""Groups whose charges, where they are by the kWh, are taken apart by quantity and price."""


@dataclass(frozen=True)
class ChargedLine:
    """
    One line as the comparison needs it; `code` is such as `energy.tier2.peak`.

    :param price: None where it is not known; it is then what the amount was most likely rounded from.
    :param label: Chinese and English, for telling what changed.
    """

    code: str
    group: str
    unit: str
    quantity: Decimal
    amount: Decimal
    price: Decimal | None = None
    label: tuple[str, str] = ("", "")

    @property
    def component(self) -> str:
        """The charge that the line is a part of."""
        return self.code.split(".")[0]


def split_difference(before: Iterable[ChargedLine], now: Iterable[ChargedLine]) -> dict[str, Decimal]:
    """
    Split the difference of two bills by cause; causes that come to nothing are left out.

    >>> old = [ChargedLine("energy", "ENERGY", "kWh", Decimal(100), Decimal("60.00"))]
    >>> new = [ChargedLine("energy", "ENERGY", "kWh", Decimal(120), Decimal("78.00"))]
    >>> {str(cause): amount for cause, amount in split_difference(old, new).items()}
    {'QUANTITY': Decimal('12.00'), 'PRICE': Decimal('6.00')}
    """
    causes: dict[str, Fraction] = defaultdict(Fraction)
    pairs: dict[tuple[str, str], tuple[list[ChargedLine], list[ChargedLine]]] = defaultdict(lambda: ([], []))
    for side, lines in enumerate((before, now)):
        for line in lines:
            pairs[line.component, line.group][side].append(line)
    for (_, group), (old, new) in pairs.items():
        if group in MEASURED and all(line.unit == "kWh" for line in [*old, *new]):
            for cause, amount in _energy_causes(group, old, new).items():
                causes[cause] += amount
        else:
            causes[cause_of(group, [*old, *new])] += _amount(new) - _amount(old)
    return round_together({cause: causes[cause] for cause in LABELS if causes[cause]})


def cause_of(group: str, lines: list[ChargedLine]) -> str:
    """Give the cause of charges that are not taken apart by quantity and price."""
    if group == Group.CREDIT and all(line.unit == "kWh" for line in lines):
        return Cause.FEED_IN
    if group == Group.ALLOWANCE:
        return Cause.ALLOWANCE
    return Cause.CAPACITY if group == Group.BASIC else Cause.OTHER


def _energy_causes(group: str, old: list[ChargedLine], new: list[ChargedLine]) -> dict[str, Fraction]:
    used_before, used_now = _quantity(old), _quantity(new)
    whole = _amount(new) - _amount(old)
    if not used_before or not used_now:
        return {Cause.QUANTITY: whole}
    before, now = price_by_code(old), price_by_code(new)
    cost_before = sum((used * price for used, price in before.values()), ZERO)
    cost_now = sum((used * price for used, price in now.values()), ZERO)
    quantity = (used_now - used_before) * cost_before / used_before
    price = sum((used * (each - before[code][1]) for code, (used, each) in now.items() if code in before), ZERO)
    rest = cost_now - cost_before - quantity - price
    causes = {Cause.QUANTITY: quantity, Cause.PRICE: price, Cause.TIER if group == Group.TIER else Cause.SEASON: rest}
    causes[max(causes, key=lambda cause: abs(causes[cause]))] += whole - (cost_now - cost_before)
    return {str(cause): amount for cause, amount in causes.items()}


def price_by_code(lines: list[ChargedLine]) -> dict[str, tuple[Fraction, Fraction]]:
    """Give energy and average price by code, never mistaking a line's rounding for a price."""
    found: dict[str, list[ChargedLine]] = defaultdict(list)
    for line in lines:
        found[line.code].append(line)
    priced = {}
    for code, some in found.items():
        used = _quantity(some)
        if not used:
            continue
        cost = sum((Fraction(line.quantity) * Fraction(line.price) for line in some if line.price is not None), ZERO)
        is_known = all(line.price is not None for line in some)
        priced[code] = used, cost / used if is_known else _tidy(_amount(some), used)
    return priced


def _tidy(amount: Fraction, used: Fraction) -> Fraction:
    """Give the shortest price that the amount was rounded from."""
    low, high = (amount - Fraction(1, 200)) / used, (amount + Fraction(1, 200)) / used
    low, high = min(low, high), max(low, high)
    for places in range(1, 9):
        value = Fraction(round(amount / used * 10**places), 10**places)
        if low <= value <= high:
            return value
    return amount / used


def _amount(lines: list[ChargedLine]) -> Fraction:
    return sum((Fraction(line.amount) for line in lines), ZERO)


def _quantity(lines: list[ChargedLine]) -> Fraction:
    return sum((Fraction(line.quantity) for line in lines), ZERO)


def round_together(parts: dict[str, Fraction]) -> dict[str, Decimal]:
    """
    Round parts to the fen so that they add up to their rounded sum: the largest remainders are rounded up.

    >>> round_together({"a": Fraction(1, 3), "b": Fraction(1, 3), "c": Fraction(1, 3)})
    {'a': Decimal('0.34'), 'b': Decimal('0.33'), 'c': Decimal('0.33')}
    """
    fen = {name: value * 100 for name, value in parts.items()}
    whole = {name: value.numerator // value.denominator for name, value in fen.items()}
    total = sum(fen.values(), ZERO)
    target = (2 * total.numerator + total.denominator) // (2 * total.denominator)
    by_remainder = sorted(fen, key=lambda name: fen[name] - whole[name], reverse=True)
    for name in by_remainder[: target - sum(whole.values())]:
        whole[name] += 1
    return {name: Decimal(value).scaleb(-2) for name, value in whole.items() if value}
