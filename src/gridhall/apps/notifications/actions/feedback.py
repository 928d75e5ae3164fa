"""Hearing what people tell us about pages."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from secrets import choice

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from gridhall.apps.identity.models import User
from gridhall.apps.notifications.events import FeedbackGiven, FeedbackSettled
from gridhall.apps.notifications.kinds import FeedbackKind
from gridhall.apps.notifications.models import Feedback
from gridhall.core import events
from gridhall.core.errors import BusinessError

MOST_AN_HOUR = 6
LONGEST_TEXT = 2_000
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class UnableToGiveFeedback(BusinessError):
    """Nothing was kept. `code` is `throttled`, `says-nothing`, `too-long` or `not-on-offer`."""


class UnableToSettleFeedback(BusinessError):
    """It stays open."""


@transaction.atomic
def give_feedback(
    *,
    user: User | None,
    source: str,
    kind: FeedbackKind | str,
    at: datetime,
    actor: str,
    text: str = "",
    rating: int | None = None,
    page: str = "",
    contact: str = "",
    language: str = "",
) -> Feedback:
    """
    Keep what somebody tells us about a page, and give it a number that he may quote.

    Sent twice (a double click) it is kept once.

    :param source: where it comes from, such as an address; only a keyed digest of it is kept.
    :raises UnableToGiveFeedback: if it says nothing or too much, or too many came from there within an hour.
    """
    text, contact = text.replace("\x00", "").strip(), contact.replace("\x00", "").strip()
    if kind not in FeedbackKind.values or (rating is not None and not 1 <= rating <= 5):
        raise UnableToGiveFeedback("Choose one of those on offer.", code="not-on-offer")
    if not text and rating is None:
        raise UnableToGiveFeedback("Say a word, or choose a rating.", code="says-nothing")
    if len(text) > LONGEST_TEXT or len(contact) > 120:
        raise UnableToGiveFeedback(f"Keep it within {LONGEST_TEXT} characters.", code="too-long")
    digest = _digest(source if user is None else f"user:{user.pk}")
    with connection.cursor() as cursor:  # one at a time from one source, so that the count holds
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"feedback:{digest}"])
    recent = Feedback.objects.filter(source=digest, given_at__gt=at - timedelta(hours=1))
    same = recent.filter(text=text, rating=rating, kind=str(kind), page=_clean_page(page)).first()
    if same is not None:
        return same
    if recent.count() >= MOST_AN_HOUR:
        raise UnableToGiveFeedback("Thank you, that was a lot for one hour. Tell us more later.", code="throttled")
    kept = Feedback.objects.create(
        number=f"Y{timezone.localdate(at):%y%m%d}{''.join(choice(_LETTERS) for _ in range(5))}",
        user=user,
        source=digest,
        page=_clean_page(page),
        kind=str(kind),
        rating=rating,
        text=text,
        contact=contact,
        language=language[:10],
        given_at=at,
    )
    events.publish(FeedbackGiven(kept.pk, kept.number, kept.kind), actor=actor, at=at)
    return kept


def _clean_page(page: str) -> str:
    """Keep the path alone: what follows it may say what somebody looked for."""
    path = page.replace("\x00", "").partition("?")[0].partition("#")[0]
    return path[:300] if path.startswith("/") and not path.startswith("//") else ""


def _digest(source: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"feedback:{source}".encode(), hashlib.sha256).hexdigest()[:32]


@transaction.atomic
def settle_feedback(*, number: str, note: str, at: datetime, actor: str) -> Feedback:
    """
    Note that what we were told was dealt with, and how. Again, it changes nothing.

    :raises UnableToSettleFeedback: if there is none of this number.
    """
    kept = Feedback.objects.select_for_update().filter(number=number.strip().upper()).first()
    if kept is None:
        raise UnableToSettleFeedback(f"There is no feedback {number}; `gridhall feedback list` shows all.", code="none")
    if kept.settled_at is None:
        kept.settled_at, kept.settled_by, kept.note = at, actor, note.strip()
        kept.save(update_fields=["settled_at", "settled_by", "note"])
        events.publish(FeedbackSettled(kept.pk, kept.number), actor=actor, at=at)
    return kept
