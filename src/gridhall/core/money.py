"""Money is Decimal, rounded half up, once per bill line."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def round_money(amount: Decimal, *, places: int = 2) -> Decimal:
    """
    Round an amount half up (away from zero at the half), as a bill line is rounded.

    >>> round_money(Decimal("0.555")), round_money(Decimal("-0.555")), round_money(Decimal("2811.258"))
    (Decimal('0.56'), Decimal('-0.56'), Decimal('2811.26'))
    """
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
