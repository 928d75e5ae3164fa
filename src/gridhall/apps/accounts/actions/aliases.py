"""Old numbers and old-channel ids that lead to one account."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gridhall.apps.accounts.actions.locks import lock_name
from gridhall.apps.accounts.events import AliasRegistered
from gridhall.apps.accounts.kinds import AliasKind
from gridhall.apps.accounts.models import AccountAlias, CustomerAccount
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToRegisterAlias(BusinessError):
    """The alias leads where it led before, or nowhere."""


@transaction.atomic
def register_alias(
    *, account: CustomerAccount, kind: AliasKind | str, source: str, value: str, at: datetime, actor: str
) -> AccountAlias:
    """
    Let an old number or an old channel's id lead to an account. It gives nobody access.

    Registered again for the same account nothing changes.

    :raises UnableToRegisterAlias: if it leads to another account, or is another account's number: whoever claimed it
        first keeps it until staff have looked into both.
    """
    value, source = value.strip(), source.strip()
    if kind not in AliasKind.values or not 0 < len(value) <= 80 or not 0 < len(source) <= 40:
        raise UnableToRegisterAlias(
            "An alias has a kind, a source of 1-40 and a value of 1-80 characters.", code="form"
        )
    lock_name(value)
    if CustomerAccount.objects.filter(number=value).exclude(pk=account.pk).exists():
        raise UnableToRegisterAlias("This is the number of another account.", code="number-of-another")
    same = AccountAlias.objects.filter(value=value).order_by("id")
    for alias in same:
        is_same_name = alias.kind == str(kind) and alias.source == source
        if alias.account_id != account.pk and (is_same_name or kind == AliasKind.OLD_NUMBER == alias.kind):
            raise UnableToRegisterAlias("This already leads to another account.", code="leads-elsewhere")
        if is_same_name:
            return alias
    alias = AccountAlias.objects.create(account=account, kind=str(kind), source=source, value=value)
    told = AliasRegistered(alias_id=alias.pk, account_id=account.pk, kind=str(kind), source=source)
    events.publish(told, actor=actor, at=at)
    return alias
