"""The second factor of staff: an authenticator app or a passkey, and codes for the day it is lost."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from gridhall.apps.identity import queries
from gridhall.apps.identity.actions.passkeys import check_passkey
from gridhall.apps.identity.actions.sessions import end_sessions, note_proof, renew_key
from gridhall.apps.identity.actions.throttling import count_failure, is_beyond
from gridhall.apps.identity.events import SecondFactorChanged
from gridhall.apps.identity.kinds import FailureKind, SecondFactorKind, SessionEndKind, StaffRoleKind
from gridhall.apps.identity.models import Authenticator, Passkey, RecoveryCode, User
from gridhall.apps.identity.rules import limits, totp
from gridhall.core import events
from gridhall.core.errors import BusinessError

RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_ENROLLING = "authenticator"


class UnableToShowSecondFactor(BusinessError):
    """The second factor does not serve: `wrong-code`, `throttled`, `wrong-passkey`, `not-staff`."""


class UnableToSetUpSecondFactor(BusinessError):
    """The second factor stays as it was: `not-allowed`, `wrong-code`, `too-late`."""


def show_second_factor(*, request: HttpRequest, code: str, at: datetime) -> None:
    """
    Let a member of staff on by the code of his app, or by one of his recovery codes; the session gets another key.

    :raises UnableToShowSecondFactor: if it is wrong, was used already, or too many were.
    """
    user = _get_staff(request)
    if is_beyond(limits.WRONG_SECOND_FACTORS, FailureKind.SECOND_FACTOR, at, phone=user.phone):
        raise UnableToShowSecondFactor("Too many wrong codes. Wait a quarter of an hour.", code="throttled")
    with transaction.atomic():
        kind = _use_code(user, code, at=at)
        if kind is not None:
            _let_on(request, kind, at=at)
    if kind is None:
        address = queries.get_address(request)
        count_failure(FailureKind.SECOND_FACTOR, phone=user.phone, address=address, at=at)
        raise UnableToShowSecondFactor("The code is wrong, or was used already.", code="wrong-code")
    if kind == SecondFactorKind.RECOVERY_CODE:
        told = SecondFactorChanged(user_id=user.pk, change="recovery code used")
        events.publish(told, actor=str(user.mrid), at=at)


def show_passkey(*, request: HttpRequest, credential: str, at: datetime) -> None:
    """
    Let a member of staff on by his passkey.

    :raises UnableToShowSecondFactor: if it is not his.
    :raises UnableToSignIn: if it is not known.
    """
    user = _get_staff(request)
    if check_passkey(request=request, credential=credential, at=at).user_id != user.pk:
        raise UnableToShowSecondFactor("This passkey is somebody else's.", code="wrong-passkey")
    _let_on(request, SecondFactorKind.PASSKEY, at=at)


def begin_authenticator(*, request: HttpRequest) -> str:
    """
    Give the secret that the app shall keep, the same until it is confirmed; gives it in base 32.

    :raises UnableToSetUpSecondFactor: to one who has a second factor and did not show it.
    """
    _require_right(request)
    secret = request.session.get(_ENROLLING)
    if not secret:
        secret = request.session[_ENROLLING] = totp.make_secret()
    return str(secret)


@transaction.atomic
def confirm_authenticator(*, request: HttpRequest, code: str, at: datetime) -> list[str]:
    """
    Keep the app's secret once the app gave a right code; what was kept before is void. The session goes on with it.

    :returns: the recovery codes, to be shown this once.
    :raises UnableToSetUpSecondFactor: if the code is wrong.
    """
    user = _require_right(request)
    secret = request.session.get(_ENROLLING)
    if not secret:
        raise UnableToSetUpSecondFactor("That took too long; begin again.", code="too-late")
    step = totp.find_step(secret, code, at=at, after=0)
    if step is None:
        raise UnableToSetUpSecondFactor("The code is wrong. Does the clock of your phone go right?", code="wrong-code")
    del request.session[_ENROLLING]
    codes = enroll(user=user, secret=secret, at=at, actor=str(user.mrid), last_step=step)
    _let_on(request, SecondFactorKind.TOTP, at=at)
    return codes


@transaction.atomic
def enroll(*, user: User, secret: str, at: datetime, actor: str, last_step: int = 0) -> list[str]:
    """
    Keep an authenticator's secret for a user, and make fresh recovery codes; all of before is void.

    :returns: the recovery codes.
    """
    Authenticator.objects.update_or_create(
        user=user,
        defaults={
            "secret_encrypted": _get_cipher().encrypt(secret.encode()),
            "confirmed_at": at,
            "last_step": last_step,
        },
    )
    events.publish(SecondFactorChanged(user_id=user.pk, change="authenticator set up"), actor=actor, at=at)
    return _renew_recovery_codes(user)


@transaction.atomic
def renew_recovery_codes(*, request: HttpRequest, at: datetime) -> list[str]:
    """
    Make ten fresh recovery codes; the old ones are void.

    :raises UnableToSetUpSecondFactor: to one who did not show his second factor.
    """
    user = _require_right(request)
    if not queries.has_second_factor_set_up(user):
        raise UnableToSetUpSecondFactor("Set up an authenticator app or a passkey first.", code="not-allowed")
    events.publish(SecondFactorChanged(user_id=user.pk, change="recovery codes renewed"), actor=str(user.mrid), at=at)
    return _renew_recovery_codes(user)


@transaction.atomic
def trust_first_passkey(*, request: HttpRequest, passkey: Passkey, at: datetime) -> list[str]:
    """Let the session of a member of staff on after he registered his first passkey; gives recovery codes."""
    user = _get_staff(request)
    if passkey.user_id != user.pk:
        raise UnableToSetUpSecondFactor("This passkey is somebody else's.", code="not-allowed")
    _let_on(request, SecondFactorKind.PASSKEY, at=at)
    return _renew_recovery_codes(user)


@transaction.atomic
def reset_second_factor(*, user: User, by: User | None, at: datetime, actor: str) -> None:
    """
    Take a lost second factor away; the user's sessions end, and he sets up another at his next sign-in.

    :param by: an administrator other than the user, None for the command line.
    :raises UnableToSetUpSecondFactor: by one who may not.
    """
    if by is not None and (by.pk == user.pk or not queries.has_role(by, StaffRoleKind.ADMINISTRATOR)):
        raise UnableToSetUpSecondFactor("Only another administrator does this.", code="not-allowed")
    Authenticator.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    Passkey.objects.filter(user=user).delete()
    end_sessions(user=user, kind=SessionEndKind.CREDENTIALS_CHANGED, at=at, actor=actor)
    events.publish(SecondFactorChanged(user_id=user.pk, change="reset"), actor=actor, at=at)


def _get_staff(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User) or not user.is_staff:
        raise UnableToShowSecondFactor("Only staff have a second factor.", code="not-staff")
    return user


def _require_right(request: HttpRequest) -> User:
    """Whoever has none yet may set one up; whoever has one must have shown it."""
    user = _get_staff(request)
    if queries.has_second_factor_set_up(user) and not queries.has_second_factor(request):
        raise UnableToSetUpSecondFactor("Show the second factor that you have first.", code="not-allowed")
    return user


def _let_on(request: HttpRequest, kind: SecondFactorKind, *, at: datetime) -> None:
    request.session["second_factor"] = kind.value
    note_proof(request, at=at)
    renew_key(request)


def _use_code(user: User, code: str, *, at: datetime) -> SecondFactorKind | None:
    kept = Authenticator.objects.select_for_update().filter(user=user).first()
    if kept is not None:
        secret = _get_cipher().decrypt(bytes(kept.secret_encrypted)).decode()
        step = totp.find_step(secret, code, at=at, after=kept.last_step)
        if step is not None:
            kept.last_step = step
            kept.save(update_fields=["last_step"])
            return SecondFactorKind.TOTP
    unused = RecoveryCode.objects.filter(user=user, digest=_digest(user, code), used_at=None)
    return SecondFactorKind.RECOVERY_CODE if unused.update(used_at=at) else None


def _renew_recovery_codes(user: User) -> list[str]:
    codes = ["".join(secrets.choice(_ALPHABET) for _unused in range(10)) for _unused in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digest(user: User, code: str) -> str:
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    return salted_hmac("gridhall.recovery-code", f"{user.mrid}:{plain}", algorithm="sha256").hexdigest()


def _get_cipher() -> Fernet:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"gridhall authenticator secrets")
    return Fernet(base64.urlsafe_b64encode(key.derive(settings.GRIDHALL_ID_KEY.encode())))
