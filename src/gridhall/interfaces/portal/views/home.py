"""The first page after signing in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gridhall.interfaces.portal.account_pages import account_context, account_page
from gridhall.interfaces.portal.home_figures import get_home_figures
from gridhall.interfaces.portal.kept_pages import kept_page


@require_safe
@account_page
@kept_page
def home(request: HttpRequest) -> HttpResponse:
    """Show where the account stands: bill, this month, tiers."""
    figures = get_home_figures(account_view=request.account_view, viewer=request.user, at=request.at)
    response = render(request, "portal/home/home.html", {**account_context(request, tab="home"), "home": figures})
    if figures.clock is not None:
        response.ends_at = figures.clock.clock.now.end  # type: ignore[attr-defined]  # the price it shows as present
    return response
