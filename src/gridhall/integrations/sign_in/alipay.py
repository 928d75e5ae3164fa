"""
Alipay sign-in for web sites.

https://opendocs.alipay.com/open/284/web: the browser goes to `openauth.alipay.com/oauth2/publicAppAuthorize.htm` and
comes back with `auth_code` and `state`; the code is exchanged by `alipay.system.oauth.token` at the gateway. Requests
are signed by RSA2 (RSASSA-PKCS1-v1_5 with SHA-256) over the sorted fields, answers over the text of the answer itself.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from gridhall.integrations.sign_in.base import Person, UnableToSignInThere

AUTHORIZE = "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm"
GATEWAY = "https://openapi.alipay.com/gateway.do"
METHOD = "alipay.system.oauth.token"
ANSWER = "alipay_system_oauth_token_response"
PATIENCE_S = 5.0
_CHINA = ZoneInfo("Asia/Shanghai")


def read_private_key(text: str) -> RSAPrivateKey:
    """Read the app's private key: PEM, or the bare base 64 that Alipay's tool writes."""
    key = load_pem_private_key(_as_pem(text, "PRIVATE KEY"), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("The private key for Alipay is not an RSA key.")
    return key


def read_public_key(text: str) -> RSAPublicKey:
    """Read Alipay's public key: PEM, or the bare base 64 that its console shows."""
    key = load_pem_public_key(_as_pem(text, "PUBLIC KEY"))
    if not isinstance(key, RSAPublicKey):
        raise ValueError("The public key of Alipay is not an RSA key.")
    return key


def _as_pem(text: str, kind: str) -> bytes:
    text = text.strip()
    return (text if text.startswith("-----") else f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n").encode()


def list_signed_text(fields: Mapping[str, str]) -> str:
    """
    Give the text that a request is signed over.

    >>> list_signed_text({"method": "m", "app_id": "1", "sign": "x", "empty": ""})
    'app_id=1&method=m'
    """
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "sign" and fields[name] != "")


def sign(text: str, key: RSAPrivateKey) -> str:
    """Sign a text by RSA2."""
    return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(text: str, signature: str, key: RSAPublicKey) -> bool:
    """Tell whether a text carries the signature of a key."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def cut_answer(text: str, name: str) -> str:
    """
    Cut the signed part out of an answer, letter for letter: writing it anew would change what was signed.

    >>> cut_answer('{"a_response": {"user_id": "1"} ,"sign":"abc"}', "a_response")
    '{"user_id": "1"}'
    """
    start = text.index(f'"{name}"') + len(name) + 2
    start = text.index("{", start)
    _found, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end]


class AlipaySignIn:
    """Asks Alipay who somebody is."""

    code_field = "auth_code"

    def __init__(
        self,
        *,
        app_id: str,
        private_key: str,
        alipay_public_key: str,
        authorize: str = AUTHORIZE,
        gateway: str = GATEWAY,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._app_id = app_id
        self._private_key = read_private_key(private_key)
        self._alipay_key = read_public_key(alipay_public_key)
        self._authorize = authorize
        self._gateway = gateway
        self._transport = transport

    def make_authorize_address(self, *, redirect_uri: str, state: str) -> str:
        """Give the address of Alipay's page."""
        query = urlencode({"app_id": self._app_id, "scope": "auth_user", "redirect_uri": redirect_uri, "state": state})
        return f"{self._authorize}?{query}"

    def fetch_person(self, code: str) -> Person:
        """
        Exchange the code for the person.

        :raises UnableToSignInThere: if Alipay refuses the code, is silent, or the answer is not signed by it.
        """
        fields = {
            "app_id": self._app_id,
            "method": METHOD,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": datetime.fromtimestamp(time.time(), _CHINA).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "grant_type": "authorization_code",
            "code": code,
        }
        fields["sign"] = sign(list_signed_text(fields), self._private_key)
        try:
            with httpx.Client(timeout=PATIENCE_S, transport=self._transport) as client:
                text = client.post(self._gateway, data=fields).raise_for_status().text
            answer = json.loads(text)
        except (httpx.HTTPError, ValueError) as error:
            raise UnableToSignInThere(f"Alipay does not answer ({type(error).__name__}).", code="silent") from None
        if not isinstance(answer, dict) or not isinstance(answer.get(ANSWER), dict):
            told = answer.get("error_response", {}) if isinstance(answer, dict) else {}
            raise UnableToSignInThere(f"Alipay refused the code ({told.get('sub_code', '?')}).", code="refused")
        if not is_signed(cut_answer(text, ANSWER), str(answer.get("sign", "")), self._alipay_key):
            raise UnableToSignInThere("The answer is not signed by Alipay.", code="faulty-answer")
        # New apps get an open_id for each person, older ones the user_id.
        subject = answer[ANSWER].get("open_id") or answer[ANSWER].get("user_id")
        if not isinstance(subject, str) or not subject:
            raise UnableToSignInThere("Alipay did not say who it is.", code="faulty-answer")
        return Person(subject[:128])
