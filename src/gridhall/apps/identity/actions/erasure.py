"""
Erasing a user who asks for it.

He has a week to think better of it. Then what identity keeps of him is erased: name, phone, e-mail, password, passkeys,
linked identities, codes, devices and addresses. What the law asks the company to keep stays: contracts, bills and
payments belong to the customer account, and the trail of events names him by a number that leads nowhere any more.
"""

from __future__ import annotations

from datetime import datetime

from axes.models import AccessAttempt, AccessLog
from django.contrib import auth
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest

from gridhall.apps.identity import queries
from gridhall.apps.identity.actions.sessions import end_sessions
from gridhall.apps.identity.events import ErasureRequested, ErasureWithdrawn, UserErased
from gridhall.apps.identity.kinds import SessionEndKind
from gridhall.apps.identity.models import (
    Authenticator,
    LinkedIdentity,
    OneTimeCode,
    Passkey,
    RecoveryCode,
    SignInFailure,
    User,
    UserSession,
)
from gridhall.apps.identity.rules import limits
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToErase(BusinessError):
    """The user is not going to be erased: `not-proved`, `staff`, `asked-already`."""


@transaction.atomic
def request_erasure(*, request: HttpRequest, at: datetime) -> datetime:
    """
    Note that the signed-in user wants to be erased; all his sessions end, this one too.

    :returns: when it will be done.
    :raises UnableToErase: if the proof is too old, to staff, or if it was asked already.
    """
    user = request.user
    if not isinstance(user, User) or not queries.is_proved(request, at=at):
        raise UnableToErase("Prove first that it is you.", code="not-proved")
    if user.is_staff:
        raise UnableToErase("An administrator closes the users of staff.", code="staff")
    due_at = at + limits.ERASED_AFTER
    if not User.objects.filter(pk=user.pk, erasure_due_at=None).update(erasure_due_at=due_at):
        raise UnableToErase("It was asked already.", code="asked-already")
    events.publish(ErasureRequested(user_id=user.pk, due_at=due_at.isoformat()), actor=str(user.mrid), at=at)
    end_sessions(user=user, kind=SessionEndKind.USER_GONE, at=at, actor=str(user.mrid))
    auth.logout(request)
    return due_at


@transaction.atomic
def withdraw_erasure(*, user: User, at: datetime, actor: str) -> None:
    """Let the user stay; nothing happens if he never asked to go."""
    if User.objects.filter(pk=user.pk, erased_at=None, erasure_due_at__isnull=False).update(erasure_due_at=None):
        user.erasure_due_at = None
        events.publish(ErasureWithdrawn(user_id=user.pk), actor=actor, at=at)


def erase_due_users(*, at: datetime) -> int:
    """Erase all users whose week is over; gives how many. What is interrupted goes on at the next call."""
    due = list(User.objects.filter(erasure_due_at__lte=at, erased_at=None).values_list("pk", flat=True))
    return sum(_erase(pk, at=at) for pk in due)


@transaction.atomic
def _erase(pk: int, *, at: datetime) -> bool:
    user = User.objects.select_for_update().filter(pk=pk, erasure_due_at__lte=at, erased_at=None).first()
    if user is None:  # he thought better of it just now
        return False
    end_sessions(user=user, kind=SessionEndKind.USER_GONE, at=at, actor="erasure")
    for kept in (Passkey, LinkedIdentity, Authenticator, RecoveryCode, UserSession):
        kept.objects.filter(user=user).delete()  # type: ignore[attr-defined]
    for told in (OneTimeCode, SignInFailure):
        told.objects.filter(phone=user.phone).delete()  # type: ignore[attr-defined]
    for counted in (AccessAttempt, AccessLog):  # where axes keeps who tried what from where
        counted.objects.filter(username=user.phone).delete()
    user.phone, user.name, user.email, user.phone_verified_at = f"erased-{user.pk}", "", "", None
    user.password, user.is_active, user.erased_at = make_password(None), False, at
    user.save()
    events.publish(UserErased(user_id=user.pk, erased_at=at.isoformat()), actor="erasure", at=at)
    return True
