"""Accesses as both sides see them: who sees my account, what I am offered, what was and is no more."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.accounts.models import AccessInvitation, AccountAccess, CustomerAccount
from gridhall.apps.accounts.queries.access import AccessDenied, get_access, get_sight, is_allowed
from gridhall.apps.accounts.rules import binding, masking

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User

TOLD_FOR = timedelta(days=30)
MOST_HISTORY = 200


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An offer of access, as the inviter or (account and inviter masked) the invited one sees it."""

    mrid: uuid.UUID
    phone_masked: str
    called: str
    role: str
    scopes: tuple[str, ...]
    ends_on: date | None
    expires_at: datetime
    number_masked: str
    kind: str
    inviter_masked: str
    inviter_phone_masked: str


@dataclass(frozen=True, slots=True)
class PastAccessView:
    """One access in the history of an account. `how` is OPEN, EXPIRED, GIVEN_UP, ENDED or REPLACED."""

    user_name_masked: str
    phone_masked: str
    called: str
    role: str
    scopes: tuple[str, ...]
    method: str
    since: date
    until: date | None
    how: str


@dataclass(frozen=True, slots=True)
class LostAccessView:
    """An access that the viewer no longer has. `how` is EXPIRED or ENDED (by another)."""

    number: str
    tag: str
    name_masked: str
    how: str
    ended_on: date


def find_access_of(*, account: CustomerAccount, mrid: uuid.UUID, viewer: User | None, at: datetime) -> AccountAccess:
    """
    Give an access to an account that the viewer manages, ended ones too. For actions.

    :raises AccessDenied: if the viewer does not manage the account, or there is no such access to it.
    """
    _check_manages(account, viewer, at)
    found = AccountAccess.objects.filter(account=account, mrid=mrid).select_related("account", "user").first()
    if found is None:
        raise AccessDenied
    return found


def find_own_access(*, mrid: uuid.UUID, viewer: User) -> AccountAccess:
    """
    Give one of the viewer's accesses, ended ones too. For actions.

    :raises AccessDenied: if it is another's.
    """
    found = AccountAccess.objects.filter(user_id=viewer.pk, mrid=mrid).select_related("account").first()
    if found is None:
        raise AccessDenied
    return found


def count_dependents(*, account: CustomerAccount, viewer: User, at: datetime) -> int:
    """Count those who see an account because the viewer let them in, at any remove."""
    rows = AccountAccess.objects.filter(account=account, revoked_at=None).values_list("user_id", "granted_by_id")
    below: set[int] = set()
    above = {viewer.pk}
    while above:
        found = {user for user, granter in rows if granter in above} - below - {viewer.pk}
        below |= found
        above = found
    return len(below)


def _check_manages(account: CustomerAccount, viewer: User | None, at: datetime) -> None:
    if not is_allowed(account=account, viewer=viewer, at=at, scope=AccessScopeKind.MANAGE):
        raise AccessDenied


def list_invitations(*, account: CustomerAccount, viewer: User | None, at: datetime) -> list[InvitationView]:
    """
    List the open offers of access to an account.

    :raises AccessDenied: if the viewer does not manage it.
    """
    _check_manages(account, viewer, at)
    rows = AccessInvitation.objects.filter(_stands(at), account=account)
    return [_as_invitation(row) for row in rows.select_related("account", "invited_by").order_by("invited_at", "id")]


def list_offers(*, viewer: User | None, at: datetime) -> list[InvitationView]:
    """List what is offered to the viewer's phone number, once he has proved that it is his."""
    if viewer is None or not viewer.is_authenticated or viewer.phone_verified_at is None:
        return []
    rows = AccessInvitation.objects.filter(_stands(at), phone=viewer.phone)
    return [_as_invitation(row) for row in rows.select_related("account", "invited_by").order_by("invited_at", "id")]


def find_offer(*, mrid: uuid.UUID, viewer: User) -> AccessInvitation:
    """
    Give an offer made to the viewer's proved phone number, answered or not. For actions.

    :raises AccessDenied: if there is none.
    """
    found = AccessInvitation.objects.filter(mrid=mrid, phone=viewer.phone).select_related("account").first()
    if found is None or viewer.phone_verified_at is None:
        raise AccessDenied
    return found


def find_invitation(
    *, account: CustomerAccount, mrid: uuid.UUID, viewer: User | None, at: datetime
) -> AccessInvitation:
    """
    Give an offer of access to an account that the viewer manages. For actions.

    :raises AccessDenied: if he does not, or there is none.
    """
    _check_manages(account, viewer, at)
    found = AccessInvitation.objects.filter(mrid=mrid, account=account).select_related("account").first()
    if found is None:
        raise AccessDenied
    return found


