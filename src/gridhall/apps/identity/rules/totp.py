"""One-time passwords by time (RFC 6238: SHA-1, 30 seconds, six digits), as every authenticator app makes them. Pure."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

import pyotp

STEP_S = 30
TOLERANCE = 1


def make_secret() -> str:
    """Make a secret of 160 bits, in base 32."""
    return pyotp.random_base32()


def find_step(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """
    Give the step of time whose code this is, one step to either side let pass for clocks that differ; None if none.

    :param after: steps up to this one are used already.
    """
    now = int(at.timestamp()) // STEP_S
    digits = code.strip().replace(" ", "")
    generator = pyotp.TOTP(secret)
    found = None
    for step in range(now - TOLERANCE, now + TOLERANCE + 1):  # all of them, so that it always takes as long
        if pyotp.utils.strings_equal(generator.at(step * STEP_S), digits) and step > after and found is None:
            found = step
    return found


def make_code(secret: str, *, at: datetime) -> str:
    """Give the code of this moment."""
    return pyotp.TOTP(secret).at(int(at.timestamp()))


def make_address(secret: str, *, label: str, issuer: str) -> str:
    """Give the otpauth address that a QR code holds."""
    return f"otpauth://totp/{quote(issuer)}:{quote(label)}?secret={secret}&issuer={quote(issuer)}"
