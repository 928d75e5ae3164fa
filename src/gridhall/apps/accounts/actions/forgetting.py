"""Forgetting a user who is gone: whom he said he was, what he tried, what he and others called each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from gridhall.apps.accounts.actions.businesses import drop_letter
from gridhall.apps.accounts.actions.real_names import drop_document
from gridhall.apps.accounts.models import (
    AccessInvitation,
    AccountAccess,
    BindingAttempt,
    BusinessCheck,
    RealName,
    RealNameCheck,
)

if TYPE_CHECKING:
    from gridhall.apps.identity.models import User


@transaction.atomic
def forget_user(*, user: User) -> None:
    """
    Delete what accounts keeps of a user; his accesses stay as rows without a name. Again, it changes nothing.

    Who held the account and what he was billed belongs to the account, and stays.
    """
    for check in RealNameCheck.objects.filter(user=user):
        drop_document(check)
    for claim in BusinessCheck.objects.filter(user=user):
        drop_letter(claim)
    for kept in (RealNameCheck, BusinessCheck, RealName, BindingAttempt):
        kept.objects.filter(user=user).delete()  # type: ignore[attr-defined]
    AccessInvitation.objects.filter(invited_by=user).delete()
    AccessInvitation.objects.filter(access__user=user).delete()
    AccountAccess.objects.filter(user=user).update(tag="", called="")
