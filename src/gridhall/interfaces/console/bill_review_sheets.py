"""A bill beside its readings, laid out for the desk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from gridhall.apps.billing import queries as billing
from gridhall.apps.identity import queries as identity
from gridhall.interfaces.console.run_lists import DECIDES, PREPARES, WORKS_AT_DESK
from gridhall.interfaces.console.words_billdesk import EXCEPTIONS, word_detail
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.stacked_bars import Bar


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One thing that was found about the bill, in words."""

    name: Any
    detail: str
    row: billing.ExceptionRow


@dataclass
class BillSheet:
    """A bill for one viewer of the desk: what was read, what it came to, what he may do."""

    found: billing.BillBesideReads
    exceptions: list[billing.ExceptionRow]
    viewer: Any

    @property
    def bill(self) -> billing.BillView:
        """The bill."""
        return self.found.bill

    @cached_property
    def lines(self) -> list[tuple[str, billing.LineView]]:
        """Its lines with their names."""
        is_chinese = formats.is_chinese()
        return [(one.label if is_chinese else one.label_en or one.label, one) for one in self.found.lines]

    @cached_property
    def bars(self) -> list[Bar]:
        """The days as bars; a day without reads stands empty."""
        return [
            Bar(
                label=str(day.day.day), title=self._say(day), values=(("total", float(day.energy_kwh or 0)),),
                is_estimated=day.is_estimated,
                hanging=("export", float(day.export_kwh)) if day.export_kwh else None,
            )
            for day in self.found.days
        ]  # fmt: skip

    @staticmethod
    def _say(day: billing.ReadDay) -> str:
        name = formats.short_day(day.day)
        if day.energy_kwh is None:
            return _("%(day)s：缺读数") % {"day": name}
        told = f"{name} {formats.energy(day.energy_kwh)} kWh"
        told += f" · {_('含估算')}" if day.is_estimated else ""
        return told + (f" · {_('缺一部分')}" if day.is_missing else "")

    @property
    def gaps(self) -> list[str]:
        """The days on which reads are missing."""
        return [formats.short_day(day.day) for day in self.found.days if day.is_missing]

    @cached_property
    def exception_lines(self) -> list[FoundLine]:
        """What was found about it."""
        return [
            FoundLine(EXCEPTIONS.get(one.kind, one.kind), word_detail(one.kind, one.detail), one)
            for one in self.exceptions
        ]

    def _may(self, roles: tuple[str, ...]) -> bool:
        return identity.has_role(self.viewer, *roles)

    @property
    def is_open(self) -> bool:
        """Whether its run is not over."""
        return self.found.run_status in ("DRAFTED", "APPROVED", "ISSUED")

    @property
    def may_hold(self) -> bool:
        """Whether it can be kept back."""
        return self.bill.status in ("DRAFT", "APPROVED") and self._may(WORKS_AT_DESK)

    @property
    def may_release(self) -> bool:
        """Whether it can be let go."""
        return self.bill.status == "HELD" and self.is_open and self._may(PREPARES)

    @property
    def may_check(self) -> bool:
        """Whether he is to say what he found."""
        is_drawn = self.found.check is not None and self.found.run_status == "DRAFTED"
        return is_drawn and not self.found.is_preparer and self._may(WORKS_AT_DESK)

    @property
    def may_cancel(self) -> bool:
        """Whether it can be taken back."""
        return self.bill.status == "ISSUED" and not self.found.has_adjustment and self._may(DECIDES)

    @property
    def may_rebill(self) -> bool:
        """Whether it can be computed again."""
        return self.bill.status == "ISSUED" and self._may(PREPARES)
