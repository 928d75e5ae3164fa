"""Every read of workforce. Each takes the viewer."""

from gridhall.apps.workforce.queries.agreements import HeldTerms, list_held_terms
from gridhall.apps.workforce.queries.customers import (
    AccountRow,
    AccountSlice,
    Holder,
    PointView,
    Supply,
    TimelineEntry,
    get_holder,
    get_supply,
    list_account_rows,
    list_timeline,
)
from gridhall.apps.workforce.queries.notes import (
    NoteView,
    UnmaskingView,
    ViewOfList,
    get_note,
    list_newest_notes,
    list_notes,
    list_own_unmaskings,
    list_views,
    writes_notes,
)

__all__ = [
    "AccountRow",
    "AccountSlice",
    "HeldTerms",
    "Holder",
    "NoteView",
    "PointView",
    "Supply",
    "TimelineEntry",
    "UnmaskingView",
    "ViewOfList",
    "get_holder",
    "get_note",
    "get_supply",
    "list_account_rows",
    "list_held_terms",
    "list_newest_notes",
    "list_notes",
    "list_own_unmaskings",
    "list_timeline",
    "list_views",
    "writes_notes",
]
