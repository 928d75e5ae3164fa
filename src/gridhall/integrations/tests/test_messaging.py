"""Messages: kept by the sandbox, handed to a gateway."""

from __future__ import annotations

import hashlib
import hmac
import stat
from pathlib import Path

import httpx
import pytest

from gridhall.integrations.messaging.base import UnableToSendMessage
from gridhall.integrations.messaging.gateway import GatewaySender
from gridhall.integrations.messaging.sandbox import SandboxSender


def test_the_sandbox_keeps_messages_for_its_owner_alone(tmp_path: Path) -> None:
    kept = SandboxSender(tmp_path / "data" / "outbox.jsonl")
    assert list(kept.read()) == []
    kept.send("13800001234", "一\n二")
    (tmp_path / "data" / "outbox.jsonl").open("a").write('{"at": "2026')
    assert [(one.phone, one.text) for one in kept.read()] == [("13800001234", "一\n二")]
    assert stat.S_IMODE((tmp_path / "data" / "outbox.jsonl").stat().st_mode) == 0o600


def test_the_gateway_gets_a_signed_message() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202)

    GatewaySender("https://sms.example/send", "key", transport=httpx.MockTransport(answer)).send("13800001234", "你好")
    (request,) = seen
    text = f"{request.headers['X-Gridhall-Time']}.".encode() + request.content
    assert hmac.new(b"key", text, hashlib.sha256).hexdigest() == request.headers["X-Gridhall-Sign"]


@pytest.mark.parametrize("status", [302, 400, 500])
def test_a_gateway_that_refuses_is_told_of(status: int) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(status))
    with pytest.raises(UnableToSendMessage):
        GatewaySender("https://sms.example/send", "key", transport=transport).send("13800001234", "x")
