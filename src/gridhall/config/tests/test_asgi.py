"""How much one request may send, whoever sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from gridhall.apps.identity.models import User
from gridhall.config import asgi
from gridhall.interfaces.shared import uploads

PIECE = b"x" * 1_000_000


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread, whose connection to the database is closed when all is answered."""
    monkeypatch.setattr(asgi, "THREADS", 1)


def send_to(path: str, pieces: int, *, told: int | None = None, key: str = "") -> tuple[int, int]:
    """Send pieces of a megabyte; gives the status, and how many of them were read."""
    headers = [(b"host", b"localhost"), (b"content-type", b"application/octet-stream")]
    headers += [(b"content-length", str(told).encode())] if told is not None else []
    headers += [(b"cookie", f"a=b; {settings.SESSION_COOKIE_NAME}={key}".encode())] if key else []
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

    application = asgi.Application()
    asyncio.run(application(scope, receive, send))
    application._threads.submit(connections.close_all).result()
    application._threads.shutdown()
    return answers[0]["status"], read


def _give(pieces: int) -> Iterator[dict[str, Any]]:
    for place in range(pieces):
        yield {"type": "http.request", "body": PIECE, "more_body": place + 1 < pieces}


@pytest.mark.parametrize("path", ["/feedback/", "/mine/real-name/document/", "/nowhere/"])
def test_what_is_too_large_is_stopped_while_it_comes(path: str) -> None:
    status, read = send_to(path, 500)
    assert status == 413 and read <= uploads.MOST_BYTES_A_REQUEST // len(PIECE) + 1


def test_what_says_itself_that_it_is_too_large_is_not_read() -> None:
    assert send_to("/feedback/", 500, told=500_000_000) == (413, 0)
    assert send_to("/console/", 1, told=500_000_000) == (413, 0)


def make_session(*, phone: str = "13700000001", is_staff: bool = True, factor: str = "TOTP") -> str:
    """Give the key of somebody's session."""
    user = User.objects.create_user(phone=phone, password=None, name="x")
    User.objects.filter(pk=user.pk).update(is_staff=is_staff)
    client = Client()
    client.force_login(user, backend="gridhall.config.authentication.UserBackend")
    session = client.session
    session["second_factor"] = factor
    session.save()
    return str(session.session_key)


@pytest.mark.django_db(transaction=True)
def test_strangers_send_no_more_to_the_console_than_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES_A_REQUEST", 3_000_000)
    customer, half_way = make_session(is_staff=False), make_session(phone="13700000002", factor="")
    for key in ("", "made-up-by-somebody", customer, half_way):
        assert send_to("/console/read-files/", 9, key=key) == (413, 4)
        assert send_to("/console/read-files/", 9, key=key, told=9_000_000) == (413, 0)


@pytest.mark.django_db(transaction=True)
def test_staff_send_whole_files_to_the_console_and_only_there(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES_A_REQUEST", 3_000_000)
    settings.GRIDHALL_LARGEST_UPLOAD = 12_000_000
    key = make_session()
    for told in (None, 9_000_000):
        status, read = send_to("/console/nowhere/", 9, key=key, told=told)
        assert status != 413 and read >= 9
    assert send_to("/console/nowhere/", 20, key=key) == (413, 13)
    assert send_to("/console/nowhere/", 20, key=key, told=20_000_000) == (413, 0)
    assert send_to("/nowhere/", 9, key=key) == (413, 4)


def test_what_is_small_is_read(db: None) -> None:
    assert send_to("/nowhere/", 3)[0] != 413
