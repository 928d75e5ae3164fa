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
    """A user signed out; `session_mrid` is empty when his session had no row."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    session_mrid: str = ""


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

    changes_pages: ClassVar[bool] = False
    user_id: int
    role: str


@dataclass(frozen=True, slots=True)
class StaffRoleEnded:
    """A member of staff holds a role no longer."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    role: str


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A one-time code was sent to a phone; `phone` is masked."""

    changes_pages: ClassVar[bool] = False
    phone: str
    purpose: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session is over, other than by signing out."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    session_mrid: str
    reason: str


@dataclass(frozen=True, slots=True)
class PasskeyAdded:
    """A user can sign in by one more passkey."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class PasskeyRemoved:
    """A user can no longer sign in by a passkey."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class IdentityLinked:
    """A user can sign in by WeChat or Alipay."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    provider: str


@dataclass(frozen=True, slots=True)
class IdentityUnlinked:
    """A user can no longer sign in by WeChat or Alipay."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    provider: str


@dataclass(frozen=True, slots=True)
class SecondFactorChanged:
    """A member of staff has set up, renewed or lost (`change`) his second factor."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    change: str


@dataclass(frozen=True, slots=True)
class ErasureRequested:
    """A user wants to be erased; until `due_at` he may think better of it."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    due_at: str


@dataclass(frozen=True, slots=True)
class ErasureWithdrawn:
    """A user wants to stay."""

    changes_pages: ClassVar[bool] = False
    user_id: int


@dataclass(frozen=True, slots=True)
class UserErased:
    """A user is gone: his personal data are erased here, and whoever keeps something of his lets go of it."""

    user_id: int
    erased_at: str


@dataclass(frozen=True, slots=True)
class StaffChanged:
    """A member of staff is called, or written to, otherwise; `fields` names what changed, not how."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    fields: list[str]


@dataclass(frozen=True, slots=True)
class StaffSuspended:
    """A member of staff does not get in until he is let in again; his sessions ended."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class StaffReactivated:
    """A member of staff who was suspended gets in again."""

    changes_pages: ClassVar[bool] = False
    user_id: int


@dataclass(frozen=True, slots=True)
class StaffImported:
    """Members of staff were made and changed by a file; what became of each is told besides."""

    changes_pages: ClassVar[bool] = False
    created: int
    changed: int
    unchanged: int
    faulty: int


@dataclass(frozen=True, slots=True)
class StaffRoleRefused:
    """The directory named a role that he must not hold beside another; he did not get it."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    role: str
    beside: str


@dataclass(frozen=True, slots=True)
class WorkIdentityLinked:
    """A member of staff can sign in by the company's directory."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    issuer: str
