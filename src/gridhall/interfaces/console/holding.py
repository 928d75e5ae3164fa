"""Holding drafts back from the billing desk, one or many, and taking that back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from gridhall.apps.billing import actions
from gridhall.apps.billing import queries as billing
from gridhall.apps.workforce import actions as workforce_actions
from gridhall.core.errors import BusinessError

HELD = "BILLS_HELD"


@transaction.atomic
def hold_bills(
    request: Any, bills: Sequence[Any], reason: str
) -> tuple[list[Any], list[tuple[Any, BusinessError]], UUID | None]:
    """
    Hold drafts for a reason and remember it.

    :returns: those that were held, those that were not with why, and the key to undo it.
    """
    held: list[Any] = []
    refused: list[tuple[Any, BusinessError]] = []
    actor = str(request.user.mrid)
    for bill in bills:
        try:
            actions.hold_bill(bill=bill, reason=reason, at=request.at, actor=actor)
        except BusinessError as refusal:
            refused.append((bill, refusal))
        else:
            held.append(bill)
    if not held:
        return held, refused, None
    payload = {"bills": [str(bill.mrid) for bill in held]}
    undo = workforce_actions.remember_step(kind=HELD, payload=payload, by=request.user, at=request.at)
    return held, refused, undo


def let_go(step: Any) -> None:
    """Let held drafts go as they are: only drafts were held, so each is what it was."""
    for mrid in step.payload["bills"]:
        bill = billing.find_desk_bill(mrid=UUID(mrid), viewer=step.by)
        try:
            actions.release_bill(bill=bill, as_is=True, at=step.at, actor=step.actor)
        except BusinessError as refusal:
            raise workforce_actions.UnableToUndo(str(refusal), code="changed-meanwhile") from refusal
