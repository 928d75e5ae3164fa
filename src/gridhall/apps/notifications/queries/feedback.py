"""What people told us about pages. For staff."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from gridhall.apps.identity import queries as identity
from gridhall.apps.identity.kinds import StaffRoleKind
from gridhall.apps.notifications.models import Feedback

ANSWERERS = (StaffRoleKind.CLERK, StaffRoleKind.MANAGER)
_LONG_NUMBER = re.compile(r"[0-9](?:[ -]?[0-9]){6,}")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+")


@dataclass(frozen=True, slots=True)
class FeedbackView:
    """One word about a page. `user_name` and `user_phone` are masked, and empty of one who was not signed in."""

    number: str
    kind: str
    page: str
    rating: int | None
    text: str
    contact: str
    language: str
    is_signed_in: bool
    given_at: datetime
    settled_at: datetime | None
    settled_by: str
    note: str
    reply: str = ""
    user_name: str = ""
    user_phone: str = ""


def list_feedback(
    *, viewer: Any, is_settled: bool | None = False, page: str = "", limit: int = 200, since: datetime | None = None
) -> list[FeedbackView]:
    """
    List what people told us, newest first; nothing to whom is no member of staff.

    :param is_settled: None gives both; :param page: the beginning of the path that it is about.
    """
    if viewer is None or not viewer.is_active or not viewer.is_staff:
        return []
    found = _select(is_settled=is_settled, page=page)
    if since is not None:
        found = found.filter(given_at__gte=since)
    return [_as_view(row, in_full=True) for row in found.order_by("-given_at", "-id")[:limit]]


def list_feedback_page(
    *,
    viewer: Any,
    is_settled: bool | None = False,
    kind: str = "",
    page: str = "",
    is_oldest_first: bool = False,
    offset: int = 0,
    limit: int = 50,
    counted: int = 10_001,
) -> tuple[list[FeedbackView], int]:
    """
    List what people told us as a page of a list, and how many there are, as far as `counted`.

    Clerks and managers read it in full, auditors with numbers and addresses masked; nobody else reads anything.

    :param is_settled: None gives both; :param page: the beginning of the path that it is about.
    """
    if not _reads(viewer):
        return [], 0
    found = _select(is_settled=is_settled, page=page, kind=kind)
    order = ("given_at", "id") if is_oldest_first else ("-given_at", "-id")
    in_full = identity.has_role(viewer, *ANSWERERS)
    rows = found.select_related("user").order_by(*order)[offset : offset + limit]
    return [_as_view(row, in_full=in_full) for row in rows], found.order_by()[:counted].count()


def get_feedback(*, number: str, viewer: Any) -> FeedbackView | None:
    """Give one word about a page, as `list_feedback_page` does; None where there is none for the viewer."""
    row = Feedback.objects.select_related("user").filter(number=number).first() if _reads(viewer) else None
    return None if row is None else _as_view(row, in_full=identity.has_role(viewer, *ANSWERERS))


def count_open_feedback(*, viewer: Any) -> int:
    """Count what waits for an answer; nothing waits for one who gives none."""
    return Feedback.objects.filter(settled_at=None).count() if identity.has_role(viewer, *ANSWERERS) else 0


def _reads(viewer: Any) -> bool:
    return identity.has_role(viewer, *ANSWERERS, StaffRoleKind.AUDITOR)


def _select(*, is_settled: bool | None, page: str, kind: str = "") -> QuerySet[Feedback]:
    found = Feedback.objects.all()
    if is_settled is not None:
        found = found.filter(settled_at__isnull=not is_settled)
    if page:
        found = found.filter(page__startswith=page)
    if kind:
        found = found.filter(kind=kind)
    return found


def _mask(text: str) -> str:
    """Hide what looks like a number of a person or an address: all but the last two signs."""
    text = _LONG_NUMBER.sub(lambda found: "*" * (len(found[0]) - 2) + found[0][-2:], text)
    return _MAIL.sub("***", text)


def _as_view(row: Feedback, *, in_full: bool) -> FeedbackView:
    user = row.user if "user" in row._state.fields_cache else None
    text, contact, note, reply = (
        part if in_full else _mask(part) for part in (row.text, row.contact, row.note, row.reply)
    )
    return FeedbackView(
        number=row.number, kind=row.kind, page=row.page, rating=row.rating, text=text,
        contact=contact if in_full or contact != row.contact or not contact else "***",
        language=row.language, is_signed_in=row.user_id is not None, given_at=row.given_at,
        settled_at=row.settled_at, settled_by=row.settled_by, note=note, reply=reply,
        user_name=_mask_name(user.name) if user is not None else "",
        user_phone=identity.mask_phone(user.phone) if user is not None else "",
    )  # fmt: skip


def _mask_name(name: str) -> str:
    return name[:1] + "*" * min(len(name) - 1, 2) if name else ""
