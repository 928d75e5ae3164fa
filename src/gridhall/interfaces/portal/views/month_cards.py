"""A month to show around: the page that makes it, and what everybody sees who was given its address."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.core.periods import Month
from gridhall.interfaces.portal.account_pages import account_context, account_page
from gridhall.interfaces.portal.month_cards import LASTS, draw_card, make_card, read_card, write_card

A_DAY_S = 86_400


@require_safe
@account_page
def month_card(request: HttpRequest, month: Month) -> HttpResponse:
    """Make the card of a month for who holds the account, or manages it; nothing of it is kept by the house."""
    view = request.account_view
    if not {AccessScopeKind.VIEW_USAGE, AccessScopeKind.MANAGE} <= set(view.scopes):
        raise Http404
    card = make_card(
        account=view.account, viewer=request.user, month=month, at=request.at, language=get_language() or "zh-hans"
    )
    context = {**account_context(request, tab="usage"), "month": month, "card": card, "lasts_days": LASTS.days}
    if card is not None:
        token = write_card(card)
        context["picture"] = reverse("portal:shared-card-picture", args=[token])
        context["address"] = request.build_absolute_uri(reverse("portal:shared-card", args=[token]))
    return render(request, "portal/cards/month_card.html", context)


@require_safe
def shared_card(request: HttpRequest, card: str) -> HttpResponse:
    """Show a card to whoever has its address. It leads to no account."""
    shown = read_card(card)
    if shown is None:
        raise Http404
    picture = reverse("portal:shared-card-picture", args=[card])
    context = {"card": shown, "picture": picture, "picture_address": request.build_absolute_uri(picture)}
    response = render(request, "portal/cards/shared_card.html", context)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def shared_card_picture(request: HttpRequest, card: str) -> HttpResponse:
    """Give the picture of a card. It shows the same to everybody, so that everybody may keep it for a day."""
    shown = read_card(card)
    if shown is None:
        raise Http404
    response = HttpResponse(draw_card(shown), content_type="image/png")
    response.headers["Cache-Control"] = f"public, max-age={A_DAY_S}, immutable"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
