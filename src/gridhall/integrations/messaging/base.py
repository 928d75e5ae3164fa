"""What a way of sending short messages must do."""

from __future__ import annotations

from typing import Protocol

from gridhall.core.errors import BusinessError


class UnableToSendMessage(BusinessError):
    """The gateway did not take the message."""


class SmsSender(Protocol):
    """Sends a text to a phone."""

    def send(self, phone: str, text: str, *, key: str = "") -> None:
        """
        Hand a text to the gateway.

        :param key: the same when a text is handed over again because nobody knows whether it was taken: it goes once.
        :raises UnableToSendMessage: if it was not taken.
        """
        ...
