"""Offering access to a phone number, and changing what was given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from gridhall.apps.accounts.actions.access import UnableToGrantAccess, check_granter, grant_access, retire_ended
from gridhall.apps.accounts.actions.locks import lock_account
from gridhall.apps.accounts.events import AccessChanged, AccessInvited, InvitationAnswered
from gridhall.apps.accounts.kinds import AccessRoleKind, BindingMethodKind, InvitationAnswerKind
from gridhall.apps.accounts.models import AccessInvitation, AccountAccess, CustomerAccount
from gridhall.apps.accounts.queries.access import get_access, may_change
from gridhall.apps.accounts.queries.duties import serves_customers
from gridhall.apps.accounts.rules import levels
from gridhall.apps.identity import rules as identity_rules
from gridhall.core import events
from gridhall.core.errors import BusinessError

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User

INVITED_FOR = timedelta(days=14)
MOST_INVITATIONS = 20  # open ones at an account
SAME_OFFER = timedelta(minutes=1)  # so long the same offer is a second press, not a reminder


class UnableToInvite(BusinessError):
    """Access was not offered."""


class UnableToAnswerInvitation(BusinessError):
    """The invitation stays as it was. `code` is `not-yours`, `answered`, `expired`, `withdrawn` or `already-sees`."""


class UnableToChangeAccess(BusinessError):
    """The access stays as it was."""


@transaction.atomic
def invite_to_account(
    *,
    account: CustomerAccount,
    inviter: User,
    phone: str,
    role: AccessRoleKind | str,
    scopes: Iterable[str],
    at: datetime,
    actor: str,
    ends_on: date | None = None,
    called: str = "",
) -> AccessInvitation:
    """
    Offer access to whoever owns a phone number; it begins when he accepts, within two weeks.

    Whether the number is registered is not told. Offered again, the later offer replaces the earlier;
    the same offer sent twice in a row (a double click) is one.

    :raises UnableToInvite: if the inviter may not, the number is none or his own, or scopes or days make no sense.
    """
    account = lock_account(account)
    number = identity_rules.normalize_phone(phone)
    if number is None:
        raise UnableToInvite("This is no phone number; write it as 13812345678.", code="no-phone-number")
    if number == inviter.phone:
        raise UnableToInvite("This is your own number; enter another's.", code="own-number")
    try:
        wanted = levels.order_scopes(scopes)
    except ValueError:
        raise UnableToInvite("There is no such scope.", code="unknown-scope") from None
    if not wanted:
        raise UnableToInvite("Choose what he may do.", code="no-scope")
    if role not in levels.GRANTABLE_ROLES:
        raise UnableToInvite("The account holder proves who he is; nobody makes him one.", code="role")
    if ends_on is not None and ends_on <= timezone.localdate(at):
        raise UnableToInvite("The last day must be in the future.", code="days")
    try:
        check_granter(account, inviter, wanted, ends_on, at)
    except UnableToGrantAccess as refusal:
        raise UnableToInvite(refusal.message, code=refusal.code) from None
    retire_ended(account, at=at)
    if AccountAccess.objects.filter(account=account, user__phone=number, revoked_at=None).exists():
        raise UnableToInvite("He sees this account already; change that instead.", code="already-sees")
    opened = AccessInvitation.objects.filter(account=account, answered_at=None)
    opened.filter(expires_at__lte=at).update(answered_at=at, answer=InvitationAnswerKind.WITHDRAWN)
    offered = opened.filter(phone=number).first()
    facts = {"called": called.strip()[:40], "role": str(role), "scopes": wanted, "ends_on": ends_on}
    if offered is not None and at - offered.invited_at < SAME_OFFER and _says(offered, inviter, facts):
        return offered
    opened.filter(phone=number).update(answered_at=at, answer=InvitationAnswerKind.WITHDRAWN)
    if opened.count() >= MOST_INVITATIONS:
        raise UnableToInvite("Too many offers are open; withdraw some first.", code="too-many")
    invitation = AccessInvitation.objects.create(
        account=account,
        phone=number,
        **facts,
        invited_by=inviter,
        invited_at=at,
        expires_at=at + INVITED_FOR,
    )
    events.publish(AccessInvited(invitation.pk, account.pk, inviter.pk), actor=actor, at=at)
    return invitation


def _says(offered: AccessInvitation, inviter: User, facts: dict[str, Any]) -> bool:
    return offered.invited_by_id == inviter.pk and all(getattr(offered, name) == value for name, value in facts.items())


@transaction.atomic
def accept_invitation(*, invitation: AccessInvitation, user: User, at: datetime, actor: str) -> AccountAccess:
    """
    Take up an offer; accepted twice it gives the same access.

    The inviter must still have what he offered.

    :raises UnableToAnswerInvitation: if it is another's or no longer stands, or the user sees the account already.
    """
    account, invitation = _hold(invitation, user)
    if invitation.answer == InvitationAnswerKind.ACCEPTED:
        kept = AccountAccess.objects.filter(pk=invitation.access_id, user=user, revoked_at=None).first()
        if kept is not None:
            return kept
    _check_open(invitation, at)
    try:
        access = grant_access(
            account=account,
            granter=invitation.invited_by,
            grantee=user,
            role=invitation.role,
            scopes=invitation.scopes,
            ends_on=invitation.ends_on,
            called=invitation.called,
            at=at,
            actor=actor,
        )
    except UnableToGrantAccess as refusal:
        code = "already-sees" if refusal.code == "already-sees" else "withdrawn"
        raise UnableToAnswerInvitation(refusal.message, code=code) from None
    _answer(invitation, InvitationAnswerKind.ACCEPTED, access=access, at=at, actor=actor)
    return access


@transaction.atomic
def decline_invitation(*, invitation: AccessInvitation, user: User, at: datetime, actor: str) -> None:
    """
    Turn an offer down.

    :raises UnableToAnswerInvitation: if it is another's or no longer stands.
    """
    _account, invitation = _hold(invitation, user)
    _check_open(invitation, at)
    _answer(invitation, InvitationAnswerKind.DECLINED, access=None, at=at, actor=actor)


@transaction.atomic
def withdraw_invitation(*, invitation: AccessInvitation, by: User, at: datetime, actor: str) -> None:
    """
    Take an offer back: the inviter, or whoever may end what others handed on.

    :raises UnableToAnswerInvitation: if `by` may not, or it was answered.
    """
    account = lock_account(invitation.account)
    invitation = AccessInvitation.objects.select_for_update().get(pk=invitation.pk)
    held = get_access(account=account, viewer=by, at=at)
    is_owner = held is not None and held.role == AccessRoleKind.OWNER
    if not (serves_customers(by) or is_owner or invitation.invited_by_id == by.pk):
        raise UnableToAnswerInvitation("This offer is not yours to take back.", code="not-yours")
    _check_open(invitation, at)
    _answer(invitation, InvitationAnswerKind.WITHDRAWN, access=None, at=at, actor=actor)


def _hold(invitation: AccessInvitation, user: User) -> tuple[CustomerAccount, AccessInvitation]:
    account = lock_account(invitation.account)
    held = AccessInvitation.objects.select_for_update(of=("self",)).select_related("invited_by")
    invitation = held.get(pk=invitation.pk)
    # A number that was not proved may be anybody's.
    if user.phone_verified_at is None or invitation.phone != user.phone:
        raise UnableToAnswerInvitation("This offer is for another phone number.", code="not-yours")
    return account, invitation


def _check_open(invitation: AccessInvitation, at: datetime) -> None:
    if invitation.answer == InvitationAnswerKind.WITHDRAWN:
        raise UnableToAnswerInvitation("This offer was taken back.", code="withdrawn")
    if invitation.answered_at is not None:
        raise UnableToAnswerInvitation("This offer was answered already.", code="answered")
    is_over = invitation.ends_on is not None and invitation.ends_on <= timezone.localdate(at)
    if is_over or at >= invitation.expires_at:
        raise UnableToAnswerInvitation("This offer is too old; ask for a new one.", code="expired")


def _answer(
    invitation: AccessInvitation,
    answer: InvitationAnswerKind,
    *,
    access: AccountAccess | None,
    at: datetime,
    actor: str,
) -> None:
    invitation.answer, invitation.answered_at, invitation.access = answer.value, at, access
    invitation.save(update_fields=["answer", "answered_at", "access"])
    told = InvitationAnswered(invitation.pk, invitation.account_id, answer.value, access.pk if access else None)
    events.publish(told, actor=actor, at=at)


@transaction.atomic
def change_access(
    *,
    access: AccountAccess,
    by: User,
    scopes: Iterable[str],
    ends_on: date | None,
    at: datetime,
    actor: str,
    called: str | None = None,
) -> AccountAccess:
    """
    Let a user do more or less with an account than before, or for longer or shorter; gives the access that holds now.

    The old access is ended and stays in the history. Those whom he let in keep no more than he has.

    :raises UnableToChangeAccess: if `by` may not or has less himself, it has ended, or scopes or days make no sense.
    """
    account = lock_account(access.account)
    access = AccountAccess.objects.select_for_update().get(pk=access.pk)
    if access.revoked_at is not None:
        raise UnableToChangeAccess("This access has ended already.", code="already-ended")
    if access.role == AccessRoleKind.OWNER or not may_change(
        access, by=by, held=get_access(account=account, viewer=by, at=at)
    ):
        raise UnableToChangeAccess("You may not change this access.", code="may-not")
    try:
        wanted = levels.order_scopes(scopes)
    except ValueError:
        raise UnableToChangeAccess("There is no such scope.", code="unknown-scope") from None
    if not wanted:
        raise UnableToChangeAccess("Choose what he may do.", code="no-scope")
    if ends_on is not None and (ends_on <= timezone.localdate(at) or ends_on <= access.starts_on):
        raise UnableToChangeAccess("The last day must be in the future.", code="days")
    try:
        check_granter(account, by, wanted, ends_on, at)
    except UnableToGrantAccess as refusal:
        raise UnableToChangeAccess(refusal.message, code=refusal.code) from None
    if called is not None and called.strip()[:40] != access.called:
        access.called = called.strip()[:40]
        access.save(update_fields=["called"])
    if wanted == access.scopes and ends_on == access.ends_on:
        return access
    changed = _replace(access, scopes=wanted, ends_on=ends_on, by=by, at=at)
    also = _narrow_handed_on(changed, by=by, at=at)
    told = AccessChanged(
        changed.pk,
        account.pk,
        changed.user_id,
        access.scopes,
        changed.scopes,
        access.ends_on,
        changed.ends_on,
        access.pk,
        also,
    )
    events.publish(told, actor=actor, at=at)
    return changed


def _replace(
    access: AccountAccess, *, scopes: list[str], ends_on: date | None, by: User, at: datetime
) -> AccountAccess:
    """End an access and put another in its place; what is wider than before comes from who widened it."""
    by_or_none = by if by.pk else None
    AccountAccess.objects.filter(pk=access.pk).update(revoked_at=at, revoked_by=by_or_none, is_main=False)
    is_wider = bool(levels.scopes_beyond(scopes, held=access.scopes)) or levels.ends_beyond(
        ends_on, held=access.ends_on
    )
    return AccountAccess.objects.create(
        account_id=access.account_id,
        user_id=access.user_id,
        role=access.role,
        scopes=scopes,
        method=BindingMethodKind.GRANTED if is_wider else access.method,
        tag=access.tag,
        called=access.called,
        is_main=access.is_main,
        position=access.position,
        starts_on=access.starts_on,
        ends_on=ends_on,
        granted_by=by_or_none if is_wider else access.granted_by,
        made_at=at,
    )


def _narrow_handed_on(access: AccountAccess, *, by: User, at: datetime) -> list[int]:
    """Cut what an access's user handed on down to what he has now, at any remove; gives the ids that changed."""
    changed: list[int] = []
    above = [access]
    seen = {access.user_id}
    while above:
        one = above.pop()
        rows = AccountAccess.objects.filter(account_id=one.account_id, revoked_at=None, granted_by_id=one.user_id)
        for row in rows.exclude(user_id__in=seen).order_by("id"):
            seen.add(row.user_id)
            scopes = levels.narrow_scopes(row.scopes, to=one.scopes)
            ends_on = levels.narrow_end(row.ends_on, to=one.ends_on)
            if scopes == row.scopes and ends_on == row.ends_on:
                continue
            changed.append(row.pk)
            if scopes and (ends_on is None or ends_on > row.starts_on):
                above.append(_replace(row, scopes=scopes, ends_on=ends_on, by=by, at=at))
            else:
                row.scopes, row.ends_on = [], ends_on
                gone = AccountAccess.objects.filter(pk=row.pk)
                gone.update(revoked_at=at, revoked_by=by if by.pk else None, is_main=False)
                above.append(row)
    return changed
