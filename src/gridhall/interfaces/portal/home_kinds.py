"""What the first page shows besides bill and month to each kind of customer, from what was metered and agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gridhall.apps.accounts.queries import AccountView
from gridhall.apps.billing import queries as billing
from gridhall.interfaces.portal import words
from gridhall.interfaces.shared import formats
from gridhall.interfaces.shared.charts.load_curve import Curve
from gridhall.interfaces.shared.word_tables import get_word

WEEK = 7
DEAR = ("SHARP", "PEAK")
CHEAP = ("VALLEY", "DEEP_VALLEY")
SHOWN_SESSIONS = 5


@dataclass(frozen=True, slots=True)
class PeriodShare:
    """Energy of one period of the month, what it cost, and both as shares."""

    label: Any
    css_class: str
    energy_kwh: Decimal
    amount: Decimal
    share: float


@dataclass(frozen=True, slots=True)
class ShopFigures:
    """How the last day with reads compares, and what the dear hours cost this month."""

    last_day: billing.UsageDay | None
    same_weekday: billing.UsageDay | None
    costs: billing.MonthCosts | None

    @property
    def change_percent(self) -> Decimal | None:
        """How much more the last day took than the same weekday of the week before."""
        if self.last_day is None or self.same_weekday is None or not self.same_weekday.energy_kwh:
            return None
        before = self.same_weekday.energy_kwh
        return (self.last_day.energy_kwh - before) * 100 / before

    @property
    def periods(self) -> list[PeriodShare]:
        """What the energy of each period cost, from sharp to valley; nothing where hours make no difference."""
        return list_period_shares(self.costs)

    @property
    def dear_amount(self) -> Decimal:
        """What peak and sharp hours cost."""
        found = self.costs.by_period if self.costs else {}
        return sum((found[kind].amount for kind in DEAR if kind in found), Decimal(0))

    @property
    def dear_share(self) -> float:
        """Which share of the energy charges that is."""
        whole = sum((cost.amount for cost in self.costs.by_period.values()), Decimal(0)) if self.costs else Decimal(0)
        return float(self.dear_amount / whole) if whole > 0 else 0.0


@dataclass(frozen=True, slots=True)
class CostPart:
    """One part of what the month costs so far."""

    label: Any
    css_class: str
    amount: Decimal
    share: float


@dataclass(frozen=True, slots=True)
class EnterpriseFigures:
    """Demand, power factor and the split of costs of the month under way; the load of the last day."""

    costs: billing.MonthCosts | None
    curve: billing.LoadCurve | None

    @property
    def parts(self) -> list[CostPart]:
        """The costs by heading, the largest first; shares are of what is charged, credits have none."""
        groups = self.costs.by_group if self.costs else {}
        charged = sum((amount for amount in groups.values() if amount > 0), Decimal(0)) or Decimal(1)
        rows = [
            CostPart(
                get_word(words.GROUPS, group),
                words.GROUP_COLORS.get(group, "muted"),
                amount,
                float(max(amount, Decimal(0)) / charged),
            )
            for group, amount in groups.items()
            if amount
        ]
        return sorted(rows, key=lambda part: -part.amount)

    @property
    def demand_share(self) -> float:
        """How near the measured demand is to the limit, or to what is charged where there is no limit."""
        demand = self.costs.demand if self.costs else None
        if demand is None:
            return 0.0
        whole = max(demand.limit_kw or demand.charged_kw, demand.measured_kw)
        return float(demand.measured_kw / whole) if whole else 0.0

    @property
    def demand_mark(self) -> float | None:
        """Where the limit lies on the bar, if more than that was measured."""
        demand = self.costs.demand if self.costs else None
        if demand is None or demand.limit_kw is None or demand.measured_kw <= demand.limit_kw:
            return None
        return float(demand.limit_kw / demand.measured_kw)

    @property
    def chart(self) -> Curve | None:
        """The load of the day by the quarter hour, kW, with the contract as a line."""
        if self.curve is None or not self.curve.has_reads:
            return None
        demand = self.costs.demand if self.costs else None
        limit = (float(demand.charged_kw), _("计费需量")) if demand and demand.contract_kw is not None else None
        return Curve(_list_powers(self.curve, self.curve.import_wh), _mark_hours(), limit=limit)

    @property
    def hours(self) -> list[tuple[str, Decimal]]:
        """The same by the hour, for the table."""
        return _list_hours(self.curve) if self.curve else []


@dataclass(frozen=True, slots=True)
class EvFigures:
    """Charges seen by the own meter of the last week, newest first."""

    sessions: list[billing.ChargingSession]
    first_day: date
    costs: billing.MonthCosts | None

    @property
    def mean_price(self) -> Decimal | None:
        """What a kilowatt hour cost on average this month."""
        energy = sum((cost.energy_kwh for cost in self.costs.by_period.values()), Decimal(0)) if self.costs else None
        return self.costs.total / energy if self.costs and energy else None

    @property
    def periods(self) -> list[PeriodShare]:
        """The month by period, as for shops."""
        return list_period_shares(self.costs)


@dataclass(frozen=True, slots=True)
class PvFigures:
    """What was fed in and what that pays this month; the last week."""

    costs: billing.MonthCosts | None
    price: Decimal | None
    curve: billing.LoadCurve | None

    @property
    def credit(self) -> Decimal:
        """All credits and subsidies of the month so far."""
        return sum((amount for _zh, _en, _energy, amount in self.credits), Decimal(0))

    @property
    def credits(self) -> list[tuple[str, str, Decimal, Decimal]]:
        """The lines of credits and subsidies."""
        return self.costs.credits if self.costs else []

    @property
    def chart(self) -> Curve | None:
        """Taken and fed in by the hour of the last days."""
        if self.curve is None or not self.curve.has_reads:
            return None
        marks = [
            ((index + 0.5) / self.curve.days, formats.short_day(self.curve.first_day + timedelta(days=index)))
            for index in range(0, self.curve.days, 2)
        ]
        gone = self.curve.is_missing.reshape(-1, 4).any(axis=1)
        taken, fed = (
            [None if lost else float(value) for value, lost in zip(values, gone, strict=True)]
            for values in (self.curve.hourly_kwh(), self.curve.hourly_kwh(export=True))
        )
        return Curve(taken, marks, hanging=fed)

    @property
    def days(self) -> list[tuple[date, Decimal, Decimal]]:
        """Energy taken and fed in by day, for the table."""
        if self.curve is None:
            return []
        rows = zip(self.curve.import_wh.sum(axis=1), self.curve.export_wh.sum(axis=1), strict=True)
        return [
            (self.curve.first_day + timedelta(days=index), Decimal(int(taken)) / 1000, Decimal(int(fed)) / 1000)
            for index, (taken, fed) in enumerate(rows)
            if not self.curve.is_missing[index].all()
        ]


def list_period_shares(costs: billing.MonthCosts | None) -> list[PeriodShare]:
    """Give energy and cost by period from sharp to valley; nothing where all is one."""
    found = costs.by_period if costs else {}
    if len(found) < 2:
        return []
    most = max(cost.amount for cost in found.values()) or Decimal(1)
    return [
        PeriodShare(label, css_class, found[kind].energy_kwh, found[kind].amount, float(found[kind].amount / most))
        for kind, (label, css_class) in words.PERIODS.items()
        if kind in found
    ]


def gather_special(account_view: AccountView, viewer: Any, current: billing.CurrentMonth | None, at: datetime) -> Any:
    """Gather what the page of this kind of customer shows besides; None where there is nothing to go by."""
    if current is None or "VIEW_USAGE" not in account_view.scopes:
        return None
    asked = {"account": account_view.account, "viewer": viewer, "at": at}
    sees_bills = "VIEW_BILLS" in account_view.scopes
    costs = None
    if sees_bills and account_view.kind != "RESIDENT":
        costs = billing.get_month_costs(**asked, current=current)
    last = min(current.as_of, timezone.localdate(at) - timedelta(days=1))
    week = {"first_day": last - timedelta(days=WEEK - 1), "end_day": last + timedelta(days=1)}
    if account_view.kind == "SHOP":
        days = billing.list_recent_days(**asked, last=last, count=WEEK + 1)
        return ShopFigures(days[-1], days[0], costs)
    if account_view.kind == "ENTERPRISE":
        curve = billing.get_load_curve(**asked, first_day=last, end_day=last + timedelta(days=1))
        return EnterpriseFigures(costs, curve)
    if account_view.kind == "EV":
        curve = billing.get_load_curve(**asked, **week)
        sessions = billing.find_sessions(curve)[::-1][:SHOWN_SESSIONS] if curve else []
        return EvFigures(sessions, week["first_day"], costs)
    if account_view.kind == "PV":
        clock = billing.get_price_clock(**asked, direction="export")
        return PvFigures(costs, -clock.now.price if clock else None, billing.get_load_curve(**asked, **week))
    return None


def _list_powers(curve: billing.LoadCurve, table: Any) -> list[float | None]:
    """Give the mean power of every quarter hour, kW."""
    gone = curve.is_missing.reshape(-1)
    return [None if lost else int(value) * 4 / 1000 for value, lost in zip(table.reshape(-1), gone, strict=True)]


def _mark_hours() -> list[tuple[float, str]]:
    return [(hour / 24, f"{hour}:00") for hour in (0, 6, 12, 18, 24)]


def _list_hours(curve: billing.LoadCurve) -> list[tuple[str, Decimal]]:
    gone = curve.is_missing.reshape(-1, 4).any(axis=1)
    return [
        (f"{hour:02d}:00–{hour + 1:02d}:00", value) for hour, value in enumerate(curve.hourly_kwh()) if not gone[hour]
    ]
