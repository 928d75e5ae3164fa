"""Where to go next, as a form may ask, but never to another house."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def get_next_address(request: HttpRequest, *, usual: str) -> str:
    """Give the address in `next` if it is one of ours, else the usual one."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    # Only the path is kept: a host, even our own, has no place in it.
    return wanted if is_ours and wanted.startswith("/") else resolve_url(usual)
