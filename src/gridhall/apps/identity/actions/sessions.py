"""Signing in and out."""

from __future__ import annotations

from datetime import datetime

from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest

from gridhall.apps.identity import rules
from gridhall.apps.identity.events import SignedIn, SignedOut
from gridhall.apps.identity.models import User
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToSignIn(BusinessError):
    """The user was not let in. `code` is `wrong-credentials` or `throttled` (answer it with 429)."""


def authenticate(request: HttpRequest, *, phone: str, password: str) -> User | None:
    """
    Check a phone number and a password, counting wrong tries.

    Not to be called in a transaction that is rolled back on refusal: the wrong try would be forgotten.

    :raises UnableToSignIn: after too many wrong tries, whatever the password.
    """
    # What is no phone number is checked all the same, so that it takes as long and is counted too.
    username = rules.normalize_phone(phone) or phone.strip()[:20]
    # PostgreSQL keeps no NUL; axes keeps what was tried. It counts under `phone`: given as `username` nothing is counted.
    user = auth.authenticate(request, phone=username.replace("\x00", ""), password=password)
    if user is None and getattr(request, "axes_locked_out", False):
        raise UnableToSignIn("Too many wrong tries. Wait a quarter of an hour, then try again.", code="throttled")
    return user  # type: ignore[return-value]


def sign_in(*, request: HttpRequest, phone: str, password: str, at: datetime) -> User:
    """
    Let a user in by phone number and password; the session gets a new key.

    :raises UnableToSignIn: if they do not agree (it is not told which is wrong), or after too many wrong tries.
    """
    user = authenticate(request, phone=phone, password=password)
    if user is None:
        raise UnableToSignIn("The phone number or the password is wrong.", code="wrong-credentials")
    with transaction.atomic():
        auth.login(request, user)
        events.publish(SignedIn(user_id=user.pk), actor=str(user.mrid), at=at)
    return user


@transaction.atomic
def sign_out(*, request: HttpRequest, at: datetime) -> None:
    """End the session; nothing happens to one who is not signed in."""
    user = request.user
    auth.logout(request)
    if isinstance(user, User):
        events.publish(SignedOut(user_id=user.pk), actor=str(user.mrid), at=at)
