"""ID numbers: their form, and how they are kept so that nobody reads them from a copy of the database."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE_BYTES = 12
_PERSON = re.compile(r"[0-9]{17}[0-9X]")
_ORGANIZATION = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_PASSPORT = re.compile(r"[A-Z0-9]{6,20}")
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class IdKeys:
    """The two keys made from one secret: one encrypts, the other finds."""

    cipher: bytes
    digest: bytes


def derive_keys(secret: str) -> IdKeys:
    """Make both keys from one secret of high entropy (RFC 5869)."""

    def derive(purpose: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"gridhall id number " + purpose).derive(
            secret.encode()
        )

    return IdKeys(derive(b"cipher"), derive(b"digest"))


def normalize_id_number(text: str) -> str | None:
    """
    Give an ID number in the one form in which it is kept, or None if it is none.

    A number of 18 digits (GB 11643) must have the right check digit; other papers are 6 to 20 letters and digits.

    >>> [normalize_id_number(text) for text in ("11010519491231002x", "110105194912310021", "G1234567")]
    ['11010519491231002X', None, 'G1234567']
    """
    number = re.sub(r"[\s-]", "", text).upper()
    if _PERSON.fullmatch(number):
        total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
        if "10X98765432"[total % 11] == number[-1]:
            return number
        # An organization's code (GB 32100) may be digits alone.
        return number if number.startswith("9") and _ORGANIZATION.fullmatch(number) else None
    if _ORGANIZATION.fullmatch(number) or _PASSPORT.fullmatch(number):
        return number
    return None


def is_resident_number(number: str) -> bool:
    """
    Tell whether a normalized number is a person's (GB 11643): its check digit was looked at, and its birthday exists.

    >>> is_resident_number("11010519491231002X"), is_resident_number("G1234567")
    (True, False)
    """
    if not _PERSON.fullmatch(number) or normalize_id_number(number) != number:
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return not number.startswith("9") and number[6:8] in ("18", "19", "20")


def normalize_credit_code(text: str) -> str | None:
    """
    Give an organization's unified social credit code in its one form, or None if its check character is wrong.

    GB 32100-2015: weights are powers of 3 modulo 31 over its alphabet without I, O, S, V, Z.

    >>> normalize_credit_code("91350100m000100y43"), normalize_credit_code("91350100M000100Y44")
    ('91350100M000100Y43', None)
    """
    code = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    if not _ORGANIZATION.fullmatch(code):
        return None
    total = sum(_CREDIT_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(code[:17]))
    return code if _CREDIT_LETTERS[(31 - total % 31) % 31] == code[17] else None


def digest_id_number(number: str, *, keys: IdKeys) -> str:
    """Give the keyed digest by which a party is found again."""
    return hmac.new(keys.digest, number.encode(), hashlib.sha256).hexdigest()


def encrypt_id_number(number: str, *, keys: IdKeys, party_mrid: bytes) -> bytes:
    """Encrypt an ID number for one party (AES-256-GCM); moved to another party's row it does not open."""
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(keys.cipher).encrypt(nonce, number.encode(), party_mrid)


def decrypt_id_number(sealed: bytes, *, keys: IdKeys, party_mrid: bytes) -> str:
    """
    Decrypt an ID number.

    :raises ValueError: if it was changed, belongs to another party, or was encrypted with another key.
    """
    if sealed[:1] != _VERSION:
        raise ValueError("This ID number was encrypted in a way that is not known here.")
    nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(keys.cipher).decrypt(nonce, text, party_mrid).decode()
    except (InvalidTag, ValueError):
        raise ValueError("This ID number does not open with the key of this installation.") from None
