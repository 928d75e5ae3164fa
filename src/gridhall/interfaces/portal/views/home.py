"""The first page after signing in."""

from __future__ import annotations

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from gridhall.interfaces.portal.account_pages import account_context, account_page
from gridhall.interfaces.portal.home_figures import get_home_figures
from gridhall.interfaces.shared.data_version import data_version


@require_safe
@account_page
def home(request: HttpRequest) -> HttpResponse:
    """Show where the account stands: bill, this month, tiers."""
    context = {**account_context(request, tab="home"), "cards": _get_cards(request)}
    return render(request, "portal/home/home.html", context)


def _get_cards(request: HttpRequest) -> SafeString:
    """
    Give the cards of the account, drawn again when the data, the day or the way of reading changed.

    They are kept by access, not by account: what one viewer may see another may not. That the access is still open was
    asked of the database in this very request. No form and no token is among them.
    """
    view, wanted = request.account_view, request.preferences
    kept = caches["pages"]
    scopes = ",".join(view.scopes)
    today = timezone.localdate(request.at)
    key = f"home:{view.access_mrid}:{scopes}:{today}:{wanted.language}:{wanted.reading_mode}:{data_version.get()}"
    cards = kept.get(key)
    if cards is None:
        figures = get_home_figures(account_view=view, viewer=request.user, at=request.at)
        context = {"home": figures, "account": view, "preferences": wanted}
        cards = str(render_to_string("portal/home/_cards.html", context))
        kept.set(key, cards)
    return mark_safe(cards)
