"""A customer on one screen: what the queries answer, laid out for its template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.billing import queries as billing
from gridhall.apps.metering import queries as metering
from gridhall.apps.workforce import queries as workforce
from gridhall.core.periods import Month
from gridhall.interfaces.console import words
from gridhall.interfaces.console.words_events import Told, tell_event
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.stacked_bars import Bar

MONTHS = 12
SHOWN_BILLS, SHOWN_POINTS, SHOWN_EVENTS = 6, 4, 9


@dataclass(frozen=True, slots=True)
class Banner:
    """What must not be overlooked about a customer."""

    text: str
    note: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class MonthBar:
    """The energy of a month; `missing` says that reads are."""

    month: Month
    energy_kwh: Decimal
    export_kwh: Decimal
    is_estimated: bool
    is_missing: bool


@dataclass
class CustomerSheet:
    """Everything a member of staff sees of an account at once; asked for when the template comes to it."""

    account: Any
    viewer: Any
    at: datetime

    @cached_property
    def holding(self) -> workforce.Holding:
        """Who holds it, and who held it when."""
        return workforce.get_holding(account=self.account, viewer=self.viewer, at=self.at)

    @property
    def holder(self) -> workforce.Holder | None:
        """Who answers for it today."""
        return self.holding.holder

    @cached_property
    def supply(self) -> workforce.Supply:
        """What is connected."""
        shown = self.holder.shown if self.holder else frozenset()
        return workforce.get_supply(account=self.account, viewer=self.viewer, at=self.at, shown=shown)

    @property
    def points(self) -> Sequence[workforce.PointView]:
        """The first usage points."""
        return self.supply.points[:SHOWN_POINTS]

    @property
    def more_points(self) -> int:
        """How many are not among the first."""
        return max(len(self.supply.points) - SHOWN_POINTS, 0)

    @property
    def first_point(self) -> workforce.PointView | None:
        """Where the customer is."""
        return self.supply.points[0] if self.supply.points else None

    @property
    def held(self) -> list[workforce.HeldTerms]:
        """Who held it when and on which terms, the latest first."""
        return self.holding.terms

    @property
    def terms(self) -> Any:
        """The terms of today."""
        return next((one.terms for one in self.held if one.is_current), None)

    @cached_property
    def summary(self) -> billing.AccountSummary:
        """Balance and what is due."""
        return billing.get_account_summary(account=self.account, viewer=self.viewer, at=self.at)

    @cached_property
    def bills(self) -> list[billing.BillView]:
        """Issued bills, newest first."""
        return billing.list_bills(account=self.account, viewer=self.viewer, at=self.at)

    @property
    def latest_bills(self) -> list[billing.BillView]:
        """The newest bills."""
        return self.bills[:SHOWN_BILLS]

    @cached_property
    def notes(self) -> list[workforce.NoteView]:
        """Notes, newest first."""
        return workforce.list_notes(account=self.account, viewer=self.viewer)

    @cached_property
    def timeline(self) -> list[Told]:
        """What happened, newest first."""
        return self.list_timeline()

    def list_timeline(self, before_id: int | None = None) -> list[Told]:
        """List what happened before an event."""
        found = workforce.list_timeline(
            account=self.account, supply=self.supply, holder=self.holder, viewer=self.viewer, before_id=before_id
        )
        return [tell_event(entry) for entry in found]

    @property
    def latest_events(self) -> list[Told]:
        """The newest events."""
        return self.timeline[:SHOWN_EVENTS]

    @cached_property
    def accesses(self) -> list[accounts.AccessView]:
        """Who else may see the account."""
        return accounts.list_accesses(account=self.account, viewer=self.viewer, at=self.at)

    @cached_property
    def aliases(self) -> list[Any]:
        """Old numbers."""
        return accounts.list_aliases(account=self.account, viewer=self.viewer)

    @property
    def open_findings(self) -> int:
        """How many failures of its meters' reads nobody dealt with yet."""
        return self.supply.open_findings

    @cached_property
    def days(self) -> list[Any]:
        """The energy of twelve months by day, as far as today."""
        today = timezone.localdate(self.at)
        first = Month.of(today)
        for _unused in range(MONTHS - 1):
            first = first.previous()
        return metering.list_energy_days(first_day=first.first_day, end_day=today, installed=self.supply.installed)

    @cached_property
    def months(self) -> list[MonthBar]:
        """Twelve months of energy, the present one last."""
        by_month: dict[Month, list[Any]] = {}
        for day in self.days:
            by_month.setdefault(Month.of(day.day), []).append(day)
        return [_as_bar(month, found) for month, found in sorted(by_month.items(), key=lambda item: item[0].first_day)]

    @property
    def bars(self) -> list[Bar]:
        """The months for the chart."""
        this_month = Month.of(timezone.localdate(self.at))
        return [
            Bar(
                label=formats.short_month(one.month),
                title=f"{formats.month(one.month)} {formats.energy(one.energy_kwh)} kWh",
                values=(("total", float(one.energy_kwh)),),
                is_estimated=one.is_estimated,
                is_current=one.month == this_month,
            )
            for one in self.months
        ]

    @property
    def complete_until(self) -> date | None:
        """The day before which reads are there; None without any."""
        measured = (day.day for day in reversed(self.days) if day.expected_slots > day.missing_slots)
        last = next(measured, None)
        return None if last is None else last + timedelta(days=1)

    @property
    def is_in_arrears(self) -> bool:
        """Whether something is owed beyond its day."""
        due = self.summary.due_on
        return self.summary.amount_due > 0 and due is not None and due < timezone.localdate(self.at)

    @property
    def banners(self) -> list[Banner]:
        """What must not be overlooked: only what is on record."""
        found = []
        if self.holder and self.holder.has_special_care:
            found.append(Banner(_("特殊关怀"), _("停电前务必先联系"), "info", "heart-handshake"))
        if self.terms is not None and self.terms.social in words.SOCIAL:
            found.append(Banner(str(words.SOCIAL[self.terms.social]), _("享受免费电量"), "info", "users"))
        if self.is_in_arrears:
            note = _("应于 %(day)s 前缴清") % {"day": formats.day(self.summary.due_on)}
            found.append(
                Banner(
                    _("欠费 %(amount)s") % {"amount": formats.yuan(self.summary.amount_due)},
                    note,
                    "error",
                    "alert-triangle",
                )
            )
        if self.account.closed_on is not None:
            found.append(Banner(_("已销户"), formats.day(self.account.closed_on), "plain", "info-circle"))
        elif self.holder is None:
            found.append(Banner(_("无用电人"), _("目前没有人对这个户号负责"), "warning", "alert-triangle"))
        if any(point.status == "DISCONNECTED" for point in self.supply.points):
            found.append(Banner(_("已停电"), _("有计量点处于断电状态"), "warning", "alert-triangle"))
        if self.open_findings:
            found.append(
                Banner(
                    _("读数异常 %(count)s 条") % {"count": self.open_findings}, _("计量还没处理"), "warning", "gauge"
                )
            )
        return found


def _as_bar(month: Month, days: list[Any]) -> MonthBar:
    expected = sum(day.expected_slots for day in days)
    missing = sum(day.missing_slots for day in days)
    return MonthBar(
        month,
        sum((day.energy_kwh for day in days), Decimal(0)),
        sum((day.export_kwh for day in days), Decimal(0)),
        any(day.estimated_slots for day in days),
        expected == 0 or missing == expected,
    )
