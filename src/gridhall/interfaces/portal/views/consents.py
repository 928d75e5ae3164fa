"""What one agreed to, each thing by itself."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from gridhall.apps.accounts import actions, queries
from gridhall.apps.accounts.kinds import ConsentKind
from gridhall.interfaces.portal import words_accounts as words
from gridhall.interfaces.portal.account_pages import signed_in_page

SOURCE = "网上电厅"


@require_safe
@signed_in_page
def consent_list(request: HttpRequest) -> HttpResponse:
    """Show each consent, when it was given, and how to take it back."""
    context = {
        "tab": "mine",
        "parties": queries.list_consents(viewer=request.user, at=request.at),
        "told": words.TOLD.get(request.GET.get("told", "")),
    }
    return render(request, "portal/consents/consent_list.html", context)


@require_POST
@signed_in_page
def consent_change(request: HttpRequest) -> HttpResponse:
    """Give a consent or take it back; pressed twice it is as after once."""
    kind, wanted = request.POST.get("kind", ""), request.POST.get("wanted", "")
    if kind not in ConsentKind.values or wanted not in ("yes", "no"):
        raise BadRequest
    party = queries.find_own_party(mrid=request.POST.get("party", ""), viewer=request.user, at=request.at)
    common = {"party": party, "kind": kind, "at": request.at, "actor": str(request.user.mrid)}
    try:
        if wanted == "yes":
            actions.give_consent(source=SOURCE, **common)
        else:
            actions.withdraw_consent(**common)
    except (actions.UnableToGiveConsent, actions.UnableToWithdrawConsent):
        pass  # it is so already
    told = "consented" if wanted == "yes" else "unconsented"
    return redirect(f"{reverse('portal:consent-list')}?told={told}")
