"""Names of things: mRIDs that sort by the time they were made, and customer numbers with a check."""

from __future__ import annotations

import secrets
import uuid


def new_mrid(*, unix_ms: int) -> uuid.UUID:
    """
    Make an mRID (CIM master resource identifier): a UUID version 7, so that indexes grow at one end.

    :param unix_ms: milliseconds since 1970-01-01T00:00:00Z, given by the caller: the domain has no clock.

    >>> new_mrid(unix_ms=0).version
    7
    """
    value = (
        (unix_ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0x2 << 62 | secrets.randbits(62)
    )
    return uuid.UUID(int=value)


def is_customer_number(text: str) -> bool:
    """
    Tell whether a text has the form of a customer number (户号): 10 or 13 digits.

    >>> is_customer_number("4228260000017"), is_customer_number("123")
    (True, False)
    """
    return len(text) in (10, 13) and text.isascii() and text.isdigit()
