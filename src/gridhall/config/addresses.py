"""The names and numbers under which this machine can be reached."""

from __future__ import annotations

import contextlib
import os
import socket

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ANYWHERE = ("0.0.0.0", "::", "")


def list_allowed_hosts(bound_to: str) -> list[str]:
    """
    List the host names that requests may carry: the operator's, else loopback and what the server is bound to.

    :param bound_to: the address the server listens on; `0.0.0.0` stands for every address of the machine.
    """
    given = os.environ.get("GRIDHALL_ALLOWED_HOSTS")
    if given:
        return given.split(",")
    if bound_to in LOOPBACK:
        return list(LOOPBACK)
    return [*LOOPBACK, *(list_own_names() if bound_to in ANYWHERE else [bound_to])]


def list_own_names() -> list[str]:
    """List this machine's names and its IPv4 addresses, as far as it knows them without asking the network."""
    names = {socket.gethostname()}
    with contextlib.suppress(OSError):
        names.update(str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET))
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # a documentation address: only asks the routing table, sends nothing
        names.add(str(probe.getsockname()[0]))
    return sorted(name for name in names if name not in LOOPBACK)


def is_port_free(host: str, port: int) -> bool:
    """Tell whether a server could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError:
            return False
    return True
