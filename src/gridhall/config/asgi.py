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
        await self.handle(scope, receive, send)

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
