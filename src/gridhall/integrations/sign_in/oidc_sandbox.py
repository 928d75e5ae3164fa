"""
An OpenID Connect issuer as we play it: discovery, keys, authorization with PKCE, tokens, userinfo, sign-out.

It is a real HTTP server on this machine, for tests and for trying out a mapping of roles; its people are made up, and
whoever comes is whom `person` names.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "gridhall", "sandbox-client-secret"


@dataclass
class SandboxIssuer:
    """
    One issuer; a context manager that listens while it is open.

    :param claims: what is said of whoever comes. :param twist: lets a test spoil an ID token's claims.
    """

    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "p-1"})
    redirect_uris: tuple[str, ...] = ()
    twist: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)}))
    signing_key: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    signed_out: list[str] = field(default_factory=list)

    def __enter__(self) -> SandboxIssuer:
        played = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                fields = dict(parse_qsl(self.rfile.read(size).decode(), keep_blank_values=True))
                fields |= dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
                status, told = played.answer(urlsplit(self.path).path, fields, self.headers.get("Authorization", ""))
                body = json.dumps(told).encode() if isinstance(told, dict) else b""
                self.send_response(status)
                if isinstance(told, str):
                    self.send_header("Location", told)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def issuer(self) -> str:
        """The address of this issuer."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, path: str, fields: dict[str, str], authorization: str) -> tuple[int, dict[str, Any] | str]:
        """Answer a request: a status, and what is told or (for 302) where to go."""
        if path == "/.well-known/openid-configuration":
            return 200, self._discovery()
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/authorize":
            return self._authorize(fields)
        if path == "/token":
            return self._exchange(fields, authorization)
        if path == "/userinfo":
            token = authorization.removeprefix("Bearer ")
            return (200, self.claims) if token in self.tokens else (401, {"error": "invalid_token"})
        if path == "/sign-out":
            self.signed_out.append(fields.get("id_token_hint", ""))
            return 302, fields.get("post_logout_redirect_uri", self.issuer)
        return 404, {}

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/sign-out",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _authorize(self, fields: dict[str, str]) -> tuple[int, dict[str, Any] | str]:
        if fields.get("client_id") != CLIENT_ID or fields.get("redirect_uri") not in self.redirect_uris:
            return 400, {"error": "invalid_request"}
        back = fields["redirect_uri"]
        if fields.get("response_type") != "code" or fields.get("code_challenge_method") != "S256":
            return 302, f"{back}?{urlencode({'error': 'invalid_request', 'state': fields.get('state', '')})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = fields
        return 302, f"{back}?{urlencode({'code': code, 'state': fields.get('state', '')})}"

    def _exchange(self, fields: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        given = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":", 1)
        if [unquote(one) for one in given] != [CLIENT_ID, CLIENT_SECRET]:
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(fields.get("code", ""), None)  # a code serves once
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or asked.get("code_challenge") != challenge
            or asked["redirect_uri"] != fields.get("redirect_uri")
        ):
            return 400, {"error": "invalid_grant"}
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        return 200, {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self.make_id_token(asked.get("nonce", "")),
        }

    def make_id_token(self, nonce: str) -> str:
        """Make the ID token of whoever comes."""
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = told | {"sub": self.claims["sub"]} | self.twist
        key = self.signing_key or self.key
        return jwt.encode({"alg": "RS256", "kid": self.key.kid or ""}, claims, key)

    def walk(self, address: str) -> str:
        """Go to the authorization address as a browser does; gives where one is sent back to."""
        parts = urlsplit(address)
        status, told = self.answer(parts.path, dict(parse_qsl(parts.query)), "")
        if status != 302 or not isinstance(told, str):
            raise ValueError(f"{status} {quote(str(told))}")
        return told
