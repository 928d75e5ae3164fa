"""One priced load as people read it: months, lines, and for every line the operands it recomputes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from gridhall.core.errors import Fault
from gridhall.core.periods import Month
from gridhall.engines.rating.tariff import Clause, Label


@dataclass(frozen=True)
class BillLine:
    """
    A line of a bill: everything in Decimal, rounded once.

    :param amount: rounded half up from `unrounded`.
    :param operands: names and values it recomputes from (`explain.recompute`): tiers from and to, cumulative energy
        before and after, contract, percentage, base …
    """

    code: str
    label: Label
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    unrounded: Decimal
    clause: Clause | None = None
    operands: dict[str, object] = field(default_factory=dict)
    counts: bool = True


@dataclass(frozen=True)
class RatedMonth:
    """A month's lines and what was measured."""

    month: Month
    energy_kwh: Decimal
    export_kwh: Decimal
    total: Decimal
    lines: tuple[BillLine, ...]
    measured: int
    estimated: int
    missing: int
    determinants: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class RatedBill:
    """A load under a tariff."""

    tariff_code: str
    currency: str
    total: Decimal
    months: tuple[RatedMonth, ...]
    warnings: tuple[Fault, ...] = ()
