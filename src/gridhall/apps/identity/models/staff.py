"""What staff may do, by whom it was given, and until when."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gridhall.apps.identity import kinds
from gridhall.apps.identity.rules import CONFLICTS


def duties_are_separate() -> pgtrigger.Trigger:
    """Refuse an open role beside one it must not be held with; the user's row is locked, so two at once are seen."""
    pairs = ", ".join(
        f"('{one}', '{other}')"
        for one, other in sorted(
            pair for together in CONFLICTS for pair in (sorted(together), sorted(together, reverse=True))
        )
    )
    return pgtrigger.Trigger(
        name="duties_are_separate",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Q(new__ended_at__isnull=True),
        func=pgtrigger.Func(
            f"""
            PERFORM 1 FROM identity_user WHERE id = NEW.user_id FOR UPDATE;
            IF EXISTS (SELECT 1 FROM identity_staffrole AS held WHERE held.user_id = NEW.user_id
                AND held.ended_at IS NULL AND held.id IS DISTINCT FROM NEW.id
                AND (held.role, NEW.role) IN ({pairs})) THEN
                RAISE check_violation USING MESSAGE = format('user %s must not hold %s with what he holds',
                    NEW.user_id, NEW.role), CONSTRAINT = 'duties_are_separate';
            END IF;
            RETURN NEW;
            """
        ),
    )


class StaffRole(models.Model):
    """A role that a member of staff holds from `granted_at` until `ended_at`; rows are kept for the record."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="staff_roles")
    role = models.CharField(max_length=20, choices=kinds.StaffRoleKind)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="roles_granted")
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="roles_ended")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], condition=Q(ended_at=None), name="one_open_role_a_user"),
            models.CheckConstraint(condition=~Q(granted_by=F("user")), name="nobody_grants_himself_a_role"),
            models.CheckConstraint(condition=Q(role__in=kinds.StaffRoleKind.values), name="role_is_known"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("granted_at")), name="role_ends_after_it_began"
            ),
        ]
        triggers = [
            duties_are_separate(),
            pgtrigger.Protect(name="staff_role_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="staff_role_stays_as_given",
                operation=pgtrigger.UpdateOf("user_id", "role", "granted_by_id", "granted_at"),
            ),
            pgtrigger.Protect(
                name="ended_role_stays_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"
