"""Usage: a year of months, a month of days, split by period of the day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from gridhall.apps.billing import queries as billing
from gridhall.core.periods import Month
from gridhall.interfaces.portal.account_pages import account_context, account_page
from gridhall.interfaces.portal.usage_sheets import UsageSheet, make_month_sheet, make_year_sheet, step_back

SHOWN_MONTHS = 12


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
    return _show(request, "portal/usage/usage_year.html", sheet)


def _show(request: HttpRequest, template: str, sheet: UsageSheet) -> HttpResponse:
    """Answer with a sheet; what energy cost is for those who may see bills."""
    shows_amounts = "VIEW_BILLS" in request.account_view.scopes
    shown = sheet if shows_amounts else sheet.without_amounts()
    context = {**account_context(request, tab="usage"), "sheet": shown, "shows_amounts": shows_amounts}
    return render(request, template, context)


def _read_month(text: str, *, usual: Month) -> Month:
    """Read a month of an address; what is none, or lies ahead, is the usual one."""
    try:
        return min(Month.parse(text), usual)
    except ValueError:
        return usual


@require_safe
@account_page
def usage_month(request: HttpRequest, month: Month) -> HttpResponse:
    """Show the days of one month."""
    this_month = Month.of(timezone.localdate(request.at))
    asked = {"account": request.account_view.account, "viewer": request.user, "at": request.at}
    months = billing.list_usage_months(**asked, first=month, last=month)
    days = billing.list_usage_days(**asked, month=month)
    sheet = make_month_sheet(days, month=month, usage=next(iter(months), None), this_month=this_month)
    return _show(request, "portal/usage/usage_month.html", sheet)
