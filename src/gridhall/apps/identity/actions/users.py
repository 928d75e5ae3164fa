"""Making users, and keeping their preferences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from gridhall.apps.identity import rules
from gridhall.apps.identity.actions.passwords import find_weakness
from gridhall.apps.identity.events import PhoneVerified, PreferencesChanged, UserCreated, UsersImported
from gridhall.apps.identity.kinds import AppearanceKind, ReadingModeKind
from gridhall.apps.identity.models import User
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToCreateUser(BusinessError):
    """The user was not made; nothing changed."""


class UnableToChangePreferences(BusinessError):
    """The preferences stay as they were."""


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
    weakness = None if password is None else find_weakness(password, phone=number, name=name.strip())
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
