"""Usage: a year of months, a month of days, a day of quarter hours, split by period of the day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from gridhall.apps.billing import queries as billing
from gridhall.core.periods import Month
from gridhall.interfaces.portal import words
from gridhall.interfaces.portal.account_pages import account_context, account_page
from gridhall.interfaces.portal.day_sheets import make_day_sheet
from gridhall.interfaces.portal.kept_pages import kept_page
from gridhall.interfaces.portal.tier_sheets import make_tier_sheet
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
@kept_page
def usage_year(request: HttpRequest) -> HttpResponse:
    """Show twelve months up to the one asked for (`?until=2026-01`), usually up to this one; in kWh or in yuan."""
    this_month = Month.of(timezone.localdate(request.at))
    last = _read_month(request.GET.get("until", ""), usual=this_month)
    asked = _asked(request)
    months = billing.list_usage_months(**asked, first=step_back(last, SHOWN_MONTHS - 1), last=last)
    sheet = make_year_sheet(months, last=last, this_month=this_month)
    bands = billing.get_time_bands(**asked, month=last)
    tiers = billing.get_tier_progress(**asked) if last == this_month else None
    unit = "yuan" if request.GET.get("unit") == "yuan" and sheet.amount is not None else "kwh"
    return _show(
        request,
        "portal/usage/usage_year.html",
        sheet.in_yuan() if unit == "yuan" else sheet,
        bands,
        unit=unit,
        tiers=make_tier_sheet(tiers),
        day_url=_day_url(sheet.complete_through),
        export_url=_export_url("year"),
    )


def _asked(request: HttpRequest) -> dict[str, Any]:
    return {"account": request.account_view.account, "viewer": request.user, "at": request.at}  # type: ignore[attr-defined]


def _day_url(day: date | None) -> str:
    return reverse("portal:usage-day", args=[day]) if day is not None else ""


def _export_url(span: str, of: Month | date | str = "") -> str:
    return reverse("portal:usage-export") + f"?span={span}" + (f"&of={of}" if of else "")


def _show(
    request: HttpRequest, template: str, sheet: UsageSheet, bands: billing.TimeBands, **more: Any
) -> HttpResponse:
    """Answer with a sheet; what energy cost is for those who may see bills."""
    shows_amounts = "VIEW_BILLS" in request.account_view.scopes  # type: ignore[attr-defined]
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
@kept_page
def usage_month(request: HttpRequest, month: Month) -> HttpResponse:
    """Show the days of one month, of all meters or of one (`?point=`)."""
    this_month = Month.of(timezone.localdate(request.at))
    asked = _asked(request)
    point = request.GET.get("point", "")
    months = billing.list_usage_months(**asked, first=month, last=month) if not point else []
    days = _list_days(asked, month, point)
    so_far = billing.get_current_month(**asked) if month == this_month and not point else None
    sheet = make_month_sheet(
        days,
        month=month,
        usage=next(iter(months), None),
        this_month=this_month,
        amount_so_far=so_far.amount_so_far if so_far is not None and so_far.month == month else None,
        point=point,
    )
    bands = billing.get_time_bands(**asked, month=month)
    costs: list[PeriodCost] = []
    if sheet.bill_mrid and "VIEW_BILLS" in request.account_view.scopes:  # type: ignore[attr-defined]
        costs = list_period_costs(billing.list_bill_lines(mrid=sheet.bill_mrid, viewer=request.user, at=asked["at"]))
    return _show(
        request,
        "portal/usage/usage_month.html",
        sheet,
        bands,
        hours=[(label, bands.hours[kind]) for kind, (label, _) in words.PERIODS.items() if kind in bands.hours],
        costs=costs,
        point=point,
        meters=billing.list_meter_usage(**asked, first_day=month.first_day, end_day=month.next().first_day),
        supply=billing.get_supply_month(**asked, month=month) if _is_enterprise(request) and not point else None,
        day_url=_day_url(days[-1].day if days else None),
        export_url=_export_url("month", month),
        card_url=reverse("portal:month-card", args=[month]) if _may_share(request) and not point else "",
    )


def _may_share(request: HttpRequest) -> bool:
    return "MANAGE" in request.account_view.scopes  # type: ignore[attr-defined]


def _list_days(asked: dict[str, Any], month: Month, point: str) -> list[billing.UsageDay]:
    if point:
        return billing.list_meter_days(**asked, month=month, usage_point_code=point)
    return billing.list_usage_days(**asked, month=month)


def _is_enterprise(request: HttpRequest) -> bool:
    return request.account_view.kind == "ENTERPRISE"  # type: ignore[attr-defined]


@require_safe
@account_page
def usage_day(request: HttpRequest, day: date) -> HttpResponse:
    """Show one day by the quarter hour beside other days, of all meters or of one (`?point=`)."""
    asked = _asked(request)
    point = request.GET.get("point", "")
    curve = billing.get_usage_curve(**asked, day=day, usage_point_code=point)
    context = {
        **account_context(request, tab="usage"),
        "sheet": make_day_sheet(curve, today=timezone.localdate(request.at), point=point),  # type: ignore[attr-defined]
        "bands": billing.get_time_bands(**asked, month=Month.of(day)),
        "shows_supply": _is_enterprise(request),
        "point": point,
        "month_url": reverse("portal:usage-month", args=[Month.of(day)]),
        "export_url": _export_url("day", day),
    }
    return render(request, "portal/usage/usage_day.html", context)


@require_safe
@account_page
def usage_choice(request: HttpRequest) -> HttpResponse:
    """Lead to the day that was chosen; what is no day leads to the year."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return redirect("portal:usage-year")
    if not FIRST_YEAR <= day.year < 2100:
        return redirect("portal:usage-year")
    point = request.GET.get("point", "")
    return redirect(_day_url(day) + (f"?point={point}" if point.isalnum() else ""))
