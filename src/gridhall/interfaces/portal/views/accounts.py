"""Choosing the account to look at."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from gridhall.interfaces.portal.account_pages import SESSION_KEY, account_context, account_page
from gridhall.interfaces.shared.addresses import get_next_address


@require_safe
@account_page
def account_list(request: HttpRequest) -> HttpResponse:
    """Show the accounts to choose from, for a browser without the sheet."""
    return render(request, "portal/accounts/account_list.html", account_context(request, tab="mine"))


@require_POST
@account_page
def account_switch(request: HttpRequest) -> HttpResponse:
    """Look at another account from now on, in this session."""
    number = request.POST.get("account", "")
    if all(view.number != number for view in request.account_views):
        raise Http404
    request.session[SESSION_KEY] = number
    return redirect(get_next_address(request, usual="portal:home"))
