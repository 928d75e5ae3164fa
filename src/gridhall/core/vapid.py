"""The key pair by which a push service knows the company (VAPID, RFC 8292): P-256, written as browsers want it."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_PRIVATE_BYTES = 32


def make_private_key() -> str:
    """Make a private key: 32 bytes in base64 for addresses, without padding."""
    secret = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _write(secret.to_bytes(_PRIVATE_BYTES, "big"))


def give_public_key(private_key: str) -> str:
    """
    Give the public key of a private one: the uncompressed point, 65 bytes, in the same writing.

    >>> len(give_public_key(make_private_key()))
    87
    """
    secret = int.from_bytes(base64.urlsafe_b64decode(private_key + "=" * (-len(private_key) % 4)), "big")
    point = ec.derive_private_key(secret, ec.SECP256R1()).public_key()
    return _write(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def is_point(text: bytes) -> bool:
    """Tell whether bytes are a point of the curve, as the key of a browser must be."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), text)
    except ValueError:
        return False
    return True


def _write(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
