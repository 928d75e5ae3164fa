"""What every page of the console starts with: who asks, in which role, at which moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.identity import queries as identity

SIGN_IN = "/console/sign-in/"
SECOND_FACTOR = "second_factor"
"""In the session, how a member of staff proved himself a second time."""
Page = Callable[..., HttpResponse]


def staff_page(*roles: str) -> Callable[[Page], Page]:
    """
    Let in members of staff who hold one of these roles (without any: all who hold a role at all).

    Who is not signed in, or has not yet shown his second factor, is led to the console's sign-in page. To a customer
    the console does not exist (404); staff without the role are told so (403).
    """

    def decorate(view: Page) -> Page:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            refusal = _find_refusal(request, roles)
            if refusal is not None:
                return refusal
            request.at = timezone.now()  # type: ignore[attr-defined]
            try:
                return view(request, *args, **kwargs)
            except accounts.AccessDenied as denied:
                raise Http404 from denied

        page.staff_roles = roles  # type: ignore[attr-defined]
        return page

    return decorate


def _find_refusal(request: HttpRequest, roles: tuple[str, ...]) -> HttpResponse | None:
    """
    Lead a stranger to the sign-in page; None lets in.

    :raises Http404: to one who is no staff.
    :raises PermissionDenied: to staff without the role.
    """
    viewer: Any = request.user
    if not viewer.is_authenticated:
        return _lead_to_sign_in(request)
    if not (viewer.is_active and viewer.is_staff):
        raise Http404
    if not request.session.get(SECOND_FACTOR):
        return _lead_to_sign_in(request)
    held = identity.list_roles(viewer)
    if not held or (roles and held.isdisjoint(roles)):
        raise PermissionDenied
    return None


def _lead_to_sign_in(request: HttpRequest) -> HttpResponse:
    wanted = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    answer = redirect(f"{SIGN_IN}?{urlencode({'next': wanted})}" if wanted else SIGN_IN)
    if getattr(request, "htmx", False):  # a part of a page cannot show a sign-in form: let the whole page go there
        answer = HttpResponse(status=401, headers={"HX-Redirect": SIGN_IN})
    return answer
