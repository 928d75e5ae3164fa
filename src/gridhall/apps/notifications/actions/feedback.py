"""Hearing what people tell us about pages."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from secrets import choice

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from gridhall.apps.identity.models import User
from gridhall.apps.notifications.actions.sending import send_message
from gridhall.apps.notifications.events import FeedbackGiven, FeedbackSettled
from gridhall.apps.notifications.kinds import FeedbackKind, MessageKind
from gridhall.apps.notifications.models import Feedback
from gridhall.apps.notifications.rules.templates import LONGEST_LETTER
from gridhall.core import events
from gridhall.core.errors import BusinessError

MOST_AN_HOUR = 6
LONGEST_TEXT = 2_000
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class UnableToGiveFeedback(BusinessError):
    """Nothing was kept. `code` is `throttled`, `says-nothing`, `too-long` or `not-on-offer`."""


class UnableToSettleFeedback(BusinessError):
    """It stays as it is. `code` is `none`, `settled`, `says-nothing` or `too-long`."""


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


@transaction.atomic
def answer_feedback(*, number: str, reply: str, note: str, at: datetime, actor: str) -> bool:
    """
    Answer what we were told, and note what was done about it; it is settled then.

    :param reply: for the sender, who gets it as a message if he is known. :param note: for staff.
    :returns: whether a message is on its way to him.
    :raises UnableToSettleFeedback: if there is none of this number, it is settled, or neither says anything.
    """
    kept = Feedback.objects.select_for_update(of=("self",)).select_related("user").filter(number=number).first()
    reply, note = reply.replace("\x00", "").strip(), note.replace("\x00", "").strip()
    if kept is None:
        raise UnableToSettleFeedback(f"There is no feedback {number}.", code="none")
    if kept.settled_at is not None:
        raise UnableToSettleFeedback(f"{number} was settled by {kept.settled_by}.", code="settled")
    if not reply and not note:
        raise UnableToSettleFeedback("Write an answer, or what was done.", code="says-nothing")
    if max(len(reply), len(note)) > LONGEST_LETTER:
        raise UnableToSettleFeedback(f"Keep it within {LONGEST_LETTER} characters.", code="too-long")
    kept.settled_at, kept.settled_by, kept.note, kept.reply = at, actor, note, reply
    kept.save(update_fields=["settled_at", "settled_by", "note", "reply"])
    events.publish(FeedbackSettled(kept.pk, kept.number), actor=actor, at=at)
    if not reply or kept.user is None:
        return False
    context = {"number": kept.number, "reply": reply}
    told = {"kind": MessageKind.FEEDBACK_ANSWERED, "context": context, "key": f"feedback:{kept.number}"}
    return send_message(user=kept.user, **told, at=at, actor=actor) is not None  # type: ignore[arg-type]


@transaction.atomic
def settle_many(*, numbers: Iterable[str], note: str, at: datetime, actor: str) -> int:
    """
    Note of many at once what was done; those that are settled stay as they are. Gives how many were open.

    :raises UnableToSettleFeedback: if nothing or too much is said.
    """
    open_ones = Feedback.objects.filter(number__in=list(numbers), settled_at=None).order_by("pk")
    found = list(open_ones.select_for_update().values_list("number", flat=True))
    for number in found:
        answer_feedback(number=number, reply="", note=note, at=at, actor=actor)
    return len(found)
