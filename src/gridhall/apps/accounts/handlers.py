"""What accounts does when something about access is told: it says so to those whom it concerns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from gridhall.apps.accounts.actions import end_accesses_of_user, forget_user
from gridhall.apps.accounts.events import AccessGranted, AccessInvited, AccessRevoked, AccountBound
from gridhall.apps.accounts.kinds import AccessRoleKind
from gridhall.apps.accounts.models import AccessInvitation, AccountAccess
from gridhall.apps.accounts.rules import masking
from gridhall.apps.identity.events import UserErased
from gridhall.apps.identity.queries import find_user, read_user
from gridhall.apps.notifications import actions as notifications
from gridhall.apps.notifications.kinds import MessageKind
from gridhall.core import events
from gridhall.core.events import Told

ACTOR = "accounts"


def _tell(access: AccountAccess, kind: MessageKind, told: Told, *, user: Any = None, **context: Any) -> None:
    notifications.send_message(
        user=user or access.user,
        kind=kind,
        context={"account": access.account.number, **context},
        key=f"access:{access.pk}:{kind.lower()}",
        link=reverse("portal:account-list"),
        at=told.at,
        actor=ACTOR,
    )


def _find(access_id: int) -> AccountAccess | None:
    return AccountAccess.objects.select_related("user", "account").filter(pk=access_id).first()


@events.on_with_facts(AccountBound)
def tell_of_binding(event: AccountBound, told: Told) -> None:
    """Tell a user that a number was bound to his login, and the account holder that somebody else bound it."""
    access = _find(event.access_id)
    if access is not None:
        _tell(access, MessageKind.ACCOUNT_BOUND, told, at=told.at)
        _tell_owners(access, told, scopes=list(access.scopes), ends_on=access.ends_on)


@events.on_with_facts(AccessInvited)
def tell_of_invitation(event: AccessInvited, told: Told) -> None:
    """Tell who is invited, if the phone number is known and proved; others hear of it when they sign in with it."""
    offer = AccessInvitation.objects.select_related("account").filter(pk=event.invitation_id, answered_at=None).first()
    user = find_user(phone=offer.phone) if offer is not None else None
    if offer is None or user is None or user.phone_verified_at is None:
        return
    notifications.send_message(
        user=user,
        kind=MessageKind.ACCESS_OFFERED,
        context={"account": offer.account.number, "scopes": list(offer.scopes), "ends_on": offer.ends_on},
        key=f"offer:{offer.pk}",
        link=reverse("portal:invitation-list"),
        at=told.at,
        actor=ACTOR,
    )


@events.on_with_facts(AccessGranted)
def tell_of_grant(event: AccessGranted, told: Told) -> None:
    """Tell who was let in, and the account holder unless he did it himself just now."""
    access = _find(event.access_id)
    if access is None:
        return
    facts = {"scopes": list(event.scopes), "ends_on": event.ends_on}
    _tell(access, MessageKind.ACCESS_GRANTED, told, **facts)
    _tell_owners(access, told, **facts)


def _tell_owners(access: AccountAccess, told: Told, **facts: Any) -> None:
    """Tell the account holder who sees his account now, unless it is he, or he let him in with his own hand."""
    owners = AccountAccess.objects.select_related("user", "account").filter(
        account_id=access.account_id, role=AccessRoleKind.OWNER, revoked_at=None
    )
    person = masking.mask_name(access.user.name) or masking.mask_phone(access.user.phone)
    for owner in owners.exclude(user_id=access.user_id):
        if told.actor != str(owner.user.mrid):
            _tell(access, MessageKind.ACCESS_SHARED, told, user=owner.user, person=person, **facts)


@events.on_with_facts(AccessRevoked)
def tell_of_revoking(event: AccessRevoked, told: Told) -> None:
    """Tell those who no longer see an account; who gave it up himself knows."""
    ids = [event.access_id, *event.also_revoked_ids]
    for access in AccountAccess.objects.select_related("user", "account").filter(pk__in=ids).order_by("pk"):
        if told.actor != str(access.user.mrid) and access.user.is_active:
            _tell(access, MessageKind.ACCESS_REVOKED, told)


@events.on(UserErased)
def forget_erased_user(event: UserErased) -> None:
    """Nobody sees a customer number through a user who is gone, and nothing is kept of him."""
    user = read_user(event.user_id)
    if user is not None:
        end_accesses_of_user(user=user, at=datetime.fromisoformat(event.erased_at), actor="erasure")
        forget_user(user=user)
