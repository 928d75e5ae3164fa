"""The half of a key that a device gets while a session lasts: with it the device reads what it keeps off-line."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.http import HttpRequest

from gridhall.apps.identity import queries, rules
from gridhall.apps.identity.models import User
from gridhall.apps.identity.queries.requests import DEVICE_KEY_PLACE
from gridhall.core.errors import BusinessError

KEY_BYTES = 32


class UnableToGiveDeviceKey(BusinessError):
    """Nothing is kept on this device for off-line: nobody signed in, or staff."""


def give_device_key(*, request: HttpRequest, at: datetime) -> tuple[str, int]:
    """
    Give this session's half of the device's key, and for how many seconds the device may hold it unheard.

    It is drawn once a sign-in and stands in the session alone: with the session it is gone from the house. The seconds
    end when the session would, were it not used again.

    :raises UnableToGiveDeviceKey: if nobody signed in, or a member of staff did.
    """
    user, row = request.user, queries.get_current_session(request)
    if not isinstance(user, User) or user.is_staff or row is None:
        raise UnableToGiveDeviceKey("Nothing is kept on this device.", code="not-kept")
    key = queries.find_device_key(request)
    if key is None:
        key = secrets.token_hex(KEY_BYTES)
        request.session[DEVICE_KEY_PLACE] = [str(row.mrid), key]
    limits = rules.get_session_limits(is_staff=False)
    left = min(limits.idle, row.started_at + limits.whole - at)
    return key, max(int(left.total_seconds()), 0)
