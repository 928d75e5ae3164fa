"""Which day is of which kind for a tariff: weekdays, holidays, moved working days, special days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class TariffCalendar:
    """
    Kinds of days.

    :param holidays: name of a holiday calendar of `core.working_days` ("cn"), or empty.
    :param special_days: named lists of days (hot days …), over and above those of the tariff.
    """

    holidays: str = ""
    special_days: dict[str, frozenset[date]] = field(default_factory=dict)
