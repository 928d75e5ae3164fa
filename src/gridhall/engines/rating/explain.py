"""From columns back to a bill that a person can follow."""

from __future__ import annotations

from decimal import Decimal

from gridhall.engines.rating.bill import BillLine
from gridhall.engines.rating.plan import LineTable


def lines_of(table: LineTable, row: int, *, keep_zero: bool = False) -> tuple[BillLine, ...]:
    """Give the lines of one priced part with their operands; lines of nothing are left out unless `keep_zero`."""
    raise NotImplementedError


def recompute(line: BillLine) -> Decimal:
    """Work a line out again from nothing but its own operands; equals `line.amount`."""
    raise NotImplementedError
