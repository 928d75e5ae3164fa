"""Which addresses and keys of browsers we take for web push: nobody may make the hall call any address he likes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from urllib.parse import urlsplit

POINT_BYTES, AUTH_BYTES = 65, 16


def is_push_endpoint(endpoint: str, hosts: Iterable[str]) -> bool:
    """
    Tell whether an address belongs to a push service we know.

    :param hosts: names of hosts; one that begins with a dot stands for every host below it. Whole origins, such as
        `http://127.0.0.1:9000`, are taken as they stand.

    >>> hosts = ["fcm.googleapis.com", ".push.apple.com"]
    >>> is_push_endpoint("https://fcm.googleapis.com/fcm/send/abc", hosts)
    True
    >>> is_push_endpoint("https://web.push.apple.com/abc", hosts)
    True
    >>> [is_push_endpoint(bad, hosts) for bad in ("http://fcm.googleapis.com/a", "https://10.0.0.1/a",
    ...   "https://fcm.googleapis.com.evil.example/", "https://fcm.googleapis.com@evil.example/", "nonsense")]
    [False, False, False, False, False]
    """
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if any(letter.isspace() or not letter.isprintable() or letter == "\\" for letter in endpoint):
        return False
    if parts.username is not None or parts.password is not None or not parts.hostname:
        return False
    host = parts.hostname
    for known in hosts:
        if "://" in known:
            if f"{parts.scheme}://{parts.netloc}" == known:
                return True
        elif (
            parts.scheme == "https"
            and port in (None, 443)
            and (host == known or (known[:1] == "." and host.endswith(known)))
        ):
            return True
    return False


def read_key(text: str, length: int) -> bytes | None:
    """
    Read a key as browsers write it (base64 for addresses, without padding); None if it has another length.

    >>> read_key("AAAAAAAAAAAAAAAAAAAAAA", 16) == bytes(16), read_key("AA", 16), read_key("%", 1)
    (True, None, None)
    """
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == length else None
