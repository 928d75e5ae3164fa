"""
Signing in by the company's own directory: OpenID Connect, authorization code with PKCE.

https://openid.net/specs/openid-connect-core-1_0.html, discovery and RP-initiated logout of the same family. What is
checked: the issuer that discovery names, the signature of the ID token by the issuer's published keys (never `none`,
never a shared secret), `iss`, `aud`, `azp`, `exp`, `iat`, the nonce that this browser was given, and that userinfo
speaks of the same subject.
"""

from __future__ import annotations

import secrets
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gridhall.integrations.sign_in.base import UnableToSignInThere

with warnings.catch_warnings():
    # It asks for a successor of httpx that is not out of its trial; operators need not read of it at every start.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import OAuth2Client

PATIENCE_S = 5.0
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
LEEWAY_S = 60
_FRESH_S = 3600
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Started:
    """What the browser is sent with, and what is kept until it comes back."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class DirectoryPerson:
    """
    Somebody as the directory knows him.

    :param subject: what names him there for good. :param claims: what it says of him.
    :param id_token: what is shown when he signs out there.
    """

    issuer: str
    subject: str
    claims: Mapping[str, Any]
    id_token: str


class OidcClient:
    """Asks one issuer who somebody is."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        scope: str = "openid profile email phone",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.issuer = issuer.rstrip("/") if urlsplit(issuer).path in ("", "/") else issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._scope = scope
        self._transport = transport
        self._told: tuple[float, dict[str, Any]] | None = None
        self._keys: KeySet | None = None

    def start(self, *, redirect_uri: str) -> Started:
        """
        Begin: a state, a nonce and a PKCE verifier of its own for each try.

        :raises UnableToSignInThere: if the issuer does not say where to go.
        """
        state, nonce, verifier = (secrets.token_urlsafe(size) for size in (24, 24, 48))
        with self._make_client(redirect_uri) as client:
            address, _state = client.create_authorization_url(
                self._discover()["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return Started(address, state, nonce, verifier)

    def finish(self, *, code: str, redirect_uri: str, verifier: str, nonce: str, at: datetime) -> DirectoryPerson:
        """
        Exchange the code for the person.

        :raises UnableToSignInThere: if the issuer refuses the code or is silent, or its answer cannot be trusted.
        """
        endpoints = self._discover()
        try:
            with self._make_client(redirect_uri) as client:
                token = client.fetch_token(
                    endpoints["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier
                )
        except AuthlibBaseError as error:
            raise UnableToSignInThere(f"The directory refused the code ({error.error}).", code="refused") from None
        except (httpx.HTTPError, ValueError) as error:
            raise _silent(error) from None
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise UnableToSignInThere("The directory sent no ID token.", code="faulty-answer")
        claims = self._read(id_token, nonce=nonce, at=at)
        claims = self._ask_more(endpoints, str(token.get("access_token", "")), claims)
        return DirectoryPerson(self.issuer, str(claims["sub"]), claims, id_token)

    def make_sign_out_address(self, *, id_token: str, redirect_uri: str) -> str | None:
        """Give the address at which the person signs out of the directory, too; None where it has none."""
        try:
            endpoint = self._discover().get("end_session_endpoint")
        except UnableToSignInThere:
            return None
        if not isinstance(endpoint, str) or not _is_safe(endpoint):
            return None
        told = {
            "id_token_hint": id_token,
            "client_id": self._client_id,
            "post_logout_redirect_uri": redirect_uri,
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(told)}"

    def _make_client(self, redirect_uri: str) -> Any:
        return OAuth2Client(
            self._client_id, self._client_secret or None, scope=self._scope, redirect_uri=redirect_uri,
            code_challenge_method="S256", timeout=PATIENCE_S, transport=self._transport,
            token_endpoint_auth_method="client_secret_basic" if self._client_secret else "none",
        )  # fmt: skip

    def _fetch(self, address: str, **headers: str) -> dict[str, Any]:
        try:
            with httpx.Client(timeout=PATIENCE_S, transport=self._transport) as client:
                told = client.get(address, headers=headers).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise _silent(error) from None
        if not isinstance(told, dict):
            raise UnableToSignInThere("The directory's answer makes no sense.", code="faulty-answer")
        return told

    def _discover(self) -> dict[str, Any]:
        if self._told is None or time.monotonic() - self._told[0] > _FRESH_S:
            if not _is_safe(self.issuer):
                raise UnableToSignInThere("The issuer's address must be https.", code="faulty-answer")
            told = self._fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            named = str(told.get("issuer", ""))
            if named.rstrip("/") != self.issuer.rstrip("/"):
                raise UnableToSignInThere("Discovery names another issuer.", code="faulty-answer")
            if not all(isinstance(told.get(name), str) and _is_safe(told[name]) for name in _NEEDED):
                raise UnableToSignInThere("Discovery leaves out an address.", code="faulty-answer")
            self._told = time.monotonic(), told
            self._keys = None
        return self._told[1]

    def _read(self, id_token: str, *, nonce: str, at: datetime) -> dict[str, Any]:
        """Read an ID token; keys that the issuer changed meanwhile are asked for once more."""
        named = str(self._discover()["issuer"])
        for is_again in (False, True):
            if self._keys is None or is_again:
                self._keys = self._fetch_keys()
            try:
                token = jwt.decode(id_token, self._keys, algorithms=ALGORITHMS)
                break
            except (JoseError, ValueError) as error:
                if is_again:
                    kind = type(error).__name__
                    raise UnableToSignInThere(
                        f"The ID token is not signed well ({kind}).", code="faulty-answer"
                    ) from None
        registry = jwt.JWTClaimsRegistry(
            now=int(at.timestamp()), leeway=LEEWAY_S, iss={"essential": True, "value": named},
            aud={"essential": True, "value": self._client_id}, exp={"essential": True}, iat={"essential": True},
            sub={"essential": True}, nonce={"essential": True, "value": nonce},
        )  # fmt: skip
        try:
            registry.validate(token.claims)
        except (JoseError, ValueError, TypeError) as error:
            kind = type(error).__name__
            raise UnableToSignInThere(
                f"The ID token is not for us, or not now ({kind}).", code="faulty-answer"
            ) from None
        claims: dict[str, Any] = dict(token.claims)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self._client_id) != self._client_id:
            raise UnableToSignInThere("The ID token is for another client.", code="faulty-answer")
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise UnableToSignInThere("The directory did not say who it is.", code="faulty-answer")
        return claims

    def _fetch_keys(self) -> KeySet:
        try:
            return KeySet.import_key_set(self._fetch(self._discover()["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError):
            raise UnableToSignInThere("The directory's keys make no sense.", code="faulty-answer") from None

    def _ask_more(self, endpoints: Mapping[str, Any], access_token: str, claims: dict[str, Any]) -> dict[str, Any]:
        """Add what userinfo says; the ID token, which is signed, has the last word."""
        address = endpoints.get("userinfo_endpoint")
        if not isinstance(address, str) or not access_token or not _is_safe(address):
            return claims
        more = self._fetch(address, Authorization=f"Bearer {access_token}")
        if more.get("sub") != claims["sub"]:
            raise UnableToSignInThere("Userinfo speaks of somebody else.", code="faulty-answer")
        return more | claims


def _silent(error: Exception) -> UnableToSignInThere:
    return UnableToSignInThere(f"The directory does not answer ({type(error).__name__}).", code="silent")


def _is_safe(address: str) -> bool:
    """Tell whether an address is https, or on this very machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
