"""Members of staff, as the administrator makes, changes, keeps out and lets in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from gridhall.apps.identity import queries, rules
from gridhall.apps.identity.actions.roles import end_role, grant_role
from gridhall.apps.identity.actions.sessions import end_session, end_sessions
from gridhall.apps.identity.actions.users import create_user
from gridhall.apps.identity.events import StaffChanged, StaffImported, StaffReactivated, StaffSuspended
from gridhall.apps.identity.kinds import SessionEndKind, StaffRoleKind
from gridhall.apps.identity.models import User
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToChangeStaff(BusinessError):
    """He stays as he was: `no-administrator`, `own-user`, `superuser`, `no-name`, `erased`, `changed-meanwhile`."""


def _check(user: User | None, by: User) -> None:
    if not queries.has_role(by, StaffRoleKind.ADMINISTRATOR):
        raise UnableToChangeStaff("Only an administrator changes members of staff.", code="no-administrator")
    if user is None:
        return
    if user.pk == by.pk:
        raise UnableToChangeStaff("Nobody changes himself; ask another administrator.", code="own-user")
    if user.is_superuser:
        raise UnableToChangeStaff("A superuser is changed from the command line.", code="superuser")


@transaction.atomic
def add_staff(
    *, phone: str, name: str, email: str = "", roles: Sequence[str] = (), by: User, at: datetime, actor: str
) -> User:
    """
    Make a member of staff with his roles. He has no password: he sets one by a code to his phone, or comes by OIDC.

    :raises UnableToChangeStaff: by one who is no administrator, or without a name.
    :raises UnableToCreateUser: if the phone number is none or is taken.
    :raises UnableToGrantRole: beside a role that must be held by somebody else; then nobody is made.
    """
    _check(None, by)
    if not name.strip():
        raise UnableToChangeStaff("Write his name.", code="no-name")
    user = create_user(phone=phone, name=name[:120], password=None, at=at, actor=actor, is_staff=True)
    if email:
        user.email = email
        user.save(update_fields=["email"])
    for role in roles:
        grant_role(user=user, role=role, granted_by=by, at=at, actor=actor)
    return user


@transaction.atomic
def change_staff(*, user: User, name: str, email: str | None, by: User, at: datetime, actor: str) -> bool:
    """
    Change how a member of staff is called and written to; tells whether anything changed.

    :param email: None leaves it as it is.
    :raises UnableToChangeStaff: by one who may not, or without a name.
    """
    _check(user, by)
    wanted = {"name": name.strip()[:120]} | ({} if email is None else {"email": email.strip()})
    if not wanted["name"]:
        raise UnableToChangeStaff("Write his name.", code="no-name")
    changed = [field for field, value in wanted.items() if getattr(user, field) != value]
    for field in changed:
        setattr(user, field, wanted[field])
    if changed:
        user.save(update_fields=changed)
        events.publish(StaffChanged(user_id=user.pk, fields=changed), actor=actor, at=at)
    return bool(changed)


@transaction.atomic
def suspend_staff(*, user: User, reason: str, by: User, at: datetime, actor: str) -> None:
    """
    Keep a member of staff out, and end his sessions at once; one who is out already stays so.

    :raises UnableToChangeStaff: by one who may not.
    """
    _check(user, by)
    if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        user.is_active = False
        end_sessions(user=user, kind=SessionEndKind.USER_GONE, at=at, actor=actor)
        events.publish(StaffSuspended(user_id=user.pk, reason=" ".join(reason.split())[:200]), actor=actor, at=at)


@transaction.atomic
def reactivate_staff(*, user: User, by: User, at: datetime, actor: str) -> None:
    """
    Let a member of staff in again who was suspended, with the roles that he has.

    :raises UnableToChangeStaff: by one who may not, or if the user was erased.
    """
    _check(user, by)
    if user.erased_at is not None:
        raise UnableToChangeStaff("This user was erased; make a new one.", code="erased")
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        user.is_active = True
        events.publish(StaffReactivated(user_id=user.pk), actor=actor, at=at)


def end_staff_session(*, user: User, mrid: UUID | str, by: User, at: datetime, actor: str) -> None:
    """
    End one session of a member of staff, on whatever device it is.

    :raises UnableToChangeStaff: by one who is no administrator.
    :raises UnableToEndSession: if he has none of this name.
    """
    _check(None, by)
    end_session(user=user, mrid=mrid, at=at, actor=actor)


def end_staff_sessions(*, user: User, by: User, at: datetime, actor: str) -> int:
    """
    End all sessions of a member of staff but, if it is oneself, the one at which one sits; gives how many.

    :raises UnableToChangeStaff: by one who is no administrator, or of oneself (that is done among one's own devices).
    """
    _check(None, by)
    if user.pk == by.pk:
        raise UnableToChangeStaff("End your own sessions among your devices.", code="own-user")
    return end_sessions(user=user, kind=SessionEndKind.ENDED, at=at, actor=actor)


@transaction.atomic
def import_staff(*, plan: queries.StaffPlan, digest: str, by: User, at: datetime, actor: str) -> tuple[int, int]:
    """
    Do what a plan says, all or nothing; gives how many were made and how many changed.

    :param digest: of the plan that was shown; if the people changed meanwhile, nothing is done.
    :raises UnableToChangeStaff: by one who may not, or if it is not the plan that was shown.
    :raises BusinessError: if the database holds that one of the changes must not be.
    """
    _check(None, by)
    if plan.digest != digest:
        raise UnableToChangeStaff("Somebody changed these people meanwhile; look again.", code="changed-meanwhile")
    told: dict[str, object] = {"at": at, "actor": actor}
    created = 0
    for change in plan.changes:
        if change.is_new:
            user = add_staff(phone=change.phone, name=change.name, email=change.email or "", by=by, **told)  # type: ignore[arg-type]
            created += 1
        else:
            user = User.objects.select_for_update().get(phone=change.phone, is_staff=True)
            change_staff(user=user, name=change.name, email=change.email, by=by, **told)  # type: ignore[arg-type]
        _let_in_or_out(user, change, by=by, at=at, actor=actor)
        if change.turns == "suspend":
            suspend_staff(user=user, reason="", by=by, at=at, actor=actor)
    changed = len(plan.changes) - created
    if plan.changes:
        counts = StaffImported(created=created, changed=changed, unchanged=plan.unchanged, faulty=plan.faulty)
        events.publish(counts, actor=actor, at=at)
    return created, changed


def _let_in_or_out(user: User, change: queries.StaffChange, *, by: User, at: datetime, actor: str) -> None:
    """Let in first who shall get roles, and end roles before others are given beside which they must not be held."""
    if change.turns == "reactivate":
        reactivate_staff(user=user, by=by, at=at, actor=actor)
    for role in change.ends:
        end_role(user=user, role=role, ended_by=by, at=at, actor=actor)
    for role in change.grants:
        grant_role(user=user, role=role, granted_by=by, at=at, actor=actor)


def read_staff_file(content: bytes, *, role_names: dict[str, str], viewer: User) -> queries.StaffPlan:
    """Read a file and say what it would change; nothing is done."""
    rows, faults = rules.read_staff_file(content, role_names=role_names, known_roles=frozenset(StaffRoleKind.values))
    return queries.plan_staff(rows=rows, faults=faults, viewer=viewer)
