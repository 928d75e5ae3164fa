"""Members of staff as the pages of administration show them, who is signed in, and what a file would change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gridhall.apps.identity import rules
from gridhall.apps.identity.kinds import StaffRoleKind
from gridhall.apps.identity.models import Authenticator, Passkey, StaffRole, User, UserSession
from gridhall.apps.identity.queries.security import SessionView
from gridhall.apps.identity.queries.staff import AccessDenied, has_role

WATCHERS = (StaffRoleKind.ADMINISTRATOR, StaffRoleKind.MANAGER, StaffRoleKind.AUDITOR)
MOST_SESSIONS = 500


@dataclass(frozen=True, slots=True)
class Member:
    """
    One member of staff.

    :param has_app: whether he set up an authenticator app. :param sessions: how many are open.
    """

    mrid: UUID
    phone: str
    name: str
    email: str
    is_active: bool
    is_superuser: bool
    roles: tuple[str, ...]
    has_app: bool
    has_passkey: bool
    joined_at: datetime | None
    last_sign_in: datetime | None
    sessions: int


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role that somebody holds or held; who gave it is empty for the command line."""

    role: str
    granted_at: datetime
    granted_by: str
    ended_at: datetime | None
    ended_by: str


@dataclass(frozen=True, slots=True)
class StaffSession:
    """Somebody of the staff who is signed in now."""

    member_mrid: UUID
    name: str
    roles: tuple[str, ...]
    session: SessionView


def find_conflict(held: Sequence[str], wanted: str) -> str | None:
    """Give a role that is held and must not be held together with the wanted one, or None."""
    return rules.find_conflict(held, wanted)


def get_staff_session_limits() -> tuple[rules.SessionLimits, rules.SessionLimits]:
    """Give how long sessions last: of staff, and of customers."""
    return rules.get_session_limits(is_staff=True), rules.get_session_limits(is_staff=False)


def _check(viewer: Any) -> None:
    if not has_role(viewer, *WATCHERS):
        raise AccessDenied("Only an administrator sees the list of staff.", code="no-role")


def _open_sessions(at: datetime) -> QuerySet[UserSession]:
    limits = rules.get_session_limits(is_staff=True)
    return UserSession.objects.filter(
        ended_at=None, seen_at__gt=at - limits.idle, started_at__gt=at - limits.whole, user__is_staff=True
    )


def list_members(
    *, viewer: Any, at: datetime, search: str = "", role: str = "", state: str = "", factor: str = "",
    offset: int = 0, limit: int = 50,
) -> tuple[list[Member], int]:  # fmt: skip
    """
    List members of staff by name, and how many there are.

    :param search: a part of the name, phone or e-mail. :param state: `active` or `suspended`.
    :param role: one that they hold; `NONE` for those who hold none. :param factor: `app`, `passkey` or `none`.
    :raises AccessDenied: to anybody but administrators, managers and auditors.
    """
    _check(viewer)
    rows = _annotate(User.objects.filter(is_staff=True, erased_at=None), at)
    if words := search.replace("\x00", "").strip():
        digits = "".join(letter for letter in words if letter.isdigit())
        said = Q(name__icontains=words) | Q(email__icontains=words)
        rows = rows.filter(said | Q(phone__contains=digits) if len(digits) > 2 else said)
    held = StaffRole.objects.filter(user=OuterRef("pk"), ended_at=None)
    if role:
        rows = rows.filter(~Exists(held) if role == "NONE" else Exists(held.filter(role=role)))
    if state:
        rows = rows.filter(is_active=state == "active")
    if factor:
        none = Q(has_app=False, has_passkey=False)
        rows = rows.filter({"app": Q(has_app=True), "passkey": Q(has_passkey=True)}.get(factor, none))
    found = rows.order_by("name", "phone")[offset : offset + limit]
    return [_as_member(user) for user in found], rows.count()


def get_member(*, mrid: UUID | str, viewer: Any, at: datetime) -> Member:
    """
    Give one member of staff.

    :raises AccessDenied: to anybody but administrators, managers and auditors, and if there is none.
    """
    _check(viewer)
    found = _annotate(User.objects.filter(is_staff=True, mrid=mrid), at).first()
    if found is None:
        raise AccessDenied("There is no such member of staff.", code="no-such-member")
    return _as_member(found)


def _annotate(rows: QuerySet[User], at: datetime) -> QuerySet[User]:
    held = StaffRole.objects.filter(user=OuterRef("pk"), ended_at=None).order_by("role").values("role")
    here = _open_sessions(at).filter(user=OuterRef("pk")).order_by().values("user").annotate(count=Count("pk"))
    return rows.annotate(
        held=ArraySubquery(held),
        has_app=Exists(Authenticator.objects.filter(user=OuterRef("pk"))),
        has_passkey=Exists(Passkey.objects.filter(user=OuterRef("pk"))),
        open_sessions=Coalesce(Subquery(here.values("count")), 0),
    )


def _as_member(user: Any) -> Member:
    return Member(
        user.mrid, user.phone, user.name, user.email, user.is_active, user.is_superuser, tuple(user.held),
        user.has_app, user.has_passkey, user.joined_at, user.last_login, user.open_sessions,
    )  # fmt: skip


