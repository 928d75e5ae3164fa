"""Usage: a year of months, a month of days, split by period of the day."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from gridhall.apps.billing import queries as billing
from gridhall.core.periods import Month
from gridhall.interfaces.portal import words
from gridhall.interfaces.portal.account_pages import account_context, account_page
from gridhall.interfaces.portal.usage_sheets import (
    PeriodCost,
    UsageSheet,
    list_period_costs,
    make_month_sheet,
    make_year_sheet,
    step_back,
)

SHOWN_MONTHS = 12
FIRST_YEAR = 1980  # before any meter of ours


@require_safe
@account_page
def usage_year(request: HttpRequest) -> HttpResponse:
    """Show twelve months up to the one asked for (`?until=2026-01`), usually up to this one."""
    this_month = Month.of(timezone.localdate(request.at))
    last = _read_month(request.GET.get("until", ""), usual=this_month)
    months = billing.list_usage_months(
        account=request.account_view.account,
        viewer=request.user,
        first=step_back(last, SHOWN_MONTHS - 1),
        last=last,
        at=request.at,
    )
    sheet = make_year_sheet(months, last=last, this_month=this_month)
    bands = billing.get_time_bands(account=request.account_view.account, viewer=request.user, month=last, at=request.at)
    return _show(request, "portal/usage/usage_year.html", sheet, bands)


def _show(
    request: HttpRequest, template: str, sheet: UsageSheet, bands: billing.TimeBands, **more: Any
) -> HttpResponse:
    """Answer with a sheet; what energy cost is for those who may see bills."""
    shows_amounts = "VIEW_BILLS" in request.account_view.scopes
    shown = sheet if shows_amounts else sheet.without_amounts()
    context = {**account_context(request, tab="usage"), "sheet": shown, "shows_amounts": shows_amounts}
    context |= {"bands": bands, **more}
    return render(request, template, context)


def _read_month(text: str, *, usual: Month) -> Month:
    """Read a month of an address; what is none, lies ahead, or before all meters, is the usual one."""
    try:
        month = min(Month.parse(text), usual)
    except ValueError:
        return usual
    return month if month.year >= FIRST_YEAR else usual


@require_safe
@account_page
def usage_month(request: HttpRequest, month: Month) -> HttpResponse:
    """Show the days of one month."""
    this_month = Month.of(timezone.localdate(request.at))
    asked = {"account": request.account_view.account, "viewer": request.user, "at": request.at}
    months = billing.list_usage_months(**asked, first=month, last=month)
    days = billing.list_usage_days(**asked, month=month)
    so_far = billing.get_current_month(**asked) if month == this_month else None
    sheet = make_month_sheet(
        days,
        month=month,
        usage=next(iter(months), None),
        this_month=this_month,
        amount_so_far=so_far.amount_so_far if so_far is not None and so_far.month == month else None,
    )
    bands = billing.get_time_bands(**asked, month=month)
    hours = [(label, bands.hours[kind]) for kind, (label, _) in words.PERIODS.items() if kind in bands.hours]
    costs: list[PeriodCost] = []
    if sheet.bill_mrid and "VIEW_BILLS" in request.account_view.scopes:
        costs = list_period_costs(billing.get_bill(mrid=sheet.bill_mrid, viewer=request.user, at=request.at).lines)
    return _show(request, "portal/usage/usage_month.html", sheet, bands, hours=hours, costs=costs)
