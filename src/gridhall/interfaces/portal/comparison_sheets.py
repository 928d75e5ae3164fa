"""Tariffs side by side, laid out for reading."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gridhall.apps.billing import queries as billing
from gridhall.core.periods import Month
from gridhall.interfaces.portal import words
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.word_tables import get_word


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One tariff: its name in the language of the page, what the months come to, and how long its bar is."""

    choice: billing.Choice
    name: str
    note: str
    share: float

    @property
    def css_class(self) -> str:
        """The own tariff stands out."""
        return "total" if self.choice.is_own else "muted"


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month: an amount for each tariff, None where it was not priced."""

    month: Month
    energy_kwh: Decimal
    billed: Decimal | None
    is_estimated: bool
    reason: Any
    amounts: list[Decimal | None]


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """What the page of comparison shows."""

    found: billing.TariffComparison
    rows: list[ChoiceRow]
    left_out: list[tuple[str, Any]]
    months: list[MonthRow]

    @property
    def best(self) -> ChoiceRow | None:
        """The cheapest, if it is cheaper than the own one."""
        first = self.rows[0] if self.rows else None
        return first if first and not first.choice.is_own and first.choice.difference < 0 else None

    @property
    def has_unverified(self) -> bool:
        """Whether prices of some tariff were not compared with the original."""
        return any(not row.choice.is_verified for row in self.rows)

    @property
    def energy_kwh(self) -> Decimal:
        """The energy of the compared months."""
        return sum((month.energy_kwh for month in self.found.compared), Decimal(0))


def lay_out_comparison(found: billing.TariffComparison) -> ComparisonPage:
    """Lay a comparison out."""
    most = max((choice.total for choice in found.choices), default=Decimal(0))
    rows = [
        ChoiceRow(
            choice=choice,
            name=_name(choice),
            note=_note(choice.note),
            share=float(max(choice.total, Decimal(0)) / most) if most > 0 else 0.0,
        )
        for choice in found.choices
    ]
    months = [
        MonthRow(
            month=month.month,
            energy_kwh=month.energy_kwh,
            billed=month.billed,
            is_estimated=month.is_estimated,
            reason=get_word(words.MONTHS_LEFT_OUT, month.reason) if month.reason else "",
            amounts=[choice.amounts.get(month.month) for choice in found.choices],
        )
        for month in reversed(found.months)
    ]
    left_out = [(_name(choice), get_word(words.TARIFFS_LEFT_OUT, choice.reason)) for choice in found.left_out]
    return ComparisonPage(found, rows, left_out, months)


def _name(choice: billing.Choice) -> str:
    return choice.name if formats.is_chinese() or not choice.name_en else choice.name_en


def _note(text: str) -> str:
    chinese, slash, english = text.partition(" / ")
    return (chinese if formats.is_chinese() else english) if slash else text
