"""Web push: one encrypted line to a browser through its maker's push service (RFC 8030, 8188, 8291, 8292)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import requests
from py_vapid import Vapid
from pywebpush import WebPushException, webpush

ANSWERS_WITHIN_S = 10.0
GONE = (404, 410)
HOPELESS = (400, 401, 403, 413)


class PushGone(Exception):
    """The browser takes no push any more; forget it."""


class PushRefused(Exception):
    """The push service will never take this."""


class PushDelayed(Exception):
    """It did not work now; try again later."""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where and under which keys a browser takes push."""

    endpoint: str
    p256dh: str
    auth: str


def send_push(
    browser: Browser,
    payload: Mapping[str, str],
    *,
    private_key: str,
    contact: str,
    ttl_s: int,
    topic: str,
    is_urgent: bool,
) -> None:
    """
    Send a payload to a browser.

    :param ttl_s: how long the push service may keep it for a browser that is off.
    :param topic: at most 32 letters and digits; a later push of the same topic takes the place of one not yet shown,
        so that a repeated try is no second message.
    :raises PushGone, PushRefused, PushDelayed: as the push service answers.
    """
    with requests.Session() as session:
        session.max_redirects = 0  # a push service answers itself; who redirects leads elsewhere
        try:
            webpush(
                {"endpoint": browser.endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}},
                data=json.dumps(payload, ensure_ascii=False),
                vapid_private_key=Vapid.from_string(private_key),
                vapid_claims={"sub": contact},
                ttl=max(ttl_s, 0),
                headers={"Topic": topic, "Urgency": "high" if is_urgent else "normal"},
                timeout=ANSWERS_WITHIN_S,
                requests_session=session,
            )
        except WebPushException as error:
            status = getattr(error.response, "status_code", 0)
            if status in GONE:
                raise PushGone from error
            if status in HOPELESS:
                raise PushRefused(f"answered {status}") from error
            raise PushDelayed(f"answered {status}") from error
        except requests.TooManyRedirects as error:
            raise PushRefused("redirects elsewhere") from error
        except requests.RequestException as error:
            raise PushDelayed(type(error).__name__) from error
        except ValueError as error:
            raise PushRefused("the keys of the browser are none") from error
