"""Choosing the account to look at, and the page of one's own."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from gridhall.interfaces.shared import formats
from tests import company as made
from tests.interfaces.pages import read_page


def test_account_list_offers_every_account_and_marks_the_chosen_one(owner: Client, company: made.Company) -> None:
    page = read_page(owner.get("/accounts/"))
    assert page.tree.xpath("//main//button[@name='account']/@value") == list(company.numbers)
    assert page.tree.xpath("//main//button[@aria-pressed='true']/@value") == [company.numbers[0]]
    for customer in made.CUSTOMERS:
        assert formats.account_number(customer.number) in page.text
        assert len(customer.name) < 4 or customer.name not in page.text  # names of firms and of people are masked


def test_account_list_leads_back_to_where_one_came_from(owner: Client, company: made.Company) -> None:
    page = read_page(owner.get("/accounts/?next=/usage/"))
    assert page.tree.xpath("//main//input[@name='next']/@value") == ["/usage/"]
    answer = owner.post("/accounts/switch/", {"account": company.numbers[3], "next": "/usage/"})
    assert answer.headers["Location"] == "/usage/"
    assert formats.account_number(company.numbers[3]) in read_page(owner.get("/usage/")).text


def test_mine_offers_every_way_of_reading_and_the_way_out(owner: Client, company: made.Company) -> None:
    page = read_page(owner.get("/mine/"))
    offered = {
        (button.get("name"), button.get("value")) for button in page.tree.xpath("//main//button[@name and @value]")
    }
    assert {("language", "zh-hans"), ("language", "en"), ("reading_mode", "LARGE"), ("appearance", "DARK")} <= offered
    assert {value for name, value in offered if name == "account"} == set(company.numbers)
    assert page.tree.xpath("//main//form[@action='/sign-out/']//button")


def test_mine_masks_name_and_phone(owner: Client) -> None:
    page = read_page(owner.get("/mine/"))
    assert made.OWNER_PHONE not in page.text and "田大山" not in page.text


def test_mine_of_someone_without_account_says_what_to_do(sign_in: Callable[[str], Client]) -> None:
    page = read_page(sign_in(made.STAFF_PHONE).get("/mine/"))
    assert page.tree.xpath("//main//form[@action='/sign-out/']//button")
