"""What a user sees of the ways into his account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridhall.apps.identity import rules
from gridhall.apps.identity.models import Authenticator, LinkedIdentity, Passkey, RecoveryCode, User, UserSession
from gridhall.apps.identity.rules import totp


@dataclass(frozen=True, slots=True)
class SessionView:
    """One session as its user sees it; the address is masked."""

    mrid: UUID
    browser: str
    system: str
    method: str
    address: str
    started_at: datetime
    seen_at: datetime
    is_here: bool


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """One passkey as its user sees it."""

    mrid: UUID
    name: str
    is_backed_up: bool
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinkView:
    """One linked identity."""

    provider: str
    linked_at: datetime
    used_at: datetime | None


def list_sessions(*, viewer: User, here: UserSession | None, at: datetime) -> list[SessionView]:
    """List the viewer's sessions that are open, the one he sits at first, then by when they were used last."""
    limits = rules.get_session_limits(is_staff=viewer.is_staff)
    open_rows = UserSession.objects.filter(
        user=viewer, ended_at=None, seen_at__gt=at - limits.idle, started_at__gt=at - limits.whole
    ).order_by("-seen_at")
    here_pk = here.pk if here is not None else None
    views = []
    for row in open_rows[:100]:
        browser, _, system = row.device.partition(" · ")
        views.append(
            SessionView(
                row.mrid, browser, system, row.method, rules.mask_address(row.address), row.started_at, row.seen_at,
                row.pk == here_pk,
            )
        )  # fmt: skip
    return sorted(views, key=lambda view: not view.is_here)


def list_passkeys(*, viewer: User) -> list[PasskeyView]:
    """List the viewer's passkeys, oldest first."""
    return [
        PasskeyView(row.mrid, row.name, row.is_backed_up, row.created_at, row.used_at)
        for row in Passkey.objects.filter(user=viewer).order_by("created_at", "pk")
    ]


def list_links(*, viewer: User) -> list[LinkView]:
    """List where the viewer is linked."""
    rows = LinkedIdentity.objects.filter(user=viewer).order_by("provider")
    return [LinkView(row.provider, row.linked_at, row.used_at) for row in rows]


def has_second_factor_set_up(user: User) -> bool:
    """Tell whether a member of staff has an authenticator app or a passkey."""
    return Authenticator.objects.filter(user=user).exists() or Passkey.objects.filter(user=user).exists()


def has_authenticator(user: User) -> bool:
    """Tell whether a user has an authenticator app."""
    return Authenticator.objects.filter(user=user).exists()


def count_recovery_codes(*, viewer: User) -> int:
    """Count the viewer's recovery codes that are not used."""
    return RecoveryCode.objects.filter(user=viewer, used_at=None).count()


def make_authenticator_address(secret: str, *, user: User) -> str:
    """Give the otpauth address that an authenticator app reads from a QR code."""
    return totp.make_address(secret, label=rules.mask_phone(user.phone), issuer="Gridhall")
