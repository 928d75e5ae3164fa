"""
WeChat and Alipay as we play them: their protocol, their errors and their signatures, and nobody's real accounts.

`SandboxVendors` answers what the vendors' servers answer. It is an httpx transport, so that the same clients speak to
it within the process; the tests put it behind a real HTTP server too. Its page, on which a person chooses who he is, is
drawn by the portal; it calls `make_code`.

A code is a signed text that holds vendor, person and time: any process of a server can answer for it. It serves once
(where the same process is asked again) and for five minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections import OrderedDict
from functools import cache
from urllib.parse import parse_qsl

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gridhall.integrations.sign_in import alipay

PERSONS = {"p1": "田大山", "p2": "覃小溪", "p3": "向阳花"}
"""Who one may say that one is; made up."""
WECHAT_APP, WECHAT_SECRET, ALIPAY_APP = "wx5a2d8c0b7e4f1936", "sandbox-secret", "2021000000000001"
CODE_LIVES_S = 300
_MOST_USED = 1_000


@cache
def make_keys(name: str) -> tuple[str, str]:
    """Make a pair of RSA keys, private and public, as PEM; the same for a name as long as the process lives."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def make_subject(provider: str, person: str) -> str:
    """Give what names a test person at a vendor."""
    return f"{provider.lower()}-{hashlib.sha256(f'{provider}:{person}'.encode()).hexdigest()[:24]}"


class SandboxVendors(httpx.BaseTransport):
    """
    Both vendors' servers.

    :param secret: signs the codes; the same in all processes of a server.
    """

    def __init__(self, secret: str) -> None:
        self._secret = hashlib.sha256(f"sandbox codes {secret}".encode()).digest()
        self._used: OrderedDict[str, None] = OrderedDict()

    def make_code(self, provider: str, person: str) -> str:
        """Give a code for a test person, as the vendor does once he agreed."""
        if person not in PERSONS:
            raise KeyError(person)
        text = f"{provider}.{person}.{int(time.time())}.{secrets.token_hex(8)}"
        return f"{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}.{self._sign(text)}"

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as the vendor to whom it is addressed."""
        request.read()
        if request.url.path == "/sns/oauth2/access_token":
            return self.answer_wechat(dict(request.url.params))
        if request.url.path == "/gateway.do":
            return self.answer_alipay(dict(parse_qsl(request.content.decode(), keep_blank_values=True)))
        return httpx.Response(404)

    def answer_wechat(self, fields: dict[str, str]) -> httpx.Response:
        """Answer `access_token`; errors have status 200, as WeChat's."""
        if fields.get("appid") != WECHAT_APP:
            return httpx.Response(200, json={"errcode": 40013, "errmsg": "invalid appid"})
        if fields.get("secret") != WECHAT_SECRET:
            return httpx.Response(200, json={"errcode": 40125, "errmsg": "invalid appsecret"})
        person = self._take("WECHAT", fields.get("code", ""))
        if person is None or fields.get("grant_type") != "authorization_code":
            return httpx.Response(200, json={"errcode": 40029, "errmsg": "invalid code"})
        return httpx.Response(
            200,
            json={
                "access_token": secrets.token_urlsafe(32),
                "expires_in": 7200,
                "refresh_token": secrets.token_urlsafe(32),
                "openid": make_subject("OPENID", person),
                "scope": "snsapi_login",
                "unionid": make_subject("WECHAT", person),
            },
        )

    def answer_alipay(self, fields: dict[str, str]) -> httpx.Response:
        """Answer `alipay.system.oauth.token`, signed."""
        app_key = alipay.read_public_key(make_keys("app")[1])
        if not alipay.is_signed(alipay.list_signed_text(fields), fields.get("sign", ""), app_key):
            return self._sign_alipay("error_response", {"code": "40002", "sub_code": "isv.invalid-signature"})
        person = self._take("ALIPAY", fields.get("code", ""))
        if fields.get("app_id") != ALIPAY_APP or fields.get("method") != alipay.METHOD or person is None:
            return self._sign_alipay("error_response", {"code": "40002", "sub_code": "isv.code-invalid"})
        told = {
            "user_id": make_subject("ALIPAY", person),
            "access_token": secrets.token_urlsafe(32),
            "expires_in": "1296000",
            "refresh_token": secrets.token_urlsafe(32),
            "re_expires_in": "2592000",
        }
        return self._sign_alipay(alipay.ANSWER, told)

    def _sign_alipay(self, name: str, told: dict[str, str]) -> httpx.Response:
        part = json.dumps(told, ensure_ascii=False)
        signature = alipay.sign(part, alipay.read_private_key(make_keys("alipay")[0]))
        return httpx.Response(200, text=f'{{"{name}":{part},"sign":"{signature}"}}')

    def _take(self, provider: str, code: str) -> str | None:
        """Give the person of a code, once."""
        head, _, signature = code.partition(".")
        try:
            text = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)).decode()
            meant, person, moment, _nonce = text.split(".")
        except ValueError:
            return None
        if not hmac.compare_digest(signature.encode(), self._sign(text).encode()) or meant != provider:
            return None
        if code in self._used or time.time() - int(moment) > CODE_LIVES_S:
            return None
        self._used[code] = None
        while len(self._used) > _MOST_USED:
            self._used.popitem(last=False)
        return person

    def _sign(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
