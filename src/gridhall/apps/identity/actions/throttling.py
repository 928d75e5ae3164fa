"""Checking a password while counting wrong tries: by phone and address, by address alone, by phone alone."""

from __future__ import annotations

from datetime import datetime

from django.contrib import auth
from django.http import HttpRequest

from gridhall.apps.identity import queries, rules
from gridhall.apps.identity.kinds import FailureKind
from gridhall.apps.identity.models import SignInFailure, User
from gridhall.apps.identity.rules import limits
from gridhall.core.errors import BusinessError

_THROTTLED = "Too many wrong tries. Wait a quarter of an hour, or sign in by a code to your phone."


class UnableToSignIn(BusinessError):
    """
    The user was not let in.

    `code` is `wrong-credentials`, `throttled` (answer it with 429), `closed`, `unknown-passkey`, `unknown-link`.
    """


def authenticate(request: HttpRequest, *, phone: str, password: str, at: datetime) -> User | None:
    """
    Check a phone number and a password, counting wrong tries.

    Not to be called in a transaction that is rolled back on refusal: the wrong try would be forgotten.

    Three counts are kept. Axes counts phone and address together. One address that tries many phones (password
    spraying) is stopped alone, and so is one phone that is tried from many addresses; neither holds for a device on
    which the user was let in before, and nobody is kept from signing in by a code: an attacker locks nobody out.

    :raises UnableToSignIn: after too many wrong tries, whatever the password.
    """
    # What is no phone number is checked all the same, so that it takes as long and is counted too.
    # PostgreSQL keeps no NUL, and axes keeps what was tried. It counts what is given as `phone`, not as `username`.
    username = (rules.normalize_phone(phone) or phone.strip()[:20]).replace("\x00", "")
    address = queries.get_address(request)
    if _is_throttled(username, address, at) and not queries.is_known_device(request, phone=username):
        raise UnableToSignIn(_THROTTLED, code="throttled")
    user = auth.authenticate(request, phone=username, password=password)
    if user is None:
        count_failure(FailureKind.PASSWORD, phone=username, address=address, at=at)
        if getattr(request, "axes_locked_out", False):
            raise UnableToSignIn(_THROTTLED, code="throttled")
    return user  # type: ignore[return-value]


def count_failure(kind: FailureKind, *, phone: str, address: str | None, at: datetime) -> None:
    """Note one wrong try."""
    SignInFailure.objects.create(kind=kind, phone=phone, address=address, failed_at=at)


def is_beyond(limit: limits.Limit, kind: FailureKind, at: datetime, **of: str) -> bool:
    """Tell whether the wrong tries of a phone or an address are as many as a limit lets pass."""
    found = SignInFailure.objects.filter(kind=kind, failed_at__gt=at - limit.within, **of)
    return found[: limit.most].count() >= limit.most


def _is_throttled(phone: str, address: str | None, at: datetime) -> bool:
    if is_beyond(limits.WRONG_PASSWORDS_A_PHONE, FailureKind.PASSWORD, at, phone=phone):
        return True
    return address is not None and is_beyond(
        limits.WRONG_PASSWORDS_AN_ADDRESS, FailureKind.PASSWORD, at, address=address
    )
