"""WeChat and Alipay, over HTTP, against servers that we start and that speak their protocol."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gridhall.integrations.sign_in import alipay, sandbox
from gridhall.integrations.sign_in.alipay import AlipaySignIn
from gridhall.integrations.sign_in.base import UnableToSignInThere
from gridhall.integrations.sign_in.wechat import WeChatSignIn


@pytest.fixture
def played() -> sandbox.SandboxVendors:
    return sandbox.SandboxVendors("secret")


@pytest.fixture
def server(played: sandbox.SandboxVendors) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told = played.handle_request(httpx.Request(self.command, f"http://localhost{self.path}", content=body))
            self.send_response(told.status_code)
            self.send_header("Content-Length", str(len(told.content)))
            self.end_headers()
            self.wfile.write(told.content)

        do_GET = do_POST = answer

        def log_message(self, *arguments: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()


def make_wechat(server: str, **changes: str) -> WeChatSignIn:
    told = {"app_id": sandbox.WECHAT_APP, "secret": sandbox.WECHAT_SECRET} | changes
    return WeChatSignIn(**told, token=f"{server}/sns/oauth2/access_token")


def make_alipay(server: str, **changes: str) -> AlipaySignIn:
    keys = {"private_key": sandbox.make_keys("app")[0], "alipay_public_key": sandbox.make_keys("alipay")[1]}
    return AlipaySignIn(app_id=sandbox.ALIPAY_APP, gateway=f"{server}/gateway.do", **(keys | changes))


def test_wechat_says_who_it_is_once(played: sandbox.SandboxVendors, server: str) -> None:
    code = played.make_code("WECHAT", "p1")
    assert make_wechat(server).fetch_person(code).subject == sandbox.make_subject("WECHAT", "p1")
    with pytest.raises(UnableToSignInThere) as refusal:
        make_wechat(server).fetch_person(code)
    assert refusal.value.code == "refused"


def test_alipay_says_who_it_is_once(played: sandbox.SandboxVendors, server: str) -> None:
    code = played.make_code("ALIPAY", "p2")
    assert make_alipay(server).fetch_person(code).subject == sandbox.make_subject("ALIPAY", "p2")
    with pytest.raises(UnableToSignInThere) as refusal:
        make_alipay(server).fetch_person(code)
    assert refusal.value.code == "refused"


@pytest.mark.parametrize("code", ["", "x", "a.b", "....", "%00", "e30.zz", "汉字"])
def test_made_up_codes_are_refused(server: str, code: str) -> None:
    for provider in (make_wechat(server), make_alipay(server)):
        with pytest.raises(UnableToSignInThere):
            provider.fetch_person(code)


def test_a_code_of_one_vendor_is_none_of_the_other(played: sandbox.SandboxVendors, server: str) -> None:
    with pytest.raises(UnableToSignInThere):
        make_alipay(server).fetch_person(played.make_code("WECHAT", "p1"))


def test_wrong_keys_are_refused(played: sandbox.SandboxVendors, server: str) -> None:
    with pytest.raises(UnableToSignInThere):
        make_wechat(server, secret="other").fetch_person(played.make_code("WECHAT", "p1"))
    with pytest.raises(UnableToSignInThere):
        make_alipay(server, private_key=sandbox.make_keys("other")[0]).fetch_person(played.make_code("ALIPAY", "p1"))


def test_an_answer_that_alipay_did_not_sign_is_not_believed(played: sandbox.SandboxVendors, server: str) -> None:
    stranger = make_alipay(server, alipay_public_key=sandbox.make_keys("stranger")[1])
    with pytest.raises(UnableToSignInThere) as refusal:
        stranger.fetch_person(played.make_code("ALIPAY", "p1"))
    assert refusal.value.code == "faulty-answer"


@pytest.mark.parametrize(
    "told",
    ["", "null", "[]", "{}", '{"openid": 5}', '{"errcode": 40029}', '{"alipay_system_oauth_token_response": {}}'],
)
def test_odd_answers_are_no_person(told: str) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, text=told))
    with pytest.raises(UnableToSignInThere):
        WeChatSignIn(app_id="a", secret="topsecret", transport=transport).fetch_person("c")
    keys = {"private_key": sandbox.make_keys("app")[0], "alipay_public_key": sandbox.make_keys("alipay")[1]}
    with pytest.raises(UnableToSignInThere):
        AlipaySignIn(app_id="a", **keys, transport=transport).fetch_person("c")


def test_a_silent_vendor_gives_no_secret_away() -> None:
    silent = WeChatSignIn(app_id="a", secret="topsecret", token="http://127.0.0.1:9/x")
    with pytest.raises(UnableToSignInThere) as refusal:
        silent.fetch_person("c")
    assert refusal.value.code == "silent" and "topsecret" not in str(refusal.value)


def test_addresses_are_as_the_vendors_ask() -> None:
    wechat = WeChatSignIn(app_id="wx1", secret="s").make_authorize_address(redirect_uri="https://h/r", state="s1")
    assert wechat.startswith("https://open.weixin.qq.com/connect/qrconnect?appid=wx1&redirect_uri=https%3A%2F%2Fh%2Fr&")
    assert wechat.endswith("&response_type=code&scope=snsapi_login&state=s1#wechat_redirect")
    address = make_alipay("http://x").make_authorize_address(redirect_uri="https://h/r", state="s1")
    assert parse_qs(urlsplit(address).query)["scope"] == ["auth_user"]


def test_what_is_signed_is_cut_out_letter_for_letter() -> None:
    part = '{"a": "}{", "b": {"c":1}}'
    assert alipay.cut_answer(f'{{"sign":"x", "r_response" : {part} }}', "r_response") == part
