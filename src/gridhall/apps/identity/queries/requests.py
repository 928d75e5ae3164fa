"""What a request says about who asks: address, device, session."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from gridhall.apps.identity import rules
from gridhall.apps.identity.models import User, UserSession

KNOWN_DEVICE_COOKIE = "gridhall_device"
DEVICE_KEY_PLACE = "device_key"
_SALT = "gridhall.known-device"
_MOST_USERS = 5


def get_address(request: HttpRequest) -> str | None:
    """Give the address of the one who asks, seen through the company's own proxies (GRIDHALL_PROXIES)."""
    return rules.find_address(
        remote=request.META.get("REMOTE_ADDR"),
        forwarded=request.META.get("HTTP_X_FORWARDED_FOR", ""),
        proxies=settings.GRIDHALL_PROXIES,
    )


def get_device(request: HttpRequest) -> str:
    """Give browser and system, as far as the browser says."""
    return rules.read_device(request.META.get("HTTP_USER_AGENT", ""))


def get_current_session(request: HttpRequest) -> UserSession | None:
    """Give the row of the session that this request came in, which was looked up together with it."""
    return getattr(request.session, "user_session", None)


def digest_session_key(key: str) -> str:
    """Give that by which the key of a session is known again once it opens nothing any more."""
    return salted_hmac("gridhall.ended-session", key, algorithm="sha256").hexdigest()


def find_why_ended(request: HttpRequest) -> str | None:
    """Say why the session with which an anonymous request comes was ended (a SessionEndKind); None if it was not."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if not key or request.session.session_key:
        return None
    found = UserSession.objects.filter(ended_key=digest_session_key(key)).values_list("end_kind", flat=True)
    return found.first()


def find_device_key(request: HttpRequest) -> str | None:
    """Give this session's half of the device's key, if it was drawn in this sign-in."""
    kept, row = request.session.get(DEVICE_KEY_PLACE), get_current_session(request)
    if not isinstance(kept, list) or len(kept) != 2 or row is None or kept[0] != str(row.mrid):
        return None
    return str(kept[1])


def get_viewer_mark(request: HttpRequest) -> str:
    """Give a word that tells the users of one device apart and says nothing of them; `-` for nobody."""
    user = request.user
    return salted_hmac("gridhall.viewer", str(user.mrid)).hexdigest()[:16] if isinstance(user, User) else "-"


def has_second_factor(request: HttpRequest) -> bool:
    """Tell whether a member of staff showed his second factor in this session."""
    return bool(request.session.get("second_factor"))


def is_proved(request: HttpRequest, *, at: datetime) -> bool:
    """Tell whether the user proved who he is a moment ago, from the network where he is now."""
    kept = request.session.get("proved")
    if not isinstance(kept, list) or len(kept) != 2:
        return False
    here = rules.get_network(get_address(request), bits_v4=16, bits_v6=32)
    return rules.is_proof_fresh(proved_at=datetime.fromisoformat(kept[0]), networks=(kept[1], here), at=at)


def make_known_device(request: HttpRequest, user: User) -> str:
    """
    Give the value of the cookie that tells this device from strangers' when many guess at the user's password.

    It lets nobody in; it only exempts from the limit that holds for all devices together. It ends with the password.
    """
    known = {mrid: token for mrid, token in _read_known(request).items() if mrid != str(user.mrid)}
    kept = dict(list(known.items())[-(_MOST_USERS - 1) :]) | {str(user.mrid): _known_token(user)}
    return signing.dumps(kept, salt=_SALT, compress=True)


def is_known_device(request: HttpRequest, *, phone: str) -> bool:
    """Tell whether the user of a phone number was let in on this device before."""
    known = _read_known(request)
    user = User.objects.filter(phone=phone, mrid__in=list(known)).first() if known else None
    return user is not None and constant_time_compare(known[str(user.mrid)], _known_token(user))


def _known_token(user: User) -> str:
    return salted_hmac(_SALT, f"{user.mrid}:{user.password}", algorithm="sha256").hexdigest()[:32]


def _read_known(request: HttpRequest) -> dict[str, str]:
    try:
        kept: Any = signing.loads(request.COOKIES.get(KNOWN_DEVICE_COOKIE, ""), salt=_SALT, max_age=400 * 24 * 3600)
    except signing.BadSignature:
        return {}
    return kept if isinstance(kept, dict) else {}
