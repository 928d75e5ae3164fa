"""Who signs in, by what, from where, and what staff may do."""

from gridhall.apps.identity.models.staff import StaffRole
from gridhall.apps.identity.models.users import User, UserManager

__all__ = ["StaffRole", "User", "UserManager"]
