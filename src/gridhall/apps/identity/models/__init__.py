"""Who signs in, by what, from where, and what staff may do."""

from gridhall.apps.identity.models.codes import OneTimeCode, SignInFailure
from gridhall.apps.identity.models.credentials import Authenticator, LinkedIdentity, Passkey, RecoveryCode, WorkIdentity
from gridhall.apps.identity.models.sessions import UserSession
from gridhall.apps.identity.models.staff import StaffRole
from gridhall.apps.identity.models.users import User, UserManager

__all__ = [
    "Authenticator",
    "LinkedIdentity",
    "OneTimeCode",
    "Passkey",
    "RecoveryCode",
    "SignInFailure",
    "StaffRole",
    "User",
    "UserManager",
    "UserSession",
    "WorkIdentity",
]
