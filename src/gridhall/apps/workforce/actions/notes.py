"""Notes on accounts: writing, changing, deleting, each of which can be taken back for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.workforce import rules
from gridhall.apps.workforce.actions.undoing import Reversal, UnableToUndo, register_reversal, remember_step
from gridhall.apps.workforce.events import NoteDeleted, NoteEdited, NoteRestored, NoteWritten
from gridhall.apps.workforce.kinds import UndoableKind
from gridhall.apps.workforce.models import AccountNote, UndoableStep
from gridhall.apps.workforce.queries.notes import writes_notes
from gridhall.core import events
from gridhall.core.errors import BusinessError

MOST_ACCOUNTS = 500
SAME_NOTE = timedelta(minutes=1)  # so long the same words at the same place are a second press, not a second note


class UnableToWriteNote(BusinessError):
    """No note was written."""


class UnableToChangeNote(BusinessError):
    """The note stays as it was."""


def _check_text(text: str) -> str:
    text = rules.clean_note(text)
    if not text:
        raise UnableToWriteNote("Write something first.", code="empty")
    if len(text) > rules.LONGEST_NOTE:
        raise UnableToWriteNote(f"A note has up to {rules.LONGEST_NOTE} characters.", code="too-long")
    return text


def _check_writer(by: Any) -> None:
    if not writes_notes(by):
        raise UnableToWriteNote("Your role does not write notes.", code="no-role")


def _find_step(kind: UndoableKind, by: Any, at: datetime, text: str, account_ids: set[int]) -> UUID | None:
    """
    Find the step of the same words by the same person a moment ago, which two presses at once write once.

    Steps of one person come one after another from here on, until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"notes:{by.pk}"])
    recent = UndoableStep.objects.filter(user=by, kind=str(kind), undone_at=None, done_at__gt=at - SAME_NOTE)
    for step in recent.order_by("-done_at")[:5]:
        wanted = step.payload.get("notes") or [step.payload["note"]]
        written = AccountNote.objects.filter(mrid__in=wanted, deleted_at=None, text=text)
        if set(written.values_list("account_id", flat=True)) == account_ids:
            return step.mrid
    return None


@transaction.atomic
def write_note(*, account: CustomerAccount, text: str, by: Any, at: datetime, actor: str) -> UUID:
    """
    Write a note on an account; gives the key to undo it. Sent twice in a row (a double click) it is written once.

    :raises UnableToWriteNote: without text, with too much of it, or by one who may not.
    """
    _check_writer(by)
    text = _check_text(text)
    same = _find_step(UndoableKind.NOTE_WRITTEN, by, at, text, {account.pk})
    if same is not None:
        return same
    note = AccountNote.objects.create(account=account, text=text, written_by=by, written_at=at)
    events.publish(NoteWritten(note_mrid=str(note.mrid), account_id=account.pk), actor=actor, at=at)
    return remember_step(kind=UndoableKind.NOTE_WRITTEN, payload={"note": str(note.mrid)}, by=by, at=at)


@transaction.atomic
def write_notes(*, numbers: Sequence[str], text: str, by: Any, at: datetime, actor: str) -> tuple[int, UUID]:
    """
    Write the same note on several accounts; gives how many, and the key to undo them all. Sent twice: written once.

    :raises UnableToWriteNote: as `write_note`, and for none or too many accounts.
    """
    _check_writer(by)
    text = _check_text(text)
    if not 0 < len(numbers) <= MOST_ACCOUNTS:
        raise UnableToWriteNote(f"Choose 1 to {MOST_ACCOUNTS} accounts.", code="how-many")
    found = list(CustomerAccount.objects.filter(number__in=numbers))
    same = _find_step(UndoableKind.NOTES_WRITTEN, by, at, text, {account.pk for account in found})
    if same is not None:
        return len(found), same
    notes = AccountNote.objects.bulk_create(
        [AccountNote(account=account, text=text, written_by=by, written_at=at) for account in found]
    )
    told = [NoteWritten(note_mrid=str(note.mrid), account_id=note.account_id) for note in notes]
    events.publish_many(told, actor=actor, at=at)
    payload = {"notes": [str(note.mrid) for note in notes]}
    return len(notes), remember_step(kind=UndoableKind.NOTES_WRITTEN, payload=payload, by=by, at=at)


