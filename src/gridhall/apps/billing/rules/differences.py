"""
Why two bills differ, told apart by cause; the parts add up to the difference to the fen.

For every charge with energy q and amount a on each bill (0 the earlier, 1 this one):
quantity = (Σq1 − Σq0) x the earlier average price; price = Σ q1 x (p1 − p0) over lines that both bills have;
what remains is tier (charges in tiers) or season (periods of the day and year). Capacity is everything charged on
capacity or demand. Prices are those of the lines; what the rounding of lines adds or takes goes with the largest cause,
so that it never looks like one of its own. All in exact fractions; rounded together by largest remainder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from gridhall.apps.billing.kinds import DifferenceCauseKind as Cause
from gridhall.apps.billing.kinds import LineGroupKind as Group

ZERO, FEN = Fraction(0), Fraction(1, 100)
LABELS: dict[str, tuple[str, str]] = {
    Cause.QUANTITY: ("用电量变化", "Used more or less"),
    Cause.PRICE: ("电价变化", "Prices changed"),
    Cause.SEASON: ("用电时段和季节", "Hours and season of use"),
    Cause.TIER: ("阶梯档位", "Another tier"),
    Cause.CAPACITY: ("容（需）量电费", "Capacity and demand"),
    Cause.OTHER: ("力调、税费及其他", "Power factor, taxes and other"),
}
_MEASURED = {Group.ENERGY, Group.TIER, Group.FUNDS}


@dataclass(frozen=True)
class ChargedLine:
    """One line as the comparison needs it; `code` is such as `energy.tier2.peak`."""

    code: str
    group: str
    unit: str
    quantity: Decimal
    amount: Decimal
    price: Decimal

    @property
    def component(self) -> str:
        """The charge that the line is a part of."""
        return self.code.split(".")[0]

    @property
    def exact(self) -> Fraction:
        """What the line comes to before it is rounded; where quantity x price does not tell, the amount."""
        product = Fraction(self.quantity) * Fraction(self.price)
        amount = Fraction(self.amount)
        return next((each for each in (product, -product) if abs(each - amount) <= FEN), amount)


def split_difference(before: Iterable[ChargedLine], now: Iterable[ChargedLine]) -> dict[str, Decimal]:
    """
    Split the difference of two bills by cause; causes that come to nothing are left out.

    >>> old = [ChargedLine("energy", "ENERGY", "kWh", Decimal(100), Decimal("60.00"), Decimal("0.60"))]
    >>> new = [ChargedLine("energy", "ENERGY", "kWh", Decimal(120), Decimal("78.00"), Decimal("0.65"))]
    >>> {str(cause): amount for cause, amount in split_difference(old, new).items()}
    {'QUANTITY': Decimal('12.00'), 'PRICE': Decimal('6.00')}
    """
    causes: dict[str, Fraction] = defaultdict(Fraction)
    pairs: dict[tuple[str, str], tuple[list[ChargedLine], list[ChargedLine]]] = defaultdict(lambda: ([], []))
    for side, lines in enumerate((before, now)):
        for line in lines:
            pairs[line.component, line.group][side].append(line)
    for (_, group), (old, new) in pairs.items():
        if group in _MEASURED and all(line.unit == "kWh" for line in [*old, *new]):
            for cause, amount in _energy_causes(group, old, new).items():
                causes[cause] += amount
        else:
            causes[Cause.CAPACITY if group == Group.BASIC else Cause.OTHER] += _amount(new) - _amount(old)
    return round_together({cause: causes[cause] for cause in LABELS if causes[cause]})


def _energy_causes(group: str, old: list[ChargedLine], new: list[ChargedLine]) -> dict[str, Fraction]:
    used_before, used_now = _quantity(old), _quantity(new)
    whole = _amount(new) - _amount(old)
    if not used_before or not used_now:
        return {Cause.QUANTITY: whole}
    exact_before, exact_now = _exact(old), _exact(new)
    quantity = (used_now - used_before) * exact_before / used_before
    prices_before, prices_now = _prices(old), _prices(new)
    price = sum(
        (used * (each - prices_before[code][1]) for code, (used, each) in prices_now.items() if code in prices_before),
        ZERO,
    )
    rest = exact_now - exact_before - quantity - price
    causes = {Cause.QUANTITY: quantity, Cause.PRICE: price, Cause.TIER if group == Group.TIER else Cause.SEASON: rest}
    largest = max(causes, key=lambda cause: abs(causes[cause]))
    rounding = whole - (exact_now - exact_before)
    return {**causes, largest: causes[largest] + rounding} if causes[largest] else {Cause.OTHER: rounding}


def _prices(lines: list[ChargedLine]) -> dict[str, tuple[Fraction, Fraction]]:
    """Give energy and average price by code."""
    found: dict[str, list[Fraction]] = defaultdict(lambda: [ZERO, ZERO])
    for line in lines:
        found[line.code][0] += Fraction(line.quantity)
        found[line.code][1] += line.exact
    return {code: (used, exact / used) for code, (used, exact) in found.items() if used}


def _exact(lines: list[ChargedLine]) -> Fraction:
    return sum((line.exact for line in lines), ZERO)


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
