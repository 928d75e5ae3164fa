"""What workforce does. One function is one use case: ask, decide, write, tell."""

from gridhall.apps.workforce.actions.notes import (
    UnableToChangeNote,
    UnableToWriteNote,
    delete_note,
    edit_note,
    write_note,
    write_notes,
)
from gridhall.apps.workforce.actions.undoing import UnableToUndo, register_reversal, remember_step, undo_step
from gridhall.apps.workforce.actions.unmasking import UnableToUnmask, mask_account, unmask_account
from gridhall.apps.workforce.actions.views import UnableToSaveView, delete_view, save_view, tell_export

__all__ = [
    "UnableToChangeNote",
    "UnableToSaveView",
    "UnableToUndo",
    "UnableToUnmask",
    "UnableToWriteNote",
    "delete_note",
    "delete_view",
    "edit_note",
    "mask_account",
    "register_reversal",
    "remember_step",
    "save_view",
    "tell_export",
    "undo_step",
    "unmask_account",
    "write_note",
    "write_notes",
]
