"""Seeing personal data in full, for a reason and for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from gridhall.apps.accounts import actions as account_actions
from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.actions import UnableToUnmask
from gridhall.apps.accounts.kinds import UnmaskFieldKind, UnmaskReasonKind
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.workforce import rules
from gridhall.apps.workforce.models import Unmasking


@transaction.atomic
def unmask_account(
    *, account: CustomerAccount, fields: Sequence[str], reason_kind: str, reason: str, by: Any, at: datetime, actor: str
) -> datetime:
    """
    Let a member of staff see personal data of who answers for an account today; gives until when.

    Who looked at which field, and why, is told for each field.

    :raises UnableToUnmask: if his role does not need it, without a reason or a field, or if nobody answers for it.
    """
    wanted = [field for field in UnmaskFieldKind.values if field in fields]
    if not wanted:
        raise UnableToUnmask("Choose what you need to see.", code="field")
    if reason_kind not in UnmaskReasonKind.values:
        raise UnableToUnmask("Choose what you need it for.", code="no-reason-kind")
    agreement = accounts.find_agreement(account=account, day=timezone.localdate(at))
    if agreement is None:
        raise UnableToUnmask("Nobody answers for this account today.", code="vacant")
    for field in wanted:
        account_actions.unmask(
            party=agreement.party, field=field, reason=reason, reason_kind=reason_kind, by=by, at=at, actor=actor
        )
    until = at + rules.SHOWN_FOR
    Unmasking.objects.create(
        account=account, party=agreement.party, user=by, fields=wanted, reason_kind=reason_kind,
        reason=" ".join(reason.split())[:200], shown_at=at, until=until,
    )  # fmt: skip
    return until


@transaction.atomic
def mask_account(*, account: CustomerAccount, by: Any, at: datetime) -> None:
    """Mask an account's personal data again before its time."""
    Unmasking.objects.filter(account=account, user=by, until__gt=at, shown_at__lte=at).update(until=at)
