"""
The ASGI application that granian serves.

Every view and middleware of ours is synchronous, so a request is answered in one go by one of a few lasting threads,
each with a database connection that it keeps. What comes meanwhile waits its turn, in order: more threads at a time
would only take the processor from each other.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import django
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponseBase

from gridhall.interfaces.shared import uploads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridhall.config.settings")
THREADS = int(os.environ.get("GRIDHALL_SERVER_THREADS", "6"))
_Asked = TypeVar("_Asked")
_Given = TypeVar("_Given")


class _TooLarge(Exception):
    """More was sent than may be."""


TOO_LARGE = "文件太大 · This is too large.\n"
TOO_LARGE_OF_STRANGERS = (
    "文件太大。如果登录已经过期，请重新登录后再传。"
    " · This is too large. If you are no longer signed in, sign in and send it again.\n"
)


class Application(ASGIHandler):
    """Django's handler, with all of a request in one thread."""

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    def load_middleware(self, is_async: bool = False) -> None:
        """Load the middleware for synchronous use, whatever is asked: a change of kind costs a change of thread."""
        super().load_middleware(is_async=False)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request; its body is read before a thread is taken, so slow senders hold nobody up."""
        if scope["type"] != "http":
            raise ValueError(f"Only HTTP is served here, not {scope['type']}.")
        told = dict(scope["headers"]).get(b"content-length", b"0")
        sent, most = 0, uploads.MOST_BYTES_A_REQUEST
        is_asked = False

        async def check(count: int) -> None:
            nonlocal most, is_asked
            if count > most and not is_asked:  # only now it matters who sends
                most, is_asked = await self._run(_get_most, scope), True
            if count > most:
                raise _TooLarge

        async def receive_some() -> Any:
            nonlocal sent
            message = await receive()
            sent += len(message.get("body", b""))
            await check(sent)
            return message

        try:
            await check(int(told) if told.isdigit() else 0)
            await self.handle(scope, receive_some, send)
        except _TooLarge:
            is_stranger = scope["path"].startswith(uploads.OF_STAFF) and most == uploads.MOST_BYTES_A_REQUEST
            words = TOO_LARGE_OF_STRANGERS if is_stranger else TOO_LARGE
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": words.encode()})

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Give the response."""
        return await self._run(self.get_response, request)

    async def _run(self, call: Callable[[_Asked], _Given], asked: _Asked) -> _Given:
        """Call in one of the threads, each of which keeps its connection to the database."""

        def do() -> _Given:
            close_old_connections()
            try:
                return call(asked)
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._threads, do)


def _get_most(scope: dict[str, Any]) -> int:
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    return uploads.get_most_a_request(scope["path"], cookies.decode("latin-1"))


def _make_application() -> Application:
    django.setup(set_prefix=False)
    return Application()


application = _make_application()
