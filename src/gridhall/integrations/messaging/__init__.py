"""
Short messages to phones.

The setting GRIDHALL_SMS chooses: `sandbox` keeps them in a file (`gridhall outbox` prints it); an https address is the
company's gateway, with GRIDHALL_SMS_SECRET.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from gridhall.integrations.messaging.base import SmsSender, UnableToSendMessage
from gridhall.integrations.messaging.gateway import GatewaySender
from gridhall.integrations.messaging.sandbox import SandboxSender

__all__ = ["SmsSender", "UnableToSendMessage", "get_outbox", "get_sms_sender"]


def get_outbox() -> SandboxSender:
    """Give the sandbox of this installation."""
    return SandboxSender(Path(settings.DATA_DIR) / "outbox.jsonl")


def get_sms_sender() -> SmsSender:
    """
    Give the way of sending that the settings choose.

    :raises UnableToSendMessage: if they choose none that there is.
    """
    chosen = settings.GRIDHALL_SMS
    if chosen == "sandbox":
        return get_outbox()
    if chosen.startswith(("https://", "http://")):
        return GatewaySender(chosen, settings.GRIDHALL_SMS_SECRET)
    raise UnableToSendMessage("GRIDHALL_SMS is neither `sandbox` nor the address of a gateway.", code="not-set")
