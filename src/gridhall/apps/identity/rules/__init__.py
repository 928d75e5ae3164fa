"""How identity decides. Pure."""

from gridhall.apps.identity.rules.credentials import find_password_weakness, normalize_phone
from gridhall.apps.identity.rules.duties import CONFLICTS, find_conflict

__all__ = ["CONFLICTS", "find_conflict", "find_password_weakness", "normalize_phone"]
