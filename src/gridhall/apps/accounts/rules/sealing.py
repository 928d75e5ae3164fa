"""What is kept for a short time and read by nobody meanwhile: pictures and letters of a check."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gridhall.apps.accounts.rules.id_numbers import IdKeys

_NONCE_BYTES = 12


def seal(content: bytes, *, keys: IdKeys, name: str) -> bytes:
    """Encrypt something (AES-256-GCM); under another name it does not open."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(keys.cipher).encrypt(nonce, content, name.encode())


def unseal(sealed: bytes, *, keys: IdKeys, name: str) -> bytes:
    """
    Decrypt something.

    :raises ValueError: if it was changed, has another name, or was encrypted with another key.
    """
    try:
        return AESGCM(keys.cipher).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
    except InvalidTag:
        raise ValueError("This does not open with the key of this installation.") from None
