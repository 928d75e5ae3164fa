"""One's accounts: which to look at, what they are called, in which order, and letting go of one."""

from __future__ import annotations

import uuid
from contextlib import suppress

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.accounts import actions, queries
from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.interfaces.portal import words_accounts as words
from gridhall.interfaces.portal.account_forms import TagForm
from gridhall.interfaces.portal.account_pages import SESSION_KEY, account_context, account_page, signed_in_page
from gridhall.interfaces.shared.addresses import get_next_address

ACCOUNTS_A_PAGE = 20
LONGEST_SEARCH = 40
MOVES = {"up": -1, "down": 1}


@require_safe
@account_page
def account_list(request: HttpRequest) -> HttpResponse:
    """Show the accounts to choose from, page by page; `?q=` finds by tag, masked name or number."""
    find, found = _find(request, request.account_views)
    page = Paginator(found, ACCOUNTS_A_PAGE).get_page(request.GET.get("page"))
    following = get_next_address(request, usual="portal:home")
    context = {"page": page, "choices": page.object_list, "find": find, "next": following}
    context["kept"] = urlencode({"q": find, "next": following})
    return render(request, "portal/accounts/account_list.html", {**account_context(request, tab="mine"), **context})


def _find(request: HttpRequest, views: list[queries.AccountView]) -> tuple[str, list[queries.AccountView]]:
    """Give what is looked for by `?q=`, and the accounts that fit it by tag, masked name or number."""
    find = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    digits = find.replace(" ", "")
    return find, [
        view
        for view in views
        if digits in view.number or find.casefold() in f"{view.tag} {view.name_masked}".casefold()
    ]


@require_POST
@account_page
def account_switch(request: HttpRequest) -> HttpResponse:
    """Look at another account from now on, in this session."""
    number = request.POST.get("account", "")
    if all(view.number != number for view in request.account_views):
        raise Http404
    request.session[SESSION_KEY] = number
    return redirect(get_next_address(request, usual="portal:home"))


@require_safe
@signed_in_page
def account_manage(request: HttpRequest) -> HttpResponse:
    """
    Show all accounts with their names and order, what was unbound a moment ago, and the way to bind another.

    Who has many finds them by `?q=` and turns pages; they are put in order where all are shown.
    """
    views = queries.list_accounts(viewer=request.user, at=request.at)
    find, found = _find(request, views)
    page = Paginator(found, ACCOUNTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "mine",
        "views": views,
        "page": page,
        "find": find,
        "kept": urlencode({"q": find}),
        "is_long": len(views) > ACCOUNTS_A_PAGE,
        "is_ordered": len(views) > 2 and not find,
        "places_before": page.start_index() - 1,
        "undoable": queries.find_undoable(viewer=request.user, at=request.at),
        "offers": queries.list_offers(viewer=request.user, at=request.at),
        "told": words.TOLD.get(request.GET.get("told", "")),
        "refused": words.RESTORING.get(request.GET.get("refused", "")),
    }
    return render(request, "portal/accounts/account_manage.html", context)


@require_POST
@signed_in_page
def account_move(request: HttpRequest) -> HttpResponse:
    """Move an account up or down in one's own order; the main one stays first. Pressed twice at once it moves once."""
    views = queries.list_accounts(viewer=request.user, at=request.at, with_places=False)
    mrids = [view.access_mrid for view in views]
    wanted, step = request.POST.get("access", ""), MOVES.get(request.POST.get("move", ""))
    position = next((place for place, mrid in enumerate(mrids) if str(mrid) == wanted), None)
    if position is None or step is None:
        raise Http404
    if request.POST.get("place", str(position)) != str(position):  # it was moved since the page was drawn
        return redirect("portal:account-manage")
    target = position + step
    first = 1 if views[0].is_main else 0
    if position >= first and first <= target < len(mrids):
        mrids[position], mrids[target] = mrids[target], mrids[position]
        actions.order_accounts(user=request.user, mrids=mrids, at=request.at, actor=str(request.user.mrid))
        position = target
    page = position // ACCOUNTS_A_PAGE + 1
    return redirect(reverse("portal:account-manage") + (f"?page={page}" if page > 1 else ""))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def account_detail(request: HttpRequest, access: uuid.UUID) -> HttpResponse:
    """Show one of one's accounts: its name, who sees it, and what one may do with it; change its name."""
    view = queries.get_account_view(access_mrid=access, viewer=request.user, at=request.at)
    form = TagForm(initial={"tag": view.tag})
    if request.method == "POST":
        form = TagForm(request.POST)
        if form.is_valid():
            held = queries.find_own_access(mrid=access, viewer=request.user)
            is_main = request.POST.get("main") == "1"
            tag = None if is_main else form.cleaned_data["tag"]
            actions.label_access(
                access=held, user=request.user, tag=tag, make_main=is_main, at=request.at, actor=str(request.user.mrid)
            )
            if is_main:
                request.session[SESSION_KEY] = view.number
            told = urlencode({"told": "main" if is_main else "tagged"})
            return redirect(f"{reverse('portal:account-detail', kwargs={'access': access})}?{told}")
    context = {
        "tab": "mine",
        "view": view,
        "form": form,
        "tags": words.TAGS,
        "manages": AccessScopeKind.MANAGE in view.scopes,
        "told": words.TOLD.get(request.GET.get("told", "")),
    }
    return render(request, "portal/accounts/account_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def account_unbind(request: HttpRequest, access: uuid.UUID) -> HttpResponse:
    """Say what unbinding does, and do it; for half an hour it can be taken back."""
    held = queries.find_own_access(mrid=access, viewer=request.user)
    if request.method == "POST":
        with suppress(actions.UnableToRevokeAccess):  # pressed twice: it is done
            actions.revoke_access(access=held, by=request.user, at=request.at, actor=str(request.user.mrid))
        if request.session.get(SESSION_KEY) == held.account.number:
            del request.session[SESSION_KEY]
        return redirect(f"{reverse('portal:account-manage')}?told=unbound")
    view = queries.get_account_view(access_mrid=access, viewer=request.user, at=request.at)
    dependents = queries.count_dependents(account=held.account, viewer=request.user, at=request.at)
    context = {"tab": "mine", "view": view, "dependents": dependents}
    return render(request, "portal/accounts/account_unbind.html", context)


@require_POST
@signed_in_page
def account_restore(request: HttpRequest, access: uuid.UUID) -> HttpResponse:
    """Take back an unbinding."""
    held = queries.find_own_access(mrid=access, viewer=request.user)
    try:
        actions.restore_access(access=held, user=request.user, at=request.at, actor=str(request.user.mrid))
    except actions.UnableToRestoreAccess as refusal:
        return redirect(f"{reverse('portal:account-manage')}?{urlencode({'refused': refusal.code})}")
    return redirect(f"{reverse('portal:account-manage')}?told=restored")
