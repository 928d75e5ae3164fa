"""Who sees my account, and what I may see: offers, changes, ends, and the history."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.accounts import actions, queries
from gridhall.interfaces.portal import words_accounts as words
from gridhall.interfaces.portal.account_forms import ChangeForm, ShareForm
from gridhall.interfaces.portal.account_pages import signed_in_page


@require_safe
@signed_in_page
def sharing_list(request: HttpRequest, access: uuid.UUID) -> HttpResponse:
    """Show who sees an account, and to whom access was offered."""
    view = queries.get_account_view(access_mrid=access, viewer=request.user, at=request.at)
    common: dict[str, Any] = {"account": view.account, "viewer": request.user, "at": request.at}
    context = {
        "tab": "mine",
        "view": view,
        "accesses": queries.list_accesses(**common),
        "invitations": queries.list_invitations(**common),
        "told": words.TOLD.get(request.GET.get("told", "")),
        "refused": words.SHARING.get(request.GET.get("refused", "")),
    }
    return render(request, "portal/sharing/sharing_list.html", context)


@require_safe
@signed_in_page
def sharing_history(request: HttpRequest, access: uuid.UUID) -> HttpResponse:
    """Show who could see an account when."""
    view = queries.get_account_view(access_mrid=access, viewer=request.user, at=request.at)
    history = queries.list_access_history(account=view.account, viewer=request.user, at=request.at)
    return render(request, "portal/sharing/sharing_history.html", {"tab": "mine", "view": view, "history": history})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def sharing_invite(request: HttpRequest, access: uuid.UUID) -> HttpResponse:
    """Offer access to a phone number."""
    view = _get_managed(request, access)
    common = {"held": view.scopes, "today": timezone.localdate(request.at), "ends_on": view.ends_on}
    usual = [scope for scope in ("VIEW_BILLS", "VIEW_USAGE", "PAY") if scope in view.scopes]
    form = ShareForm(initial={"role": "FAMILY", "scopes": usual}, **common)
    if request.method == "POST":
        form = ShareForm(request.POST, **common)
        if form.is_valid():
            given = form.cleaned_data
            try:
                actions.invite_to_account(
                    account=view.account,
                    inviter=request.user,
                    phone=given["phone"],
                    role=given["role"],
                    scopes=given["scopes"],
                    ends_on=form.get_ends_on(),
                    called=given["called"],
                    at=request.at,
                    actor=str(request.user.mrid),
                )
            except actions.UnableToInvite as refusal:
                form.add_error(_field_of(refusal.code), words.get_refusal(words.SHARING, refusal.code))
            else:
                return _to_list(access, told="invited")
    return render(request, "portal/sharing/sharing_invite.html", {"tab": "mine", "view": view, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def sharing_detail(request: HttpRequest, access: uuid.UUID, other: uuid.UUID) -> HttpResponse:
    """Change what someone else may do with an account."""
    view = _get_managed(request, access)
    common: dict[str, Any] = {"account": view.account, "viewer": request.user, "at": request.at}
    changed = queries.find_access_of(mrid=other, **common)
    shown = next((one for one in queries.list_accesses(**common) if one.mrid == other), None)
    if shown is None or not shown.may_change:
        return _to_list(access, refused="already-ended" if shown is None else "may-not")
    limits = {"held": view.scopes, "today": timezone.localdate(request.at), "ends_on": view.ends_on}
    last_day = changed.ends_on - timedelta(days=1) if changed.ends_on else None
    form = ChangeForm(initial={"called": changed.called, "scopes": changed.scopes, "last_day": last_day}, **limits)
    if request.method == "POST":
        form = ChangeForm(request.POST, **limits)
        if form.is_valid():
            try:
                actions.change_access(
                    access=changed,
                    by=request.user,
                    scopes=form.cleaned_data["scopes"],
                    ends_on=form.get_ends_on(),
                    called=form.cleaned_data["called"],
                    at=request.at,
                    actor=str(request.user.mrid),
                )
            except actions.UnableToChangeAccess as refusal:
                form.add_error(_field_of(refusal.code), words.get_refusal(words.SHARING, refusal.code))
            else:
                return _to_list(access, told="changed")
    context = {"tab": "mine", "view": view, "shown": shown, "form": form}
    return render(request, "portal/sharing/sharing_detail.html", context)


@require_POST
@signed_in_page
def sharing_end(request: HttpRequest, access: uuid.UUID, other: uuid.UUID) -> HttpResponse:
    """End what someone else may do with an account; he sees nothing from the next click on."""
    view = _get_managed(request, access)
    ended = queries.find_access_of(account=view.account, mrid=other, viewer=request.user, at=request.at)
    try:
        actions.revoke_access(access=ended, by=request.user, at=request.at, actor=str(request.user.mrid))
    except actions.UnableToRevokeAccess as refusal:
        if refusal.code != "already-ended":
            return _to_list(access, refused=refusal.code)
    return _to_list(access, told="ended")


@require_POST
@signed_in_page
def sharing_withdraw(request: HttpRequest, access: uuid.UUID, invitation: uuid.UUID) -> HttpResponse:
    """Take an offer back."""
    view = _get_managed(request, access)
    found = queries.find_invitation(account=view.account, mrid=invitation, viewer=request.user, at=request.at)
    try:
        actions.withdraw_invitation(invitation=found, by=request.user, at=request.at, actor=str(request.user.mrid))
    except actions.UnableToAnswerInvitation as refusal:
        if refusal.code != "withdrawn":
            return _to_list(access, refused=refusal.code)
    return _to_list(access, told="withdrawn")


@require_safe
@signed_in_page
def invitation_list(request: HttpRequest) -> HttpResponse:
    """Show what is offered to the viewer, and what others let him see."""
    views = queries.list_accounts(viewer=request.user, at=request.at)
    context = {
        "tab": "mine",
        "offers": queries.list_offers(viewer=request.user, at=request.at),
        "views": [view for view in views if view.role != "OWNER"],
        "has_proved_phone": request.user.phone_verified_at is not None,
        "told": words.TOLD.get(request.GET.get("told", "")),
        "refused": words.SHARING.get(request.GET.get("refused", "")),
    }
    return render(request, "portal/sharing/invitation_list.html", context)


@require_POST
@signed_in_page
def invitation_answer(request: HttpRequest, invitation: uuid.UUID) -> HttpResponse:
    """Accept or decline an offer."""
    offer = queries.find_offer(mrid=invitation, viewer=request.user)
    common: dict[str, Any] = {"invitation": offer, "user": request.user, "at": request.at}
    address = reverse("portal:invitation-list")
    try:
        if request.POST.get("answer") == "accept":
            bound = actions.accept_invitation(**common, actor=str(request.user.mrid))
            address, told = reverse("portal:account-detail", kwargs={"access": bound.mrid}), "accepted"
        else:
            actions.decline_invitation(**common, actor=str(request.user.mrid))
            told = "declined"
    except actions.UnableToAnswerInvitation as refusal:
        return redirect(f"{address}?{urlencode({'refused': refusal.code})}")
    return redirect(f"{address}?{urlencode({'told': told})}")


def _get_managed(request: HttpRequest, access: uuid.UUID) -> queries.AccountView:
    view = queries.get_account_view(access_mrid=access, viewer=request.user, at=request.at)
    if "MANAGE" not in view.scopes:
        raise queries.AccessDenied
    return view


def _field_of(code: str) -> str | None:
    """Which field a refusal is about."""
    return {
        "no-phone-number": "phone",
        "own-number": "phone",
        "already-sees": "phone",
        "no-scope": "scopes",
        "beyond-scopes": "scopes",
        "days": "last_day",
        "beyond-end": "last_day",
    }.get(code)


def _to_list(access: uuid.UUID, **more: str) -> HttpResponse:
    return redirect(f"{reverse('portal:sharing-list', kwargs={'access': access})}?{urlencode(more)}")