def list_roles_held(*, mrid: UUID | str, viewer: Any) -> list[RoleHeld]:
    """
    List the roles that a member of staff holds and held, the newest first.

    :raises AccessDenied: to anybody but administrators, managers and auditors.
    """
    _check(viewer)
    rows = StaffRole.objects.filter(user__mrid=mrid).select_related("granted_by", "ended_by")
    return [
        RoleHeld(
            row.role, row.granted_at, str(row.granted_by or ""), row.ended_at, str(row.ended_by or "")
        )
        for row in rows.order_by("-granted_at", "role")[:60]
    ]  # fmt: skip


def list_staff_sessions(
    *, viewer: Any, at: datetime, here: UserSession | None = None, mrid: UUID | str | None = None
) -> list[StaffSession]:
    """
    List who of the staff is signed in now, who was active last first; addresses are masked.

    :param mrid: one member of staff only.
    :raises AccessDenied: to anybody but administrators, managers and auditors.
    """
    _check(viewer)
    held = StaffRole.objects.filter(user=OuterRef("user_id"), ended_at=None).order_by("role").values("role")
    rows = _open_sessions(at).select_related("user").annotate(held=ArraySubquery(held)).order_by("-seen_at")
    if mrid is not None:
        rows = rows.filter(user__mrid=mrid)
    found = []
    for row in rows[:MOST_SESSIONS]:
        browser, _dot, system = row.device.partition(" · ")
        view = SessionView(
            row.mrid, browser, system, row.method, rules.mask_address(row.address), row.started_at, row.seen_at,
            here is not None and row.pk == here.pk,
        )  # fmt: skip
        found.append(StaffSession(row.user.mrid, str(row.user), tuple(row.held), view))
    return found


@dataclass(frozen=True, slots=True)
class StaffChange:
    """
    What a line of a file changes for one member of staff.

    :param turns: `suspend`, `reactivate` or nothing. :param renamed: whether name or e-mail changes.
    """

    line: int
    phone: str
    name: str
    email: str | None
    is_new: bool
    renamed: bool
    grants: tuple[str, ...]
    ends: tuple[str, ...]
    turns: str

    @property
    def is_something(self) -> bool:
        """Whether anything would change."""
        return bool(self.is_new or self.renamed or self.grants or self.ends or self.turns)


@dataclass(frozen=True)
class StaffPlan:
    """What a file would do."""

    changes: tuple[StaffChange, ...]
    unchanged: int
    faults: tuple[rules.StaffFault, ...]

    @property
    def faulty(self) -> int:
        """How many lines are not done."""
        return len({fault.line for fault in self.faults})

    @property
    def created(self) -> int:
        """How many are new."""
        return sum(change.is_new for change in self.changes)

    @cached_property
    def digest(self) -> str:
        """What tells this plan from another, wherever its lines stand."""
        wanted = [replace(change, line=0) for change in self.changes]
        return hashlib.sha256(repr(wanted).encode()).hexdigest()


def plan_staff(*, rows: Sequence[rules.StaffRow], faults: Sequence[rules.StaffFault], viewer: User) -> StaffPlan:
    """
    Say what the lines of a file would change, against the people of now.

    :raises AccessDenied: to anybody but an administrator.
    """
    if not has_role(viewer, StaffRoleKind.ADMINISTRATOR):
        raise AccessDenied("Only an administrator brings in members of staff.", code="no-role")
    known = {user.phone: user for user in User.objects.filter(phone__in=[row.phone for row in rows])}
    held: dict[int, set[str]] = {}
    for user_id, role in StaffRole.objects.filter(user__in=known.values(), ended_at=None).values_list(
        "user_id", "role"
    ):
        held.setdefault(user_id, set()).add(role)
    found = list(faults)
    changes, unchanged = [], 0
    for row in rows:
        user = known.get(row.phone)
        change = _plan_one(row, user, held.get(user.pk, set()) if user else set())
        if not change.is_something:
            unchanged += 1
        elif fault := _find_fault(row, change, user, viewer):
            found.append(fault)
        else:
            changes.append(change)
    found.sort(key=lambda fault: fault.line or 0)
    return StaffPlan(tuple(changes), unchanged, tuple(found))


def _plan_one(row: rules.StaffRow, user: User | None, held: set[str]) -> StaffChange:
    wanted = held if row.roles is None else set(row.roles)
    is_new = user is None
    renamed = user is not None and (user.name != row.name or (row.email is not None and user.email != row.email))
    was_active = user is None or user.is_active
    turns = ""
    if row.is_active is not None and row.is_active != was_active:
        turns = "reactivate" if row.is_active else "suspend"
    return StaffChange(
        row.line, row.phone, row.name, row.email, is_new, renamed, tuple(sorted(wanted - held)),
        tuple(sorted(held - wanted)), turns,
    )  # fmt: skip


def _find_fault(row: rules.StaffRow, change: StaffChange, user: User | None, viewer: User) -> rules.StaffFault | None:
    if user is None:
        return None
    if not user.is_staff or user.erased_at is not None:
        return rules.StaffFault(row.line, "phone", "customer", rules.mask_phone(row.phone))
    if user.pk == viewer.pk:
        return rules.StaffFault(row.line, "phone", "own-row")
    if user.is_superuser:
        return rules.StaffFault(row.line, "phone", "superuser")
    if not user.is_active and change.turns != "reactivate" and change.grants:
        return rules.StaffFault(row.line, "state", "is-suspended")
    return None
