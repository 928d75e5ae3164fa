"""How the tariff desk writes changes: with their sign, in yuan, in percent, or exactly as a price changes."""

from __future__ import annotations

from decimal import Decimal

from gridhall.interfaces.shared import formats


def say_change(value: Decimal) -> str:
    """
    Write how much more or less, exactly.

    >>> say_change(Decimal("0.0500")), say_change(Decimal("-2"))
    ('+0.05', '−2')
    """
    text = f"{abs(value):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{'+' if value > 0 else formats.MINUS if value < 0 else ''}{text}"


def say_percent(value: Decimal) -> str:
    """
    Write a change in percent with one place.

    >>> say_percent(Decimal("4.25")), say_percent(Decimal("-0.04")), say_percent(Decimal(0))
    ('+4.3%', '−0.0%', '0%')
    """
    sign = "+" if value > 0 else formats.MINUS if value < 0 else ""
    return f"{sign}{formats.change(value)}" if value else "0%"


def say_money_change(value: Decimal) -> str:
    """
    Write a change in money.

    >>> say_money_change(Decimal("1234.5")), say_money_change(Decimal("-0.01")), say_money_change(Decimal(0))
    ('+1,234.50', '−0.01', '0.00')
    """
    return f"{'+' if value > 0 else ''}{formats.money(value)}"
