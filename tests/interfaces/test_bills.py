"""Bills: the list, one bill, every line explained, and comparisons that add up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from gridhall.core.money import round_money
from gridhall.interfaces.shared import formats
from tests import company as made
from tests.interfaces.conftest import find_bill
from tests.interfaces.pages import read_amount, read_page


def test_bill_list_names_every_month(owner: Client, company: made.Company) -> None:
    page = read_page(owner.get("/bills/"))
    for month in company.billed:
        assert formats.month(month) in page.text


def test_bill_list_of_a_new_account_says_there_is_none(owner: Client, company: made.Company) -> None:
    number = made.open_new_account()
    owner.post("/accounts/switch/", {"account": number})
    assert "还没有账单" in read_page(owner.get("/bills/")).text
    home = read_page(owner.get("/"))
    assert "还没有用电数据" in home.text and "截至" not in home.text


@pytest.mark.parametrize("position", range(6))
def test_bill_detail_lines_add_up(owner: Client, company: made.Company, position: int) -> None:
    bill = find_bill(company.numbers[position])
    page = read_page(owner.get(f"/bills/{bill.mrid}/"))
    amounts = [read_amount(node.text_content()) for node in page.tree.xpath("//summary//span[@class='gh-row-end']")]
    assert amounts and sum(amounts) == bill.amount
    assert formats.yuan(bill.amount) in page.tree.xpath("string(//p[@class='gh-total'])")


@pytest.mark.parametrize("position", range(6))
def test_bill_detail_tells_every_price_with_its_unit(owner: Client, company: made.Company, position: int) -> None:
    bill = find_bill(company.numbers[position])
    for node in read_page(owner.get(f"/bills/{bill.mrid}/")).tree.xpath("//summary//small"):
        said = node.text_content()
        assert "元/" in said or said.endswith(("%", "元")), said


def test_bill_detail_of_a_credit_asks_for_nothing(owner: Client, company: made.Company) -> None:
    bills = [find_bill(number) for number in company.numbers]
    assert [bill for bill in bills if bill.amount < 0]
    for bill in bills:
        said = read_page(owner.get(f"/bills/{bill.mrid}/")).text
        assert ("不用交费" in said) == (bill.amount <= 0)


def test_bill_line_in_english_marks_and_explains_the_chinese_clause(owner: Client, company: made.Company) -> None:
    owner.post("/mine/preferences/", {"language": "en"})
    page = read_page(owner.get(f"/bills/{find_bill(company.numbers[0]).mrid}/lines/1/"))
    (quoted,) = page.tree.xpath("//blockquote")
    assert quoted.get("lang") == "zh-CN" and _has_chinese(quoted.text_content())
    assert not _has_chinese(page.tree.xpath("string(//p[@class='gh-gloss'])"))
    assert page.tree.xpath("string(//p[@class='gh-gloss'])")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("position", range(6))
def test_bill_line_is_explained_from_readings_to_rounding(
    owner: Client, company: made.Company, position: int, language: str
) -> None:
    owner.post("/mine/preferences/", {"language": language})
    bill = find_bill(company.numbers[position])
    links = [link for link in read_page(owner.get(f"/bills/{bill.mrid}/")).links() if "/lines/" in link]
    assert links
    for link in links:
        page = read_page(owner.get(link))
        amount = read_amount(page.tree.xpath("string(//p[contains(@class,'gh-amount')])"))
        unrounded, rounded = (read_amount(node.text_content()) for node in page.tree.xpath("//p[@class='gh-result']/b"))
        assert rounded == amount == round_money(unrounded)
        steps = page.tree.xpath("//ol[@class='gh-steps']/li")
        assert steps
        assert read_amount(steps[-1].xpath("string(./b)")) == unrounded
        if language == "en":
            assert not _has_chinese(page.tree.xpath("string(//ol[@class='gh-steps'])"))


def _has_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_bill_line_within_the_bill_is_a_fragment(owner: Client, bill: Any) -> None:
    answer = owner.get(f"/bills/{bill.mrid}/lines/1/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert b"<html" not in answer.content and "读数" in answer.content.decode()


def test_bill_line_tells_which_readings_are_estimated(owner: Client, company: made.Company) -> None:
    bill = find_bill(company.numbers[0], str(company.billed[7]))
    assert "部分读数是估算的" in read_page(owner.get(f"/bills/{bill.mrid}/")).text
    assert "估算 24 个" in read_page(owner.get(f"/bills/{bill.mrid}/lines/1/")).text


def test_bill_line_that_is_not_there_is_not_found(owner: Client, bill: Any) -> None:
    assert owner.get(f"/bills/{bill.mrid}/lines/99/").status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("position", range(6))
def test_bill_comparison_adds_up_exactly(owner: Client, company: made.Company, position: int, language: str) -> None:
    owner.post("/mine/preferences/", {"language": language})
    bill = find_bill(company.numbers[position])
    page = read_page(owner.get(f"/bills/{bill.mrid}/comparison/"))
    tables = page.tree.xpath("//table")
    assert len(tables) == 2
    for table in tables:
        first, *causes, last = [read_amount(cell.text_content()) for cell in table.xpath(".//td")]
        assert sum(causes, first) == last == bill.amount
    other = find_bill(company.numbers[position], str(company.billed[-2]))
    assert read_amount(tables[0].xpath("string(.//td)")) == other.amount


def test_bill_comparison_of_the_first_bill_says_there_is_none(owner: Client, company: made.Company) -> None:
    bill = find_bill(company.numbers[0], str(company.billed[0]))
    assert "还没有可比的账单" in read_page(owner.get(f"/bills/{bill.mrid}/comparison/")).text


def test_bill_detail_in_english_has_no_chinese_of_ours(owner: Client, bill: Any) -> None:
    owner.post("/mine/preferences/", {"language": "en"})
    page = read_page(owner.get(f"/bills/{bill.mrid}/"))
    assert page.language == "en"
    with translation.override("en"):
        assert formats.month(bill.first_day) in page.heading
    labels = page.tree.xpath("//summary//strong")
    assert labels and not any(_has_chinese(label.text_content()) for label in labels)
    assert isinstance(bill.amount, Decimal)
