"""Which members of staff have to do with customers, by their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridhall.apps.accounts.queries.denial import AccessDenied
from gridhall.apps.identity.kinds import StaffRoleKind
from gridhall.apps.identity.queries import has_role

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User

UNMASKERS = (StaffRoleKind.CLERK, StaffRoleKind.BILLING, StaffRoleKind.METERING, StaffRoleKind.MANAGER)
READERS = (*UNMASKERS, StaffRoleKind.BILLING_APPROVER, StaffRoleKind.AUDITOR)


def reads_customers(viewer: User | None) -> bool:
    """Tell whether the viewer's work is with customers: he reads every account, personal data masked."""
    return has_role(viewer, *READERS)


def check_reader(viewer: User | None) -> None:
    """
    Let only members of staff pass whose work is with customers.

    :raises AccessDenied: if the viewer is none.
    """
    if not reads_customers(viewer):
        raise AccessDenied


def unmasks_customers(viewer: User | None) -> bool:
    """Tell whether the viewer may see personal data in full, for a reason that he gives."""
    return has_role(viewer, *UNMASKERS)


def serves_customers(viewer: User | None) -> bool:
    """Tell whether the viewer acts for customers at the counter: binds, grants and ends accesses for them."""
    return has_role(viewer, StaffRoleKind.CLERK)


def may_export_customers(viewer: User | None) -> bool:
    """Tell whether the viewer may write every account into files, personal data in full."""
    return has_role(viewer, StaffRoleKind.MANAGER)