def _stands(at: datetime) -> Q:
    return Q(answered_at=None, expires_at__gt=at) & (Q(ends_on=None) | Q(ends_on__gt=timezone.localdate(at)))


def _as_invitation(row: AccessInvitation) -> InvitationView:
    return InvitationView(
        mrid=row.mrid,
        phone_masked=masking.mask_phone(row.phone),
        called=row.called,
        role=row.role,
        scopes=tuple(row.scopes),
        ends_on=row.ends_on,
        expires_at=row.expires_at,
        number_masked=masking.mask_number(row.account.number),
        kind=row.account.kind,
        inviter_masked=masking.mask_name(row.invited_by.name),
        inviter_phone_masked=masking.mask_phone(row.invited_by.phone),
    )


def list_access_history(*, account: CustomerAccount, viewer: User | None, at: datetime) -> list[PastAccessView]:
    """
    List who could see an account when, the latest first; of the time of earlier holders nothing.

    :raises AccessDenied: if the viewer does not manage it.
    """
    _check_manages(account, viewer, at)
    first_day = get_sight(account=account, viewer=viewer, at=at).first_day
    rows = AccountAccess.objects.filter(account=account).select_related("user").order_by("-starts_on", "-id")
    today = timezone.localdate(at)
    views = []
    replaced: dict[int, datetime | None] = {}
    for row in rows[:MOST_HISTORY]:
        ended_on = timezone.localdate(row.revoked_at) if row.revoked_at else None
        until = min((day for day in (ended_on, row.ends_on) if day is not None), default=None)
        is_over = ended_on is not None or (row.ends_on is not None and row.ends_on <= today)
        if is_over and until is not None and until < first_day:
            continue
        how = _tell_how(row, until, is_over=is_over, is_replaced=replaced.get(row.user_id) == row.revoked_at)
        replaced[row.user_id] = row.made_at
        views.append(
            PastAccessView(
                user_name_masked=masking.mask_name(row.user.name),
                phone_masked=masking.mask_phone(row.user.phone),
                called=row.called,
                role=row.role,
                scopes=tuple(row.scopes),
                method=row.method,
                since=max(timezone.localdate(row.made_at), row.starts_on) if row.made_at else row.starts_on,
                until=until,
                how=how,
            )
        )
    return views


def _tell_how(row: AccountAccess, until: date | None, *, is_over: bool, is_replaced: bool) -> str:
    if not is_over:
        return "OPEN"
    if row.revoked_at is not None and is_replaced:
        return "REPLACED"
    if row.ends_on is not None and until == row.ends_on:
        return "EXPIRED"
    return "GIVEN_UP" if row.revoked_by_id == row.user_id else "ENDED"


def find_lost_access(*, viewer: User, at: datetime, number: str = "") -> LostAccessView | None:
    """
    Give the last access of the viewer that another ended, or that came to its end, in the last thirty days.

    :param number: only to this account.
    """
    today = timezone.localdate(at)
    is_ended = Q(revoked_at__gt=at - TOLD_FOR) & ~Q(revoked_by_id=viewer.pk)
    is_past = Q(ends_on__lte=today, ends_on__gt=today - TOLD_FOR)
    rows = AccountAccess.objects.filter(is_ended | is_past, user_id=viewer.pk).select_related("account")
    if number:
        rows = rows.filter(account__number=number)
    row = rows.order_by("-id").first()
    if row is None or get_access(account=row.account, viewer=viewer, at=at) is not None:
        return None
    has_come_to_end = row.ends_on is not None and row.ends_on <= today
    ended_on = timezone.localdate(row.revoked_at) if row.revoked_at and not has_come_to_end else row.ends_on
    return LostAccessView(
        number=row.account.number,
        tag=row.tag,
        name_masked=masking.mask_name(row.account.name),
        how="EXPIRED" if has_come_to_end else "ENDED",
        ended_on=ended_on or today,
    )


def find_undoable(*, viewer: User, at: datetime) -> AccountAccess | None:
    """Give the account that the viewer unbound last, as long as that can be taken back."""
    rows = AccountAccess.objects.filter(
        user_id=viewer.pk, revoked_by_id=viewer.pk, revoked_at__gt=at - binding.UNBOUND_FOR_GOOD_AFTER
    )
    row = rows.select_related("account").order_by("-revoked_at", "-id").first()
    if row is None or AccountAccess.objects.filter(account=row.account, user=viewer, revoked_at=None).exists():
        return None
    return row
