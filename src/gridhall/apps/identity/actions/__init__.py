"""What identity does: make users, let them in and out, keep their password and preferences."""

from gridhall.apps.identity.actions.roles import UnableToEndRole, UnableToGrantRole, end_role, grant_role
from gridhall.apps.identity.actions.sessions import UnableToSignIn, sign_in, sign_out
from gridhall.apps.identity.actions.users import (
    UnableToChangePassword,
    UnableToChangePreferences,
    UnableToCreateUser,
    change_password,
    create_staff,
    create_user,
    import_users,
    set_password,
    update_preferences,
    verify_phone,
)

__all__ = [
    "UnableToChangePassword",
    "UnableToChangePreferences",
    "UnableToCreateUser",
    "UnableToEndRole",
    "UnableToGrantRole",
    "UnableToSignIn",
    "change_password",
    "create_staff",
    "create_user",
    "end_role",
    "grant_role",
    "import_users",
    "set_password",
    "sign_in",
    "sign_out",
    "update_preferences",
    "verify_phone",
]
