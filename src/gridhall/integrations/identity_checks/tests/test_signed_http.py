"""The signed protocol, against the sandbox over real HTTP."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from gridhall.integrations.identity_checks import signing
from gridhall.integrations.identity_checks.base import BusinessQuestion, CheckUnavailable, PersonQuestion
from gridhall.integrations.identity_checks.sandbox import COMPANIES, Sandbox, draw_card, draw_face
from gridhall.integrations.identity_checks.signed_http import SignedHttpChecker

NUMBER = "11010519491231002X"
CARD, FACE = draw_card(name="张三", id_number=NUMBER), draw_face(id_number=NUMBER)
QUESTION = PersonQuestion("r1", "张三", NUMBER, CARD, FACE)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(key_id="k", secret="s" * 32)
    yield made
    made.close()


def ask(sandbox: Sandbox, **wrong: str) -> Any:
    given = {"address": sandbox.address, "key_id": "k", "secret": "s" * 32} | wrong
    return SignedHttpChecker(**given).check_person(QUESTION)


def test_a_person_matches_and_asked_again_is_the_same_check(sandbox: Sandbox) -> None:
    answer = ask(sandbox)
    assert answer.verdict == "MATCH" and answer == ask(sandbox) and sandbox.asked == 2


def test_the_register_knows_its_representative(sandbox: Sandbox) -> None:
    checker = SignedHttpChecker(address=sandbox.address, key_id="k", secret="s" * 32)
    code, company = next(iter(COMPANIES.items()))
    asked = {"reference": "b", "name": company.name, "credit_code": code, "person_name": "张三"}
    found = checker.check_business(BusinessQuestion(**asked, person_id_number=NUMBER))
    assert (found.verdict, found.is_representative) == ("ACTIVE", True)
    found = checker.check_business(BusinessQuestion(**asked, person_id_number="440524188001010014"))
    assert (found.verdict, found.is_representative) == ("ACTIVE", False)


@pytest.mark.parametrize("wrong", [{"secret": "x" * 32}, {"key_id": "other"}, {"address": "http://127.0.0.1:9"}])
def test_what_is_not_signed_alike_is_not_believed(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    with pytest.raises(CheckUnavailable):
        ask(sandbox, **wrong)
    assert sandbox.asked == 0


def test_nothing_personal_goes_over_the_network_in_the_clear() -> None:
    with pytest.raises(ValueError, match="https"):
        SignedHttpChecker(address="http://checker.example.com", key_id="k", secret="s")
    assert NUMBER not in repr(QUESTION)


@pytest.mark.parametrize(("skew_s", "times", "error"), [(-400, 1, "timestamp"), (0, 2, "replayed")])
def test_old_and_replayed_requests_are_refused(sandbox: Sandbox, skew_s: int, times: int, error: str) -> None:
    body = json.dumps({"reference": "r"}).encode()
    timestamp, nonce, path = str(int(time.time()) + skew_s), secrets.token_hex(8), "/v1/person-checks"
    signature = signing.sign_request(secret="s" * 32, path=path, timestamp=timestamp, nonce=nonce, body=body)
    headers = {signing.KEY_ID: "k", signing.TIMESTAMP: timestamp, signing.NONCE: nonce, signing.SIGNATURE: signature}
    for _time in range(times):
        answer = httpx.post(sandbox.address + path, content=body, headers=headers)
    assert answer.status_code == 401 and answer.json()["error"] == error


def test_an_answer_from_somebody_else_is_not_believed() -> None:
    class Impostor(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = json.dumps({"asked": "r1", "result": "MATCH", "reference": "x"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header(signing.SIGNATURE, "bm90aGluZw==")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Impostor)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(CheckUnavailable, match="signed"):
            SignedHttpChecker(address=f"http://127.0.0.1:{server.server_port}", key_id="k", secret="s").check_person(
                QUESTION
            )
    finally:
        server.shutdown()
        server.server_close()
