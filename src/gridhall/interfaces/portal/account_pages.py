"""What every page of a signed-in customer starts with: who asks, at which moment, about which account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.billing import queries as billing
from gridhall.interfaces.portal.kept_pages import TOKEN_PLACE

SESSION_KEY = "account"
IN_LINK = "account"
"""A link says by this parameter which account it is about: by the account's mrid, which is nobody's number."""
LOOKED_FOR = timedelta(hours=2)  # how long after its end an access is still spoken of where a page is missing
NEAR_ACCOUNTS = 8
"""So many accounts stand in the sheet of every page; who has more finds the others by searching."""
PERIODS = frozenset({"day", "month"})
"""What an address may name of the account that is looked at, and nobody's things."""
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
            lost = accounts.find_lost_access(viewer=request.user, at=request.at, within=LOOKED_FOR)  # type: ignore[attr-defined]
            if lost is not None:
                return render(request, "portal/accounts/access_ended.html", {"tab": "home", "lost": lost}, status=404)
            chosen = getattr(request, "account_view", None)
            if chosen is None or not PERIODS.issuperset(kwargs):  # about something of somebody's: as if it were not
                raise Http404 from denied
            return render(request, "portal/accounts/access_narrow.html", {"tab": "home", "view": chosen}, status=404)

    return page


def account_page(view: Page) -> Page:
    """Put the viewer's accounts and the one he looks at on the request; without any, say how to get one."""

    @signed_in_page
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        views = accounts.list_accounts(viewer=request.user, at=request.at, with_places=False)  # type: ignore[attr-defined]
        if not views:
            return _show_no_account(request)
        if request.method in ("GET", "HEAD") and IN_LINK in request.GET:
            return _follow_link(request, views)
        ended = _notice_end(request, views)
        if ended is not None:
            return ended
        billing.know_sights(views, viewer=request.user, at=request.at)  # type: ignore[attr-defined]
        request.account_views = views  # type: ignore[attr-defined]
        request.account_view = choose_account(request, views)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return page


def follow_account(request: HttpRequest, number: str, views: list[accounts.AccountView]) -> None:
    """Look at the account that a page is about from now on, if it is one of the viewer's and he has several."""
    if len(views) > 1 and request.session.get(SESSION_KEY) != number and any(view.number == number for view in views):
        request.session[SESSION_KEY] = number


def _follow_link(request: HttpRequest, views: list[accounts.AccountView]) -> HttpResponse:
    """Switch to the account in a link and go on to the page; an account that is not his does not exist for him."""
    asked = request.GET.copy()
    wanted = asked.pop(IN_LINK)[-1]
    found = next((view for view in views if str(view.account.mrid) == wanted), None)
    if found is None:
        raise Http404
    follow_account(request, found.number, views)
    return redirect(request.path + (f"?{asked.urlencode()}" if asked else ""))


def _show_no_account(request: HttpRequest) -> HttpResponse:
    """Say how to get an account, what seems to be his, what he is offered, and what was his."""
    asked: dict[str, Any] = {"viewer": request.user, "at": request.at}  # type: ignore[attr-defined]
    context = {
        "tab": "home",
        "lost": accounts.find_lost_access(**asked),
        "matches": accounts.list_matches(**asked),
        "offers": accounts.list_offers(**asked),
    }
    return render(request, "portal/accounts/no_account.html", context)


def _notice_end(request: HttpRequest, views: list[accounts.AccountView]) -> HttpResponse | None:
    """Tell a viewer whose account was taken away while he looked, rather than show him another without a word."""
    chosen = request.session.get(SESSION_KEY)
    if chosen is None:
        if len(views) > 1:
            request.session[SESSION_KEY] = views[0].number
        return None
    if any(view.number == chosen for view in views):
        return None
    lost = accounts.find_lost_access(viewer=request.user, at=request.at, number=chosen)  # type: ignore[attr-defined]
    del request.session[SESSION_KEY]
    if lost is None:
        return None
    return render(request, "portal/accounts/access_ended.html", {"tab": "home", "lost": lost}, status=403)


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
    frame = {"tab": tab, "account": chosen, "accounts": views, "near_accounts": near}
    frame["copy_mark"] = make_copy_mark(request, chosen)
    return frame | ({"csrf_token": TOKEN_PLACE} if getattr(request, "is_kept", False) else {})


def make_copy_mark(request: HttpRequest, chosen: accounts.AccountView) -> str:
    """Give a word that changes when the copy of the last bill for times off-line must be made anew."""
    seen = (request.user.pk, chosen.number, chosen.scopes, chosen.tag, chosen.changes, get_language())
    return blake2b(repr(seen).encode(), digest_size=8, key=settings.SECRET_KEY.encode()[:64]).hexdigest()
