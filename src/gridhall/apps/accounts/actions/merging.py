"""One person, two users: what the old one could see the new one sees, and nobody else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from gridhall.apps.accounts.actions.locks import lock_account
from gridhall.apps.accounts.events import UsersMerged
from gridhall.apps.accounts.kinds import AccessRoleKind, AccessScopeKind, BindingMethodKind, InvitationAnswerKind
from gridhall.apps.accounts.models import AccessInvitation, AccountAccess, CustomerAccount, RealName
from gridhall.apps.accounts.queries.duties import serves_customers
from gridhall.apps.accounts.queries.real_names import find_real_name
from gridhall.apps.accounts.rules import levels
from gridhall.core import events
from gridhall.core.errors import BusinessError

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


class UnableToMergeUsers(BusinessError):
    """Both users keep what they have."""


def merge_own_users(*, user: User, at: datetime, actor: str) -> list[AccountAccess]:
    """
    Bring over what other users have who were shown to be the same person as this one.

    :raises UnableToMergeUsers: if the user has not shown who he is, or there is no other.
    """
    known = find_real_name(user=user)
    if known is None:
        raise UnableToMergeUsers("Show first who you are.", code="level")
    same = RealName.objects.filter(party_id=known.party_id, user__is_active=True).exclude(user_id=user.pk)
    moved = []
    for other in same.select_related("user").order_by("user_id"):
        moved += merge_users(old=other.user, user=user, at=at, actor=actor)
    return moved


@transaction.atomic
def merge_users(*, old: User, user: User, at: datetime, actor: str, by: User | None = None) -> list[AccountAccess]:
    """
    Let a user see what another user of the same person sees; gives the accesses that hold now. Nothing is lost:

    names, order and the main account come along; where both see an account, the wider of the two stays; those whom
    the old user let in stay let in. Done again it changes nothing.

    :param by: a member of staff who saw the papers; without one, both must have been shown to be one person.
    :raises UnableToMergeUsers: if they are not shown to be the same person, or are the same user.
    """
    if old.pk == user.pk:
        raise UnableToMergeUsers("These are not two users.", code="same-user")
    held = {
        row.pk: row for row in type(user).objects.select_for_update().filter(pk__in=[old.pk, user.pk]).order_by("pk")
    }
    old, user = held[old.pk], held[user.pk]
    one, other = find_real_name(user=user), find_real_name(user=old)
    is_known_as_one = one is not None and other is not None and one.party_id == other.party_id
    is_known_as_two = one is not None and other is not None and one.party_id != other.party_id
    if is_known_as_two or not (is_known_as_one or serves_customers(by)):
        raise UnableToMergeUsers("It was not shown that both are the same person.", code="not-shown")
    if user.phone_verified_at is None or not user.is_active:
        raise UnableToMergeUsers("The new user must have proved his phone number.", code="phone")
    rows = AccountAccess.objects.filter(user=old, revoked_at=None).select_related("account")
    moved = [_move(row, user, at=at) for row in rows.order_by("account_id")]
    AccountAccess.objects.filter(granted_by=old, revoked_at=None).exclude(user=user).update(granted_by=user)
    AccessInvitation.objects.filter(invited_by=old, answered_at=None).update(invited_by=user)
    offered = AccessInvitation.objects.filter(phone=old.phone, answered_at=None)
    double = AccessInvitation.objects.filter(phone=user.phone, answered_at=None).values("account_id")
    offered.filter(account__in=double).update(answered_at=at, answer=InvitationAnswerKind.WITHDRAWN)
    offered.filter(answered_at=None).update(phone=user.phone)
    if moved:
        told = UsersMerged(old.pk, user.pk, [access.pk for access in moved])
        events.publish(told, actor=actor, at=at)
    return moved


def _move(access: AccountAccess, user: User, *, at: datetime) -> AccountAccess:
    account = lock_account(access.account)
    has_main = AccountAccess.objects.filter(user=user, revoked_at=None, is_main=True).exists()
    was_main = access.is_main
    AccountAccess.objects.filter(pk=access.pk).update(revoked_at=at, revoked_by=access.user, is_main=False)
    own = AccountAccess.objects.select_for_update().filter(account=account, user=user, revoked_at=None).first()
    if own is not None and _is_as_wide(own, access):
        if not own.tag and access.tag:
            own.tag = access.tag
            own.save(update_fields=["tag"])
        return own
    if own is not None:
        AccountAccess.objects.filter(pk=own.pk).update(revoked_at=at, revoked_by=user, is_main=False)
    return _open(account, access, own, user, is_main=(was_main and not has_main) or bool(own and own.is_main), at=at)


def _open(
    account: CustomerAccount,
    access: AccountAccess,
    own: AccountAccess | None,
    user: User,
    *,
    is_main: bool,
    at: datetime,
) -> AccountAccess:
    is_owner = AccessRoleKind.OWNER in (access.role, own.role if own else "")
    owner = access if access.role == AccessRoleKind.OWNER or own is None else own
    scopes, ends_on = set(access.scopes), access.ends_on
    if own is not None:
        scopes |= set(own.scopes)
        ends_on = None if None in (access.ends_on, own.ends_on) else max(filter(None, (access.ends_on, own.ends_on)))
    granter = owner.granted_by_id
    return AccountAccess.objects.create(
        account=account,
        user=user,
        role=AccessRoleKind.OWNER.value if is_owner else access.role,
        scopes=list(AccessScopeKind.values) if is_owner else levels.order_scopes(scopes),
        method=owner.method if owner.method else BindingMethodKind.COUNTER,
        tag=(own.tag if own else "") or access.tag,
        called=(own.called if own else "") or access.called,
        is_main=is_main,
        position=own.position if own else access.position,
        starts_on=min(access.starts_on, own.starts_on) if own else access.starts_on,
        ends_on=None if is_owner else ends_on,
        granted_by_id=None if granter in (user.pk, access.user_id) else granter,
        made_at=at,
    )


def _is_as_wide(own: AccountAccess, other: AccountAccess) -> bool:
    if own.role == AccessRoleKind.OWNER:
        return True
    if other.role == AccessRoleKind.OWNER:
        return False
    lasts = own.ends_on is None or (other.ends_on is not None and own.ends_on >= other.ends_on)
    return lasts and set(other.scopes) <= set(own.scopes) and own.starts_on <= other.starts_on
