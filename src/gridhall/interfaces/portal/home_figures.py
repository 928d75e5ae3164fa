"""What the home page shows of one account, gathered from billing for the scopes that the viewer has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from gridhall.apps.accounts.queries import AccountView
from gridhall.apps.billing import queries as billing
from gridhall.interfaces.portal import words
from gridhall.interfaces.portal.bill_sheets import draw_bars
from gridhall.interfaces.portal.home_kinds import gather_special
from gridhall.interfaces.portal.price_sheets import ClockSheet
from gridhall.interfaces.portal.usage_sheets import Share
from gridhall.interfaces.shared.charts.stacked_bars import Bar

RECENT_BILLS = 6


@dataclass(frozen=True, slots=True)
class HomeFigures:
    """Everything on the home page; None where the viewer may not look or there is nothing yet."""

    summary: billing.AccountSummary | None
    bills: list[billing.BillView]
    current: billing.CurrentMonth | None
    tiers: billing.TierProgress | None
    feed_in: billing.UsageMonth | None
    bands: billing.TimeBands | None
    today: date
    kind: str = "RESIDENT"
    special: Any = None
    clock: ClockSheet | None = None
    heads_group: bool = False

    @property
    def template(self) -> str:
        """The cards of this kind of customer."""
        return f"portal/home/_{self.kind.lower()}.html"

    @property
    def is_overdue(self) -> bool:
        """Whether something is owed and its day has passed."""
        summary = self.summary
        return bool(summary and summary.amount_due > 0 and summary.due_on and summary.due_on < self.today)

    @property
    def last_day_is_yesterday(self) -> bool:
        """Whether the last day with reads was yesterday."""
        return self.current is not None and self.current.as_of == self.today - timedelta(days=1)

    @property
    def ring(self) -> list[tuple[str, float]]:
        """This month's energy by period; without time of use, how far the month has come."""
        current = self.current
        if current is None:
            return []
        if has_periods(current.by_period) and current.energy_kwh > 0:
            return [
                (words.PERIODS[kind][1], float(current.by_period[kind] / current.energy_kwh))
                for kind in words.STACKING
                if current.by_period.get(kind)
            ]
        return [("total", current.as_of.day / current.month.days)]

    @property
    def shares(self) -> list[Share]:
        """The legend of the ring, from sharp to valley."""
        current = self.current
        if current is None or not current.energy_kwh:
            return []
        return [
            Share(label, css_class, current.by_period[kind], current.by_period[kind] / current.energy_kwh)
            for kind, (label, css_class) in words.PERIODS.items()
            if current.by_period.get(kind)
        ]

    @property
    def has_time_of_use(self) -> bool:
        """Whether this month is split by period."""
        return self.current is not None and has_periods(self.current.by_period)

    @property
    def tier_fills(self) -> list[float]:
        """How much of each annual tier is used."""
        progress = self.tiers
        return [] if progress is None else [_get_fill(tier, progress.used_kwh) for tier in progress.tiers]

    @property
    def current_tier(self) -> billing.Tier | None:
        """The tier that the next kilowatt hour is priced in."""
        progress = self.tiers
        if progress is None:
            return None
        return next((tier for tier in progress.tiers if tier.index == progress.current_index), None)

    @property
    def next_tier_index(self) -> int:
        """The tier after the current one."""
        return self.tiers.current_index + 1 if self.tiers else 0

    @property
    def bars(self) -> list[Bar]:
        """The last bills as bars of their amounts."""
        return draw_bars(self.bills)


def has_periods(by_period: dict[str, Decimal]) -> bool:
    """Tell whether energy is told apart by period."""
    return sum(1 for value in by_period.values() if value) > 1 or any(kind != "FLAT" for kind in by_period)


def _get_fill(tier: billing.Tier, used_kwh: Decimal) -> float:
    if used_kwh <= tier.from_kwh:
        return 0.0
    if tier.to_kwh is None:
        # The last tier has no end: show that it is entered, growing slowly.
        return float(min((used_kwh - tier.from_kwh) / max(tier.from_kwh, Decimal(1)), Decimal(1)))
    return float(min((used_kwh - tier.from_kwh) / (tier.to_kwh - tier.from_kwh), Decimal(1)))


def get_home_figures(*, account_view: AccountView, viewer: Any, at: datetime) -> HomeFigures:
    """Gather the home page of one account."""
    account = account_view.account
    sees_bills, sees_usage = "VIEW_BILLS" in account_view.scopes, "VIEW_USAGE" in account_view.scopes
    asked = {"account": account, "viewer": viewer}
    bills = billing.list_bills(**asked, limit=RECENT_BILLS, at=at) if sees_bills else []
    current = billing.get_current_month(**asked, at=at) if sees_usage else None
    if current is not None and not current.energy_kwh and current.amount_so_far is None:
        current = None  # no day has been read yet
    feed_in = None
    if sees_usage and current is not None and account_view.kind == "PV":
        feed_in = next(iter(billing.list_usage_months(**asked, first=current.month, last=current.month, at=at)), None)
    clock = billing.get_price_clock(**asked, at=at) if sees_usage or sees_bills else None
    return HomeFigures(
        summary=billing.get_account_summary(**asked, at=at) if sees_bills else None,
        bills=bills,
        current=current,
        tiers=billing.get_tier_progress(**asked, at=at) if sees_usage else None,
        feed_in=feed_in,
        bands=billing.get_time_bands(**asked, month=current.month, at=at) if current is not None else None,
        today=timezone.localdate(at),
        kind=account_view.kind,
        special=gather_special(account_view, viewer, current, at),
        clock=ClockSheet(clock, at) if clock else None,
        heads_group=sees_bills and billing.heads_group(**asked, at=at),
    )
