"""What a device keeps of a user for times off-line: whose it is, by which key it is read, when it is forgotten."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from gridhall.apps.identity import actions, queries

KEY_COOKIE = "gridhall_key"
"""The house's half of the key, which a script reads. The other half never leaves the device; neither opens anything."""


def keep_key_on_device(request: HttpRequest, response: HttpResponse, *, at: datetime) -> None:
    """
    Let the device read what it keeps, until the session would end.

    :raises UnableToGiveDeviceKey: if nothing is kept for this user.
    """
    key, lasts_s = actions.give_device_key(request=request, at=at)
    response.set_cookie(
        KEY_COOKIE, key, max_age=lasts_s, secure=settings.SESSION_COOKIE_SECURE, httponly=False, samesite="Strict"
    )


def forget_key_of_other_session(request: HttpRequest, response: HttpResponse) -> None:
    """
    Take the key from a device whose session is over, or is another's: what it kept can be read no more.

    The browser is told to empty its storage too, where it understands that.
    """
    held = request.COOKIES.get(KEY_COOKIE)
    if held is None or KEY_COOKIE in response.cookies:
        return
    key = queries.find_device_key(request)
    if key is not None and constant_time_compare(key, held):
        return
    response.delete_cookie(KEY_COOKIE, samesite="Strict")
    if not request.user.is_authenticated:
        response.headers.setdefault("Clear-Site-Data", '"cache", "storage"')


def device(request: HttpRequest) -> dict[str, object]:
    """Context processor: the mark by which a page tells its script whose it is (none where a page failed early)."""
    return {"viewer_mark": queries.get_viewer_mark(request)} if hasattr(request, "user") else {}
