"""The customer's own page: how he reads, which account, sign out."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.identity import actions as identity
from gridhall.apps.identity.kinds import AppearanceKind, ReadingModeKind
from gridhall.interfaces.portal.account_pages import account_context, account_page, choose_account
from gridhall.interfaces.shared.addresses import get_next_address
from gridhall.interfaces.shared.preferences import LANGUAGES, Preferences, keep_on_device, read_preferences


@require_safe
@account_page
def mine(request: HttpRequest) -> HttpResponse:
    """Show language, size of type, appearance, accounts, and the way out."""
    views = accounts.list_accounts(viewer=request.user, at=request.at)
    context = account_context(request, tab="mine") | {"accounts": views, "account": choose_account(request, views)}
    return render(request, "portal/mine/mine.html", context)


CHOICES = {"language": LANGUAGES, "appearance": set(AppearanceKind.values), "reading_mode": set(ReadingModeKind.values)}


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Change how pages look, for the user who is signed in and for the device."""
    wanted = {name: request.POST[name] for name in CHOICES if name in request.POST}
    if any(value not in CHOICES[name] for name, value in wanted.items()):
        raise BadRequest
    if request.user.is_authenticated and wanted:
        identity.update_preferences(user=request.user, **wanted, at=timezone.now(), actor=str(request.user.mrid))
    known = read_preferences(request)
    changed = Preferences(
        language=wanted.get("language", known.language),
        appearance=wanted.get("appearance", known.appearance),
        reading_mode=wanted.get("reading_mode", known.reading_mode),
    )
    response = redirect(get_next_address(request, usual="portal:home"))
    keep_on_device(response, changed)
    return response
