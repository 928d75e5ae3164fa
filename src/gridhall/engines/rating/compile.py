"""Compile a tariff for one month: slot classes and line items."""

from __future__ import annotations

from gridhall.core.periods import Month
from gridhall.engines.rating.calendar import TariffCalendar
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.tariff import Tariff


def compile_month(
    tariff: Tariff, month: Month, calendar: TariffCalendar | None = None, *, slots_a_day: int = 96
) -> MonthPlan:
    """
    Compile a tariff for a month.

    :param calendar: holidays and special days; None takes the shipped calendar that the tariff names.
    :param slots_a_day: 24, 48, 96 or 288.
    :raises FaultyInput: if the tariff has no version in that month, or tells apart more than 16 classes of slots.
    """
    raise NotImplementedError
