"""
The ASGI application that granian serves.

Every view and middleware of ours is synchronous, so a request is answered in one go by one of a few lasting threads,
each with a database connection that it keeps. What comes meanwhile waits its turn, in order: more threads at a time
would only take the processor from each other.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, TypeVar

import django
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.db import close_old_connections
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from gridhall.interfaces.shared import uploads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridhall.config.settings")
THREADS = int(os.environ.get("GRIDHALL_SERVER_THREADS", "6"))
MOST_AT_ONCE = 1_000_000  # bytes of a file that are sent in one piece
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

    async def handle(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """
        Answer a request whose body may come.

        Django's own changes the thread for each of its signals, starting one for each request; this does all of a
        request, signals too, in one go. Only what is streamed is watched for a line that breaks.
        """
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body):
            response = await self._run(self._answer, scope, body)
            if response.streaming:
                await self._stream(response, receive, send)
            else:
                await self.send_response(response, send)

    def _answer(self, scope: dict[str, Any], body: Any) -> HttpResponseBase:
        """Give the response; closed, unless it is streamed."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refused = self.create_request(scope, body)
        response: Any = refused if request is None else self.get_response(request)
        response._handler_class = self.__class__
        if isinstance(response, FileResponse) and int(response.get("Content-Length", MOST_AT_ONCE + 1)) <= MOST_AT_ONCE:
            file = response
            response = HttpResponse(b"".join(file.streaming_content), status=file.status_code, headers=file.headers)
            response.cookies = file.cookies
            file.close()
        elif not response.streaming:
            response.close()
        return response

    async def _stream(self, response: Any, receive: Any, send: Any) -> None:
        """Send piece by piece, until all is sent or nobody is there any more."""
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
            response.streaming_content = self._read_pieces(iter(response))
        sending = asyncio.ensure_future(self.send_response(response, send))
        leaving = asyncio.ensure_future(receive())  # the body has come: there is nothing else to receive
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            was_sent = not sending.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._run(response.close)
        if was_sent:
            sending.result()

    async def _read_pieces(self, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        while (piece := await self._run(next, pieces, b"")) != b"":
            yield piece

    async def _run(self, call: Callable[..., _Given], *asked: Any) -> _Given:
        """Call in one of the threads, each of which keeps its connection to the database."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *asked)


def _get_most(scope: dict[str, Any]) -> int:
    close_old_connections()
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    return uploads.get_most_a_request(scope["path"], cookies.decode("latin-1"))


def _make_application() -> Application:
    django.setup(set_prefix=False)
    return Application()


application = _make_application()
