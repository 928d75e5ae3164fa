"""Opening sessions, watching over them, ending them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from axes.models import AccessAttempt, AccessLog
from django.contrib import auth
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

from gridhall.apps.identity import queries, rules
from gridhall.apps.identity.actions.codes import use_code
from gridhall.apps.identity.actions.throttling import UnableToSignIn, authenticate
from gridhall.apps.identity.events import PhoneVerified, SessionEnded, SignedIn, SignedOut, UserCreated
from gridhall.apps.identity.kinds import CodePurposeKind, SessionEndKind, SignInMethodKind
from gridhall.apps.identity.models import OneTimeCode, SignInFailure, User, UserSession
from gridhall.apps.identity.rules.limits import CUSTOMER_SESSION, DELETE_RECORDS_AFTER
from gridhall.core import events
from gridhall.core.errors import BusinessError

BACKEND = "gridhall.config.authentication.UserBackend"


class UnableToEndSession(BusinessError):
    """There is no such session of this user."""


def sign_in(*, request: HttpRequest, phone: str, password: str, at: datetime) -> User:
    """
    Let a user in by phone number and password; the session gets a new key.

    :raises UnableToSignIn: if they do not agree (it is not told which is wrong), or after too many wrong tries.
    """
    user = authenticate(request, phone=phone, password=password, at=at)
    if user is None:
        raise UnableToSignIn("The phone number or the password is wrong.", code="wrong-credentials")
    open_session(request, user, method=SignInMethodKind.PASSWORD, at=at)
    return user


def sign_in_by_code(*, request: HttpRequest, mrid: UUID | str, phone: str, code: str, at: datetime) -> User:
    """
    Let a user in by the code that was sent to his phone; a phone that nobody has makes a new user.

    Not to be called in a transaction that is rolled back on refusal: the wrong try would be forgotten.

    :raises UnableToUseCode: if the code does not serve.
    :raises UnableToSignIn: if the user of this phone is closed.
    """
    use_code(mrid=mrid, phone=phone, purpose=CodePurposeKind.SIGN_IN, code=code, at=at)
    with transaction.atomic():
        user = find_or_make_user(phone, at=at)
        open_session(request, user, method=SignInMethodKind.CODE, at=at)
    return user


def find_or_make_user(phone: str, *, at: datetime) -> User:
    """
    Give the user of a phone number that was proved just now, making him if there is none.

    :raises UnableToSignIn: if he is closed.
    """
    user, is_new = User.objects.get_or_create(
        phone=phone, defaults={"joined_at": at, "phone_verified_at": at, "password": make_password(None)}
    )
    if is_new:
        events.publish(UserCreated(user_id=user.pk, is_staff=False), actor=str(user.mrid), at=at)
    elif not user.is_active:
        raise UnableToSignIn("This user is closed; ask at the counter.", code="closed")
    elif user.phone_verified_at is None:
        user.phone_verified_at = at
        user.save(update_fields=["phone_verified_at"])
        events.publish(PhoneVerified(user_id=user.pk), actor=str(user.mrid), at=at)
    return user


@transaction.atomic
def open_session(
    request: HttpRequest, user: User, *, method: SignInMethodKind, at: datetime, second_factor: str = ""
) -> UserSession:
    """Sign a user in on this device: a new key, bound to browser, system and address; what was open here ends."""
    _end(_rows_of_key(request), SessionEndKind.SIGNED_OUT, at=at)
    auth.login(request, user, backend=BACKEND)
    request.session.set_expiry(int(rules.get_session_limits(is_staff=user.is_staff).whole.total_seconds()))
    request.session.pop("second_factor", None)
    request.session.pop(queries.DEVICE_KEY_PLACE, None)
    if second_factor:
        request.session["second_factor"] = second_factor
    note_proof(request, at=at)
    row = _make_row(request, user, method=method, at=at)
    events.publish(SignedIn(user_id=user.pk), actor=str(user.mrid), at=at)
    return row


def note_proof(request: HttpRequest, *, at: datetime) -> None:
    """Note that the user proved who he is, now and from this network."""
    network = rules.get_network(queries.get_address(request), bits_v4=16, bits_v6=32)
    request.session["proved"] = [at.isoformat(), network]


def renew_key(request: HttpRequest) -> None:
    """Give the session another key, as when it may do more from now on; the old one opens nothing."""
    row = queries.get_current_session(request)
    request.session.cycle_key()
    if row is not None:
        row.session_key = request.session.session_key
        row.save(update_fields=["session_key"])


def watch_session(*, request: HttpRequest, at: datetime) -> str | None:
    """
    See to it that the session of this request may go on; ends it if not, and says why (a SessionEndKind).

    Says so too to a device whose session was ended from elsewhere, when it first comes again.

    Called once a request. It asks nothing of the database, since the row came with the session; it writes now and then,
    when the session was used.
    """
    user = request.user
    if not isinstance(user, User):
        return queries.find_why_ended(request)
    row = queries.get_current_session(request)
    if row is None:  # opened by something else than this app, as `force_login` of the tests does
        _make_row(request, user, method=SignInMethodKind.OTHER, at=at)
        return None
    device, address = queries.get_device(request), queries.get_address(request)
    breach = rules.find_breach(
        is_staff=user.is_staff,
        started_at=row.started_at,
        seen_at=row.seen_at,
        at=at,
        devices=(row.device, device),
        addresses=(row.started_address, address),
    )
    if breach is not None:
        with transaction.atomic():
            _end([row], SessionEndKind(breach), at=at)
            auth.logout(request)
        return breach
    limits = rules.get_session_limits(is_staff=user.is_staff)
    if at - row.seen_at >= limits.note_seen_every or row.address != address:
        UserSession.objects.filter(pk=row.pk, ended_at=None).update(seen_at=at, address=address)
        row.seen_at, row.address = at, address
    return None


@transaction.atomic
def sign_out(*, request: HttpRequest, at: datetime) -> None:
    """End the session; nothing happens to one who is not signed in."""
    user = request.user
    rows = _rows_of_key(request)
    _end(rows, SessionEndKind.SIGNED_OUT, at=at)
    auth.logout(request)
    if isinstance(user, User):
        told = SignedOut(user_id=user.pk, session_mrid=str(rows[0].mrid) if rows else "")
        events.publish(told, actor=str(user.mrid), at=at)


@transaction.atomic
def end_session(*, user: User, mrid: UUID | str, at: datetime, actor: str) -> None:
    """
    End one of the user's sessions, wherever it is; one that is over already stays so.

    :raises UnableToEndSession: if he has none of this name.
    """
    row = UserSession.objects.filter(user=user, mrid=mrid).first()
    if row is None:
        raise UnableToEndSession("There is no such session.", code="no-such-session")
    if row.ended_at is None:
        _end([row], SessionEndKind.ENDED, at=at, actor=actor)


@transaction.atomic
def end_sessions(*, user: User, kind: SessionEndKind, at: datetime, actor: str, but: UserSession | None = None) -> int:
    """End all the user's sessions, but the one he sits at if that is given; gives how many ended."""
    rows = [row for row in UserSession.objects.filter(user=user, ended_at=None) if but is None or row.pk != but.pk]
    _end(rows, kind, at=at, actor=actor)
    return len(rows)


