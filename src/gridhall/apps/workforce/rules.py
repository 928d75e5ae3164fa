"""What a note and a view may be, and how long a step can be undone."""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST_NOTE = 2_000
LONGEST_NAME = 40
MOST_VIEWS = 30
UNDO_TIME = timedelta(minutes=10)
SHOWN_FOR = timedelta(minutes=5)
"""How long personal data stays in full before it is masked again."""


def clean_note(text: str) -> str:
    """
    Give a note as it is kept: lines without idle space at their ends, at most one empty line between.

    >>> clean_note("  来电  \\r\\n\\r\\n\\r\\n 已答复 ")
    '来电\\n\\n 已答复'
    """
    lines = [line.rstrip() for line in text.replace("\x00", "").replace("\r\n", "\n").split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


def may_undo(*, done_at: datetime, undone_at: datetime | None, at: datetime) -> bool:
    """Tell whether a step can still be taken back."""
    return undone_at is None and done_at <= at <= done_at + UNDO_TIME
