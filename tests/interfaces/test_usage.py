"""Usage: twelve months, the days of a month; tables hold what the charts show."""

from __future__ import annotations

from decimal import Decimal

from django.test import Client

from tests import company as made
from tests.interfaces.pages import read_amount, read_page


def test_usage_year_table_adds_up(owner: Client, company: made.Company) -> None:
    page = read_page(owner.get("/usage/"))
    head, *rows, foot = page.rows()
    assert len(rows) == 12
    energies = [read_amount(row[1]) for row in rows]
    assert abs(sum(energies) - read_amount(foot[1])) <= Decimal("0.6")  # each row is rounded for reading
    periods = len(head) - 3
    assert periods == 3  # peak, flat, valley
    for row in rows:
        assert abs(sum(read_amount(cell) for cell in row[3 : 3 + periods]) - read_amount(row[1])) <= Decimal("0.2")


def test_usage_year_reaches_back_and_no_further_than_the_reads(owner: Client, company: made.Company) -> None:
    page = read_page(owner.get("/usage/"))
    (earlier,) = page.tree.xpath("//a[@rel='prev']/@href")
    before = read_page(owner.get(earlier))
    assert len(before.rows()) == 2 + 2  # two months more, head and foot
    assert not before.tree.xpath("//a[@rel='prev']")


def test_usage_year_with_a_strange_address_shows_this_year(owner: Client) -> None:
    assert read_page(owner.get("/usage/?until=2026-99")).rows() == read_page(owner.get("/usage/")).rows()
    assert read_page(owner.get("/usage/?until=0001-01")).rows() == read_page(owner.get("/usage/")).rows()
    assert read_page(owner.get("/usage/?until=9999-01")).rows() == read_page(owner.get("/usage/")).rows()


def test_usage_month_days_add_up_to_the_month(owner: Client, company: made.Company) -> None:
    month = company.billed[-1]
    rows = read_page(owner.get(f"/usage/{month}/")).rows()
    assert len(rows) == month.days + 2
    of_year = {row[0].split(" ")[0]: row[1] for row in read_page(owner.get("/usage/")).rows()}
    assert rows[-1][1] in of_year.values()


def test_usage_month_marks_estimates(owner: Client, company: made.Company) -> None:
    page = read_page(owner.get(f"/usage/{company.billed[7]}/"))
    assert len(page.tree.xpath("//tbody//span[contains(@class,'gh-chip')]")) == 1
    assert page.tree.xpath("//*[local-name()='path'][@class='gh-hatch']")


def test_usage_month_without_reads_says_so(owner: Client) -> None:
    assert "没有用电数据" in read_page(owner.get("/usage/2020-01/")).text


def test_usage_month_of_solar_shows_what_was_fed_in(owner: Client, company: made.Company) -> None:
    owner.post("/accounts/switch/", {"account": company.numbers[5]})
    assert "上网电量" in read_page(owner.get(f"/usage/{company.billed[-1]}/")).text
    assert "上网" in read_page(owner.get("/usage/")).rows()[0]
