"""Signing in by code, password and passkey, a forgotten password, and signing out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from gridhall.apps.identity import actions as identity
from gridhall.integrations import sign_in as vendors
from gridhall.interfaces.portal.code_flow import ask_for_code, forget_code, get_code_asked
from gridhall.interfaces.portal.forms_identity import (
    CodeForm,
    NewPasswordByCodeForm,
    PasswordSignInForm,
    PhoneForm,
)
from gridhall.interfaces.shared.addresses import get_next_address
from gridhall.interfaces.shared.preferences import keep_on_device, read_preferences
from gridhall.interfaces.shared.session_watch import keep_known_device, take_reason
from gridhall.interfaces.shared.words_identity import PROVIDERS, REASONS, word_refusal

GET_AND_POST = ["GET", "HEAD", "POST"]


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(GET_AND_POST)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the phone and send a code to it, or let in by phone and password."""
    following = get_next_address(request, usual="portal:home")
    if request.user.is_authenticated:
        return redirect(following)
    by_password = "password" in request.POST or request.POST.get("by", request.GET.get("by")) == "password"
    kind = PasswordSignInForm if by_password else PhoneForm
    form = kind(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            if by_password:
                identity.sign_in(request=request, **form.cleaned_data, at=timezone.now())
                return let_in(request, following)
            ask_for_code(request, phone=form.cleaned_data["phone"], purpose="SIGN_IN", following=following)
            return redirect("portal:sign-in-code")
        except (identity.UnableToSignIn, identity.UnableToSendCode) as refusal:
            form.refuse(refusal)
    return render(request, "portal/identity/sign_in.html", _entry(request, form, following), status=form.status)


def _entry(request: HttpRequest, form: Any, following: str) -> dict[str, Any]:
    return {
        "form": form,
        "next": following,
        "following": urlencode({"next": following}),
        "by_password": isinstance(form, PasswordSignInForm),
        "reason": REASONS.get(take_reason(request), ""),
        "providers": [(name.lower(), PROVIDERS[name]) for name in vendors.list_providers()],
    }


def let_in(request: HttpRequest, following: str) -> HttpResponse:
    """Go on after signing in; the device keeps how the user reads, and is known from now on."""
    forget_code(request)
    response = redirect(following)
    keep_on_device(response, read_preferences(request))
    keep_known_device(request, response)
    return response


@never_cache
@require_http_methods(GET_AND_POST)
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Take the code that was sent, and let in."""
    asked = get_code_asked(request, "SIGN_IN")
    if request.user.is_authenticated or asked is None:
        return redirect("portal:sign-in")  # which leads home who got in by the first of two clicks
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            identity.sign_in_by_code(
                request=request, mrid=asked.mrid, phone=asked.phone, code=form.cleaned_data["code"], at=timezone.now()
            )
        except identity.UnableToUseCode as refusal:
            if refusal.code == "code-used":
                return redirect("portal:sign-in")
            form.refuse(refusal)
        except identity.UnableToSignIn as refusal:
            form.refuse(refusal)
        else:
            return let_in(request, asked.following)
    context = {"form": form, "asked": asked, "next": asked.following}
    return render(request, "portal/identity/sign_in_code.html", context, status=form.status)


@never_cache
@require_POST
def sign_in_passkey_options(request: HttpRequest) -> HttpResponse:
    """Tell the browser what to ask its passkeys."""
    if not request.user.is_authenticated:
        request.session.set_expiry(1800)
    told = identity.begin_passkey_sign_in(request=request, at=timezone.now())
    return HttpResponse(told, content_type="application/json")


@never_cache
@require_POST
def sign_in_passkey(request: HttpRequest) -> HttpResponse:
    """Let in by a passkey."""
    following = get_next_address(request, usual="portal:home")
    try:
        identity.sign_in_by_passkey(request=request, credential=request.POST.get("credential", ""), at=timezone.now())
    except identity.UnableToSignIn as refusal:
        form = PhoneForm(None)
        context = _entry(request, form, following) | {"failure": word_refusal(refusal)}
        return render(request, "portal/identity/sign_in_passkey.html", context)
    return let_in(request, following)


@never_cache
@require_http_methods(GET_AND_POST)
def forgotten_password(request: HttpRequest) -> HttpResponse:
    """Ask for the phone and send a code by which a new password is set."""
    following = get_next_address(request, usual="portal:home")
    form = PhoneForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            ask_for_code(request, phone=form.cleaned_data["phone"], purpose="NEW_PASSWORD", following=following)
            return redirect("portal:new-password")
        except identity.UnableToSendCode as refusal:
            form.refuse(refusal)
    context = {"form": form, "next": following}
    return render(request, "portal/identity/forgotten_password.html", context, status=form.status)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(GET_AND_POST)
def new_password(request: HttpRequest) -> HttpResponse:
    """Set a new password by the code that was sent, and let in."""
    asked = get_code_asked(request, "NEW_PASSWORD")
    if asked is None:
        return redirect("portal:forgotten-password")
    form = NewPasswordByCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            identity.reset_password(
                request=request, mrid=asked.mrid, phone=asked.phone, **form.cleaned_data, at=timezone.now()
            )
        except (identity.UnableToUseCode, identity.UnableToChangePassword, identity.UnableToSignIn) as refusal:
            form.refuse(refusal)
        else:
            return let_in(request, asked.following)
    context = {"form": form, "asked": asked, "next": asked.following}
    return render(request, "portal/identity/new_password.html", context, status=form.status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and tell the browser to forget what it kept of it."""
    is_staff = bool(getattr(request.user, "is_staff", False))
    identity.sign_out(request=request, at=timezone.now())
    response = redirect(reverse("console:sign-in") if is_staff else reverse("portal:sign-in"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def answer_lockout(request: HttpRequest, response: HttpResponse | None, credentials: object = None) -> HttpResponse:
    """Let the sign-in page answer for itself when too much was tried (for axes, which would replace it)."""
    return response if response is not None else HttpResponse(status=429)
