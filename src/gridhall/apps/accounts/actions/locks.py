"""Locks that make two who act at once act one after the other."""

from __future__ import annotations

from django.db import connection

from gridhall.apps.accounts.models import CustomerAccount


def lock_account(account: CustomerAccount) -> CustomerAccount:
    """Hold an account until the transaction ends, and give it as it is now."""
    return CustomerAccount.objects.select_for_update().get(pk=account.pk)


def lock_name(name: str) -> None:
    """Hold a number or alias until the transaction ends, whether or not it exists yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"accounts:{name}"])
