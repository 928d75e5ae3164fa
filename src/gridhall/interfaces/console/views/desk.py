"""The desk: what waits for me, by role; and how dense I like it."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from gridhall.interfaces.console.desk_sheets import DeskSheet
from gridhall.interfaces.console.keys import list_groups
from gridhall.interfaces.console.shell import DENSITIES, DENSITY_COOKIE
from gridhall.interfaces.console.staff_pages import staff_page
from gridhall.interfaces.shared.addresses import get_next_address
from gridhall.interfaces.shared.preferences import COOKIE_AGE_S


@require_safe
@staff_page()
def home(request: HttpRequest) -> HttpResponse:
    """Show what waits for the viewer and what happened last, by the roles he holds."""
    sheet = DeskSheet(request.user, request.at)  # type: ignore[attr-defined]
    return render(request, "console/desk/home.html", {"sheet": sheet})


@require_POST
@staff_page()
def density(request: HttpRequest) -> HttpResponse:
    """Set rows dense or roomy; a matter of the screen, so it is kept on the device."""
    wanted = request.POST.get("density", "")
    if wanted not in DENSITIES:
        raise BadRequest
    response = redirect(get_next_address(request, usual="console:home"))
    response.set_cookie(
        DENSITY_COOKIE, wanted, max_age=COOKIE_AGE_S, path="/console/", secure=settings.SESSION_COOKIE_SECURE,
        httponly=True, samesite="Lax",
    )  # fmt: skip
    return response


@require_safe
@staff_page()
def keyboard(request: HttpRequest) -> HttpResponse:
    """Show every key of the console."""
    return render(request, "console/desk/keyboard.html", {"groups": list_groups(request.user)})
