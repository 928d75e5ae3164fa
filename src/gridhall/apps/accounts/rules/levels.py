"""Real-name levels, and what a person may hand on of what he has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from gridhall.apps.accounts.kinds import AccessRoleKind, AccessScopeKind, RealNameKind

_LEVELS = (RealNameKind.NONE, RealNameKind.PHONE, RealNameKind.DOCUMENT, RealNameKind.COUNTER)
GRANTABLE_ROLES = (AccessRoleKind.FAMILY, AccessRoleKind.STAFF, AccessRoleKind.AGENT)


def is_higher(level: str, *, than: str) -> bool:
    """
    Tell whether one real-name level is above another.

    >>> is_higher("COUNTER", than="DOCUMENT"), is_higher("PHONE", than="PHONE"), is_higher("NONE", than="PHONE")
    (True, False, False)
    """
    return _LEVELS.index(RealNameKind(level)) > _LEVELS.index(RealNameKind(than))


def scopes_beyond(wanted: Iterable[str], *, held: Iterable[str]) -> list[str]:
    """
    List the scopes that someone wants to hand on without having them.

    >>> scopes_beyond(["PAY", "VIEW_BILLS"], held=["VIEW_BILLS", "MANAGE"])
    ['PAY']
    """
    return sorted(set(wanted) - set(held))


def order_scopes(scopes: Iterable[str]) -> list[str]:
    """Give scopes once each, in their usual order. :raises ValueError: if one is unknown."""
    wanted = {AccessScopeKind(scope) for scope in scopes}
    return [scope.value for scope in AccessScopeKind if scope in wanted]


def ends_beyond(wanted: date | None, *, held: date | None) -> bool:
    """
    Tell whether an access would outlast the one it is handed on from.

    >>> ends_beyond(None, held=date(2026, 1, 1)), ends_beyond(date(2026, 1, 1), held=None)
    (True, False)
    """
    return held is not None and (wanted is None or wanted > held)
