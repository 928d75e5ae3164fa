"""What accounts keeps about a user himself, for his export."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridhall.apps.accounts.models import (
    AccessInvitation,
    AccountAccess,
    BindingAttempt,
    BusinessCheck,
    Consent,
    RealName,
    RealNameCheck,
)
from gridhall.apps.accounts.queries.consents import list_own_parties
from gridhall.apps.accounts.queries.parties import read_id_number

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


def export_accesses(*, viewer: User) -> dict[str, list[dict[str, Any]]]:
    """Give the viewer's accesses, open and over, those he gave to others, and his tries to bind a number."""
    fields = ("account__number", "role", "scopes", "method", "tag", "is_main", "starts_on", "ends_on", "revoked_at")

    def rows(found: Any) -> list[dict[str, Any]]:
        renamed = ({"number": row.pop("account__number")} | row for row in found.order_by("pk").values(*fields))
        return list(renamed)

    return {
        "accesses": rows(AccountAccess.objects.filter(user=viewer)),
        "accesses_given": rows(AccountAccess.objects.filter(granted_by=viewer).exclude(user=viewer)),
        "binding_attempts": list(
            BindingAttempt.objects.filter(user=viewer)
            .order_by("pk")
            .values("number", "method", "is_success", "attempted_at")
        ),
    }


def export_person(*, viewer: User, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """Give who the viewer showed to be, for whom he asked to act, what he agreed to, and offers of and to him."""
    known = RealName.objects.filter(user=viewer).select_related("party")
    offers = AccessInvitation.objects.order_by("pk")
    offered = ("role", "scopes", "ends_on", "invited_at", "expires_at", "answered_at", "answer")
    sent = offers.filter(invited_by=viewer).values("account__number", "phone", "called", *offered)
    return {
        "real_name": [
            {
                "name": one.party.name,
                "id_number": read_id_number(one.party) or "",
                "level": one.level,
                "verified_at": one.verified_at,
            }
            for one in known
        ],
        "real_name_checks": list(
            RealNameCheck.objects.filter(user=viewer)
            .order_by("pk")
            .values("name", "consented_at", "started_at", "state", "reason", "decided_at")
        ),
        "business_checks": list(
            BusinessCheck.objects.filter(user=viewer)
            .order_by("pk")
            .values("name", "credit_code", "is_representative", "state", "reason", "asked_at", "decided_at", "ends_on")
        ),
        "consents": list(
            Consent.objects.filter(party__in=list_own_parties(viewer=viewer, at=at))
            .order_by("given_at", "pk")
            .values("kind", "given_at", "withdrawn_at", "source")
        ),
        "invitations_sent": [{"number": row.pop("account__number")} | row for row in sent],
        "invitations_received": list(offers.filter(phone=viewer.phone).values(*offered)),
    }
