"""Passwords: changed by whoever knows the old one, set anew by whoever holds the phone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import auth
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from gridhall.apps.identity import queries, rules
from gridhall.apps.identity.actions.codes import use_code
from gridhall.apps.identity.actions.sessions import end_sessions, find_or_make_user, note_proof, open_session, renew_key
from gridhall.apps.identity.actions.throttling import authenticate
from gridhall.apps.identity.events import PasswordChanged
from gridhall.apps.identity.kinds import CodePurposeKind, SessionEndKind, SignInMethodKind
from gridhall.apps.identity.models import User
from gridhall.core import events
from gridhall.core.errors import BusinessError

_COMMON = CommonPasswordValidator()


class UnableToChangePassword(BusinessError):
    """The password stays as it was."""


def find_weakness(password: str, *, phone: str, name: str) -> str | None:
    """Say what is wrong with a password, or None; those that everybody tries first are refused too."""
    weakness = rules.find_password_weakness(password, phone=phone, name=name)
    if weakness is None:
        try:
            _COMMON.validate(password)
        except ValidationError:
            weakness = "This password is too common; choose another."
    return weakness


def change_password(*, request: HttpRequest, old_password: str, new_password: str, at: datetime) -> None:
    """
    Give the signed-in user another password; this session goes on, all his others end.

    :raises UnableToChangePassword: if the old one is wrong or the new one weak or the same.
    :raises UnableToSignIn: after too many wrong tries at the old one.
    """
    user = request.user
    if not isinstance(user, User):
        raise UnableToChangePassword("Sign in first.", code="not-signed-in")
    if authenticate(request, phone=user.phone, password=old_password, at=at) != user:
        raise UnableToChangePassword("The old password is wrong.", code="wrong-credentials")
    if new_password == old_password:
        raise UnableToChangePassword("The new password is the old one.", code="same-password")
    set_own_password(request=request, password=new_password, at=at)


@transaction.atomic
def set_own_password(*, request: HttpRequest, password: str, at: datetime) -> None:
    """
    Give the signed-in user, who proved a moment ago who he is, a password; all his other sessions end.

    :raises UnableToChangePassword: if the proof is too old, or the password weak.
    """
    user = request.user
    if not isinstance(user, User) or not queries.is_proved(request, at=at):
        raise UnableToChangePassword("Prove first that it is you.", code="not-proved")
    here = queries.get_current_session(request)
    kept = User.objects.select_for_update().get(pk=user.pk)
    if kept.password != user.password and kept.check_password(password):
        user.password = kept.password  # set a moment ago by the same form, sent twice: once is enough
    else:
        _set(user, password, at=at, actor=str(user.mrid))
    end_sessions(user=user, kind=SessionEndKind.CREDENTIALS_CHANGED, at=at, actor=str(user.mrid), but=here)
    auth.update_session_auth_hash(request, user)  # the hash in the session, and a new key
    if here is not None:
        here.session_key = request.session.session_key
        here.save(update_fields=["session_key"])


def reset_password(
    *, request: HttpRequest, mrid: UUID | str, phone: str, code: str, password: str, at: datetime
) -> User:
    """
    Set a new password by the code that was sent to the phone, and let the user in; all his other sessions end.

    The password is looked at first, so that a weak one does not cost the code.

    :raises UnableToChangePassword: if it is weak.
    :raises UnableToUseCode: if the code does not serve.
    :raises UnableToSignIn: if the user is closed.
    """
    weakness = find_weakness(password, phone=phone, name="")
    if weakness:
        raise UnableToChangePassword(weakness, code="weak-password")
    use_code(mrid=mrid, phone=phone, purpose=CodePurposeKind.NEW_PASSWORD, code=code, at=at)
    with transaction.atomic():
        user = find_or_make_user(phone, at=at)
        set_password(user=user, password=password, at=at, actor=str(user.mrid))
        open_session(request, user, method=SignInMethodKind.CODE, at=at)
    return user


@transaction.atomic
def set_password(*, user: User, password: str, at: datetime, actor: str) -> None:
    """
    Set a password without asking for the old one, as the command line does; all sessions of the user end.

    :raises UnableToChangePassword: if it is weak.
    """
    _set(user, password, at=at, actor=actor)
    end_sessions(user=user, kind=SessionEndKind.CREDENTIALS_CHANGED, at=at, actor=actor)


def _set(user: User, password: str, *, at: datetime, actor: str) -> None:
    weakness = find_weakness(password, phone=user.phone, name=user.name)
    if weakness:
        raise UnableToChangePassword(weakness, code="weak-password")
    user.set_password(password)
    user.save(update_fields=["password"])
    events.publish(PasswordChanged(user_id=user.pk), actor=actor, at=at)


def prove_by_password(*, request: HttpRequest, password: str, at: datetime) -> None:
    """
    Let the signed-in user prove by his password that it is still he; the session gets another key.

    :raises UnableToChangePassword: if it is wrong.
    :raises UnableToSignIn: after too many wrong tries.
    """
    user = request.user
    if not isinstance(user, User) or authenticate(request, phone=user.phone, password=password, at=at) != user:
        raise UnableToChangePassword("The password is wrong.", code="wrong-credentials")
    _note_proof(request, at=at)


def prove_by_code(*, request: HttpRequest, mrid: UUID | str, code: str, at: datetime) -> None:
    """
    Let the signed-in user prove by a code to his phone that it is still he; the session gets another key.

    :raises UnableToUseCode: if the code does not serve.
    """
    phone = request.user.phone if isinstance(request.user, User) else ""
    use_code(mrid=mrid, phone=phone, purpose=CodePurposeKind.PROOF, code=code, at=at)
    _note_proof(request, at=at)


def _note_proof(request: HttpRequest, *, at: datetime) -> None:
    note_proof(request, at=at)
    renew_key(request)
