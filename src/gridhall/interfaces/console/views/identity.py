"""How staff come in: password or passkey, then the second factor, which is set up at the first sign-in."""

from __future__ import annotations

from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from gridhall.apps.identity import actions as identity
from gridhall.apps.identity import queries
from gridhall.core.errors import BusinessError
from gridhall.integrations.sign_in import has_directory
from gridhall.interfaces.console.forms_identity import SecondFactorForm, StaffSignInForm
from gridhall.interfaces.shared.addresses import get_next_address
from gridhall.interfaces.shared.preferences import keep_on_device, read_preferences
from gridhall.interfaces.shared.session_watch import keep_known_device, take_reason
from gridhall.interfaces.shared.words_identity import REASONS, word_refusal

GET_AND_POST = ["GET", "HEAD", "POST"]


def go_on(request: HttpRequest, following: str) -> HttpResponse:
    """Lead somebody who is signed in to where he may go now."""
    user: Any = request.user
    if not user.is_staff:
        return redirect("portal:home")
    if queries.has_second_factor(request):
        return redirect(following)
    page = "console:second-factor" if queries.has_second_factor_set_up(user) else "console:second-factor-set-up"
    return redirect(f"{reverse(page)}?{urlencode({'next': following})}")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(GET_AND_POST)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Take phone and password of a member of staff, then lead to his second factor."""
    following = get_next_address(request, usual="console:home")
    if request.user.is_authenticated:
        return go_on(request, following)
    form = StaffSignInForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            identity.sign_in(request=request, **form.cleaned_data, at=timezone.now())
        except identity.UnableToSignIn as refusal:
            form.refuse(refusal)
        else:
            response = go_on(request, following)
            keep_on_device(response, read_preferences(request))
            keep_known_device(request, response)
            return response
    context = {"form": form, "next": following, "reason": REASONS.get(take_reason(request), "")}
    context["has_directory"] = has_directory()
    return render(request, "console/identity/sign_in.html", context, status=form.status)


@never_cache
@require_http_methods(GET_AND_POST)
def second_factor(request: HttpRequest) -> HttpResponse:
    """Take the code of the app, or a recovery code."""
    following = get_next_address(request, usual="console:home")
    user: Any = request.user
    if not _is_half_way(request) or not queries.has_second_factor_set_up(user):
        return redirect(f"{reverse('console:sign-in')}?{urlencode({'next': following})}")
    form = SecondFactorForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            identity.show_second_factor(request=request, **form.cleaned_data, at=timezone.now())
            return redirect(following)
        except identity.UnableToShowSecondFactor as refusal:
            form.refuse(refusal)
    context = _second_factor_context(user, form, following)
    return render(request, "console/identity/second_factor.html", context, status=form.status)


def _second_factor_context(user: Any, form: SecondFactorForm, following: str) -> dict[str, Any]:
    return {
        "form": form,
        "next": following,
        "has_app": queries.has_authenticator(user),
        "has_passkey": bool(queries.list_passkeys(viewer=user)),
    }


@never_cache
@require_POST
def second_factor_options(request: HttpRequest) -> HttpResponse:
    """Tell the browser what to ask its passkeys; before signing in and for the second factor."""
    if not request.user.is_authenticated:
        request.session.set_expiry(1800)
    told = identity.begin_passkey_sign_in(request=request, at=timezone.now())
    return HttpResponse(told, content_type="application/json")


@never_cache
@require_POST
def second_factor_passkey(request: HttpRequest) -> HttpResponse:
    """Let in by a passkey alone, or take it as the second factor."""
    following = get_next_address(request, usual="console:home")
    told: dict[str, Any] = {"credential": request.POST.get("credential", ""), "at": timezone.now()}
    try:
        if _is_half_way(request):
            identity.show_passkey(request=request, **told)
        else:
            identity.sign_in_by_passkey(request=request, **told)
    except (identity.UnableToSignIn, identity.UnableToShowSecondFactor) as refusal:
        context = {"failure": word_refusal(refusal), "next": following}
        return render(request, "console/identity/second_factor_passkey.html", context)
    response = go_on(request, following)
    keep_known_device(request, response)
    return response


@never_cache
@require_http_methods(GET_AND_POST)
def second_factor_set_up(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app; then show the recovery codes, this once."""
    following = get_next_address(request, usual="console:home")
    user: Any = request.user
    if not user.is_authenticated or not user.is_staff:
        return redirect("console:sign-in")
    if queries.has_second_factor_set_up(user) and not queries.has_second_factor(request):
        return redirect(f"{reverse('console:second-factor')}?{urlencode({'next': following})}")
    form = SecondFactorForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            codes = identity.confirm_authenticator(request=request, **form.cleaned_data, at=timezone.now())
            return _show_recovery_codes(request, codes, following)
        except identity.UnableToSetUpSecondFactor as refusal:
            form.refuse(refusal)
    secret = identity.begin_authenticator(request=request)
    address = queries.make_authenticator_address(secret, user=user)
    drawn = segno.make(address, error="m")
    context = {
        "form": form,
        "next": following,
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "qr": drawn.svg_data_uri(scale=4, border=0, svgclass=None, lineclass=None),
        "is_renewal": queries.has_second_factor(request),
    }
    return render(request, "console/identity/second_factor_set_up.html", context, status=form.status)


def _show_recovery_codes(request: HttpRequest, codes: list[str], following: str) -> HttpResponse:
    context = {"codes": codes, "next": following}
    return render(request, "console/identity/_recovery_codes.html", context)


@never_cache
@require_POST
def second_factor_set_up_options(request: HttpRequest) -> HttpResponse:
    """Tell the browser what passkey to make for a member of staff."""
    try:
        told = identity.begin_passkey(request=request, at=timezone.now())
    except BusinessError as refusal:
        return HttpResponse(word_refusal(refusal), status=403, content_type="text/plain")
    return HttpResponse(told, content_type="application/json")


@never_cache
@require_POST
def second_factor_set_up_passkey(request: HttpRequest) -> HttpResponse:
    """Keep a first passkey as the second factor, and show the recovery codes."""
    following = get_next_address(request, usual="console:home")
    at = timezone.now()
    if not _is_half_way(request):
        return redirect("console:sign-in")
    try:
        passkey = identity.add_passkey(request=request, credential=request.POST.get("credential", ""), name="", at=at)
        codes = identity.trust_first_passkey(request=request, passkey=passkey, at=at)
    except BusinessError as refusal:
        context = {"failure": word_refusal(refusal), "next": following}
        return render(request, "console/identity/second_factor_set_up_passkey.html", context)
    return _show_recovery_codes(request, codes, following)


@never_cache
@require_POST
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make fresh recovery codes and show them, this once."""
    user: Any = request.user
    if not user.is_authenticated or not user.is_staff:
        return redirect("console:sign-in")
    if not queries.is_proved(request, at=timezone.now()):
        return redirect(f"{reverse('portal:proof')}?{urlencode({'next': reverse('portal:security')})}")
    try:
        codes = identity.renew_recovery_codes(request=request, at=timezone.now())
    except identity.UnableToSetUpSecondFactor:
        return redirect("console:second-factor-set-up")
    return _show_recovery_codes(request, codes, reverse("console:home"))


def _is_half_way(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.is_authenticated and user.is_staff and not queries.has_second_factor(request))
