"""How staff come in, and that nothing opens before the second factor."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gridhall.apps.identity import actions
from gridhall.apps.identity.models import User
from gridhall.apps.identity.rules import totp
from tests import company as made
from tests.interfaces.pages import read_page

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.fixture
def half_way(company: made.Company, db: None) -> Client:
    """A clerk who gave his password, and has no second factor yet."""
    client = Client()
    client.post("/console/sign-in/", {"phone": made.STAFF_PHONE, "password": made.PASSWORD})
    return client


def enroll() -> list[str]:
    user = User.objects.get(phone=made.STAFF_PHONE)
    return actions.enroll(user=user, secret=SECRET, at=timezone.now(), actor="test")


def test_sign_in_leads_to_the_second_factor(company: made.Company, db: None) -> None:
    told = {"phone": made.STAFF_PHONE, "password": made.PASSWORD, "next": "/console/"}
    answer = Client().post("/console/sign-in/", told)
    assert answer.headers["Location"] == "/console/second-factor/set-up/?next=%2Fconsole%2F"
    enroll()
    assert Client().post("/console/sign-in/", told).headers["Location"].startswith("/console/second-factor/?next=")
    wrong = Client().post("/console/sign-in/", told | {"password": "x"})
    assert "手机号或密码不对" in read_page(wrong).text


def test_sign_in_leads_customers_to_their_app(company: made.Company, db: None) -> None:
    client = Client()
    answer = client.post("/console/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD})
    assert answer.headers["Location"] == "/" and client.get("/console/").status_code == 404


def test_nothing_opens_before_the_second_factor(half_way: Client, bill: Any) -> None:
    for path in ("/console/", "/", "/mine/", "/mine/security/", "/mine/data/", f"/bills/{bill.mrid}/"):
        assert half_way.get(path).headers["Location"].startswith("/console/sign-in/"), path
    assert half_way.post("/mine/data/export/").headers["Location"] == "/console/sign-in/"
    assert half_way.get("/console/", headers={"HX-Request": "true"}).status_code == 401
    assert half_way.post("/sign-out/").headers["Location"] == "/console/sign-in/"


def test_second_factor_set_up_shows_recovery_codes_once(half_way: Client) -> None:
    page = read_page(half_way.get("/console/second-factor/set-up/?next=/console/"))
    secret = page.tree.xpath("//code")[0].text_content().replace(" ", "")
    assert page.tree.xpath("//img/@src")[0].startswith("data:image/svg+xml")
    assert "验证码不对" in read_page(half_way.post("/console/second-factor/set-up/", {"code": "000000"})).text
    told = {"code": totp.make_code(secret, at=timezone.now()), "next": "/console/"}
    codes = read_page(half_way.post("/console/second-factor/set-up/", told)).tree.xpath("//li/code/text()")
    assert len(codes) == 10 and half_way.get("/console/").status_code == 200
    again = half_way.get("/console/second-factor/set-up/").content.decode()
    assert secret not in again.replace(" ", "") and codes[0] not in again


def test_second_factor_takes_a_code_once(half_way: Client) -> None:
    codes = enroll()
    assert half_way.get("/console/second-factor/set-up/").headers["Location"].startswith("/console/second-factor/?")
    assert "验证码不对" in read_page(half_way.post("/console/second-factor/", {"code": "123"})).text
    key = half_way.session.session_key
    told = {"code": totp.make_code(SECRET, at=timezone.now()), "next": "/console/"}
    assert half_way.post("/console/second-factor/", told).headers["Location"] == "/console/"
    assert half_way.session.session_key != key and half_way.get("/console/").status_code == 200
    other = Client()
    other.post("/console/sign-in/", {"phone": made.STAFF_PHONE, "password": made.PASSWORD})
    assert other.post("/console/second-factor/", told).status_code == 200  # the same code once more
    assert other.post("/console/second-factor/", {"code": codes[0]}).status_code == 302


def test_second_factor_never_leads_elsewhere(half_way: Client) -> None:
    codes = enroll()
    answer = half_way.post("/console/second-factor/", {"code": codes[0], "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/console/"


def test_second_factor_passkey_refuses_what_is_none(half_way: Client) -> None:
    assert json.loads(half_way.post("/console/second-factor/options/").content)["userVerification"] == "required"
    page = read_page(half_way.post("/console/second-factor/passkey/", {"credential": "{}"}))
    assert "不认识这把通行密钥" in page.text and half_way.get("/console/").status_code == 302


def test_second_factor_options_name_nobody(db: None) -> None:
    assert not json.loads(Client().post("/console/second-factor/options/").content).get("allowCredentials")


def test_second_factor_set_up_options_are_for_the_first(half_way: Client) -> None:
    assert half_way.post("/console/second-factor/set-up/options/").status_code == 200
    enroll()
    assert half_way.post("/console/second-factor/set-up/options/").status_code == 403


def test_second_factor_set_up_passkey_refuses_what_is_none(half_way: Client) -> None:
    half_way.post("/console/second-factor/set-up/options/")
    page = read_page(half_way.post("/console/second-factor/set-up/passkey/", {"credential": "{}"}))
    assert "没有通过检查" in page.text and half_way.get("/console/").status_code == 302


def test_recovery_codes_are_renewed_with_a_proof(half_way: Client) -> None:
    old = enroll()
    half_way.post("/console/second-factor/", {"code": old[0]})
    page = read_page(half_way.post("/console/recovery-codes/"))
    new = page.tree.xpath("//li/code/text()")
    assert len(new) == 10 and not set(new) & set(old)
    other = Client()
    other.post("/console/sign-in/", {"phone": made.STAFF_PHONE, "password": made.PASSWORD})
    assert other.post("/console/recovery-codes/").headers["Location"].startswith("/console/sign-in/")
    assert other.post("/console/second-factor/", {"code": old[1]}).status_code == 200
    assert other.post("/console/second-factor/", {"code": new[0]}).status_code == 302


def test_a_role_that_ends_shuts_the_desk_at_once(half_way: Client) -> None:
    half_way.post("/console/second-factor/", {"code": enroll()[0]})
    assert half_way.get("/console/").status_code == 200
    user = User.objects.get(phone=made.STAFF_PHONE)
    actions.end_role(user=user, role="CLERK", ended_by=None, at=timezone.now(), actor="test")
    assert half_way.get("/console/").status_code == 403
