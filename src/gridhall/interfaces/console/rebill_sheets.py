"""What a re-bill would change, laid out: month by month, cause by cause, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gridhall.apps.billing import queries as billing
from gridhall.interfaces.shared import formats


@dataclass
class RebillSheet:
    """The changes of a re-bill in the language of the page."""

    changes: list[billing.BillChange]

    @property
    def difference(self) -> Decimal:
        """What the customer would owe more."""
        return sum((change.difference for change in self.changes), Decimal("0.00"))

    @property
    def months(self) -> list[dict[str, Any]]:
        """Each changed bill with its causes and lines; lines that stay the same are left out."""
        chinese = formats.is_chinese()
        return [
            {
                "change": change,
                "causes": [(zh if chinese else en, amount) for _cause, zh, en, amount in change.causes],
                "lines": [
                    (line.label if chinese else line.label_en, line)
                    for line in change.lines
                    if line.difference or line.quantity_before != line.quantity_now
                ],
            }
            for change in self.changes
        ]
