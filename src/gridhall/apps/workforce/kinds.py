"""Enumerations of workforce."""

from django.db import models


class UndoableKind(models.TextChoices):
    """What workforce itself can take back; desks add kinds of their own with `register_reversal`."""

    NOTE_WRITTEN = "NOTE_WRITTEN", "A note was written"
    NOTES_WRITTEN = "NOTES_WRITTEN", "A note was written on several accounts"
    NOTE_EDITED = "NOTE_EDITED", "A note was edited"
    NOTE_DELETED = "NOTE_DELETED", "A note was deleted"
    VIEW_DELETED = "VIEW_DELETED", "A saved view was deleted"
