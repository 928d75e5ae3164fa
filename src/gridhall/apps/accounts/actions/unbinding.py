"""Taking back an unbinding, and one's own order of accounts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from gridhall.apps.accounts.actions.locks import lock_account
from gridhall.apps.accounts.events import AccessRestored, AccountsOrdered
from gridhall.apps.accounts.kinds import AccessRoleKind
from gridhall.apps.accounts.models import AccountAccess
from gridhall.apps.accounts.queries.access import get_access
from gridhall.apps.accounts.queries.history import find_agreement
from gridhall.apps.accounts.rules import binding, levels
from gridhall.core import events
from gridhall.core.errors import BusinessError

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


class UnableToRestoreAccess(BusinessError):
    """The account stays unbound."""


@transaction.atomic
def restore_access(*, access: AccountAccess, user: User, at: datetime, actor: str) -> AccountAccess:
    """
    Take back one's own unbinding of the last half hour; those whom it put out see the account again too.

    Done twice it changes nothing more.

    :raises UnableToRestoreAccess: if it was not the user who ended it, it is too long ago, the account has another
        holder or owner now, or who had let the user in no longer may.
    """
    type(user).objects.select_for_update().get(pk=user.pk)
    account = lock_account(access.account)
    access = AccountAccess.objects.select_for_update().get(pk=access.pk)
    if access.user_id == user.pk and access.revoked_at is None:
        return access
    if access.user_id != user.pk or access.revoked_by_id != user.pk or access.revoked_at is None:
        raise UnableToRestoreAccess("It was not you who ended this.", code="not-yours")
    if not binding.may_be_undone(access.revoked_at, at=at):
        raise UnableToRestoreAccess("It is too long ago; bind the account again.", code="too-late")
    today = timezone.localdate(at)
    opened = AccountAccess.objects.filter(account=account, revoked_at=None)
    if opened.filter(user=user).exists():
        raise UnableToRestoreAccess("You have bound this account again already.", code="already-bound")
    agreement = find_agreement(account=account, day=today)
    # A new holder has a new agreement: who was let in before him has no part in it.
    is_same_holder = agreement is not None and agreement.starts_on <= timezone.localdate(access.revoked_at)
    has_ended = access.ends_on is not None and access.ends_on <= today
    if has_ended or not is_same_holder:
        raise UnableToRestoreAccess("This account has changed meanwhile; bind it again.", code="changed")
    if access.role == AccessRoleKind.OWNER and opened.filter(role=AccessRoleKind.OWNER).exists():
        raise UnableToRestoreAccess("This account has another owner now.", code="owner-exists")
    if access.granted_by is not None:
        held = get_access(account=account, viewer=access.granted_by, at=at)
        if held is None or levels.scopes_beyond(access.scopes, held=held.scopes):
            raise UnableToRestoreAccess("Who let you in may no longer do so.", code="changed")
    also = AccountAccess.objects.filter(account=account, revoked_at=access.revoked_at, revoked_by=user)
    also = also.exclude(pk=access.pk).exclude(user__in=opened.values("user_id")).exclude(role=AccessRoleKind.OWNER)
    also_ids = list(also.filter(user__is_active=True).order_by("id").values_list("id", flat=True))
    AccountAccess.objects.filter(pk__in=[access.pk, *also_ids]).update(revoked_at=None, revoked_by=None)
    has_main = AccountAccess.objects.filter(user=user, revoked_at=None, is_main=True).exists()
    if not has_main:
        AccountAccess.objects.filter(pk=access.pk).update(is_main=True)
    access.refresh_from_db()
    events.publish(AccessRestored(access.pk, account.pk, user.pk, also_ids), actor=actor, at=at)
    return access


@transaction.atomic
def order_accounts(*, user: User, mrids: Sequence[uuid.UUID], at: datetime, actor: str) -> None:
    """Put the user's accounts into an order of his own; accesses of others and unknown ones are left out."""
    type(user).objects.select_for_update().get(pk=user.pk)
    held = {row.mrid: row for row in AccountAccess.objects.filter(user=user, revoked_at=None)}
    wanted = [held.pop(mrid) for mrid in dict.fromkeys(mrids) if mrid in held]
    rest = sorted(held.values(), key=lambda row: (row.position, row.pk))
    for position, row in enumerate([*wanted, *rest], start=1):
        row.position = position
    AccountAccess.objects.bulk_update([*wanted, *rest], ["position"])
    events.publish(AccountsOrdered(user.pk, [row.pk for row in [*wanted, *rest]]), actor=actor, at=at)
