"""The addresses of the house, and two that fail."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path

from gridhall.config.urls import urlpatterns as known


def fails(request: HttpRequest) -> HttpResponse:
    """Fail as code does that has a fault."""
    raise RuntimeError("a fault of ours")


def refuses(request: HttpRequest) -> HttpResponse:
    """Refuse."""
    raise PermissionDenied


urlpatterns = [*known, path("fails/", fails), path("refuses/", refuses)]
