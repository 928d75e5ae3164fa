"""Giving roles to staff and taking them back."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from gridhall.apps.identity import queries, rules
from gridhall.apps.identity.events import StaffRoleEnded, StaffRoleGranted
from gridhall.apps.identity.kinds import StaffRoleKind
from gridhall.apps.identity.models import StaffRole, User
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToGrantRole(BusinessError):
    """The role was not given."""


class UnableToEndRole(BusinessError):
    """The role was not taken back."""


def _find_hindrance(user: User, granted_by: User | None) -> tuple[str, str] | None:
    """Say why this person may not change the roles of that one; None is the command line, which may."""
    if granted_by is None:
        return None
    if granted_by.pk == user.pk:
        return "Nobody changes his own roles; ask another administrator.", "own-role"
    if not queries.has_role(granted_by, StaffRoleKind.ADMINISTRATOR):
        return "Only an administrator gives and takes roles.", "no-administrator"
    return None


@transaction.atomic
def grant_role(*, user: User, role: str, granted_by: User | None, at: datetime, actor: str) -> StaffRole:
    """
    Give a member of staff a role; one he holds already stays as it is.

    :param granted_by: an administrator, None for the command line.
    :raises UnableToGrantRole: to one who is no staff or gone, by one who may not, or beside a role that must be held
        by somebody else.
    """
    if role not in StaffRoleKind.values:
        raise UnableToGrantRole(f"Choose one of {', '.join(StaffRoleKind.values)}.", code="no-such-role")
    if hindrance := _find_hindrance(user, granted_by):
        raise UnableToGrantRole(hindrance[0], code=hindrance[1])
    user = User.objects.select_for_update().get(pk=user.pk)
    if not (user.is_staff and user.is_active):
        raise UnableToGrantRole("This user is not a member of staff.", code="not-staff")
    held = {one.role: one for one in StaffRole.objects.filter(user=user, ended_at=None)}
    if role in held:
        return held[role]
    conflict = rules.find_conflict(held, role)
    if conflict:
        raise UnableToGrantRole(
            f"Nobody holds {role} together with {conflict}. End {conflict} first, or give {role} to somebody else.",
            code="duties-conflict",
        )
    try:
        with transaction.atomic():
            granted = StaffRole.objects.create(user=user, role=role, granted_by=granted_by, granted_at=at)
    except IntegrityError:
        raise UnableToGrantRole("His roles were changed just now; look again.", code="changed-meanwhile") from None
    events.publish(StaffRoleGranted(user_id=user.pk, role=role), actor=actor, at=at)
    return granted


@transaction.atomic
def end_role(*, user: User, role: str, ended_by: User | None, at: datetime, actor: str) -> None:
    """
    Take a role back; it ends at once, in sessions that are open too.

    :param ended_by: an administrator, None for the command line.
    :raises UnableToEndRole: if he does not hold it, or by one who may not.
    """
    if hindrance := _find_hindrance(user, ended_by):
        raise UnableToEndRole(hindrance[0], code=hindrance[1])
    changed = StaffRole.objects.filter(user=user, role=role, ended_at=None).update(ended_at=at, ended_by=ended_by)
    if not changed:
        raise UnableToEndRole(f"This user does not hold {role}.", code="not-held")
    events.publish(StaffRoleEnded(user_id=user.pk, role=role), actor=actor, at=at)
