"""
Pages that are kept until what they show changes.

A page is kept for one viewer: what he may see another may not. That his accesses are still open was asked of the
database in this very request, and which they are and what they allow is part of the key, as are the day, the way of
reading, and the version of the data of each of his accounts. So a kept page may show anything that follows from the
viewer's accounts, the day and the address; what else a page shows (a message just left, a moment of the day) it must
not keep.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone

from gridhall.interfaces.shared.data_version import get_data_version

MOST_ACCOUNTS = 50
"""Of more accounts than this pages are drawn each time."""
TOKEN_PLACE = "token-" + blake2b(settings.SECRET_KEY.encode(), digest_size=16, person=b"home").hexdigest()
"""Stands in a kept page where the form token of each answer goes; the same in all processes, guessed by nobody."""
ENDS_AT = "ends_at"
View = Callable[..., HttpResponse]


def kept_page(view: View) -> View:
    """
    Keep the pages of a view that stands under `@account_page` and makes its context by `account_context`.

    A page that shows something of the present moment says until when it holds: `response.ends_at`, an aware datetime.
    Asked with a query string a page is drawn each time (there is no end of addresses), and so is one with a message.
    """

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        views = request.account_views  # type: ignore[attr-defined]
        if request.META.get("QUERY_STRING") or len(views) > MOST_ACCOUNTS or len(get_messages(request)):
            return view(request, *args, **kwargs)
        depends_on = repr((view.__module__, view.__name__, args, kwargs, _list_what_it_depends_on(request))).encode()
        key = f"page:{blake2b(depends_on, digest_size=20).hexdigest()}"
        text = _find(key, request)
        if text is None:
            request.is_kept = True  # type: ignore[attr-defined]
            response = view(request, *args, **kwargs)
            text = response.content.decode()
            if response.status_code != 200:
                return response
            _keep(key, text, getattr(response, ENDS_AT, None))
        return HttpResponse(text.replace(TOKEN_PLACE, get_token(request)))

    return page


def _find(key: str, request: Any) -> str | None:
    """Give what is kept and still holds."""
    here, shared = caches["pages"], caches["shared_pages"]
    for cache in (here, shared):
        found = cache.get(key)
        if found is not None and (found[1] is None or found[1] > request.at):
            if cache is shared:
                here.set(key, found)
            return found[0]
    return None


def _keep(key: str, text: str, ends_at: datetime | None) -> None:
    caches["shared_pages"].set(key, (text, ends_at))
    caches["pages"].set(key, (text, ends_at))


def _list_what_it_depends_on(request: Any) -> tuple[Any, ...]:
    views = tuple(
        (view.access_mrid, view.number, view.name_masked, view.tag, view.kind, view.is_main, view.role, view.scopes)
        for view in request.account_views
    )
    day = timezone.localdate(request.at)
    version = get_data_version(view.changes for view in request.account_views)
    unread = getattr(request.user, "unread_messages", None)  # stands in the frame
    return request.user.pk, unread, request.account_view.number, views, request.preferences, day, version
