"""What a kilowatt hour costs an account now, next, and on each day of a month; and its tariff in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.queries.access import AccessDenied, check_access
from gridhall.apps.billing.queries.agreed import Agreed, find_agreed
from gridhall.apps.billing.queries.plans import find_month_plans
from gridhall.apps.billing.queries.tiers import get_tier_progress
from gridhall.apps.tariffs import queries as tariffs
from gridhall.core.periods import Month
from gridhall.core.working_days import WorkingDayCalendar, load_calendar
from gridhall.engines.rating.clock import PriceStretch, Used, energy_charges, lay_prices
from gridhall.engines.rating.plan import MonthPlan
from gridhall.engines.rating.tariff import Direction

SHARP = "SHARP"


@dataclass(frozen=True, slots=True)
class PriceSpan:
    """One price from one local moment to another; `period` is SHARP, PEAK … or empty. Yuan a kWh."""

    start: datetime
    end: datetime
    period: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class PriceClock:
    """
    The prices of today and tomorrow.

    :param now: what holds at the moment of looking, from when it began until it changes.
    :param later: what comes after that, None where the price never changes.
    :param cheapest: the next stretch at the lowest price of the coming day, which may have begun; None likewise.
    :param tier: the annual tier that the prices are of, None for a tariff without; `knows_tier` is false where the
        viewer may not know how much was used, so the first tier is shown.
    """

    today: list[PriceSpan]
    tomorrow: list[PriceSpan]
    now: PriceSpan
    later: PriceSpan | None
    cheapest: PriceSpan | None
    tier: int | None
    knows_tier: bool = True

    @property
    def is_timed(self) -> bool:
        """Whether the hour of the day matters."""
        return self.later is not None

    @property
    def is_cheap_now(self) -> bool:
        """Whether it costs least at this moment."""
        return self.cheapest is not None and self.cheapest.start <= self.now.start < self.cheapest.end


@dataclass(frozen=True, slots=True)
class PriceDay:
    """
    One day of the calendar of prices.

    :param pattern: number of its cut of the day, the same for days that are cut and priced alike; 0 is the commonest.
    :param holidays: names such as `spring_festival`; empty on other days.
    """

    day: date
    pattern: int
    holidays: tuple[str, ...]
    is_moved_working_day: bool
    has_sharp: bool


@dataclass(frozen=True, slots=True)
class PriceMonth:
    """
    The calendar of a month.

    :param patterns: each cut of the day that occurs, the commonest first; spans carry minutes of the day.
    :param is_provisional: whether the notice of public holidays of the year is not out, where the tariff asks for it.
    """

    month: Month
    days: list[PriceDay]
    patterns: list[tuple[PriceStretch, ...]]
    is_provisional: bool


def get_tariff_sheet(
    *, account: CustomerAccount, viewer: Any, day: date, at: datetime, language: str
) -> tariffs.TariffSheet | None:
    """
    Tell the tariff of an account on a day in words; None where it has none that is in force then.

    :raises AccessDenied: for a viewer without access.
    """
    agreed = _find(account, viewer, day, at)
    if agreed is None:
        return None
    try:
        return tariffs.describe_tariff(agreed.terms.tariff_code, day=day, language=language, facts=agreed.facts)
    except tariffs.TariffNotFound:
        return None


def get_price_clock(
    *, account: CustomerAccount, viewer: Any, at: datetime, direction: Direction = "import"
) -> PriceClock | None:
    """
    Give the prices of today and tomorrow; None for an account without a tariff or without energy charges.

    :param direction: "export" for what is paid for energy fed in.
    :raises AccessDenied: for a viewer without access.
    """
    today = timezone.localdate(at)
    agreed = _find(account, viewer, today, at)
    if agreed is None:
        return None
    knows = _may_see_usage(account, viewer, at)
    progress = get_tier_progress(account=account, viewer=viewer, at=at) if knows and direction == "import" else None
    used = Used(year_tier=progress.current_index if progress else None)
    first = _lay(agreed, today, used, direction)
    if not first:
        return None
    second = _lay(agreed, today + timedelta(days=1), used, direction)
    spans = _join([*first, *second])
    now = next(span for span in spans if span.start <= at < span.end)
    later = next((span for span in spans if span.start >= now.end), None)
    ladders = _has_year_tiers(agreed, today)
    return PriceClock(
        today=first,
        tomorrow=second,
        now=now,
        later=later,
        cheapest=_cheapest(spans, at) if later else None,
        tier=(progress.current_index if progress else 1) if ladders else None,
        knows_tier=knows,
    )


def get_price_month(*, account: CustomerAccount, viewer: Any, month: Month, at: datetime) -> PriceMonth | None:
    """
    Give the calendar of a month under the tariff of today; None where the account or the tariff has none then.

    :raises AccessDenied: for a viewer without access.
    """
    agreed = _find(account, viewer, timezone.localdate(at), at)
    if agreed is None:
        return None
    days = [month.first_day + timedelta(days=index) for index in range(month.days)]
    plans = [_plan(agreed, day) for day in days]
    laid = [
        lay_prices(plan, index, agreed.facts, Used()) if plan is not None else ()
        for index, plan in enumerate(plans)
    ]  # fmt: skip
    if not any(laid):
        return None
    by_cut: dict[tuple[PriceStretch, ...], int] = {}
    for stretches in laid:
        by_cut[stretches] = by_cut.get(stretches, 0) + 1
    patterns = sorted(by_cut, key=lambda cut: -by_cut[cut])
    code = next((plan.tariff.holidays for plan in plans if plan is not None), "")
    calendar = load_calendar(code)
    shown = [_day(day, cut, patterns.index(cut), calendar) for day, cut in zip(days, laid, strict=True)]
    return PriceMonth(month, shown, patterns, bool(code) and calendar.is_provisional(month.first_day))


def _day(day: date, cut: tuple[PriceStretch, ...], pattern: int, calendar: WorkingDayCalendar) -> PriceDay:
    holiday = calendar.stretch_of(day)
    return PriceDay(
        day=day,
        pattern=pattern,
        holidays=holiday.names if holiday else (),
        is_moved_working_day=day in calendar.moved_working_days,
        has_sharp=any(stretch.period.upper() == SHARP for stretch in cut),
    )


def _find(account: CustomerAccount, viewer: Any, day: date, at: datetime) -> Agreed | None:
    """Find what holds on a day, for whoever has any open access to it. Prices are published; whose they are is not."""
    for scope in (AccessScopeKind.VIEW_USAGE, AccessScopeKind.VIEW_BILLS):
        try:
            check_access(account=account, viewer=viewer, at=at, scope=scope)
        except AccessDenied:
            continue
        return find_agreed(account, day)
    raise AccessDenied


def _may_see_usage(account: CustomerAccount, viewer: Any, at: datetime) -> bool:
    try:
        check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    except AccessDenied:
        return False
    return True


def _plan(agreed: Agreed, day: date) -> MonthPlan | None:
    month = Month.of(day)
    plans = find_month_plans(agreed.terms.tariff_code, month)
    return plans.plans[plans.index_on((day - month.first_day).days)] if plans else None


def _has_year_tiers(agreed: Agreed, day: date) -> bool:
    plan = _plan(agreed, day)
    charges = energy_charges(plan, agreed.facts) if plan else ()
    return any(c.tier_basis == "year" and any(len(t) > 1 for t in c.ladders.values()) for c in charges)


def _lay(agreed: Agreed, day: date, used: Used, direction: Direction) -> list[PriceSpan]:
    plan = _plan(agreed, day)
    if plan is None:
        return []
    stretches = lay_prices(plan, day.day - 1, agreed.facts, used, direction=direction)
    return [
        PriceSpan(_moment(day, stretch.start), _moment(day, stretch.end), stretch.period.upper(), stretch.price)
        for stretch in stretches
    ]


def _moment(day: date, minute: int) -> datetime:
    days, rest = divmod(minute, 1440)
    return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), ZoneInfo(settings.TIME_ZONE))


def _join(spans: list[PriceSpan]) -> list[PriceSpan]:
    """Put neighbors of the same period and price together, over midnight too."""
    found: list[PriceSpan] = []
    for span in spans:
        if found and found[-1].end == span.start and _alike(found[-1], span):
            span = PriceSpan(found.pop().start, span.end, span.period, span.price)
        found.append(span)
    return found


def _alike(one: PriceSpan, other: PriceSpan) -> bool:
    return (one.period, one.price) == (other.period, other.price)


def _cheapest(spans: list[PriceSpan], at: datetime) -> PriceSpan:
    """Give the first stretch at the lowest price that begins within a day from now, or is under way."""
    coming = [span for span in spans if span.end > at and span.start < at + timedelta(days=1)]
    lowest = min(span.price for span in coming)
    return next(span for span in coming if span.price == lowest)
