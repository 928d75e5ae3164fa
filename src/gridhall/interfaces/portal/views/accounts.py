"""Choosing the account to look at."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from gridhall.interfaces.portal.account_pages import SESSION_KEY, account_context, account_page
from gridhall.interfaces.shared.addresses import get_next_address

ACCOUNTS_A_PAGE = 20
LONGEST_SEARCH = 40


@require_safe
@account_page
def account_list(request: HttpRequest) -> HttpResponse:
    """Show the accounts to choose from, page by page; `?q=` finds by tag, masked name or number."""
    find = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    digits = find.replace(" ", "")
    found = [
        view
        for view in request.account_views
        if digits in view.number or find.casefold() in f"{view.tag} {view.name_masked}".casefold()
    ]
    page = Paginator(found, ACCOUNTS_A_PAGE).get_page(request.GET.get("page"))
    following = get_next_address(request, usual="portal:home")
    context = {"page": page, "choices": page.object_list, "find": find, "next": following}
    context["kept"] = urlencode({"q": find, "next": following})
    return render(request, "portal/accounts/account_list.html", {**account_context(request, tab="mine"), **context})


@require_POST
@account_page
def account_switch(request: HttpRequest) -> HttpResponse:
    """Look at another account from now on, in this session."""
    number = request.POST.get("account", "")
    if all(view.number != number for view in request.account_views):
        raise Http404
    request.session[SESSION_KEY] = number
    return redirect(get_next_address(request, usual="portal:home"))
