"""
An open-loop load generator: requests go out at fixed times, whatever became of the ones before.

`python -m benchmarks.open_loop < plan.json` sends `rate` requests a second for `seconds`, one asker after the other,
each over a kept connection, and prints what came back. A latency counts from the time at which a request was due, so a
server that falls behind is charged for the waiting. One thread and bare sockets: it shares its cores with the server.

Plan: {"host", "port", "rate", "seconds", "asks": [{"path", "cookie", "holds"}]}: `holds` is what a right answer must
contain. Answer: {"latencies_ms": […], "errors": […], "bytes", "connections", "late_ms"}; `late_ms` is how late the
generator itself was at most.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
import zlib
from dataclasses import dataclass, field
from typing import Any

PATIENCE_S = 30.0
ROOM = 1 << 18


@dataclass
class Line:
    """A connection and the request that is under way on it."""

    sock: socket.socket
    due: float = 0.0
    holds: bytes = b""
    parts: bytearray = field(default_factory=bytearray)
    wanted: int = -1  # bytes of the whole answer, once its head is there


class Generator:
    """Sends what is due and takes what comes."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.address = (plan["host"], plan["port"])
        self.asks = [(_write(ask, plan), ask["holds"].encode()) for ask in plan["asks"]]
        self.pause = 1 / plan["rate"]
        self.total = round(plan["rate"] * plan["seconds"])
        self.selector = selectors.DefaultSelector()
        self.idle: list[Line] = []
        self.latencies: list[float] = []
        self.errors: list[str] = []
        self.connections = self.open = self.bytes = 0
        self.late = 0.0

    def run(self) -> dict[str, Any]:
        """Send everything and wait for the last answer."""
        start = time.perf_counter() + 0.2
        sent = 0
        end = start + self.total * self.pause + PATIENCE_S
        while (sent < self.total or self.open) and time.perf_counter() < end:
            due = start + sent * self.pause
            now = time.perf_counter()
            if sent < self.total and now >= due:
                self.late = max(self.late, now - due)
                self._send(*self.asks[sent % len(self.asks)], due)
                sent += 1
                continue
            pause = max(due - time.perf_counter(), 0.0) if sent < self.total else 0.05
            for key, _ in self.selector.select(pause):
                self._take(key.data)
        self.errors += ["no answer"] * self.open
        return {
            "latencies_ms": self.latencies, "errors": self.errors, "bytes": self.bytes,
            "connections": self.connections, "late_ms": self.late * 1e3,
        }  # fmt: skip

    def _send(self, request: bytes, holds: bytes, due: float) -> None:
        line = self.idle.pop() if self.idle else self._connect()
        line.due, line.holds, line.wanted = due, holds, -1
        line.parts = bytearray()
        self.open += 1
        try:
            line.sock.sendall(request)
        except OSError as fault:
            self._fail(line, str(fault))

    def _connect(self) -> Line:
        sock = socket.create_connection(self.address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = Line(sock)
        self.selector.register(sock, selectors.EVENT_READ, line)
        self.connections += 1
        return line

    def _take(self, line: Line) -> None:
        try:
            data = line.sock.recv(ROOM)
        except OSError as fault:
            return self._fail(line, str(fault))
        if not data:
            return self._fail(line, "closed by the server")
        line.parts += data
        if line.wanted < 0:
            end = line.parts.find(b"\r\n\r\n")
            if end < 0:
                return None
            line.wanted = end + 4 + _read_length(bytes(line.parts[:end]).lower())
        if len(line.parts) >= line.wanted:
            answer = bytes(line.parts)
            self.latencies.append((time.perf_counter() - line.due) * 1e3)
            self.bytes += len(answer)
            self.open -= 1
            self._check(line.holds, answer)
            self.idle.append(line)
        return None

    def _check(self, holds: bytes, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        status = head[9:12].decode()
        if status != "200":
            self.errors.append(f"status {status}")
        elif holds not in (zlib.decompress(body, 31) if b"content-encoding: gzip" in head.lower() else body):
            self.errors.append("another page than the asked one")

    def _fail(self, line: Line, fault: str) -> None:
        self.selector.unregister(line.sock)
        line.sock.close()
        if line in self.idle:
            self.idle.remove(line)  # the server may close what nobody uses
        else:
            self.errors.append(fault)
            self.open -= 1


def _write(ask: dict[str, str], plan: dict[str, Any]) -> bytes:
    cookie = f"Cookie: {ask['cookie']}\r\n" if ask.get("cookie") else ""
    return (
        f"GET {ask['path']} HTTP/1.1\r\nHost: {plan['host']}:{plan['port']}\r\n{cookie}"
        "Accept-Encoding: gzip\r\nAccept-Language: zh-CN\r\n\r\n"
    ).encode()


def _read_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise ValueError(f"an answer without a length: {head[:200]!r}")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(Generator(json.load(sys.stdin)).run()))
