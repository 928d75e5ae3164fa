"""Which roles of staff one person must not hold together. Pure."""

from __future__ import annotations

from collections.abc import Iterable

_BUSINESS = ("CLERK", "BILLING", "BILLING_APPROVER", "METERING", "TARIFF", "TARIFF_APPROVER", "MANAGER")
CONFLICTS: frozenset[frozenset[str]] = frozenset(
    {
        frozenset({"BILLING", "BILLING_APPROVER"}),
        frozenset({"TARIFF", "TARIFF_APPROVER"}),
        # Who gives out roles, and who watches over all, does no business; nor does one watch over himself.
        frozenset({"ADMINISTRATOR", "AUDITOR"}),
        *(frozenset({apart, role}) for apart in ("ADMINISTRATOR", "AUDITOR") for role in _BUSINESS),
    }
)


def find_conflict(held: Iterable[str], wanted: str) -> str | None:
    """
    Give a role that is held and must not be held together with the wanted one, or None.

    >>> find_conflict(["CLERK", "BILLING"], "BILLING_APPROVER")
    'BILLING'
    >>> find_conflict(["CLERK", "METERING"], "BILLING") is None
    True
    >>> find_conflict(["MANAGER"], "ADMINISTRATOR"), find_conflict(["AUDITOR"], "ADMINISTRATOR")
    ('MANAGER', 'AUDITOR')
    """
    return next((role for role in sorted(held) if frozenset({role, wanted}) in CONFLICTS), None)
