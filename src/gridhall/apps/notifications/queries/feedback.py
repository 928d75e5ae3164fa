"""What people told us about pages. For staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridhall.apps.notifications.models import Feedback


@dataclass(frozen=True, slots=True)
class FeedbackView:
    """One word about a page."""

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


def list_feedback(
    *, viewer: Any, is_settled: bool | None = False, page: str = "", limit: int = 200, since: datetime | None = None
) -> list[FeedbackView]:
    """
    List what people told us, newest first; nothing to whom is no member of staff.

    :param is_settled: None gives both; :param page: the beginning of the path that it is about.
    """
    if viewer is None or not viewer.is_active or not viewer.is_staff:
        return []
    found = Feedback.objects.all()
    if is_settled is not None:
        found = found.filter(settled_at__isnull=not is_settled)
    if page:
        found = found.filter(page__startswith=page)
    if since is not None:
        found = found.filter(given_at__gte=since)
    return [
        FeedbackView(
            number=row.number, kind=row.kind, page=row.page, rating=row.rating, text=row.text, contact=row.contact,
            language=row.language, is_signed_in=row.user_id is not None, given_at=row.given_at,
            settled_at=row.settled_at, settled_by=row.settled_by, note=row.note,
        )
        for row in found.order_by("-given_at", "-id")[:limit]
    ]  # fmt: skip
