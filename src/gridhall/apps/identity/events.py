"""What identity tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UserCreated:
    """A user can sign in from now on."""

    user_id: int
    is_staff: bool


@dataclass(frozen=True, slots=True)
class UsersImported:
    """Users came from a former channel; they have no password yet."""

    users: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user signed in."""

    user_id: int


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A user signed out."""

    user_id: int


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """A user has another password."""

    user_id: int


@dataclass(frozen=True, slots=True)
class PhoneVerified:
    """It was proved that a phone number is the user's."""

    user_id: int


@dataclass(frozen=True, slots=True)
class PreferencesChanged:
    """A user wants another language, appearance or reading mode."""

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
