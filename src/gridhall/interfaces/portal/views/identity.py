"""Signing in and out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from gridhall.apps.identity import actions as identity
from gridhall.interfaces.portal.forms import SignInForm
from gridhall.interfaces.shared.addresses import get_next_address
from gridhall.interfaces.shared.preferences import keep_on_device, read_preferences


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let a customer in by phone number and password."""
    following = get_next_address(request, usual="portal:home")
    if request.user.is_authenticated:
        return redirect(following)
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        try:
            identity.sign_in(request=request, **form.cleaned_data, at=timezone.now())
        except identity.UnableToSignIn as refusal:
            status = form.refuse(refusal.code)
        else:
            response = redirect(following)
            keep_on_device(response, read_preferences(request))
            return response
    context = {"form": form, "next": following, "is_throttled": status == SignInForm.THROTTLED}
    return render(request, "portal/identity/sign_in.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and tell the browser to forget what it kept of it."""
    identity.sign_out(request=request, at=timezone.now())
    response = redirect("portal:sign-in")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def answer_lockout(request: HttpRequest, response: HttpResponse | None, credentials: object = None) -> HttpResponse:
    """Let the sign-in page answer for itself when too much was tried (for axes, which would replace it)."""
    return response if response is not None else HttpResponse(status=429)
