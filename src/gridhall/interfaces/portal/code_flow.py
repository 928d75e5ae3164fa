"""A one-time code on its way: which one this browser asked for, for which phone, and where to go afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from gridhall.apps.identity import actions as identity
from gridhall.apps.identity import queries

_KEY = "code"
_ANONYMOUS_S = 1800


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """What this browser asked for."""

    mrid: str
    phone: str
    purpose: str
    sent_at: datetime
    following: str

    @property
    def masked_phone(self) -> str:
        """The phone as it is shown."""
        return queries.mask_phone(self.phone)


def ask_for_code(request: HttpRequest, *, phone: str, purpose: str, following: str) -> None:
    """
    Send a code and keep which one; asked twice (a double click, a page sent again), the first one stays good.

    :raises UnableToSendCode: if none was sent, and none is under way in this browser either.
    """
    at = timezone.now()
    try:
        sent = identity.send_code(
            phone=phone,
            purpose=purpose,
            address=queries.get_address(request),
            at=at,
            language=request.preferences.language,  # type: ignore[attr-defined]
        )
    except identity.UnableToSendCode as refusal:
        known = get_code_asked(request, purpose)
        just_now = known is not None and (at - known.sent_at).total_seconds() < 10
        if refusal.code == "wait" and known is not None and just_now and queries.is_same_phone(known.phone, phone):
            return
        raise
    if not request.user.is_authenticated:
        request.session.set_expiry(_ANONYMOUS_S)
    request.session[_KEY] = [str(sent.mrid), sent.phone, purpose, sent.sent_at.isoformat(), following]


def get_code_asked(request: HttpRequest, purpose: str) -> CodeAsked | None:
    """Give the code that this browser asked for, None when it asked for none for this purpose."""
    kept = request.session.get(_KEY)
    if not kept or kept[2] != purpose:
        return None
    return CodeAsked(kept[0], kept[1], kept[2], datetime.fromisoformat(kept[3]), kept[4])


def forget_code(request: HttpRequest) -> None:
    """Forget about it, once it served."""
    request.session.pop(_KEY, None)
