"""Members of staff as pages: the list with what was asked for, one member, who is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind as Role
from gridhall.interfaces.console import words_staff
from gridhall.interfaces.console.words import ROLES
from gridhall.interfaces.shared import words_identity

PAGE_ROWS = 50
ROLE_CHOICES = {**ROLES, "NONE": _("没有岗位")}


class MemberLine:
    """A member of staff as he stands in the list."""

    def __init__(self, member: identity.Member, viewer: Any) -> None:
        self.view = member
        self.held = [(role, ROLES.get(role, role)) for role in member.roles]
        self.other = [(role, word) for role, word in ROLES.items() if role not in member.roles]
        self.is_me = member.mrid == viewer.mrid

    @property
    def name(self) -> str:
        """His name, or his phone where he has none."""
        return self.view.name or self.view.phone

    @property
    def factors(self) -> list[Any]:
        """By what he proves himself a second time."""
        has = {"app": self.view.has_app, "passkey": self.view.has_passkey}
        return [word for factor, word in words_staff.FACTORS if has.get(factor)]


class StaffSheet:
    """The list of staff as one viewer asked for it."""

    def __init__(self, asked: Mapping[str, str], *, viewer: Any, at: datetime) -> None:
        self.viewer = viewer
        self.at = at
        choices = {
            "role": set(ROLE_CHOICES), "state": {one for one, _word in words_staff.STATES},
            "factor": {one for one, _word in words_staff.FACTORS},
        }  # fmt: skip
        self.asked = {name: asked.get(name, "") for name in choices}
        self.asked = {name: value if value in choices[name] else "" for name, value in self.asked.items()}
        self.asked["search"] = asked.get("search", "").strip()[:80]
        number = asked.get("page", "1")
        self.number = min(max(int(number), 1), 200) if number.isascii() and number.isdigit() and len(number) < 9 else 1
        self.may_change = identity.has_role(viewer, Role.ADMINISTRATOR)
        self.filters = (
            ("role", _("岗位"), tuple(ROLE_CHOICES.items()), self.asked["role"]),
            ("factor", _("第二重验证"), words_staff.FACTORS, self.asked["factor"]),
            ("state", _("状态"), words_staff.STATES, self.asked["state"]),
        )

    @cached_property
    def found(self) -> tuple[list[identity.Member], int]:
        """The members of this page, and how many there are in all."""
        return identity.list_members(
            viewer=self.viewer, at=self.at, offset=(self.number - 1) * PAGE_ROWS, limit=PAGE_ROWS, **self.asked
        )

    @property
    def lines(self) -> list[MemberLine]:
        """The rows of this page."""
        return [MemberLine(member, self.viewer) for member in self.found[0]]

    @property
    def query(self) -> dict[str, str]:
        """What stands in the address, but for the page."""
        return {name: value for name, value in self.asked.items() if value}

    @property
    def first_row(self) -> int:
        """The number of the first row shown."""
        return (self.number - 1) * PAGE_ROWS + 1 if self.found[0] else 0

    @property
    def last_row(self) -> int:
        """The number of the last row shown."""
        return self.first_row + len(self.found[0]) - 1 if self.found[0] else 0

    @property
    def previous_address(self) -> str:
        """The page before."""
        return f"?{urlencode(self.query | {'page': str(self.number - 1)})}" if self.number > 1 else ""

    @property
    def next_address(self) -> str:
        """The page after."""
        is_more = self.number * PAGE_ROWS < self.found[1]
        return f"?{urlencode(self.query | {'page': str(self.number + 1)})}" if is_more else ""

    @property
    def encoded(self) -> str:
        """The query, for the export of what is seen."""
        return urlencode(self.query)


class SessionLine:
    """One open session as it stands in a list."""

    def __init__(self, one: identity.StaffSession) -> None:
        self.one = one
        self.session = one.session
        self.browser = words_identity.BROWSERS.get(one.session.browser, one.session.browser)
        self.system = words_identity.SYSTEMS.get(one.session.system, one.session.system)
        self.method = words_identity.METHODS.get(one.session.method, one.session.method)
        self.roles = words_staff.word_roles(one.roles)


class MemberSheet:
    """
    One member of staff.

    :raises AccessDenied: if there is none, or the viewer may not see him.
    """

    def __init__(self, mrid: UUID, *, viewer: Any, at: datetime, here: Any) -> None:
        self.line = MemberLine(identity.get_member(mrid=mrid, viewer=viewer, at=at), viewer)
        self.member = self.line.view
        self.sessions = [
            SessionLine(one) for one in identity.list_staff_sessions(viewer=viewer, at=at, here=here, mrid=mrid)
        ]
        held = identity.list_roles_held(mrid=mrid, viewer=viewer)
        self.roles = [(one, ROLES.get(one.role, one.role)) for one in held]
        self.may_change = (
            identity.has_role(viewer, Role.ADMINISTRATOR) and not self.line.is_me and not self.member.is_superuser
        )
        # What must not be held together with what he has is not even offered; the action refuses it all the same.
        self.grantable = [
            (role, word) for role, word in self.line.other if not identity.find_conflict(self.member.roles, role)
        ]
        self.kept_apart = [word for role, word in self.line.other if (role, word) not in self.grantable]
