"""The views of lists that a person keeps, and what left the house through a list."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from gridhall.apps.identity import queries as identity
from gridhall.apps.workforce import rules
from gridhall.apps.workforce.actions.undoing import Reversal, UnableToUndo, register_reversal, remember_step
from gridhall.apps.workforce.events import ListExported, ViewDeleted, ViewSaved
from gridhall.apps.workforce.kinds import UndoableKind
from gridhall.apps.workforce.models import SavedView
from gridhall.core import events
from gridhall.core.errors import BusinessError


class UnableToSaveView(BusinessError):
    """The view was not kept."""


@transaction.atomic
def save_view(*, page: str, name: str, query: str, by: Any, at: datetime, actor: str) -> SavedView:
    """
    Keep a view of a list under a name; one of the same name is replaced.

    :raises UnableToSaveView: without a name, with one too long, by one who is no staff, or if he keeps too many.
    """
    name = " ".join(name.split())
    if not identity.list_roles(by):
        raise UnableToSaveView("Only members of staff keep views.", code="not-staff")
    if not name or len(name) > rules.LONGEST_NAME:
        raise UnableToSaveView(f"Give the view a name of 1 to {rules.LONGEST_NAME} characters.", code="no-name")
    if len(query) > 1_000:
        raise UnableToSaveView("This view has too many conditions to keep.", code="too-long")
    kept = SavedView.objects.filter(user=by, page=page)
    if not kept.filter(name=name).exists() and kept.count() >= rules.MOST_VIEWS:
        raise UnableToSaveView(f"You keep {rules.MOST_VIEWS} views already; delete one first.", code="too-many")
    view, _made = SavedView.objects.update_or_create(
        user=by, page=page, name=name, defaults={"query": query, "saved_at": at}
    )
    events.publish(ViewSaved(user_id=by.pk, page=page, name=name), actor=actor, at=at)
    return view


@transaction.atomic
def delete_view(*, mrid: UUID, by: Any, at: datetime, actor: str) -> tuple[str, UUID] | None:
    """Keep a view no more; gives the page it was of and the key to undo it, None if it was gone."""
    view = SavedView.objects.filter(mrid=mrid, user=by).first()
    if view is None:
        return None
    payload = {"page": view.page, "name": view.name, "query": view.query}
    view.delete()
    events.publish(ViewDeleted(user_id=by.pk, page=view.page, name=view.name), actor=actor, at=at)
    return view.page, remember_step(kind=UndoableKind.VIEW_DELETED, payload=payload, by=by, at=at)


def _take_back_deletion(step: Reversal) -> None:
    kept = step.payload
    if SavedView.objects.filter(user=step.by, page=kept["page"], name=kept["name"]).exists():
        raise UnableToUndo("A view of this name is there again.", code="changed-meanwhile")
    save_view(**kept, by=step.by, at=step.at, actor=step.actor)


@transaction.atomic
def tell_export(*, page: str, rows: int, format: str, query: str, at: datetime, actor: str) -> None:
    """Tell that what a list showed left the house as a file."""
    events.publish(ListExported(page=page, rows=rows, format=format, query=query[:500]), actor=actor, at=at)


register_reversal(UndoableKind.VIEW_DELETED, _take_back_deletion)
