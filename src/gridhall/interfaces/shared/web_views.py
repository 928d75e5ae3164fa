"""Web views: browsers inside other apps, which open no second window and no file."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gridhall.apps.identity import queries

BROWSERS = frozenset({"WeChat", "Alipay", "QQ"})


def is_web_view(request: HttpRequest) -> bool:
    """Tell whether a page is looked at inside WeChat, Alipay or QQ."""
    return queries.get_device(request).partition(" · ")[0] in BROWSERS


def web_view(request: HttpRequest) -> dict[str, object]:
    """Context processor: `in_web_view`, so that pages with files say what to do there; worked out if one asks."""
    return {"in_web_view": SimpleLazyObject(lambda: is_web_view(request))}
