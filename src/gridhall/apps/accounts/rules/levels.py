"""Real-name levels, and what a person may hand on of what he has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from gridhall.apps.accounts.kinds import AccessRoleKind, AccessScopeKind, RealNameKind

_LEVELS = (RealNameKind.NONE, RealNameKind.PHONE, RealNameKind.DOCUMENT, RealNameKind.COUNTER)
# What a user may do once it was shown who he is; each level may also do what those before it may.
ALLOWED_FROM = {
    RealNameKind.NONE: ("SEE_PRICES",),
    RealNameKind.PHONE: ("BIND_BY_CHECK", "ACCEPT_INVITATIONS"),
    RealNameKind.DOCUMENT: ("OWN_BY_DOCUMENT", "ACT_FOR_COMPANY", "MERGE_OWN_USERS"),
    RealNameKind.COUNTER: (),
}
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


def list_allowed(level: str) -> tuple[str, ...]:
    """
    List what a level allows, with what the levels below it allow.

    >>> list_allowed("PHONE")
    ('SEE_PRICES', 'BIND_BY_CHECK', 'ACCEPT_INVITATIONS')
    """
    upto = _LEVELS.index(RealNameKind(level))
    return tuple(word for known in _LEVELS[: upto + 1] for word in ALLOWED_FROM[known])


def is_at_least(level: str, wanted: str) -> bool:
    """
    Tell whether a level reaches another.

    >>> is_at_least("DOCUMENT", "PHONE"), is_at_least("PHONE", "DOCUMENT")
    (True, False)
    """
    return not is_higher(wanted, than=level)


def narrow_scopes(scopes: Iterable[str], *, to: Iterable[str]) -> list[str]:
    """
    Give what is left of scopes when who handed them on has less himself.

    >>> narrow_scopes(["VIEW_BILLS", "PAY"], to=["PAY", "MANAGE"])
    ['PAY']
    """
    return order_scopes(set(scopes) & set(to))


def narrow_end(ends_on: date | None, *, to: date | None) -> date | None:
    """
    Give the earlier of two ends; None never comes.

    >>> narrow_end(None, to=date(2026, 1, 1))
    datetime.date(2026, 1, 1)
    """
    ends = [day for day in (ends_on, to) if day is not None]
    return min(ends) if ends else None
