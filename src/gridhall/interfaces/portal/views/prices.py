"""Prices: the tariff of the account in words, the hours of today and of a month, and what others would have cost."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gridhall.apps.billing import queries as billing
from gridhall.core.periods import Month
from gridhall.interfaces.portal.account_pages import account_context, account_page
from gridhall.interfaces.portal.comparison_sheets import lay_out_comparison
from gridhall.interfaces.portal.price_sheets import ClockSheet, lay_out_calendar

WEEKDAYS = (_("一"), _("二"), _("三"), _("四"), _("五"), _("六"), _("日"))
FIRST_YEAR, YEARS_AHEAD = 2013, 2  # of the calendar: before the first tariff there is nothing, far ahead nobody knows


@require_safe
@account_page
def prices(request: HttpRequest) -> HttpResponse:
    """Show the tariff of the account in words, its prices, and its hours today and in a month (`?month=2026-07`)."""
    today = timezone.localdate(request.at)
    month = _read_month(request.GET.get("month", ""), usual=Month.of(today))
    asked = {"account": request.account_view.account, "viewer": request.user, "at": request.at}
    clock = billing.get_price_clock(**asked)
    found = billing.get_price_month(**asked, month=month)
    context = {
        **account_context(request, tab="home"),
        "sheet": billing.get_tariff_sheet(**asked, day=today, language=get_language()),
        "clock": ClockSheet(clock, request.at) if clock else None,
        "calendar": lay_out_calendar(found, today=today) if found else None,
        "month": month,
        "weekdays": WEEKDAYS,
        "may_compare": {"VIEW_BILLS", "VIEW_USAGE"} <= set(request.account_view.scopes),
    }
    return render(request, "portal/prices/prices.html", context)


def _read_month(text: str, *, usual: Month) -> Month:
    """Read a month of an address; what is none, or far from now, is the usual one."""
    try:
        month = Month.parse(text)
    except ValueError:
        return usual
    return month if FIRST_YEAR <= month.year <= usual.year + YEARS_AHEAD else usual


@require_safe
@account_page
def price_comparison(request: HttpRequest) -> HttpResponse:
    """Show what the last twelve months would have cost under each tariff the account may choose."""
    asked = {"account": request.account_view.account, "viewer": request.user, "at": request.at}
    found = billing.compare_tariffs(**asked)
    context = {**account_context(request, tab="home"), "sheet": lay_out_comparison(found) if found else None}
    return render(request, "portal/prices/price_comparison.html", context)
