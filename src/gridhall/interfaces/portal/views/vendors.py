"""Signing in by WeChat and Alipay; and the page on which one chooses a person where the sandbox plays them."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gridhall.apps.identity import actions as identity
from gridhall.integrations import sign_in as vendors
from gridhall.interfaces.portal.code_flow import ask_for_code, forget_code, get_code_asked
from gridhall.interfaces.portal.forms_identity import CodeForm, PhoneForm
from gridhall.interfaces.portal.views.identity import GET_AND_POST, let_in
from gridhall.interfaces.shared.addresses import get_next_address
from gridhall.interfaces.shared.words_identity import PROVIDERS, REFUSALS, word_refusal

_STATE, _PENDING = "vendor_state", "vendor_pending"
_LIVES_S = 600


@never_cache
@require_safe
def vendor_start(request: HttpRequest, provider: str) -> HttpResponse:
    """Lead to the vendor's page; signed in, it is to link the user, otherwise to sign in."""
    asked = _get_provider(request, provider)
    following = get_next_address(request, usual="portal:home")
    state = secrets.token_urlsafe(24)
    is_linking = request.user.is_authenticated
    if not is_linking:
        request.session.set_expiry(1800)
    request.session[_STATE] = [state, provider.upper(), following, is_linking, timezone.now().timestamp()]
    return redirect(asked.make_authorize_address(redirect_uri=_come_back_to(request, provider), state=state))


@never_cache
@require_safe
def vendor_return(request: HttpRequest, provider: str) -> HttpResponse:
    """Take who came back from the vendor: let in, link, or ask for the phone."""
    asked = _get_provider(request, provider)
    kept: Any = request.session.pop(_STATE, None)
    given = request.GET.get("state", "")
    is_ours = kept is not None and constant_time_compare(kept[0], given) and kept[1] == provider.upper()
    if not is_ours or timezone.now().timestamp() - kept[4] > _LIVES_S or kept[3] != request.user.is_authenticated:
        return _say_failure(request, provider, str(REFUSALS["too-late"]))
    try:
        person = asked.fetch_person(request.GET.get(asked.code_field, ""))
        told: dict[str, Any] = {"provider": provider.upper(), "subject": person.subject, "at": timezone.now()}
        if kept[3]:
            identity.link_own(request=request, **told)
            return redirect("portal:security")
        identity.sign_in_linked(request=request, **told)
    except identity.UnableToSignIn as refusal:
        if refusal.code != "unknown-link":
            return _say_failure(request, provider, word_refusal(refusal))
        request.session[_PENDING] = [provider.upper(), person.subject, kept[2]]
        return redirect("portal:vendor-phone")
    except (vendors.UnableToSignInThere, identity.UnableToLink) as refusal:
        return _say_failure(request, provider, word_refusal(refusal))
    return let_in(request, kept[2])


@never_cache
@require_http_methods(GET_AND_POST)
def vendor_phone(request: HttpRequest) -> HttpResponse:
    """Ask somebody whom only the vendor knows for his phone, and send a code to it."""
    pending = request.session.get(_PENDING)
    if pending is None or request.user.is_authenticated:
        return redirect("portal:sign-in")
    form = PhoneForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            ask_for_code(request, phone=form.cleaned_data["phone"], purpose="LINK", following=pending[2])
            return redirect("portal:vendor-code")
        except identity.UnableToSendCode as refusal:
            form.refuse(refusal)
    context = {"form": form, "provider": PROVIDERS[pending[0]], "next": pending[2]}
    return render(request, "portal/identity/vendor_phone.html", context, status=form.status)


@never_cache
@require_http_methods(GET_AND_POST)
def vendor_code(request: HttpRequest) -> HttpResponse:
    """Take the code that was sent, link, and let in."""
    pending, asked = request.session.get(_PENDING), get_code_asked(request, "LINK")
    if pending is None or asked is None or request.user.is_authenticated:
        return redirect("portal:vendor-phone")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            identity.link_by_code(
                request=request, provider=pending[0], subject=pending[1], mrid=asked.mrid, phone=asked.phone,
                code=form.cleaned_data["code"], at=timezone.now(),
            )  # fmt: skip
        except (identity.UnableToUseCode, identity.UnableToSignIn, identity.UnableToLink) as refusal:
            form.refuse(refusal)
            if isinstance(refusal, identity.UnableToLink):
                forget_code(request)
        else:
            request.session.pop(_PENDING, None)
            return let_in(request, pending[2])
    context = {"form": form, "asked": asked, "provider": PROVIDERS[pending[0]], "next": asked.following}
    return render(request, "portal/identity/vendor_code.html", context, status=form.status)


@never_cache
@require_safe
def sandbox_vendor(request: HttpRequest, provider: str) -> HttpResponse:
    """Play the vendor's page: choose who one is there. Only where the sandbox plays the vendors."""
    if not vendors.is_sandbox() or provider.upper() not in PROVIDERS:
        raise Http404
    field = "code" if provider == "wechat" else "auth_code"
    choices = [
        (name, f"{_come_back_to(request, provider)}?{urlencode({field: code, 'state': request.GET.get('state', '')})}")
        for person, name in vendors.PERSONS.items()
        for code in [vendors.get_sandbox().make_code(provider.upper(), person)]
    ]
    context = {"provider": PROVIDERS[provider.upper()], "choices": choices}
    return render(request, "portal/identity/sandbox_vendor.html", context)


def _get_provider(request: HttpRequest, provider: str) -> vendors.SignInProvider:
    page = request.build_absolute_uri(reverse("portal:sandbox-vendor", args=[provider]))
    found = vendors.get_provider(provider.upper(), sandbox_page=page)
    if found is None:
        raise Http404
    return found


def _come_back_to(request: HttpRequest, provider: str) -> str:
    return request.build_absolute_uri(reverse("portal:vendor-return", args=[provider]))


def _say_failure(request: HttpRequest, provider: str, failure: str) -> HttpResponse:
    context = {"provider": PROVIDERS[provider.upper()], "failure": failure}
    return render(request, "portal/identity/vendor_return.html", context)
