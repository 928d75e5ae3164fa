"""The app on a device: what it keeps, what it never keeps, how it installs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from django import forms
from django.contrib.staticfiles import finders
from django.test import Client

from gridhall.interfaces.shared.forms import CodeField, HouseForm
from tests import company as made
from tests.interfaces.pages import read_page

if TYPE_CHECKING:
    from collections.abc import Callable


def test_service_worker_keeps_the_shell_and_no_page_of_anybody(db: None) -> None:
    script = Client().get("/sw.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    text = script.content.decode()
    assert '"/offline/"' in text
    for address in ('"/"', "/bills", "/usage", "/mine", "/accounts"):
        assert address not in text
    # Nothing fetched later is put into the cache; only the shell is, when the worker is installed.
    assert ".put(" not in text and text.count("addAll") == 1


def test_offline_page_speaks_both_languages_and_names_nobody(owner: Client) -> None:
    page = read_page(owner.get("/offline/"))
    assert "没有网络" in page.text and "You are offline" in page.text and "95598" in page.text
    assert page.links() and not page.tree.xpath("//form")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_manifest_installs(db: None, language: str) -> None:
    from PIL import Image

    answer = Client(headers={"Accept-Language": language}).get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    content = json.loads(answer.content)
    assert content["start_url"] == content["scope"] == content["id"] == "/" and content["display"] == "standalone"
    assert content["lang"] == language
    assert bool(re.search("[\u4e00-\u9fff]", answer.content.decode())) == (language == "zh-CN")
    assert {(icon["sizes"], icon["purpose"]) for icon in content["icons"]} == {
        (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
    }
    assert {shot["form_factor"] for shot in content["screenshots"]} == {"narrow", "wide"}
    pictures = [*content["icons"], *content["screenshots"], *(one["icons"][0] for one in content["shortcuts"])]
    for picture in pictures:
        drawn = Image.open(finders.find(picture["src"].removeprefix("/static/")))
        assert picture["sizes"] == "{}x{}".format(*drawn.size) and picture["type"] == "image/png"
        if picture.get("purpose") == "maskable":
            assert drawn.convert("RGBA").getpixel((0, 0))[3] == 255, "it fills the whole square"
    for shortcut in content["shortcuts"]:
        assert Client().get(shortcut["url"]).status_code == 302, "a stranger is led to sign in"


@pytest.mark.parametrize(
    ("agent", "first"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit Version/17.5 Safari/604.1", "苹果手机、平板"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit MicroMessenger/8.0.49", "微信、支付宝里"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "安卓、鸿蒙手机"),
        ("curl/8.1", "微信、支付宝里"),
    ],
)
def test_install_begins_with_the_device_that_asks(db: None, agent: str, first: str) -> None:
    page = read_page(Client(headers={"User-Agent": agent}).get("/install/"))
    assert page.tree.xpath("//h2/text()")[0] == first and len(page.tree.xpath("//h2")) == 4
    assert ("您用的" in page.text) == ("Mozilla" in agent)


KEY = "gridhall_key"


def test_offline_copy_is_of_the_last_bill_and_names_nobody(
    owner: Client, bill: Any, django_assert_max_num_queries: Any
) -> None:
    owner.get("/")
    with django_assert_max_num_queries(12):
        answer = owner.get("/offline/copy/")
    drawn = answer.json()["html"]
    assert f"{bill.amount:,.2f}" in drawn and "离线副本" in drawn and bill.account.number[-4:] in drawn
    assert bill.account.number not in drawn and made.CUSTOMERS[0].name not in drawn and str(bill.mrid) not in drawn
    assert not re.search(r"<(script|form|a|img|style)\b", drawn)
    assert answer.headers["Cache-Control"] == "private, no-store"
    cookie = answer.cookies[KEY]
    assert cookie["samesite"] == "Strict" and 0 < int(cookie["max-age"]) <= 7 * 24 * 3600
    assert cookie.value not in answer.content.decode()


def test_offline_copy_follows_the_account_and_the_language(owner: Client, company: made.Company) -> None:
    marks = set()
    for number, language in (
        (company.numbers[0], "zh-hans"),
        (company.numbers[1], "zh-hans"),
        (company.numbers[1], "en"),
    ):
        owner.post("/accounts/switch/", {"account": number})
        owner.post("/mine/preferences/", {"language": language})
        marks.add(read_page(owner.get("/")).tree.xpath("string(//main/@data-copy)"))
        drawn = owner.get("/offline/copy/").json()["html"]
        assert number[-4:] in drawn and ("Off-line copy" if language == "en" else "离线副本") in drawn
    assert len(marks) == 3 and "" not in marks


@pytest.mark.parametrize("phone", [made.FAMILY_PHONE, made.STAFF_PHONE])
def test_offline_copy_is_empty_for_who_sees_no_bill(sign_in: Callable[[str], Client], phone: str) -> None:
    client = sign_in(phone)
    answer = client.get("/offline/copy/")
    assert answer.json() == {"html": ""}
    assert (KEY in answer.cookies) == (phone == made.FAMILY_PHONE), "staff keep nothing on a device"


def test_key_of_the_device_lasts_as_long_as_the_session(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("")
    for _ in range(2):
        entered = client.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD})
        assert entered.status_code == 302
        first = client.get("/offline/copy/").cookies[KEY].value
        assert client.get("/offline/copy/").cookies[KEY].value == first
        assert KEY not in client.get("/").cookies
        left = client.post("/sign-out/")
        assert left.cookies[KEY].value == "" and "storage" in left.headers["Clear-Site-Data"]
        client.cookies[KEY] = first
        later = client.get("/sign-in/")
        assert later.cookies[KEY].value == "" and "storage" in later.headers["Clear-Site-Data"]
        client.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD})
        client.cookies[KEY] = first
        assert client.get("/").cookies[KEY].value == "", "the key of the last session opens nothing in this one"
        assert client.get("/offline/copy/").cookies[KEY].value != first
        client.post("/sign-out/")


def test_pages_say_whose_they_are_without_saying_who(owner: Client, sign_in: Callable[[str], Client]) -> None:
    def mark(client: Client, path: str) -> str:
        return str(read_page(client.get(path)).tree.xpath("string(/html/@data-viewer)"))

    assert mark(owner, "/") == mark(owner, "/mine/") != mark(sign_in(made.STRANGER_PHONE), "/")
    assert mark(Client(), "/sign-in/") == "-" and mark(owner, "/offline/") == ""
    assert re.fullmatch("[0-9a-f]{16}", mark(owner, "/"))


def list_forms(kind: type[HouseForm] = HouseForm) -> list[type[HouseForm]]:
    """List every form of the house."""
    return [found for one in kind.__subclasses__() for found in (one, *list_forms(one))]


def test_secrets_are_marked_so_that_no_device_keeps_them() -> None:
    import gridhall.interfaces.portal.urls  # noqa: F401

    secret = re.compile("code|password|id_number|tail|token|secret|consent|answer")
    public = {"credit_code", "MeterForm.code"}  # of a company; on the meter's plate
    for kind in list_forms():
        for name, field in kind.base_fields.items():
            elsewhere = "console" in kind.__module__ or ".tests." in kind.__module__
            if not secret.search(name) or {name, f"{kind.__name__}.{name}"} & public or elsewhere:
                continue
            is_safe = isinstance(field, CodeField | forms.FileField) or isinstance(field.widget, forms.PasswordInput)
            assert is_safe or name in kind.unkept, f"{kind.__name__}.{name}"
