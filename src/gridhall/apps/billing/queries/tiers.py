"""How far through the annual tiers an account is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing.queries.access import check_access
from gridhall.apps.billing.queries.agreed import find_agreed
from gridhall.apps.billing.queries.kept_months import UsedSoFar, find_kept, read_billed
from gridhall.apps.billing.queries.plans import find_month_plans
from gridhall.apps.billing.queries.usage import DayTable, read_days
from gridhall.apps.billing.queries.views import Tier, TierProgress
from gridhall.core.periods import Month, months_between
from gridhall.core.units import kwh_from_wh
from gridhall.engines.rating.tariff import EnergyCharge


def get_tier_progress(*, account: CustomerAccount, viewer: Any, at: datetime) -> TierProgress | None:
    """Give tier progress, None for a tariff without annual tiers. :raises AccessDenied: for a viewer without access."""
    days = check_access(account=account, viewer=viewer, at=at, scope=AccessScopeKind.VIEW_USAGE)
    today = timezone.localdate(at)
    agreed = find_agreed(account, today)
    if agreed is None:
        return None
    agreement_id, starts_on, ends_on, code, household_size = agreed.held
    ladder = _ladder(code, today, household_size or 0, starts_on, ends_on)
    if not ladder:
        return None
    kept = find_kept(account.pk, days, today)
    spent = kept.used if kept and kept.used and kept.used.agreement_id == agreement_id else None
    spent = spent or _used(account, agreement_id, starts_on, today, days)
    used = kwh_from_wh(spent.used_wh)
    index = next((tier.index for tier in ladder if tier.to_kwh is None or used <= tier.to_kwh), ladder[-1].index)
    top = ladder[index - 1].to_kwh
    return TierProgress(
        year=today.year,
        used_kwh=used,
        tiers=ladder,
        current_index=index,
        left_to_next_kwh=None if top is None else top - used,
        as_of=spent.as_of,
    )


def _ladder(code: str, today: date, household: int, since: date, until: date | None) -> list[Tier]:
    """Lay out the annual tiers of a tariff as this agreement has them this year."""
    plans = find_month_plans(code, Month.of(today))
    if plans is None:
        return []
    plan = plans.plans[plans.index_on(today.day - 1)]
    charge = next(
        (
            component
            for component in (plan.components if plan else ())
            if isinstance(component, EnergyCharge)
            and component.tier_basis == "year"
            and component.direction == "import"
            and any(len(tiers) > 1 for tiers in component.ladders.values())
        ),
        None,
    )
    if charge is None:
        return []
    months = _year_months(today.year, since, until) if charge.prorate_limits else 12
    extra = sum(
        (a.extra_kwh_per_month * 12 for a in charge.allowances if household >= a.from_size),
        Decimal(0),
    )
    tiers: list[Tier] = []
    low = Decimal(0)
    for index, step in enumerate(next(tiers for tiers in charge.ladders.values() if len(tiers) > 1), start=1):
        top = None if step.up_to is None else kwh_from_wh(int((step.up_to + extra) * 1_000) * months // 12)
        tiers.append(Tier(index, low, top, step.prices[""]))
        low = top if top is not None else low
    return tiers


def _year_months(year: int, since: date, until: date | None) -> int:
    first = 1 if since.year < year else since.month
    last = 12 if until is None or until > date(year, 12, 31) else (until - timedelta(days=1)).month
    return last - first + 1


def _used(
    account: CustomerAccount, agreement_id: int, since: date, today: date, days: tuple[date, date | None]
) -> UsedSoFar:
    """Give what was used this year: billed days from bills, later complete days from the store."""
    year = date(today.year, 1, 1)
    energy, end_day = read_billed(account.pk, today).get(agreement_id, (0, year))
    start = max(end_day, since)
    return add_up_used(agreement_id, energy, start, today, lambda month: read_days(account.pk, month, days))


def add_up_used(
    agreement_id: int, billed_wh: int, start: date, today: date, read: Callable[[Month], DayTable]
) -> UsedSoFar:
    """Add the complete days from `start` on to what was billed before."""
    used = billed_wh
    as_of = start - timedelta(days=1)
    for month in months_between(Month.of(start), Month.of(max(today, start))):
        table = read(month)
        first = max((start - month.first_day).days, 0)
        end = min(table.complete_days, (today - month.first_day).days + 1)
        if end <= first:
            break
        used += int(table.classes[first:end].sum())
        as_of = month.first_day + timedelta(days=end - 1)
    return UsedSoFar(agreement_id, used, as_of)
