"""How identity decides. Pure."""

from gridhall.apps.identity.rules.credentials import find_password_weakness, mask_phone, normalize_phone
from gridhall.apps.identity.rules.devices import find_address, get_network, mask_address, read_device
from gridhall.apps.identity.rules.directory import DirectoryPolicy, make_policy, plan_roles, read_email, read_phone
from gridhall.apps.identity.rules.directory import has_second_factor as has_directory_factor
from gridhall.apps.identity.rules.directory import read_roles as read_directory_roles
from gridhall.apps.identity.rules.duties import CONFLICTS, find_conflict
from gridhall.apps.identity.rules.limits import SessionLimits, find_breach, get_session_limits, is_proof_fresh
from gridhall.apps.identity.rules.staff_files import StaffFault, StaffRow, read_staff_file

__all__ = [
    "CONFLICTS",
    "DirectoryPolicy",
    "SessionLimits",
    "StaffFault",
    "StaffRow",
    "find_address",
    "find_breach",
    "find_conflict",
    "find_password_weakness",
    "get_network",
    "get_session_limits",
    "has_directory_factor",
    "is_proof_fresh",
    "make_policy",
    "mask_address",
    "mask_phone",
    "normalize_phone",
    "plan_roles",
    "read_device",
    "read_directory_roles",
    "read_email",
    "read_phone",
    "read_staff_file",
]
