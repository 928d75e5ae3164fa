"""
WeChat sign-in for web sites.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html: the browser goes to
`open.weixin.qq.com/connect/qrconnect` and comes back with `code` and `state`; the code is exchanged once, within ten
minutes, at `api.weixin.qq.com/sns/oauth2/access_token`. Errors come with status 200 and an `errcode`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx

from gridhall.integrations.sign_in.base import Person, UnableToSignInThere

AUTHORIZE = "https://open.weixin.qq.com/connect/qrconnect"
TOKEN = "https://api.weixin.qq.com/sns/oauth2/access_token"
PATIENCE_S = 5.0


class WeChatSignIn:
    """Asks WeChat who somebody is."""

    code_field = "code"

    def __init__(
        self,
        *,
        app_id: str,
        secret: str,
        authorize: str = AUTHORIZE,
        token: str = TOKEN,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._app_id = app_id
        self._secret = secret
        self._authorize = authorize
        self._token = token
        self._transport = transport

    def make_authorize_address(self, *, redirect_uri: str, state: str) -> str:
        """Give the address of WeChat's page; the order of the fields and the fragment are as WeChat asks."""
        query = urlencode(
            {
                "appid": self._app_id,
                "redirect_uri": redirect_uri,
                "response_type": "code",
                "scope": "snsapi_login",
                "state": state,
            }
        )
        return f"{self._authorize}?{query}#wechat_redirect"

    def fetch_person(self, code: str) -> Person:
        """
        Exchange the code for the person.

        :raises UnableToSignInThere: if WeChat refuses the code or is silent.
        """
        params = {"appid": self._app_id, "secret": self._secret, "code": code, "grant_type": "authorization_code"}
        try:
            with httpx.Client(timeout=PATIENCE_S, transport=self._transport) as client:
                answer: Any = client.get(self._token, params=params).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            # The request's address holds the secret: it must not get into a message.
            raise UnableToSignInThere(f"WeChat does not answer ({type(error).__name__}).", code="silent") from None
        if not isinstance(answer, dict) or answer.get("errcode"):
            said = answer.get("errcode") if isinstance(answer, dict) else "nothing"
            raise UnableToSignInThere(f"WeChat refused the code ({said}).", code="refused")
        # The unionid is the same in all of the company's apps; WeChat gives it when they are tied together there.
        subject = answer.get("unionid") or answer.get("openid")
        if not isinstance(subject, str) or not subject:
            raise UnableToSignInThere("WeChat did not say who it is.", code="faulty-answer")
        return Person(subject[:128])
