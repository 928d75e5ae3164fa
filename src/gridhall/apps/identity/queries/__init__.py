"""Every read of identity."""

from gridhall.apps.identity.queries.exporting import export_user
from gridhall.apps.identity.queries.requests import (
    KNOWN_DEVICE_COOKIE,
    get_address,
    get_current_session,
    get_device,
    has_second_factor,
    is_known_device,
    is_proved,
    make_known_device,
)
from gridhall.apps.identity.queries.security import (
    LinkView,
    PasskeyView,
    SessionView,
    count_recovery_codes,
    has_authenticator,
    has_second_factor_set_up,
    list_links,
    list_passkeys,
    list_sessions,
    make_authenticator_address,
)
from gridhall.apps.identity.queries.staff import AccessDenied, StaffMember, has_role, list_roles, list_staff
from gridhall.apps.identity.queries.users import (
    Preferences,
    find_user,
    get_preferences,
    is_same_phone,
    mask_phone,
    read_user,
)

__all__ = [
    "KNOWN_DEVICE_COOKIE",
    "AccessDenied",
    "LinkView",
    "PasskeyView",
    "Preferences",
    "SessionView",
    "StaffMember",
    "count_recovery_codes",
    "export_user",
    "find_user",
    "get_address",
    "get_current_session",
    "get_device",
    "get_preferences",
    "has_authenticator",
    "has_role",
    "has_second_factor",
    "has_second_factor_set_up",
    "is_known_device",
    "is_proved",
    "is_same_phone",
    "list_links",
    "list_passkeys",
    "list_roles",
    "list_sessions",
    "list_staff",
    "make_authenticator_address",
    "make_known_device",
    "mask_phone",
    "read_user",
]