def _lock_own(mrid: UUID, by: Any) -> AccountNote:
    note = AccountNote.objects.select_for_update().filter(mrid=mrid, deleted_at=None).first()
    if note is None or not accounts.reads_customers(by):
        raise UnableToChangeNote("There is no such note any more.", code="no-note")
    if note.written_by_id != by.pk:
        raise UnableToChangeNote("Only who wrote a note changes it; write one of your own.", code="not-own")
    return note


@transaction.atomic
def edit_note(*, mrid: UUID, text: str, by: Any, at: datetime, actor: str) -> UUID:
    """
    Change one's own note; gives the key to undo it.

    :raises UnableToChangeNote: if it is gone or somebody else's.
    :raises UnableToWriteNote: without text, or with too much of it.
    """
    note, text = _lock_own(mrid, by), _check_text(text)
    if note.text == text and note.edited_at is not None:  # the second press of a double click
        same = _find_step(UndoableKind.NOTE_EDITED, by, at, text, {note.account_id})
        if same is not None:
            return same
    payload = {
        "note": str(note.mrid), "text": note.text, "new": text,
        "edited_at": note.edited_at and note.edited_at.isoformat(),
    }  # fmt: skip
    note.text, note.edited_at = text, at
    note.save(update_fields=["text", "edited_at"])
    events.publish(NoteEdited(note_mrid=str(note.mrid), account_id=note.account_id), actor=actor, at=at)
    return remember_step(kind=UndoableKind.NOTE_EDITED, payload=payload, by=by, at=at)


@transaction.atomic
def delete_note(*, mrid: UUID, by: Any, at: datetime, actor: str) -> UUID:
    """
    Delete one's own note; gives the key to undo it.

    :raises UnableToChangeNote: if it is gone or somebody else's.
    """
    note = _lock_own(mrid, by)
    note.deleted_at = at
    note.save(update_fields=["deleted_at"])
    events.publish(NoteDeleted(note_mrid=str(note.mrid), account_id=note.account_id), actor=actor, at=at)
    return remember_step(kind=UndoableKind.NOTE_DELETED, payload={"note": str(note.mrid)}, by=by, at=at)


def _take_back_writing(step: Reversal) -> None:
    wanted = step.payload.get("notes") or [step.payload["note"]]
    notes = list(AccountNote.objects.select_for_update().filter(mrid__in=wanted, deleted_at=None))
    for note in notes:
        note.deleted_at = step.at
    AccountNote.objects.bulk_update(notes, ["deleted_at"])
    told = [NoteDeleted(note_mrid=str(note.mrid), account_id=note.account_id) for note in notes]
    events.publish_many(told, actor=step.actor, at=step.at)


def _take_back_edit(step: Reversal) -> None:
    note = AccountNote.objects.select_for_update().filter(mrid=step.payload["note"], deleted_at=None).first()
    if note is None or note.text != step.payload["new"]:
        raise UnableToUndo("The note was changed since; edit it by hand.", code="changed-meanwhile")
    before = step.payload["edited_at"]
    note.text, note.edited_at = step.payload["text"], datetime.fromisoformat(before) if before else None
    note.save(update_fields=["text", "edited_at"])
    _tell_restored(note, step)


def _take_back_deletion(step: Reversal) -> None:
    note = AccountNote.objects.select_for_update().get(mrid=step.payload["note"])
    note.deleted_at = None
    note.save(update_fields=["deleted_at"])
    _tell_restored(note, step)


def _tell_restored(note: AccountNote, step: Reversal) -> None:
    events.publish(
        NoteRestored(note_mrid=str(note.mrid), account_id=note.account_id), actor=step.actor, at=step.at
    )  # fmt: skip


register_reversal(UndoableKind.NOTE_WRITTEN, _take_back_writing)
register_reversal(UndoableKind.NOTES_WRITTEN, _take_back_writing)
register_reversal(UndoableKind.NOTE_EDITED, _take_back_edit)
register_reversal(UndoableKind.NOTE_DELETED, _take_back_deletion)