def _make_row(request: HttpRequest, user: User, *, method: SignInMethodKind, at: datetime) -> UserSession:
    address = queries.get_address(request)
    row, _is_new = UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "method": method,
            "device": queries.get_device(request),
            "started_address": address,
            "address": address,
            "started_at": at,
            "seen_at": at,
        },
    )
    request.session.user_session = row  # type: ignore[attr-defined]
    return row


def _rows_of_key(request: HttpRequest) -> list[UserSession]:
    key = request.session.session_key
    return list(UserSession.objects.filter(session_key=key)) if key else []


def _end(rows: Iterable[UserSession], kind: SessionEndKind, *, at: datetime, actor: str = "session") -> None:
    """End sessions: their keys open nothing from now on."""
    rows = list(rows)
    if not rows:
        return
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    is_told = kind != SessionEndKind.SIGNED_OUT
    for row in rows:
        row.ended_key = queries.digest_session_key(row.session_key) if is_told and row.session_key else ""
        row.ended_at, row.end_kind, row.session_key = at, kind, None
    UserSession.objects.bulk_update(rows, ["ended_at", "end_kind", "session_key", "ended_key"], batch_size=500)
    if is_told:
        told = [SessionEnded(row.user_id, str(row.mrid), kind) for row in rows]
        events.publish_many(told, actor=actor, at=at)


def forget_old_records(*, at: datetime) -> int:
    """Forget codes and wrong tries after two days, and sessions ninety days after they ended; gives how many rows."""
    gone = Session.objects.filter(expire_date__lt=at).delete()[0]
    # Their keys go too: a key without a row would be taken for a session of another make, and begin anew.
    _end(
        UserSession.objects.filter(ended_at=None, started_at__lt=at - CUSTOMER_SESSION.whole),
        SessionEndKind.TOO_OLD,
        at=at,
    )
    gone += UserSession.objects.filter(ended_at__lt=at - DELETE_RECORDS_AFTER).delete()[0]
    for counted in (AccessAttempt, AccessLog):
        gone += counted.objects.filter(attempt_time__lt=at - timedelta(days=2)).delete()[0]
    gone += OneTimeCode.objects.filter(sent_at__lt=at - timedelta(days=2)).delete()[0]
    return gone + SignInFailure.objects.filter(failed_at__lt=at - timedelta(days=2)).delete()[0]
