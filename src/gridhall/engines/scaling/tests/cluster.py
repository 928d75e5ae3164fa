"""
A Spark Connect server of our own for tests: Sail, in a process of its own, without a JVM.

With GRIDHALL_TEST_SPARK=sc://host:port the same tests run on that cluster, which must see this machine's folder for
temporary files and this package.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gridhall

_STARTS_WITHIN_S = 30


def find_free_port() -> int:
    """Give a port that nobody listens on just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def run_cluster(folder: Path, *, to_be_killed: bool = False) -> Iterator[str]:
    """
    Run a server for as long as it is needed; its workers import this very package.

    :param folder: for its log.
    :param to_be_killed: never use a cluster that others need.
    :returns: its address, sc://127.0.0.1:port.
    """
    given = os.environ.get("GRIDHALL_TEST_SPARK")
    if given and not to_be_killed:
        yield given
        return
    port = find_free_port()
    source = str(Path(gridhall.__file__).parents[1])
    path = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH"))))
    log = folder / "cluster.log"
    command = [sys.executable, "-m", "pysail", "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as told:
        server = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}, stdout=told, stderr=told)
    try:
        ends = time.monotonic() + _STARTS_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > ends:
                    raise RuntimeError(f"the test cluster did not start: {log.read_text()}") from None
                time.sleep(0.05)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()
