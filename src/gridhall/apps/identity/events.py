"""What identity tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class UserCreated:
    """A user can sign in from now on."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    is_staff: bool


@dataclass(frozen=True, slots=True)
class UsersImported:
    """Users came from a former channel; they have no password yet."""

    changes_pages: ClassVar[bool] = False
    users: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user signed in."""

    changes_pages: ClassVar[bool] = False
    user_id: int


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A user signed out."""

    changes_pages: ClassVar[bool] = False
    user_id: int


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """A user has another password."""

    changes_pages: ClassVar[bool] = False
    user_id: int


@dataclass(frozen=True, slots=True)
class PhoneVerified:
    """It was proved that a phone number is the user's."""

    changes_pages: ClassVar[bool] = False
    user_id: int


@dataclass(frozen=True, slots=True)
class PreferencesChanged:
    """A user wants another language, appearance or reading mode."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    language: str
    appearance: str
    reading_mode: str


@dataclass(frozen=True, slots=True)
class StaffRoleGranted:
    """A member of staff holds a role from now on."""

    user_id: int
    role: str


@dataclass(frozen=True, slots=True)
class StaffRoleEnded:
    """A member of staff holds a role no longer."""

    user_id: int
    role: str
