"""Pages of errors: in the look, in the language of the reader, with a way on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.test.utils import override_settings

from tests import company as made
from tests.interfaces.pages import Page, read_page


def _check_look(page: Page) -> None:
    assert page.language in ("zh-CN", "en", "zh-hans")
    assert page.tree.xpath("//link[@rel='stylesheet']")
    assert page.tree.xpath("//main//a[@href='/']")
    assert page.tree.xpath("//footer//a[starts-with(@href, '/feedback/')]")
    assert page.heading


@pytest.mark.parametrize(
    ("language", "heading"), [("zh-hans", "没有这个页面"), ("en", "Page not found")], ids=["zh", "en"]
)
def test_missing_page_says_so(owner: Client, language: str, heading: str) -> None:
    owner.post("/mine/preferences/", {"language": language})
    for address in ("/nowhere/", "/bills/00000000-0000-4000-8000-000000000000/", "/usage/1700-01/"):
        page = read_page(owner.get(address), status=404)
        _check_look(page)
        assert page.heading == heading


@pytest.mark.parametrize(
    ("language", "heading"), [("zh-hans", "这个请求看不懂"), ("en", "That request could not be read")], ids=["zh", "en"]
)
def test_preferences_not_on_offer_are_refused_in_words(owner: Client, language: str, heading: str) -> None:
    owner.post("/mine/preferences/", {"language": language})
    page = read_page(owner.post("/mine/preferences/", {"appearance": "PINK"}), status=400)
    _check_look(page)
    assert page.heading == heading


@pytest.mark.parametrize(("language", "heading"), [("zh-CN", "页面过期了"), ("en", "The page has expired")])
def test_forged_form_is_told_in_words(db: None, language: str, heading: str) -> None:
    client = Client(enforce_csrf_checks=True)
    page = read_page(client.post("/sign-in/", {}, headers={"Accept-Language": language}), status=403)
    _check_look(page)
    assert page.heading == heading


@override_settings(ROOT_URLCONF="tests.interfaces.urls_of_faults")
def test_refusal_and_fault_of_ours_are_told_in_words(db: None) -> None:
    client = Client(raise_request_exception=False)
    page = read_page(client.get("/refuses/", headers={"Accept-Language": "en"}), status=403)
    _check_look(page)
    assert page.heading == "That is not allowed"
    page = read_page(client.get("/fails/"), status=500)
    _check_look(page)
    assert "系统出错了" in page.text and "Something went wrong" in page.text
    assert "RuntimeError" not in page.text and "Traceback" not in page.text


def test_too_many_tries_are_told_in_words(company: made.Company, sign_in: Callable[[str], Client], db: None) -> None:
    client = Client(headers={"Accept-Language": "en"})
    for _unused in range(9):
        answer = client.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": "wrong"})
    page = read_page(answer, status=429)
    assert page.tree.xpath("//link[@rel='stylesheet']") and "Wait fifteen minutes" in page.text
