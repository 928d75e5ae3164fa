"""Checks of people and companies by others: `base` says what is asked, one file a way of asking, and a sandbox."""

from __future__ import annotations

import secrets
from functools import lru_cache

from django.conf import settings

from gridhall.integrations.demo_county import is_demo_county
from gridhall.integrations.identity_checks.base import (
    BusinessAnswer,
    BusinessQuestion,
    BusinessVerdict,
    CheckUnavailable,
    IdentityChecker,
    PersonAnswer,
    PersonQuestion,
    PersonVerdict,
)

__all__ = [
    "BusinessAnswer",
    "BusinessQuestion",
    "BusinessVerdict",
    "CheckUnavailable",
    "IdentityChecker",
    "PersonAnswer",
    "PersonQuestion",
    "PersonVerdict",
    "get_checker",
    "is_sandbox",
]


def is_sandbox() -> bool:
    """Tell whether test cards are checked, not people; pages say so."""
    return _get_chosen() == "sandbox"


def get_checker() -> IdentityChecker | None:
    """
    Give the checker that GRIDHALL_IDENTITY_CHECKS chooses; None where people are checked at the counter only.

    `off`: none. `sandbox`: test cards. `auto`: test cards in the demo county, else none.
    An address (https://…): a vendor, with GRIDHALL_IDENTITY_CHECKS_KEY and _SECRET.
    """
    chosen = _get_chosen()
    if chosen in ("", "off"):
        return None
    from gridhall.integrations.identity_checks.signed_http import SignedHttpChecker

    if chosen == "sandbox":
        return _start_sandbox()
    return SignedHttpChecker(
        address=chosen, key_id=settings.GRIDHALL_IDENTITY_CHECKS_KEY, secret=settings.GRIDHALL_IDENTITY_CHECKS_SECRET
    )


def _get_chosen() -> str:
    chosen = str(settings.GRIDHALL_IDENTITY_CHECKS)
    if chosen == "auto":
        return "sandbox" if is_demo_county() else "off"
    return chosen


@lru_cache(maxsize=1)
def _start_sandbox() -> IdentityChecker:
    from gridhall.integrations.identity_checks.sandbox import Sandbox
    from gridhall.integrations.identity_checks.signed_http import SignedHttpChecker

    sandbox = Sandbox(key_id="sandbox", secret=secrets.token_hex(32))
    return SignedHttpChecker(address=sandbox.address, key_id=sandbox.key_id, secret=sandbox.secret)
