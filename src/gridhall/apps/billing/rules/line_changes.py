"""Two versions of a bill, line by line: what each came to before and now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from gridhall.apps.billing.rules.differences import ChargedLine


@dataclass(frozen=True, slots=True)
class LineChange:
    """
    A charge before and now; the amounts of all lines add up to those of the bills.

    :param price_before, price_now: None where the charge was not there, or stood under several prices.
    """

    code: str
    label: str
    label_en: str
    unit: str
    quantity_before: Decimal
    quantity_now: Decimal
    price_before: Decimal | None
    price_now: Decimal | None
    amount_before: Decimal
    amount_now: Decimal

    @property
    def difference(self) -> Decimal:
        """What the charge now comes to more than before."""
        return self.amount_now - self.amount_before


def pair_lines(before: Iterable[ChargedLine], now: Iterable[ChargedLine]) -> tuple[LineChange, ...]:
    """Set the lines of two versions of a bill side by side, by charge, in the order in which they stand."""
    old, new = list(before), list(now)
    codes = list(dict.fromkeys(line.code for line in [*new, *old]))
    return tuple(
        _pair(code, [line for line in old if line.code == code], [line for line in new if line.code == code])
        for code in codes
    )


def _pair(code: str, old: list[ChargedLine], new: list[ChargedLine]) -> LineChange:
    words = next((line.label for line in [*old, *new] if line.label[0]), ("", ""))
    zero = Decimal(0)
    return LineChange(
        code, words[0] or code, words[1] or words[0] or code, (new or old)[0].unit,
        sum((line.quantity for line in old), zero), sum((line.quantity for line in new), zero),
        _price(old), _price(new),
        sum((line.amount for line in old), zero), sum((line.amount for line in new), zero),
    )  # fmt: skip


def _price(lines: list[ChargedLine]) -> Decimal | None:
    prices = {line.price for line in lines}
    return prices.pop() if len(prices) == 1 else None
