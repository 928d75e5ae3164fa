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


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A one-time code was sent to a phone; `phone` is masked."""

    phone: str
    purpose: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session is over, other than by signing out."""

    user_id: int
    session_mrid: str
    reason: str


@dataclass(frozen=True, slots=True)
class PasskeyAdded:
    """A user can sign in by one more passkey."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class PasskeyRemoved:
    """A user can no longer sign in by a passkey."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class IdentityLinked:
    """A user can sign in by WeChat or Alipay."""

    user_id: int
    provider: str


@dataclass(frozen=True, slots=True)
class IdentityUnlinked:
    """A user can no longer sign in by WeChat or Alipay."""

    user_id: int
    provider: str


@dataclass(frozen=True, slots=True)
class SecondFactorChanged:
    """A member of staff has set up, renewed or lost (`change`) his second factor."""

    user_id: int
    change: str


@dataclass(frozen=True, slots=True)
class ErasureRequested:
    """A user wants to be erased; until `due_at` he may think better of it."""

    user_id: int
    due_at: str


@dataclass(frozen=True, slots=True)
class ErasureWithdrawn:
    """A user wants to stay."""

    user_id: int


@dataclass(frozen=True, slots=True)
class UserErased:
    """A user is gone: his personal data are erased here, and whoever keeps something of his lets go of it."""

    user_id: int
    erased_at: str
