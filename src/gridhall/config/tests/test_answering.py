"""A request is answered in one thread, signals and all; what is streamed ends when nobody is there any more."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from gridhall.config import asgi

SCOPE = {
    "type": "http", "method": "GET", "path": "/somewhere/", "raw_path": b"/somewhere/", "query_string": b"",
    "headers": [(b"host", b"localhost")], "http_version": "1.1", "scheme": "http", "server": ("localhost", 80),
    "root_path": "", "client": ("127.0.0.1", 9),
}  # fmt: skip
Give = Callable[[Any], HttpResponseBase]


class _Line:
    """The line to a browser, which may break after some pieces have come."""

    def __init__(self, breaks_after: int | None = None) -> None:
        self.breaks_after = breaks_after
        self.sent: list[dict[str, Any]] = []
        self._asked = 0
        self._broken = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        self._asked += 1
        if self._asked == 1:
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._broken.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if self.breaks_after is not None and len(self.sent) > self.breaks_after:
            self._broken.set()
        await asyncio.sleep(0)

    @property
    def pieces(self) -> list[bytes]:
        return [message["body"] for message in self.sent[1:] if message.get("body")]


def answer(monkeypatch: pytest.MonkeyPatch, give: Give, *, breaks_after: int | None = None) -> _Line:
    """Let the application answer with what `give` makes of the request."""
    application = asgi.Application()
    monkeypatch.setattr(application, "get_response", give)

    async def run() -> _Line:
        line = _Line(breaks_after)
        await asyncio.wait_for(application(dict(SCOPE), line.receive, line.send), 60)
        return line

    try:
        return asyncio.run(run())
    finally:
        application._threads.shutdown()


def test_all_of_a_request_is_done_in_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int]] = []

    def note(name: str) -> None:
        seen.append((name, threading.get_ident()))

    def give(request: Any) -> HttpResponse:
        note("view")
        response = HttpResponse("好")
        response.set_cookie("a", "b")
        return response

    def started(**_: Any) -> None:
        note("started")

    def finished(**_: Any) -> None:
        note("finished")

    request_started.connect(started)
    request_finished.connect(finished)
    try:
        line = answer(monkeypatch, give)
    finally:
        request_started.disconnect(started)
        request_finished.disconnect(finished)
    assert [name for name, _ in seen] == ["started", "view", "finished"]
    assert {thread for _, thread in seen} == {seen[0][1]} and seen[0][1] != threading.get_ident()
    assert line.pieces == ["好".encode()] and line.sent[0]["status"] == 200
    assert (b"Set-Cookie", b"a=b; Path=/") in line.sent[0]["headers"]


@pytest.mark.parametrize(("length", "at_once"), [(0, True), (10, True), (asgi.MOST_AT_ONCE, True), (3_500_000, False)])
def test_a_file_comes_whole_and_is_closed(monkeypatch: pytest.MonkeyPatch, length: int, at_once: bool) -> None:
    content = bytes(range(256)) * (length // 256 + 1)
    file = io.BytesIO(content[:length])
    line = answer(monkeypatch, lambda request: FileResponse(file, filename="a.csv", as_attachment=True))
    assert b"".join(line.pieces) == content[:length] and file.closed
    assert not line.sent[-1].get("more_body")
    headers = {name.lower(): value for name, value in line.sent[0]["headers"]}
    assert headers[b"content-length"] == str(length).encode()
    assert headers[b"content-disposition"] == b'attachment; filename="a.csv"'
    if not at_once:
        assert max(map(len, line.pieces)) <= 2**16, "a large file is not held in memory"


def test_what_is_streamed_ends_when_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    ended, closed = threading.Event(), threading.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
        finally:
            ended.set()

    def give(request: Any) -> HttpResponseBase:
        response = StreamingHttpResponse(endless())
        response._resource_closers.append(closed.set)
        return response

    line = answer(monkeypatch, give, breaks_after=5)
    assert len(line.pieces) >= 5 and ended.is_set() and closed.is_set()


def test_what_fails_while_it_is_streamed_is_not_hushed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise OSError("The disk is gone.")

    with pytest.raises(OSError, match="The disk is gone"):
        answer(monkeypatch, lambda request: StreamingHttpResponse(broken()))


def test_who_leaves_before_all_was_sent_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    application = asgi.Application()
    monkeypatch.setattr(application, "get_response", lambda request: pytest.fail("answered"))
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(application(dict(SCOPE), receive, send))
    assert sent == []
