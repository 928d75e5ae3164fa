"""What staff may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridhall.apps.identity.kinds import StaffRoleKind
from gridhall.apps.identity.models import StaffRole, User
from gridhall.core.errors import BusinessError

if TYPE_CHECKING:
    from uuid import UUID


class AccessDenied(BusinessError):
    """The viewer does not hold the role that this asks for."""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A member of staff as the administrator sees him."""

    mrid: UUID
    phone: str
    name: str
    is_active: bool
    roles: tuple[str, ...]
    joined_at: datetime | None
    last_sign_in: datetime | None


def list_roles(viewer: Any) -> frozenset[str]:
    """
    Give the roles that the viewer holds now; a superuser from the command line holds all, everybody else's are counted.

    Asked once a request: the answer is kept with the viewer.
    """
    if not isinstance(viewer, User) or not (viewer.is_active and viewer.is_staff):
        return frozenset()
    if viewer.is_superuser:
        return frozenset(StaffRoleKind.values)
    kept: frozenset[str] | None = getattr(viewer, "_roles", None)
    if kept is None:
        open_roles = StaffRole.objects.filter(user_id=viewer.pk, ended_at=None).values_list("role", flat=True)
        kept = frozenset(open_roles)
        know_roles(viewer, kept)
    return kept


OPEN_ROLES = (
    "CASE WHEN identity_user.is_staff THEN (SELECT array_agg(role::text) FROM identity_staffrole"
    " WHERE user_id = identity_user.id AND ended_at IS NULL) END"
)
"""The column in which the roles of a user come with him, for `know_roles`."""


def know_roles(user: User, roles: Iterable[str]) -> None:
    """Take in the roles that were asked for with a user."""
    user._roles = frozenset(roles)  # type: ignore[attr-defined]


def has_role(viewer: Any, *roles: str) -> bool:
    """Tell whether the viewer holds at least one of these roles now."""
    return not list_roles(viewer).isdisjoint(roles)


def list_staff(*, viewer: User | None) -> list[StaffMember]:
    """
    List all members of staff with their open roles, by name.

    :param viewer: an administrator, a manager or an auditor; None for the command line.
    :raises AccessDenied: to anybody else.
    """
    if viewer is not None and not has_role(
        viewer, StaffRoleKind.ADMINISTRATOR, StaffRoleKind.MANAGER, StaffRoleKind.AUDITOR
    ):
        raise AccessDenied("Only an administrator sees the list of staff.", code="no-role")
    held: dict[int, list[str]] = {}
    for user_id, role in StaffRole.objects.filter(ended_at=None).values_list("user_id", "role"):
        held.setdefault(user_id, []).append(role)
    return [
        StaffMember(
            user.mrid, user.phone, user.name, user.is_active, tuple(sorted(held.get(user.pk, ()))), user.joined_at,
            user.last_login,
        )
        for user in User.objects.filter(is_staff=True).order_by("name", "phone")
    ]  # fmt: skip


def name_staff(actors: Iterable[str]) -> dict[str, str]:
    """Say who acted, members of staff by name; everybody else as he is written down, such as a program."""
    asked = set(actors)
    wanted = {actor for actor in asked if len(actor) == 36 and actor.count("-") == 4}
    known = dict(User.objects.filter(mrid__in=wanted, is_staff=True).values_list("mrid", "name")) if wanted else {}
    by_text = {str(mrid): name for mrid, name in known.items()}
    return {actor: by_text.get(actor, actor) for actor in asked}


def get_staff(*, mrid: UUID | str, viewer: User) -> User:
    """
    Give a member of staff whose roles the viewer may change.

    :raises AccessDenied: to anybody but an administrator, and if there is none.
    """
    found = User.objects.filter(mrid=mrid, is_staff=True).first()
    if found is None or not has_role(viewer, StaffRoleKind.ADMINISTRATOR):
        raise AccessDenied("There is no such member of staff.", code="no-such-member")
    return found
