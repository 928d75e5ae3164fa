"""What workforce tells. None of it changes what a customer's pages show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """Somebody wrote a note on an account."""

    changes_pages: ClassVar[bool] = False
    note_mrid: str
    account_id: int


@dataclass(frozen=True, slots=True)
class NoteEdited:
    """A note reads otherwise."""

    changes_pages: ClassVar[bool] = False
    note_mrid: str
    account_id: int


@dataclass(frozen=True, slots=True)
class NoteDeleted:
    """A note is shown no more."""

    changes_pages: ClassVar[bool] = False
    note_mrid: str
    account_id: int


@dataclass(frozen=True, slots=True)
class NoteRestored:
    """A note is as it was before."""

    changes_pages: ClassVar[bool] = False
    note_mrid: str
    account_id: int


@dataclass(frozen=True, slots=True)
class ViewSaved:
    """A person keeps a view of a list."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    page: str
    name: str


@dataclass(frozen=True, slots=True)
class ViewDeleted:
    """A person keeps a view of a list no more."""

    changes_pages: ClassVar[bool] = False
    user_id: int
    page: str
    name: str


@dataclass(frozen=True, slots=True)
class StepUndone:
    """Somebody took back what he had done."""

    changes_pages: ClassVar[bool] = False
    step_mrid: str
    kind: str


@dataclass(frozen=True, slots=True)
class ListExported:
    """What a list showed left the house as a file."""

    changes_pages: ClassVar[bool] = False
    page: str
    rows: int
    format: str
    query: str
