"""How identity decides: what is a phone number, what is a good password. Pure."""

from __future__ import annotations

import re
import unicodedata

MOBILE = re.compile(r"1[3-9][0-9]{9}")
LANDLINE = re.compile(r"0[0-9]{9,11}")
FOREIGN = re.compile(r"\+[1-9][0-9]{6,14}")
PASSWORD_MIN_LENGTH = 8
PASSWORD_MAX_LENGTH = 128


def normalize_phone(text: str) -> str | None:
    """
    Give a phone number in the one form in which it is stored, or None if it is none.

    Full-width digits, spaces, dots, dashes and brackets are let pass; the Chinese country code is dropped.

    >>> normalize_phone("+86 138-0000-1234"), normalize_phone("0086 (0718) 6822345")
    ('13800001234', '07186822345')
    >>> normalize_phone("+1 212 555 0100"), normalize_phone("12345"), normalize_phone("86 13800001234")
    ('+12125550100', None, '13800001234')
    """
    digits = re.sub(r"[\s().\-‐-―]", "", unicodedata.normalize("NFKC", text))
    for prefix in ("+86", "0086", "86"):
        if digits.startswith(prefix) and len(digits) > len(prefix) + 9:
            digits = digits[len(prefix) :]
            if not digits.startswith(("0", "1")):
                digits = "0" + digits
            break
    return digits if any(form.fullmatch(digits) for form in (MOBILE, LANDLINE, FOREIGN)) else None


def mask_phone(phone: str) -> str:
    """
    Give a phone number as it is shown to one who may not be its owner.

    >>> mask_phone("13800001234"), mask_phone("07186822345")
    ('138****1234', '071****2345')
    """
    return f"{phone[:3]}****{phone[-4:]}"


def find_password_weakness(password: str, *, phone: str, name: str = "") -> str | None:
    """
    Say what is wrong with a password, or None. Length counts, mixtures are not asked for (NIST SP 800-63B).

    >>> find_password_weakness("short", phone="13800001234")
    'A password has at least 8 characters.'
    >>> find_password_weakness("my13800001234", phone="13800001234")
    'A password must not contain your phone number or name.'
    >>> find_password_weakness("清江水电站的灯火", phone="13800001234") is None
    True
    """
    if len(password) < PASSWORD_MIN_LENGTH:
        return f"A password has at least {PASSWORD_MIN_LENGTH} characters."
    if len(password) > PASSWORD_MAX_LENGTH:
        return f"A password has at most {PASSWORD_MAX_LENGTH} characters."
    low = password.casefold()
    if (phone and (phone in low or low in phone)) or (len(name) > 1 and name.casefold() in low):
        return "A password must not contain your phone number or name."
    if len(set(password)) < 4 or password in _RUNS:
        return "This password is too easy to guess; choose another."
    return None


_RUNS = {"0123456789"[i:j] for i in range(10) for j in range(i + 1, 11)} | {"abcdefgh", "qwertyui", "1qaz2wsx"}
