"""Every read of identity."""

from gridhall.apps.identity.queries.staff import AccessDenied, StaffMember, has_role, list_roles, list_staff
from gridhall.apps.identity.queries.users import Preferences, find_user, get_preferences, read_user

__all__ = [
    "AccessDenied",
    "Preferences",
    "StaffMember",
    "find_user",
    "get_preferences",
    "has_role",
    "list_roles",
    "list_staff",
    "read_user",
]
