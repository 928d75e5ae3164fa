"""Notes on accounts, and the views of lists that a person keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gridhall.apps.accounts.queries import AccessDenied, reads_customers
from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind
from gridhall.apps.workforce.models import AccountNote, SavedView, Unmasking

if TYPE_CHECKING:
    from gridhall.apps.accounts.models import CustomerAccount

LISTED_NOTES = 50


@dataclass(frozen=True, slots=True)
class NoteView:
    """One note; `is_own` says that the viewer wrote it and may change it."""

    mrid: UUID
    account_number: str
    text: str
    written_by: str
    written_at: datetime
    edited_at: datetime | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class ViewOfList:
    """A view that the viewer keeps of a list."""

    mrid: UUID
    name: str
    query: str


def writes_notes(viewer: Any) -> bool:
    """Tell whether the viewer writes notes: who reads customers does, but for auditors, who leave nothing behind."""
    is_auditor = identity.has_role(viewer, StaffRoleKind.AUDITOR) and not viewer.is_superuser
    return reads_customers(viewer) and not is_auditor


def list_notes(*, account: CustomerAccount, viewer: Any, limit: int = LISTED_NOTES) -> list[NoteView]:
    """
    List the notes on an account, newest first.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    if not reads_customers(viewer):
        raise AccessDenied
    rows = AccountNote.objects.filter(account_id=account.pk, deleted_at=None).select_related("written_by", "account")
    return [_as_view(row, viewer) for row in rows.order_by("-written_at", "-id")[:limit]]


def list_newest_notes(*, viewer: Any, limit: int = 8) -> list[NoteView]:
    """
    List the notes that anybody wrote last, on whichever account.

    :raises AccessDenied: if the viewer's work is not with customers.
    """
    if not reads_customers(viewer):
        raise AccessDenied
    rows = AccountNote.objects.filter(deleted_at=None).select_related("written_by", "account")
    return [_as_view(row, viewer) for row in rows.order_by("-written_at", "-id")[:limit]]


@dataclass(frozen=True, slots=True)
class UnmaskingView:
    """Personal data that the viewer saw in full: of which account, which fields, and why."""

    account_number: str
    fields: tuple[str, ...]
    reason_kind: str
    reason: str
    shown_at: datetime


def list_own_unmaskings(*, viewer: Any, limit: int = 6) -> list[UnmaskingView]:
    """List what the viewer saw in full, newest first: his own looks and nobody else's."""
    rows = Unmasking.objects.filter(user_id=viewer.pk).select_related("account").order_by("-shown_at")[:limit]
    return [
        UnmaskingView(row.account.number, tuple(row.fields), row.reason_kind, row.reason, row.shown_at) for row in rows
    ]


def get_note(*, mrid: UUID, viewer: Any) -> NoteView:
    """
    Give one note.

    :raises AccessDenied: if there is none, or the viewer's work is not with customers.
    """
    if not reads_customers(viewer):
        raise AccessDenied
    row = AccountNote.objects.filter(mrid=mrid, deleted_at=None).select_related("written_by", "account").first()
    if row is None:
        raise AccessDenied
    return _as_view(row, viewer)


def _as_view(row: AccountNote, viewer: Any) -> NoteView:
    return NoteView(
        row.mrid, row.account.number, row.text, str(row.written_by.name), row.written_at, row.edited_at,
        row.written_by_id == viewer.pk,
    )  # fmt: skip


def list_views(*, page: str, viewer: Any) -> list[ViewOfList]:
    """List the views that the viewer keeps of a list, by name."""
    rows = SavedView.objects.filter(user_id=viewer.pk, page=page).order_by("name")
    return [ViewOfList(row.mrid, row.name, row.query) for row in rows]
