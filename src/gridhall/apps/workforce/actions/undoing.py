"""Taking back what was just done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from gridhall.apps.workforce import rules
from gridhall.apps.workforce.events import StepUndone
from gridhall.apps.workforce.models import UndoableStep
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToUndo(BusinessError):
    """Everything stays as it is."""


class Reversal:
    """What a reversal is told: who takes back, when, and what was remembered."""

    def __init__(self, payload: Mapping[str, Any], by: Any, at: datetime, actor: str) -> None:
        self.payload, self.by, self.at, self.actor = payload, by, at, actor


_reversals: dict[str, Callable[[Reversal], None]] = {}


def register_reversal(kind: str, reverse: Callable[[Reversal], None]) -> None:
    """Say how a kind of step is taken back; called once, when the app or interface is ready."""
    _reversals[str(kind)] = reverse


def remember_step(*, kind: str, payload: Mapping[str, Any], by: Any, at: datetime) -> UUID:
    """Remember, in the running transaction, what `by` did; gives the key by which it is taken back."""
    if str(kind) not in _reversals:
        raise ValueError(f"nobody registered how {kind} is taken back")
    return UndoableStep.objects.create(user=by, kind=str(kind), payload=dict(payload), done_at=at).mrid


@transaction.atomic
def undo_step(*, mrid: UUID, by: Any, at: datetime, actor: str) -> str:
    """
    Take back a step; gives its kind.

    :raises UnableToUndo: if it is not his, was taken back already, is too long ago, or something has changed since.
    """
    step = UndoableStep.objects.select_for_update().filter(mrid=mrid, user=by).first()
    if step is None:
        raise UnableToUndo("There is nothing here to undo.", code="no-step")
    if step.undone_at is not None:
        raise UnableToUndo("This was undone already.", code="undone")
    if not rules.may_undo(done_at=step.done_at, undone_at=step.undone_at, at=at):
        raise UnableToUndo("This is too long ago to undo; change it by hand.", code="too-late")
    _reversals[step.kind](Reversal(step.payload, by, at, actor))
    step.undone_at = at
    step.save(update_fields=["undone_at"])
    events.publish(StepUndone(step_mrid=str(step.mrid), kind=step.kind), actor=actor, at=at)
    return step.kind
