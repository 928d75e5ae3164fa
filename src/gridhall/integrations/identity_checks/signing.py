"""Signatures of the checker's HTTP protocol: both sides hold one secret, and both sign."""

from __future__ import annotations

import base64
import hashlib
import hmac

KEY_ID, TIMESTAMP, NONCE, SIGNATURE = "X-Key-Id", "X-Timestamp", "X-Nonce", "X-Signature"
MOST_SKEW_S = 300


def sign_request(*, secret: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Sign a POST: HMAC-SHA256 over method, path, timestamp, nonce and the digest of the body, in base64."""
    return _sign(secret, "POST", path, timestamp, nonce, hashlib.sha256(body).hexdigest())


def sign_answer(*, secret: str, status: int, nonce: str, body: bytes) -> str:
    """Sign an answer; the nonce of the request ties it to that."""
    return _sign(secret, "ANSWER", str(status), nonce, hashlib.sha256(body).hexdigest())


def is_same(one: str, other: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def _sign(secret: str, *parts: str) -> str:
    mac = hmac.new(secret.encode(), "\n".join(parts).encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()
