"""How much one request may send, whoever sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from gridhall.config import asgi

PIECE = b"x" * 1_000_000


def send_to(path: str, pieces: int, *, told: int | None = None) -> tuple[int, int]:
    """Send pieces of a megabyte; gives the status, and how many of them were read."""
    headers = [(b"host", b"localhost"), (b"content-type", b"application/octet-stream")]
    headers += [(b"content-length", str(told).encode())] if told is not None else []
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": headers, "http_version": "1.1", "scheme": "http", "server": ("localhost", 80), "root_path": "",
        "client": ("127.0.0.1", 9),
    }  # fmt: skip
    messages = _give(pieces)
    read, answers = 0, list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        nonlocal read
        message = next(messages, None)
        if message is None:
            await asyncio.sleep(3600)  # as a browser that waits for its answer
        read += 1
        return message or {}

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    asyncio.run(asgi.Application()(scope, receive, send))
    return answers[0]["status"], read


def _give(pieces: int) -> Iterator[dict[str, Any]]:
    for place in range(pieces):
        yield {"type": "http.request", "body": PIECE, "more_body": place + 1 < pieces}


@pytest.mark.parametrize("path", ["/feedback/", "/mine/real-name/document/", "/nowhere/"])
def test_what_is_too_large_is_stopped_while_it_comes(path: str) -> None:
    status, read = send_to(path, 500)
    assert status == 413 and read <= asgi.MOST_BYTES // len(PIECE) + 1


def test_what_says_itself_that_it_is_too_large_is_not_read() -> None:
    assert send_to("/feedback/", 500, told=500_000_000) == (413, 0)
    assert send_to("/console/", 1, told=asgi.MOST_BYTES_OF_STAFF + 1) == (413, 0)


def test_what_is_small_is_read(db: None) -> None:
    assert send_to("/nowhere/", 3)[0] != 413
