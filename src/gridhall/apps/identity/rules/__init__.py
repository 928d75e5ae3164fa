"""How identity decides. Pure."""

from gridhall.apps.identity.rules.credentials import find_password_weakness, mask_phone, normalize_phone
from gridhall.apps.identity.rules.devices import find_address, get_network, mask_address, read_device
from gridhall.apps.identity.rules.duties import CONFLICTS, find_conflict
from gridhall.apps.identity.rules.limits import find_breach, get_session_limits, is_proof_fresh

__all__ = [
    "CONFLICTS",
    "find_address",
    "find_breach",
    "find_conflict",
    "find_password_weakness",
    "get_network",
    "get_session_limits",
    "is_proof_fresh",
    "mask_address",
    "mask_phone",
    "normalize_phone",
    "read_device",
]
