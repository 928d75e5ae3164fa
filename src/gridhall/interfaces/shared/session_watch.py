"""Every request of a signed-in person: may his session go on, and did staff show their second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from gridhall.apps.identity import actions as identity
from gridhall.apps.identity import queries
from gridhall.interfaces.shared.device_keys import forget_key_of_other_session

WHY_COOKIE = "gridhall_why"
OPEN_BEFORE_SECOND_FACTOR = frozenset(
    {
        "console:sign-in",
        "console:second-factor",
        "console:second-factor-passkey",
        "console:second-factor-options",
        "console:second-factor-set-up",
        "console:second-factor-set-up-options",
        "console:second-factor-set-up-passkey",
        "console:sign-out",
        "console:oidc-start",
        "console:oidc-return",
        "portal:sign-out",
        "portal:preferences",
        "portal:offline",
        "portal:service-worker",
        "portal:manifest",
    }
)


class SessionWatchMiddleware:
    """
    Ends sessions that are too old, idle, or come from another device, and keeps half signed-in staff out.

    Why a session ended is told on the sign-in page; a cookie carries it there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        breach = identity.watch_session(request=request, at=timezone.now())
        response = self.get_response(request)
        forget_key_of_other_session(request, response)
        if breach is not None:
            response.set_cookie(
                WHY_COOKIE, breach, max_age=300, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
            )
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Lead staff without their second factor to it, whatever they asked for."""
        user: Any = request.user
        if not user.is_authenticated or not user.is_staff or queries.has_second_factor(request):
            return None
        if request.resolver_match is not None and request.resolver_match.view_name in OPEN_BEFORE_SECOND_FACTOR:
            return None
        wanted = request.get_full_path() if request.method in ("GET", "HEAD") else ""
        address = reverse("console:sign-in")
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": address})
        return redirect(f"{address}?{urlencode({'next': wanted})}" if wanted else address)


def take_reason(request: HttpRequest) -> str:
    """Give why the last session on this device ended (a SessionEndKind), empty for no reason worth telling."""
    return request.COOKIES.get(WHY_COOKIE, "")


def keep_known_device(request: HttpRequest, response: HttpResponse) -> None:
    """Let this device be known as one of the user's after he was let in; forget why the last session ended."""
    user: Any = request.user
    if user.is_authenticated:
        response.set_cookie(
            queries.KNOWN_DEVICE_COOKIE,
            queries.make_known_device(request, user),
            max_age=400 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        response.delete_cookie(WHY_COOKIE)
