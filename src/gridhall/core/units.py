"""Units that appear in names, and the integers that stand behind them inside the engines."""

from __future__ import annotations

from decimal import Decimal

WH_PER_KWH = 1_000


def kwh_from_wh(energy_wh: int) -> Decimal:
    """
    Give watt hours as kilowatt hours, exactly.

    >>> kwh_from_wh(1234)
    Decimal('1.234')
    """
    return Decimal(int(energy_wh)).scaleb(-3)


def wh_from_kwh(energy_kwh: Decimal) -> int:
    """
    Give kilowatt hours as whole watt hours, half away from zero.

    >>> wh_from_kwh(Decimal("1.2345"))
    1235
    """
    scaled = energy_kwh.scaleb(3)
    return int(scaled + Decimal("0.5")) if scaled >= 0 else -int(-scaled + Decimal("0.5"))
