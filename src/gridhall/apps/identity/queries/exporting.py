"""Everything that is kept about a user, for himself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gridhall.apps.identity.models import (
    LinkedIdentity,
    OneTimeCode,
    Passkey,
    SignInFailure,
    StaffRole,
    User,
    UserSession,
)
from gridhall.core.models import Event

_MOST_EVENTS = 10_000


def export_user(*, viewer: User, at: datetime) -> dict[str, Any]:
    """
    Give all that identity keeps about the viewer, and the trail of what he did; only what is secret is left out.

    Secrets are the password, keys of sessions and passkeys, and digests of codes: they are no data about him, and
    whoever finds the file must not get in by it.
    """

    def rows(found: Any, *fields: str) -> list[dict[str, Any]]:
        return list(found.values(*fields))

    user_fields = (
        "mrid", "phone", "name", "phone_verified_at", "email", "language", "appearance", "reading_mode", "is_staff",
        "joined_at", "last_login", "erasure_due_at",
    )  # fmt: skip
    events = Event.objects.filter(actor=str(viewer.mrid)).order_by("-id")[:_MOST_EVENTS]
    return {
        "exported_at": at,
        "user": {name: getattr(viewer, name) for name in user_fields},
        "has_password": viewer.has_usable_password(),
        "sessions": rows(
            UserSession.objects.filter(user=viewer).order_by("-started_at"),
            "device", "method", "started_address", "address", "started_at", "seen_at", "ended_at", "end_kind",
        ),
        "passkeys": rows(Passkey.objects.filter(user=viewer), "name", "is_backed_up", "created_at", "used_at"),
        "linked_identities": rows(
            LinkedIdentity.objects.filter(user=viewer), "provider", "subject", "linked_at", "used_at"
        ),
        "staff_roles": rows(StaffRole.objects.filter(user=viewer), "role", "granted_at", "ended_at"),
        "codes_sent": rows(
            OneTimeCode.objects.filter(phone=viewer.phone).order_by("-sent_at"),
            "purpose", "address", "sent_at", "used_at",
        ),
        "wrong_tries": rows(
            SignInFailure.objects.filter(phone=viewer.phone).order_by("-failed_at"), "kind", "address", "failed_at"
        ),
        "events": [{"at": row.happened_at, "kind": row.kind, "details": row.payload} for row in events],
    }  # fmt: skip
