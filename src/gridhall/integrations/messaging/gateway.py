"""
Messages handed to the company's own gateway by HTTPS.

`POST` of `{"phone": …, "text": …, "id": …}` with the headers `X-Gridhall-Time` (seconds since 1970) and
`X-Gridhall-Sign`, the hex HMAC-SHA256 of `time + "." + body` with the shared secret. Whatever answers 2xx has taken it.
Each operator's interface differs; a few lines at the gateway turn this into it, and no operator's keys stand here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid

import httpx

from gridhall.integrations.messaging.base import UnableToSendMessage

PATIENCE_S = 5.0


class GatewaySender:
    """Sends by the company's gateway."""

    def __init__(self, url: str, secret: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url
        self._secret = secret
        self._transport = transport

    def send(self, phone: str, text: str, *, key: str = "") -> None:
        """
        Hand the message over; of two with the same id the gateway sends one.

        :raises UnableToSendMessage: if the gateway is silent, or answers anything but 2xx.
        """
        body = json.dumps({"phone": phone, "text": text, "id": key or str(uuid.uuid4())}, ensure_ascii=False).encode()
        moment = str(int(time.time()))
        sign = hmac.new(self._secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Gridhall-Time": moment, "X-Gridhall-Sign": sign}
        try:
            with httpx.Client(timeout=PATIENCE_S, transport=self._transport) as client:
                answer = client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise UnableToSendMessage(f"The message gateway does not answer: {error}.", code="silent") from error
        if not answer.is_success:
            raise UnableToSendMessage(f"The message gateway answered {answer.status_code}.", code="refused")
