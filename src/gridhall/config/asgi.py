"""
The ASGI application that granian serves.

Every view and middleware of ours is synchronous, so a request is answered in one go by one of a few lasting threads,
each with a database connection that it keeps. What comes meanwhile waits its turn, in order: more threads at a time
would only take the processor from each other.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponseBase

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridhall.config.settings")
THREADS = int(os.environ.get("GRIDHALL_SERVER_THREADS", "6"))
# What one request may send. It is written to disk before anybody knows who sends it, so there must be an end; staff
# bring in whole files of data at the console.
MOST_BYTES = 32_000_000
MOST_BYTES_OF_STAFF = int(os.environ.get("GRIDHALL_LARGEST_UPLOAD", "2000000000"))
OF_STAFF = "/console/"


class _TooLarge(Exception):
    """More was sent than may be."""


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
        most = MOST_BYTES_OF_STAFF if scope["path"].startswith(OF_STAFF) else MOST_BYTES
        told = dict(scope["headers"]).get(b"content-length", b"0")
        sent = 0

        async def receive_some() -> Any:
            nonlocal sent
            message = await receive()
            sent += len(message.get("body", b""))
            if sent > most:
                raise _TooLarge
            return message

        try:
            if told.isdigit() and int(told) > most:
                raise _TooLarge
            await self.handle(scope, receive_some, send)
        except _TooLarge:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": "文件太大 · This is too large.\n".encode()})

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Give the response."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, request)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        close_old_connections()
        try:
            return self.get_response(request)
        finally:
            close_old_connections()


def _make_application() -> Application:
    django.setup(set_prefix=False)
    return Application()


application = _make_application()
