"""Ways in: code, forgotten password, passkey, WeChat and Alipay; and what an attacker meets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from gridhall.apps.identity.models import OneTimeCode, SignInFailure, User
from gridhall.apps.identity.tests.requests import read_code
from tests import company as made
from tests.interfaces.pages import Page, read_page

NEW_PHONE = "13811112222"


def ask(client: Client, phone: str = made.OWNER_PHONE, **more: str) -> Any:
    return client.post("/sign-in/", {"phone": phone} | more)


def come_from_vendor(client: Client, provider: str, person: int = 0) -> Any:
    start = client.get(f"/sign-in/with/{provider}/")
    page = read_page(client.get(start.headers["Location"].partition("#")[0]))
    (address,) = page.tree.xpath("//ul[@class='gh-rows']//a/@href")[person : person + 1]
    return client.get(address)


def test_sign_in_code_lets_in_and_goes_on(company: made.Company, db: None) -> None:
    client = Client()
    assert ask(client, next="/bills/").headers["Location"] == "/sign-in/code/"
    assert "138****1234" in read_page(client.get("/sign-in/code/")).text
    before = client.session.session_key
    answer = client.post("/sign-in/code/", {"code": read_code(made.OWNER_PHONE)})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/bills/")
    assert client.session.session_key != before and client.get("/bills/").status_code == 200


def test_sign_in_code_twice_leads_home(company: made.Company, db: None) -> None:
    """The second of two clicks comes with the old cookie, or the new one: neither shows an error."""
    client = Client()
    ask(client)
    code = read_code(made.OWNER_PHONE)
    old = client.cookies["sessionid"].value
    client.post("/sign-in/code/", {"code": code})
    assert client.post("/sign-in/code/", {"code": code}, follow=True).redirect_chain[-1] == ("/", 302)
    late = Client()
    late.cookies["sessionid"] = old
    assert late.post("/sign-in/code/", {"code": code}).headers["Location"] == "/sign-in/"


def test_sign_in_code_of_a_wrong_guess_keeps_asking(company: made.Company, db: None) -> None:
    client = Client()
    ask(client)
    wrong = f"{(int(read_code(made.OWNER_PHONE)) + 1) % 1000000:06d}"
    assert "还可以试 4 次" in read_page(client.post("/sign-in/code/", {"code": wrong})).text
    for _unused in range(4):
        page = read_page(client.post("/sign-in/code/", {"code": wrong}))
    assert "请重新获取验证码" in page.text
    client.post("/sign-in/code/", {"code": read_code(made.OWNER_PHONE)})
    assert client.get("/mine/").status_code == 302
    assert "请填写短信里的数字验证码" in read_page(client.post("/sign-in/code/", {"code": "abc"})).text


def test_sign_in_code_of_another_browser_does_not_serve(company: made.Company, db: None) -> None:
    victim, thief = Client(), Client()
    ask(victim)
    assert thief.post("/sign-in/code/", {"code": read_code(made.OWNER_PHONE)}).headers["Location"] == "/sign-in/"


def test_sign_in_does_not_tell_who_is_registered(company: made.Company, db: None) -> None:
    def see(phone: str) -> tuple[int, str]:
        client = Client()
        answer = ask(client, phone)
        return answer.status_code, read_page(client.get("/sign-in/code/")).text.replace(phone[-4:], "####")

    assert see(made.OWNER_PHONE)[1].replace("138*", "1##*") == see("13955559999")[1].replace("139*", "1##*")


def test_sign_in_of_a_new_phone_makes_a_user(company: made.Company, db: None) -> None:
    client = Client()
    ask(client, NEW_PHONE)
    client.post("/sign-in/code/", {"code": read_code(NEW_PHONE)})
    assert User.objects.get(phone=NEW_PHONE).phone_verified_at
    assert "还没有绑定户号" in read_page(client.get("/")).text


def test_sign_in_twice_sends_one_message(company: made.Company, db: None) -> None:
    client = Client()
    assert ask(client).status_code == ask(client).status_code == 302
    assert OneTimeCode.objects.filter(phone=made.OWNER_PHONE).count() == 1
    page = read_page(ask(Client()), status=429)
    assert "秒再获取验证码" in page.text


def test_sign_in_without_a_mobile_number_says_so(company: made.Company, db: None) -> None:
    for phone in ("07186822345", "\x00", "1' or 1=1 --", "x" * 24):
        assert read_page(ask(Client(), phone)).tree.xpath("//input[@aria-invalid='true']")


def test_sign_in_offers_what_there_is(company: made.Company, db: None, settings: Any) -> None:
    assert len([link for link in read_page(Client().get("/sign-in/")).links() if "/with/" in link]) == 2
    settings.GRIDHALL_SIGN_IN = "off"
    assert not [link for link in read_page(Client().get("/sign-in/")).links() if "/with/" in link]
    for path in ("/sign-in/with/wechat/", "/sandbox/sign-in/wechat/", "/sign-in/with/google/"):
        assert Client().get(path).status_code == 404


def test_forgotten_password_and_new_password(company: made.Company, db: None) -> None:
    client = Client()
    assert read_page(client.get("/sign-in/forgotten/")).heading == "设置新密码"
    assert client.post("/sign-in/forgotten/", {"phone": "1"}).status_code == 200
    answer = client.post("/sign-in/forgotten/", {"phone": made.OWNER_PHONE})
    assert answer.headers["Location"] == "/sign-in/new-password/"
    code = read_code(made.OWNER_PHONE)
    weak = read_page(client.post("/sign-in/new-password/", {"code": code, "password": "12345678"}))
    assert "太容易猜到" in weak.text or "太常见" in weak.text
    elsewhere = Client()
    elsewhere.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD})
    done = client.post("/sign-in/new-password/", {"code": code, "password": "山里的夜很安静 7"})
    assert done.headers["Location"] == "/" and client.get("/mine/").status_code == 200
    assert elsewhere.get("/mine/").status_code == 302


def test_new_password_without_a_code_begins_anew(company: made.Company, db: None) -> None:
    assert Client().get("/sign-in/new-password/").headers["Location"] == "/sign-in/forgotten/"


def test_sign_in_passkey_options_name_nobody(db: None) -> None:
    told = json.loads(Client().post("/sign-in/passkey/options/").content)
    assert told["rpId"] == "testserver" and told["userVerification"] == "required" and not told.get("allowCredentials")


@pytest.mark.parametrize("credential", ["", "{}", "null", '{"id": "AA", "response": {}}', "x" * 5000, '{"id": 7}'])
def test_sign_in_passkey_refuses_what_is_none(db: None, credential: str) -> None:
    client = Client()
    client.post("/sign-in/passkey/options/")
    page = read_page(client.post("/sign-in/passkey/", {"credential": credential}))
    assert "不认识这把通行密钥" in page.text


def test_vendor_return_asks_for_the_state_that_vendor_start_keeps(company: made.Company, db: None) -> None:
    client = Client()
    start = client.get("/sign-in/with/alipay/").headers["Location"]
    assert "/sandbox/sign-in/alipay/?app_id=" in start and "state=" in start
    page = read_page(client.get(start))
    (address,) = page.tree.xpath("//ul[@class='gh-rows']//a/@href")[:1]
    assert "登录没有完成" in read_page(client.get(address.partition("&state=")[0] + "&state=forged")).text
    assert "登录没有完成" in read_page(client.get(address)).text  # a state is used once
    assert "登录没有完成" in read_page(Client().get(address)).text  # and by the browser that has it


def test_vendor_start_leads_to_the_vendor(db: None) -> None:
    assert "response_type=code" in Client().get("/sign-in/with/wechat/").headers["Location"]


def test_sandbox_vendor_lets_one_choose_a_person(company: made.Company, db: None) -> None:
    page = read_page(Client().get("/sandbox/sign-in/wechat/?state=abc"))
    assert len(page.tree.xpath("//ul[@class='gh-rows']//a")) == 3


def test_vendor_phone_and_vendor_code_link_and_let_in(company: made.Company, db: None) -> None:
    client = Client()
    assert come_from_vendor(client, "wechat").headers["Location"] == "/sign-in/phone/"
    assert client.get("/mine/").status_code == 302  # the vendor's word alone opens nothing
    assert client.post("/sign-in/phone/", {"phone": made.OWNER_PHONE}).headers["Location"] == "/sign-in/phone/code/"
    done = client.post("/sign-in/phone/code/", {"code": read_code(made.OWNER_PHONE)})
    assert done.status_code == 302 and client.get("/mine/").status_code == 200
    again = Client()
    assert come_from_vendor(again, "wechat").headers["Location"] == "/"
    assert again.get("/mine/").status_code == 200
    thief = Client()
    come_from_vendor(thief, "wechat", person=1)
    thief.post("/sign-in/phone/", {"phone": NEW_PHONE})
    thief.post("/sign-in/phone/code/", {"code": read_code(NEW_PHONE)})
    assert User.objects.get(linked_identities__subject__isnull=False, phone=NEW_PHONE)


def test_vendor_code_without_anything_begins_anew(company: made.Company, db: None) -> None:
    assert Client().get("/sign-in/phone/code/").headers["Location"] == "/sign-in/phone/"
    assert Client().get("/sign-in/phone/").headers["Location"] == "/sign-in/"


def test_sign_in_pages_ask_little_of_the_database(
    company: made.Company, db: None, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        assert Client().get("/sign-in/").status_code == 200


def test_wrong_passwords_of_unknown_phones_are_counted_too(company: made.Company, db: None) -> None:
    page: Page = read_page(Client().post("/sign-in/", {"phone": "13955550000", "password": "x"}))
    assert "手机号或密码不对" in page.text and SignInFailure.objects.filter(phone="13955550000").count() == 1
