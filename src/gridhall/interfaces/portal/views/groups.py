"""A group of accounts: all its sites with sums, ranked, and one site by itself."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gridhall.apps.billing import queries as billing
from gridhall.core.periods import Month
from gridhall.interfaces.portal.account_pages import account_context, account_page
from gridhall.interfaces.portal.bill_sheets import draw_bars
from gridhall.interfaces.portal.group_sheets import lay_out_group

LONGEST_SEARCH = 40


@require_safe
@account_page
def group(request: HttpRequest) -> HttpResponse:
    """Show the sites of the group that the account heads in a month, ranked (`?month=2026-10&order=energy&page=2`)."""
    asked = {"account": request.account_view.account, "viewer": request.user, "at": request.at}
    latest = billing.get_latest_group_month(**asked)
    if latest is None:
        if not billing.heads_group(**asked):
            raise Http404
        return render(request, "portal/groups/group.html", account_context(request, tab="home"))
    found = billing.list_sites(
        **asked,
        month=_read_month(request.GET.get("month", ""), latest=latest),
        order=request.GET.get("order", "amount"),
        find=request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
        page=_read_page(request.GET.get("page", "")),
    )
    sheet = lay_out_group(found, latest=latest, asked=request.GET.dict())
    return render(request, "portal/groups/group.html", {**account_context(request, tab="home"), "sheet": sheet})


def _read_month(text: str, *, latest: Month) -> Month:
    try:
        month = Month.parse(text)
    except ValueError:
        return latest
    return month if month.year >= 1980 and month <= latest else latest


def _read_page(text: str) -> int:
    return min(int(text), 10_000) if text.isascii() and text.isdigit() and len(text) < 6 and int(text) else 1


@require_safe
@account_page
def group_site(request: HttpRequest, number: str) -> HttpResponse:
    """Show one site of the group: its last bills."""
    site = billing.get_site(account=request.account_view.account, number=number, viewer=request.user, at=request.at)
    own = next((view for view in request.account_views if view.number == number), None)
    context = {
        **account_context(request, tab="home"),
        "site": site,
        "bars": draw_bars(site.bills, with_links=False),
        "own": own,
        "back": urlencode({key: value for key, value in request.GET.items() if key in ("month", "order", "page")}),
    }
    return render(request, "portal/groups/group_site.html", context)
