"""What every page of a signed-in customer starts with: who asks, at which moment, about which account."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.billing import queries as billing

SESSION_KEY = "account"
NEAR_ACCOUNTS = 8
"""So many accounts stand in the sheet of every page; who has more finds the others by searching."""
Page = Callable[..., HttpResponse]


def signed_in_page(view: Page) -> Page:
    """Let only signed-in users in; what the viewer may not see is answered as what does not exist."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.at = timezone.now()  # type: ignore[attr-defined]
        try:
            if request.method not in ("GET", "HEAD"):
                return view(request, *args, **kwargs)
            with billing.one_look():
                return view(request, *args, **kwargs)
        except accounts.AccessDenied as denied:
            raise Http404 from denied

    return page


def account_page(view: Page) -> Page:
    """Put the viewer's accounts and the one he looks at on the request; without any, say how to get one."""

    @signed_in_page
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        views = accounts.list_accounts(viewer=request.user, at=request.at, with_places=False)  # type: ignore[attr-defined]
        if not views:
            return render(request, "portal/accounts/no_account.html", {"tab": "home"})
        request.account_views = views  # type: ignore[attr-defined]
        request.account_view = choose_account(request, views)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return page


def choose_account(request: HttpRequest, views: list[accounts.AccountView]) -> accounts.AccountView:
    """Give the account chosen in this session, else the main one (which comes first)."""
    chosen = request.session.get(SESSION_KEY)
    return next((view for view in views if view.number == chosen), views[0])


def account_context(request: HttpRequest, *, tab: str) -> dict[str, Any]:
    """Give what the frame of an account page shows."""
    views: list[accounts.AccountView] = request.account_views  # type: ignore[attr-defined]
    chosen: accounts.AccountView = request.account_view  # type: ignore[attr-defined]
    near = views[:NEAR_ACCOUNTS]
    if chosen not in near:
        near = [chosen, *near[:-1]]
    return {"tab": tab, "account": chosen, "accounts": views, "near_accounts": near}
