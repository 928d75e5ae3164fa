"""Requests as a browser sends them, for tests of actions."""

from __future__ import annotations

import contextlib
import re
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest
from django.test import RequestFactory

from gridhall.apps.identity import queries
from gridhall.apps.identity.models import User
from gridhall.integrations import messaging

SessionStore: Any = import_module(settings.SESSION_ENGINE).SessionStore
PHONE_BROWSER = "Mozilla/5.0 (Linux; Android 14; HBN-AL00) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
DESK_BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0"


def make_request(*, address: str = "192.0.2.1", browser: str = PHONE_BROWSER, host: str = "localhost") -> Any:
    """Make a request of somebody who is not signed in."""
    request = RequestFactory().post("/", REMOTE_ADDR=address, HTTP_USER_AGENT=browser, HTTP_HOST=host)
    request.session = SessionStore()
    request.user = AnonymousUser()
    return request


def come_again(request: HttpRequest, *, address: str = "192.0.2.1", browser: str = PHONE_BROWSER) -> Any:
    """Make the next request with the same session cookie."""
    with contextlib.suppress(UpdateError):  # it was ended meanwhile
        request.session.save()
    following = make_request(address=address, browser=browser)
    following.session = SessionStore(request.session.session_key)
    user_id = following.session.get("_auth_user_id")
    user = queries.read_user(user_id) if user_id else None
    following.user = user or AnonymousUser()
    return following


def read_code(phone: str) -> str:
    """Give the last code that was sent to a phone."""
    texts = [kept.text for kept in messaging.get_outbox().read() if kept.phone == phone]
    found = re.search(r"\b(\d{6})\b|码 (\d{6})", texts[-1])
    assert found is not None
    return found.group(1) or found.group(2)


def make_user(phone: str = "13800001234", **changes: Any) -> User:
    """Make a user without a password."""
    return User.objects.create_user(phone, None, **changes)
