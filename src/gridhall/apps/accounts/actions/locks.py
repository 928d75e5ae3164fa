"""Locks that make two who act at once act one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from gridhall.apps.accounts.models import CustomerAccount

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


def lock_account(account: CustomerAccount) -> CustomerAccount:
    """Hold an account until the transaction ends, and give it as it is now."""
    return CustomerAccount.objects.select_for_update().get(pk=account.pk)


def lock_name(name: str) -> None:
    """Hold a number or alias until the transaction ends, whether or not it exists yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"accounts:{name}"])


def lock_user(user: User) -> User:
    """Hold a user until the transaction ends, and give him as he is now: two devices of one person wait here."""
    model = user.__class__  # of a request's lazy user, type() would give the wrapper
    return model.objects.select_for_update().get(pk=user.pk)
