"""Codes that staff hand out at the counter: short enough to type, long enough not to be guessed."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import timedelta

from gridhall.apps.accounts.rules.id_numbers import IdKeys

# Without letters that look like others (Crockford): eight of them are 40 bits, and a code works for one phone only.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
VALID_FOR = timedelta(days=3)
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


def normalize_slip_code(text: str) -> str | None:
    """
    Give a code in the form in which it was made, or None if it is none.

    >>> normalize_slip_code(" a1b2-o3d4 "), normalize_slip_code("abc")
    ('A1B203D4', None)
    """
    code = "".join(letter for letter in unicodedata.normalize("NFKC", text).upper() if letter.isalnum())
    code = code.translate(_MISREAD)
    return code if len(code) == LENGTH and all(letter in LETTERS for letter in code) else None


def digest_slip_code(code: str, *, keys: IdKeys) -> str:
    """Give the keyed digest by which a code is found; the code itself is not kept."""
    return hmac.new(keys.digest, b"slip " + code.encode(), hashlib.sha256).hexdigest()
