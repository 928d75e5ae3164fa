"""What accounts keeps about a user himself, for his export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridhall.apps.accounts.models import AccountAccess, BindingAttempt

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
