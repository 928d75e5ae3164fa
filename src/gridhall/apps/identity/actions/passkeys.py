"""
Passkeys (WebAuthn level 3): registered by a signed-in user, used without typing anything.

Verification is py_webauthn's. A passkey is discoverable and asks for the device's own lock (user verification), so that
it is two factors at once.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import webauthn
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gridhall.apps.identity import queries, rules
from gridhall.apps.identity.actions.sessions import open_session
from gridhall.apps.identity.actions.throttling import UnableToSignIn
from gridhall.apps.identity.events import PasskeyAdded, PasskeyRemoved
from gridhall.apps.identity.kinds import SecondFactorKind, SignInMethodKind
from gridhall.apps.identity.models import Passkey, User
from gridhall.core import events
from gridhall.core.errors import BusinessError

MOST = 10
_LIVES = timedelta(minutes=5)
_KEY = "passkey"


class UnableToKeepPasskey(BusinessError):
    """The passkey was not registered, renamed or removed."""


def begin_passkey(*, request: HttpRequest, at: datetime) -> str:
    """
    Give what the browser needs to make a passkey for the signed-in user, as JSON.

    :raises UnableToKeepPasskey: if the proof is too old, or he has as many as anybody may have.
    """
    user = _require_proof(request, at)
    known = list(user.passkeys.values_list("credential_id", flat=True))
    if len(known) >= MOST:
        raise UnableToKeepPasskey(f"Nobody has more than {MOST} passkeys; remove one first.", code="too-many")
    options = webauthn.generate_registration_options(
        rp_id=_get_rp_id(request),
        rp_name="Gridhall 网上电厅",
        user_id=user.mrid.bytes,
        user_name=rules.mask_phone(user.phone),
        user_display_name=user.name or rules.mask_phone(user.phone),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(one)) for one in known],
    )
    _keep_challenge(request, options.challenge, "register", at)
    return webauthn.options_to_json(options)


@transaction.atomic
def add_passkey(*, request: HttpRequest, credential: str, name: str, at: datetime) -> Passkey:
    """
    Keep the passkey that the browser made.

    :param credential: the browser's answer, as JSON.
    :raises UnableToKeepPasskey: if it does not answer what was asked, or is kept already.
    """
    user = _require_proof(request, at)
    challenge = _take_challenge(request, "register", at)
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_get_rp_id(request),
            expected_origin=_get_origin(request),
            require_user_verification=True,
        )
        with transaction.atomic():
            passkey = Passkey.objects.create(
                user=user,
                credential_id=made.credential_id,
                public_key=made.credential_public_key,
                sign_count=made.sign_count,
                name=name.strip()[:40] or queries.get_device(request),
                is_backed_up=made.credential_backed_up,
                created_at=at,
            )
    except IntegrityError:
        raise UnableToKeepPasskey("This passkey is kept already.", code="known-passkey") from None
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise UnableToKeepPasskey("The passkey could not be checked; try again.", code="faulty-passkey") from error
    events.publish(PasskeyAdded(user_id=user.pk, name=passkey.name), actor=str(user.mrid), at=at)
    return passkey


def begin_passkey_sign_in(*, request: HttpRequest, at: datetime) -> str:
    """Give what the browser needs to look for a passkey, as JSON; it names nobody."""
    options = webauthn.generate_authentication_options(
        rp_id=_get_rp_id(request), user_verification=UserVerificationRequirement.REQUIRED
    )
    _keep_challenge(request, options.challenge, "sign-in", at)
    return webauthn.options_to_json(options)


def sign_in_by_passkey(*, request: HttpRequest, credential: str, at: datetime) -> User:
    """
    Let a user in by his passkey; for staff it is the second factor at once.

    :raises UnableToSignIn: if it is not known, or does not answer what was asked.
    """
    passkey = check_passkey(request=request, credential=credential, at=at)
    user = passkey.user
    if not user.is_active:
        raise UnableToSignIn("This user is closed; ask at the counter.", code="closed")
    second = SecondFactorKind.PASSKEY if user.is_staff else ""
    open_session(request, user, method=SignInMethodKind.PASSKEY, at=at, second_factor=second)
    return user


@transaction.atomic
def check_passkey(*, request: HttpRequest, credential: str, at: datetime) -> Passkey:
    """
    Check the browser's answer to what `begin_passkey_sign_in` asked; gives the passkey.

    :raises UnableToSignIn: if it is not known, or does not answer what was asked.
    """
    refusal = UnableToSignIn("This passkey is not known here. Sign in another way.", code="unknown-passkey")
    try:
        challenge = _take_challenge(request, "sign-in", at)
        answer = json.loads(credential)
        passkey = (
            Passkey.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(credential_id=base64url_to_bytes(answer["id"]))
            .first()
        )
        if passkey is None:
            raise refusal
        handle = answer["response"].get("userHandle")
        if handle and base64url_to_bytes(handle) != passkey.user.mrid.bytes:
            raise refusal
        checked = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_get_rp_id(request),
            expected_origin=_get_origin(request),
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, UnableToKeepPasskey, ValueError, KeyError, TypeError, AttributeError):
        raise refusal from None
    passkey.sign_count, passkey.used_at = checked.new_sign_count, at
    passkey.save(update_fields=["sign_count", "used_at"])
    return passkey


@transaction.atomic
def rename_passkey(*, request: HttpRequest, mrid: UUID | str, name: str, at: datetime) -> None:
    """
    Give a passkey of the signed-in user another name.

    :raises UnableToKeepPasskey: if he has none of this mRID, or the name is empty.
    """
    passkey = _find_own(_require_proof(request, at), mrid)
    if not name.strip():
        raise UnableToKeepPasskey("Write a name.", code="no-name")
    passkey.name = name.strip()[:40]
    passkey.save(update_fields=["name"])


@transaction.atomic
def remove_passkey(*, request: HttpRequest, mrid: UUID | str, at: datetime) -> None:
    """
    Forget a passkey of the signed-in user.

    :raises UnableToKeepPasskey: if he has none of this mRID, or the proof is too old.
    """
    user = _require_proof(request, at)
    passkey = _find_own(user, mrid)
    passkey.delete()
    events.publish(PasskeyRemoved(user_id=user.pk, name=passkey.name), actor=str(user.mrid), at=at)


def _find_own(user: User, mrid: UUID | str) -> Passkey:
    passkey = Passkey.objects.filter(user=user, mrid=mrid).first()
    if passkey is None:
        raise UnableToKeepPasskey("There is no such passkey.", code="no-such-passkey")
    return passkey


def _require_proof(request: HttpRequest, at: datetime) -> User:
    user = request.user
    if not isinstance(user, User) or not queries.is_proved(request, at=at):
        raise UnableToKeepPasskey("Prove first that it is you.", code="not-proved")
    # Staff add one beside what they have, and only then; the first may stand alone, at their first sign-in.
    if user.is_staff and queries.has_second_factor_set_up(user) and not queries.has_second_factor(request):
        raise UnableToKeepPasskey("Show your second factor first.", code="not-proved")
    return user


def _keep_challenge(request: HttpRequest, challenge: bytes, purpose: str, at: datetime) -> None:
    request.session[_KEY] = [purpose, bytes_to_base64url(challenge), at.isoformat()]


def _take_challenge(request: HttpRequest, purpose: str, at: datetime) -> bytes:
    """A challenge is answered once."""
    kept: Any = request.session.pop(_KEY, None)
    if not kept or kept[0] != purpose or at - datetime.fromisoformat(kept[2]) > _LIVES:
        raise UnableToKeepPasskey("That took too long; try again.", code="too-late")
    return base64url_to_bytes(kept[1])


def _get_rp_id(request: HttpRequest) -> str:
    """The host without its port; Django lets only allowed hosts pass."""
    return request.get_host().rpartition(":")[0] if ":" in request.get_host() else request.get_host()


def _get_origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"
