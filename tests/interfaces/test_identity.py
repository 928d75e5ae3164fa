"""Signing in and out, and how a person reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from tests import company as made
from tests.interfaces.pages import read_page


def give(client: Client, **changes: str) -> object:
    return client.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD} | changes)


def test_sign_in_leads_home_with_a_new_session(company: made.Company, db: None) -> None:
    client = Client()
    client.get("/sign-in/")
    before = client.session.session_key
    answer = give(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.session.session_key != before
    assert client.get("/mine/").status_code == 200


def test_sign_in_goes_on_to_where_one_was_going(company: made.Company, db: None) -> None:
    assert give(Client(), next="/bills/").headers["Location"] == "/bills/"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil", "/%0a//x\n"],
)
def test_sign_in_never_leads_elsewhere(company: made.Company, db: None, elsewhere: str) -> None:
    place = give(Client(), next=elsewhere).headers["Location"]
    assert place == "/" or (place.startswith("/") and "evil" not in place)


def test_sign_in_with_a_wrong_password_tells_neither_which(company: made.Company, db: None) -> None:
    wrong = read_page(give(Client(), password="wrong"))
    unknown = read_page(give(Client(), phone="13600000000"))
    assert "手机号或密码不对" in wrong.text and "手机号或密码不对" in unknown.text


def test_sign_in_without_anything_says_what_is_missing(company: made.Company, db: None) -> None:
    page = read_page(Client().post("/sign-in/", {"by": "password"}))
    assert "请填写手机号" in page.text and "请填写密码" in page.text
    assert page.tree.xpath("//input[@aria-invalid='true']")


def test_sign_in_is_throttled_with_429(company: made.Company, db: None) -> None:
    client = Client()
    for _unused in range(settings.AXES_FAILURE_LIMIT):
        answer = give(client, password="wrong")
    assert answer.status_code == 429
    assert "试错次数太多" in read_page(give(client), status=429).text
    assert client.get("/mine/").status_code == 302


def test_sign_in_of_a_strange_number_is_refused_calmly(company: made.Company, db: None) -> None:
    for phone in ("\x00", "1' or 1=1 --", "１３８", "a" * 24):
        assert read_page(give(Client(), phone=phone)).status == 200


def test_sign_out_ends_the_session(owner: Client) -> None:
    answer = owner.post("/sign-out/")
    assert answer.headers["Location"] == "/sign-in/"
    assert "cache" in answer.headers["Clear-Site-Data"]
    assert owner.get("/").status_code == 302


def test_account_switch_stays_for_the_session(owner: Client, company: made.Company) -> None:
    owner.post("/accounts/switch/", {"account": company.numbers[1], "next": "/mine/"})
    page = read_page(owner.get("/mine/"))
    (chosen,) = page.tree.xpath("//button[@name='account'][@aria-pressed='true']/@value")
    assert chosen == company.numbers[1]


@pytest.mark.parametrize(
    ("wanted", "attribute", "value"),
    [
        ({"language": "en"}, "lang", "en"),
        ({"language": "zh-hans"}, "lang", "zh-CN"),
        ({"appearance": "DARK"}, "data-theme", "dark"),
        ({"appearance": "LIGHT"}, "data-theme", "light"),
        ({"appearance": "AUTO"}, "data-theme", None),
        ({"reading_mode": "LARGE"}, "data-mode", "elder"),
        ({"reading_mode": "NORMAL"}, "data-mode", "normal"),
    ],
)
def test_preferences_are_kept_for_the_user_on_every_device(
    sign_in: Callable[[str], Client], wanted: dict[str, str], attribute: str, value: str | None
) -> None:
    sign_in(made.OWNER_PHONE).post("/mine/preferences/", wanted)
    page = read_page(sign_in(made.OWNER_PHONE).get("/mine/"))
    assert page.tree.getroottree().getroot().get(attribute) == value


def test_preferences_are_kept_on_the_device_before_signing_in(company: made.Company, db: None) -> None:
    client = Client()
    client.post("/mine/preferences/", {"language": "en", "next": "/sign-in/"})
    page = read_page(client.get("/sign-in/"))
    assert page.language == "en" and "Phone number" in page.text


def test_preferences_stay_when_signing_out(owner: Client) -> None:
    owner.post("/mine/preferences/", {"language": "en", "reading_mode": "LARGE"})
    owner.post("/sign-out/")
    page = read_page(owner.get("/sign-in/"))
    assert page.language == "en"
    assert page.tree.getroottree().getroot().get("data-mode") == "elder"


def test_preferences_follow_the_browser_at_first(db: None) -> None:
    assert read_page(Client().get("/sign-in/", headers={"Accept-Language": "en-GB,en;q=0.9"})).language == "en"
    assert read_page(Client().get("/sign-in/", headers={"Accept-Language": "fr"})).language == "zh-CN"


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"appearance": "PINK"}, {"reading_mode": "\x00"}])
def test_preferences_that_are_not_on_offer_are_refused(owner: Client, wrong: dict[str, str]) -> None:
    assert owner.post("/mine/preferences/", wrong).status_code == 400
