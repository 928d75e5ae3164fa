"""Everybody who may knock at an address: stranger, customers, delegates of each scope, staff of each role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from gridhall.apps.accounts.kinds import AccessScopeKind
from tests import company as made

SCOPES = tuple(AccessScopeKind.values)
ROLES = tuple(made.STAFF_PHONES)
PERSONAS = ("stranger", "newcomer", "other", "owner", *SCOPES, *ROLES)
"""The columns of `access.csv`. A newcomer has signed in and has no account; `other` has one of his own."""


def make_delegate(scope: str) -> str:
    """Make a user who may do one thing with the owner's first account; gives his phone."""
    from gridhall.apps.accounts import actions as accounts
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.identity.models import User

    user = _make_user(f"139010000{SCOPES.index(scope):02d}", name=f"delegate {scope}")
    accounts.grant_access(
        account=CustomerAccount.objects.get(number=made.CUSTOMERS[0].number),
        granter=User.objects.get(phone=made.OWNER_PHONE),
        grantee=user, role="FAMILY", scopes=[scope], at=timezone.now(), actor="tests",
    )  # fmt: skip
    return user.phone


def make_newcomer() -> str:
    """Make a user without any account; gives his phone."""
    return _make_user("13902000000", name="newcomer").phone


def _make_user(phone: str, *, name: str) -> Any:
    from gridhall.apps.identity import actions as identity

    return identity.create_user(phone=phone, name=name, password=None, at=timezone.now(), actor="tests")


def make_persona(persona: str) -> str:
    """Make sure that a persona is there; gives the phone number with which he signs in, empty for a stranger."""
    known: dict[str, Callable[[], str]] = {
        "stranger": lambda: "",
        "newcomer": make_newcomer,
        "other": lambda: made.STRANGER_PHONE,
        "owner": lambda: made.OWNER_PHONE,
    }
    if persona in SCOPES:
        return make_delegate(persona)
    if persona in ROLES:
        return made.STAFF_PHONES[persona]
    return known[persona]()
