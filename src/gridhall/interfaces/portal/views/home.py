"""The first page after signing in."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from gridhall.interfaces.portal.account_pages import account_context, account_page
from gridhall.interfaces.portal.home_figures import get_home_figures
from gridhall.interfaces.shared.data_version import data_version

TOKEN_PLACE = "token-" + blake2b(settings.SECRET_KEY.encode(), digest_size=16, person=b"home").hexdigest()
"""Stands in a kept page where the form token of each answer goes; the same in all processes, guessed by nobody."""


@require_safe
@account_page
def home(request: HttpRequest) -> HttpResponse:
    """Show where the account stands: bill, this month, tiers."""
    page = _draw(request)[0] if request.META.get("QUERY_STRING") else _get_page(request)
    return HttpResponse(page.replace(TOKEN_PLACE, get_token(request)))


def _get_page(request: HttpRequest) -> str:
    """
    Give the page, drawn again when the data, the day, the accesses or the way of reading changed.

    A page that tells the price of this moment is kept until the price changes. It is kept for one viewer: what he may
    see another may not. That his accesses are still open was asked of the database in this very request, and which
    they are and what they allow is part of the key.
    """
    kept, shared = caches["pages"], caches["shared_pages"]
    depends_on = repr(_list_what_it_depends_on(request)).encode()
    key = f"home:{blake2b(depends_on, digest_size=20).hexdigest()}"
    for cache in (kept, shared):
        found = cache.get(key)
        if found is not None and found[1] > request.at.timestamp():
            if cache is shared:
                kept.set(key, found)
            return found[0]
    found = _draw(request)
    shared.set(key, found)
    kept.set(key, found)
    return found[0]


def _list_what_it_depends_on(request: HttpRequest) -> tuple[Any, ...]:
    wanted = request.preferences
    views = tuple(
        (view.access_mrid, view.number, view.name_masked, view.tag, view.kind, view.is_main, view.scopes)
        for view in request.account_views
    )
    day = timezone.localdate(request.at)
    return request.user.pk, request.account_view.number, views, wanted, day, data_version.get()


def _draw(request: HttpRequest) -> tuple[str, float]:
    """Draw the page; gives it with the moment (seconds since 1970) at which the price it shows as present ends."""
    figures = get_home_figures(account_view=request.account_view, viewer=request.user, at=request.at)
    context = {**account_context(request, tab="home"), "home": figures, "csrf_token": TOKEN_PLACE}
    ends = figures.clock.clock.now.end.timestamp() if figures.clock else float("inf")
    return render_to_string("portal/home/home.html", context, request), ends
