"""Making users, and keeping their password and preferences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from gridhall.apps.identity import rules
from gridhall.apps.identity.actions.sessions import authenticate
from gridhall.apps.identity.events import PasswordChanged, PhoneVerified, PreferencesChanged, UserCreated, UsersImported
from gridhall.apps.identity.kinds import AppearanceKind, ReadingModeKind
from gridhall.apps.identity.models import User
from gridhall.core import events
from gridhall.core.errors import BusinessError

_COMMON = CommonPasswordValidator()


class UnableToCreateUser(BusinessError):
    """The user was not made; nothing changed."""


class UnableToChangePassword(BusinessError):
    """The password stays as it was."""


class UnableToChangePreferences(BusinessError):
    """The preferences stay as they were."""


def _find_weakness(password: str, *, phone: str, name: str) -> str | None:
    weakness = rules.find_password_weakness(password, phone=phone, name=name)
    if weakness is None:
        try:
            _COMMON.validate(password)
        except ValidationError:
            weakness = "This password is too common; choose another."
    return weakness


@transaction.atomic
def create_user(
    *,
    phone: str,
    name: str,
    password: str | None,
    at: datetime,
    actor: str,
    is_phone_verified: bool = False,
    is_staff: bool = False,
) -> User:
    """
    Make a user; without a password he cannot sign in by one.

    :param is_phone_verified: whether it was proved that the phone is his; binding by phone and name asks for it.
    :raises UnableToCreateUser: if the phone number is none or is taken, or the password is weak.
    """
    number = rules.normalize_phone(phone)
    if number is None:
        raise UnableToCreateUser("This is no phone number; write it as 13812345678.", code="no-phone-number")
    weakness = None if password is None else _find_weakness(password, phone=number, name=name.strip())
    if weakness:
        raise UnableToCreateUser(weakness, code="weak-password")
    user = User(
        phone=number,
        name=name.strip(),
        is_staff=is_staff,
        joined_at=at,
        phone_verified_at=at if is_phone_verified else None,
    )
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise UnableToCreateUser("There is a user with this phone number already.", code="phone-taken") from None
    events.publish(UserCreated(user_id=user.pk, is_staff=is_staff), actor=actor, at=at)
    return user


def create_staff(*, phone: str, name: str, password: str, at: datetime, actor: str) -> User:
    """
    Make a member of staff.

    :raises UnableToCreateUser: as for any user.
    """
    return create_user(
        phone=phone, name=name, password=password, at=at, actor=actor, is_phone_verified=True, is_staff=True
    )


@transaction.atomic
def import_users(*, phones: Iterable[str], at: datetime, actor: str) -> int:
    """
    Make users for the normalized phone numbers of a former channel that are not known yet; gives how many.

    They have no password and no verified phone: they prove it is theirs before they get in.
    """
    wanted = set(phones)
    known = set(User.objects.filter(phone__in=wanted).values_list("phone", flat=True))
    fresh = [User(phone=phone, joined_at=at, password=make_password(None)) for phone in sorted(wanted - known)]
    User.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=2_000)
    if fresh:
        events.publish(UsersImported(users=len(fresh)), actor=actor, at=at)
    return len(fresh)


def change_password(*, request: HttpRequest, old_password: str, new_password: str, at: datetime) -> None:
    """
    Give the signed-in user another password; this session goes on, all his others end.

    :raises UnableToChangePassword: if the old one is wrong or the new one weak or the same.
    :raises UnableToSignIn: after too many wrong tries at the old one.
    """
    user = request.user
    if not isinstance(user, User):
        raise UnableToChangePassword("Sign in first.", code="not-signed-in")
    if authenticate(request, phone=user.phone, password=old_password) != user:
        raise UnableToChangePassword("The old password is wrong.", code="wrong-credentials")
    if new_password == old_password:
        raise UnableToChangePassword("The new password is the old one.", code="same-password")
    set_password(user=user, password=new_password, at=at, actor=str(user.mrid))
    auth.update_session_auth_hash(request, user)


@transaction.atomic
def set_password(*, user: User, password: str, at: datetime, actor: str) -> None:
    """
    Set a password without asking for the old one, as the command line does; all sessions of the user end.

    :raises UnableToChangePassword: if it is weak.
    """
    weakness = _find_weakness(password, phone=user.phone, name=user.name)
    if weakness:
        raise UnableToChangePassword(weakness, code="weak-password")
    user.set_password(password)
    user.save(update_fields=["password"])
    events.publish(PasswordChanged(user_id=user.pk), actor=actor, at=at)


@transaction.atomic
def verify_phone(*, user: User, at: datetime, actor: str) -> None:
    """Note that the phone number was proved to be the user's; a second proof changes nothing."""
    if User.objects.filter(pk=user.pk, phone_verified_at=None).update(phone_verified_at=at):
        user.phone_verified_at = at
        events.publish(PhoneVerified(user_id=user.pk), actor=actor, at=at)


@transaction.atomic
def update_preferences(
    *,
    user: User,
    at: datetime,
    actor: str,
    language: str | None = None,
    appearance: str | None = None,
    reading_mode: str | None = None,
) -> User:
    """
    Change what is given of a user's language, appearance and reading mode.

    :raises UnableToChangePreferences: if one of them is not on offer.
    """
    offers = {
        "language": (language, [code for code, _ in settings.LANGUAGES]),
        "appearance": (appearance, AppearanceKind.values),
        "reading_mode": (reading_mode, ReadingModeKind.values),
    }
    changed = []
    for field, (value, offered) in offers.items():
        if value is None or value == getattr(user, field):
            continue
        if value not in offered:
            raise UnableToChangePreferences(f"Choose one of {', '.join(offered)}.", code="not-on-offer")
        changed.append(field)
    for field in changed:
        setattr(user, field, offers[field][0])
    if changed:
        user.save(update_fields=changed)
        told = PreferencesChanged(user.pk, user.language, user.appearance, user.reading_mode)
        events.publish(told, actor=actor, at=at)
    return user
