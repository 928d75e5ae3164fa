"""A bill on paper: PDF/A-3 with its figures attached, for those who may see it, and the list of bills narrowed."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests import company as made
from tests.interfaces.conftest import find_bill
from tests.interfaces.pages import read_amount, read_page


def read_attachment(document: bytes) -> dict[str, Any]:
    """Give the JSON that a PDF carries: the one stream that is text of an object."""
    for stream in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", document, re.S):
        body = stream[1]
        try:
            text = zlib.decompress(body)
        except zlib.error:
            text = body
        if text[:1] == b"{":
            return json.loads(text)
    raise AssertionError("the PDF carries no JSON")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("position", range(6))
def test_bill_document_says_what_the_bill_says(
    owner: Client, company: made.Company, position: int, language: str
) -> None:
    owner.post("/mine/preferences/", {"language": language})
    bill = find_bill(company.numbers[position])
    answer = owner.get(f"/bills/{bill.mrid}/document/")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/pdf"
    document = answer.content
    assert document.startswith(b"%PDF-1.7") and b"pdfaid" in document and b"AFRelationship" in document
    told = read_attachment(document)
    figures = told["figures"]
    assert Decimal(figures["amount"]) == bill.amount and figures["bill_number"] == bill.number
    assert sum(Decimal(line["amount"]) for line in figures["lines"] if line["counts"]) == bill.amount
    lines = [line for group in told["groups"] for line in group["lines"]]
    assert sum(read_amount(line["amount"]) for line in lines) == bill.amount
    assert len(told["explanations"]) == len(figures["lines"])
    for comparison in told["comparisons"]:
        first, *causes, last = [read_amount(row["amount"]) for row in comparison["rows"]]
        assert sum(causes, first) == last
    if language == "en":
        words = [told["title"], told["notice"], told["footer"], *told["columns"], *(line["label"] for line in lines)]
        assert not re.search("[\u4e00-\u9fff]", " ".join(words))


def test_bill_document_is_the_same_each_time(owner: Client, bill: Any) -> None:
    assert owner.get(f"/bills/{bill.mrid}/document/").content == owner.get(f"/bills/{bill.mrid}/document/").content


def test_bill_document_is_for_those_who_see_the_bill(sign_in: Callable[[str], Client], bill: Any) -> None:
    for phone in (made.STRANGER_PHONE, made.FAMILY_PHONE):
        assert sign_in(phone).get(f"/bills/{bill.mrid}/document/").status_code == 404


def test_bill_list_is_narrowed_by_year_and_sums_up(owner: Client, company: made.Company) -> None:
    year = company.billed[-1].year
    page = read_page(owner.get(f"/bills/?year={year}"))
    months = [month for month in company.billed if month.year == year]
    assert len(page.tree.xpath("//ul[contains(@class,'gh-rows')]/li")) == len(months)
    total = sum(find_bill(company.numbers[0], str(month)).amount for month in months)
    assert read_amount(page.tree.xpath("string(//h2[contains(@class,'gh-year')]/span[2]/span[2])")) == total
    assert read_page(owner.get("/bills/?year=1999&kind=X")).rows() == read_page(owner.get("/bills/")).rows()
