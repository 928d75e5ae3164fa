"""Letting others see an account, and no longer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from gridhall.apps.accounts.actions.locks import lock_account
from gridhall.apps.accounts.events import AccessGranted, AccessLabelled, AccessRevoked
from gridhall.apps.accounts.kinds import AccessRoleKind, AccessScopeKind, BindingMethodKind
from gridhall.apps.accounts.models import AccountAccess, CustomerAccount
from gridhall.apps.accounts.queries.access import get_access, may_change
from gridhall.apps.accounts.queries.duties import serves_customers
from gridhall.apps.accounts.rules import levels
from gridhall.core import events
from gridhall.core.errors import BusinessError

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


class UnableToGrantAccess(BusinessError):
    """Nobody new may see the account."""


class UnableToRevokeAccess(BusinessError):
    """The access goes on."""


class UnableToLabelAccess(BusinessError):
    """The account is called as before."""


def retire_ended(account: CustomerAccount, *, at: datetime) -> None:
    """Put away accesses whose last day is over, so that new ones find room."""
    ended = AccountAccess.objects.filter(account=account, revoked_at=None, ends_on__lte=timezone.localdate(at))
    ended.update(revoked_at=at, is_main=False)


@transaction.atomic
def grant_access(
    *,
    account: CustomerAccount,
    granter: User,
    grantee: User,
    role: AccessRoleKind | str,
    scopes: Iterable[str],
    at: datetime,
    actor: str,
    starts_on: date | None = None,
    ends_on: date | None = None,
    tag: str = "",
    called: str = "",
) -> AccountAccess:
    """
    Let another user see an account: family, the customer's own staff, or an agent.

    :param granter: who lets him in: with the scope MANAGE, and no more than he has himself; or a member of staff.
    :raises UnableToGrantAccess: if the granter may not, the grantee sees it already, or scopes or days make no sense.
    """
    account = lock_account(account)
    retire_ended(account, at=at)
    today = timezone.localdate(at)
    starts_on = starts_on or today
    try:
        wanted = levels.order_scopes(scopes)
    except ValueError:
        raise UnableToGrantAccess("There is no such scope.", code="unknown-scope") from None
    if role not in levels.GRANTABLE_ROLES:
        raise UnableToGrantAccess("The account holder proves who he is; nobody makes him one.", code="role")
    if not wanted:
        raise UnableToGrantAccess("Choose what he may do.", code="no-scope")
    if starts_on < today or (ends_on is not None and ends_on <= starts_on):
        raise UnableToGrantAccess("It starts today or later, and ends after it starts.", code="days")
    if grantee.pk == granter.pk or not grantee.is_active:
        raise UnableToGrantAccess("Choose another user.", code="grantee")
    check_granter(account, granter, wanted, ends_on, at)
    if AccountAccess.objects.filter(account=account, user=grantee, revoked_at=None).exists():
        raise UnableToGrantAccess("He sees this account already; revoke that first.", code="already-sees")
    access = AccountAccess.objects.create(
        account=account,
        user=grantee,
        role=str(role),
        scopes=wanted,
        method=BindingMethodKind.GRANTED,
        tag=tag.strip()[:40],
        called=called.strip()[:40],
        starts_on=starts_on,
        ends_on=ends_on,
        granted_by=granter if granter.pk else None,
        made_at=at,
    )
    told = AccessGranted(access.pk, account.pk, grantee.pk, str(role), wanted, ends_on)
    events.publish(told, actor=actor, at=at)
    return access


def check_granter(
    account: CustomerAccount, granter: User, wanted: list[str], ends_on: date | None, at: datetime
) -> None:
    """
    Let pass who may hand on these scopes until this day.

    :raises UnableToGrantAccess: if he may not manage the account, or has less himself.
    """
    if serves_customers(granter):
        return
    held = get_access(account=account, viewer=granter, at=at)
    if held is None or AccessScopeKind.MANAGE not in held.scopes:
        raise UnableToGrantAccess("Only who may manage the account lets others in.", code="may-not-manage")
    beyond = levels.scopes_beyond(wanted, held=held.scopes)
    if beyond:
        raise UnableToGrantAccess(f"You cannot hand on what you have not: {', '.join(beyond)}.", code="beyond-scopes")
    if levels.ends_beyond(ends_on, held=held.ends_on):
        raise UnableToGrantAccess(
            f"Your own access ends on {held.ends_on}; his must not last longer.", code="beyond-end"
        )


@transaction.atomic
def revoke_access(*, access: AccountAccess, by: User, at: datetime, actor: str) -> AccountAccess:
    """
    End an access at once, and those that its user handed on. Anyone may give up his own (unbind).

    The account holder revokes any; others who manage revoke what they handed on themselves; staff any.

    :raises UnableToRevokeAccess: if `by` may not, or it has ended.
    """
    account = lock_account(access.account)
    access = AccountAccess.objects.select_for_update().get(pk=access.pk)
    if access.revoked_at is not None:
        raise UnableToRevokeAccess("This access has ended already.", code="already-ended")
    if not _may_revoke(access, account, by, at):
        raise UnableToRevokeAccess("You may not end this access.", code="may-not")
    also = _handed_on(access)
    revoker = by if by.pk else None
    ended = AccountAccess.objects.filter(pk__in=[access.pk, *also])
    ended.update(revoked_at=at, revoked_by=revoker, is_main=False)
    access.refresh_from_db()
    events.publish(AccessRevoked(access.pk, account.pk, access.user_id, also), actor=actor, at=at)
    return access


def _may_revoke(access: AccountAccess, account: CustomerAccount, by: User, at: datetime) -> bool:
    if access.user_id == by.pk:
        return True
    return may_change(access, by=by, held=get_access(account=account, viewer=by, at=at))


def _handed_on(access: AccountAccess) -> list[int]:
    """Ids of the open accesses that come from this one, at any remove."""
    rows = AccountAccess.objects.filter(account=access.account_id, revoked_at=None).exclude(pk=access.pk)
    by_granter: dict[int | None, list[AccountAccess]] = {}
    for row in rows:
        by_granter.setdefault(row.granted_by_id, []).append(row)
    found: list[int] = []
    users = [access.user_id]
    while users:
        for row in by_granter.pop(users.pop(), []):
            found.append(row.pk)
            users.append(row.user_id)
    return sorted(found)


def end_accesses_of_user(*, user: User, at: datetime, actor: str) -> int:
    """End all open accesses of a user who goes, and what he handed on; gives how many of his. Twice changes nothing."""
    ended = 0
    for access in AccountAccess.objects.filter(user=user, revoked_at=None).select_related("account").order_by("pk"):
        with contextlib.suppress(UnableToRevokeAccess):  # somebody else ended it just now
            revoke_access(access=access, by=user, at=at, actor=actor)
            ended += 1
    return ended


@transaction.atomic
def label_access(
    *,
    access: AccountAccess,
    user: User,
    at: datetime,
    actor: str,
    tag: str | None = None,
    make_main: bool = False,
) -> AccountAccess:
    """
    Call one of one's accounts by a name of one's own (home, parents, shop), or make it the main one.

    :raises UnableToLabelAccess: if it is not the user's, has ended, or the tag is too long.
    """
    # The user's row is what two devices of one person wait for.
    type(user).objects.select_for_update().get(pk=user.pk)
    held = get_access(account=access.account, viewer=user, at=at)
    if held is None or held.pk != access.pk:
        raise UnableToLabelAccess("This is not one of your accounts.", code="not-yours")
    if tag is not None and len(tag.strip()) > 40:
        raise UnableToLabelAccess("A name for an account has at most 40 characters.", code="too-long")
    if tag is not None:
        held.tag = tag.strip()
    if make_main:
        AccountAccess.objects.filter(user=user, is_main=True).exclude(pk=held.pk).update(is_main=False)
        held.is_main = True
    held.save(update_fields=["tag", "is_main"])
    events.publish(AccessLabelled(held.pk, held.tag, held.is_main), actor=actor, at=at)
    return held
