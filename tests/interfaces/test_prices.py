"""Prices: the tariff in words, the price of this moment, the calendar, and what other tariffs would have cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from gridhall.interfaces.shared import formats
from tests import company as made
from tests.interfaces.pages import read_page

ZONE = ZoneInfo("Asia/Shanghai")


def look_at(client: Client, number: str) -> None:
    client.post("/accounts/switch/", {"account": number})


def find(number: str) -> Any:
    from gridhall.apps.accounts.models import CustomerAccount

    return CustomerAccount.objects.get(number=number)


def get_owner() -> Any:
    from gridhall.apps.identity.models import User

    return User.objects.get(phone=made.OWNER_PHONE)


@pytest.mark.parametrize("position", range(6))
def test_prices_tell_the_tariff_of_every_account(owner: Client, company: made.Company, position: int) -> None:
    look_at(owner, company.numbers[position])
    page = read_page(owner.get("/prices/"))
    assert page.heading == "我的电价"
    assert "没有与原文核对过" in page.text and "从哪天起" in page.text
    is_timed = made.CUSTOMERS[position].kind in ("SHOP", "ENTERPRISE", "EV") or position == 0
    assert ("今天的时段" in page.text) == is_timed
    assert ("的时段" in page.text.replace("今天的时段", "")) == is_timed


def test_prices_show_every_month_of_the_calendar(owner: Client, company: made.Company) -> None:
    look_at(owner, company.numbers[3])
    page = read_page(owner.get("/prices/?month=2026-02"))
    assert "2026年2月的时段" in page.text and "春节" in page.text and "调休上班" in page.text
    assert "这个月 28 天有尖峰时段" in page.text
    for odd in ("2026-13", "9999-12", "1900-01", "x", "2026-02-30", "\u0662026-01"):
        assert read_page(owner.get("/prices/", {"month": odd})).heading == "我的电价"


def test_prices_in_english_hold_no_chinese_of_ours(owner: Client, company: made.Company) -> None:
    owner.post("/mine/preferences/", {"language": "en"})
    look_at(owner, company.numbers[4])
    page = read_page(owner.get("/prices/"))
    assert "Valley" in page.text and "Not compared with the original" in page.text


def test_prices_are_told_with_few_queries(
    owner: Client, company: made.Company, django_assert_max_num_queries: Any
) -> None:
    look_at(owner, company.numbers[3])
    with django_assert_max_num_queries(12):
        owner.get("/prices/")
    owner.get("/prices/compare/")
    with django_assert_max_num_queries(12):
        owner.get("/prices/compare/")


def test_prices_of_family_without_usage_are_of_the_first_tier(sign_in: Callable[[str], Client], bill: Any) -> None:
    page = read_page(sign_in(made.FAMILY_PHONE).get("/prices/"))
    assert formats.yuan(bill.amount) not in page.text
    assert "/prices/compare/" not in page.links()


@pytest.mark.parametrize(
    ("hour", "period", "price", "later", "cheapest"),
    [
        (3, "VALLEY", "0.43", 7, 0),
        (12, "FLAT", "0.58", 17, 23),
        (18, "PEAK", "0.68", 20, 23),
        (21, "SHARP", "0.78", 22, 23),
        (22, "PEAK", "0.68", 23, 23),
        (23, "VALLEY", "0.43", 7, 23),
    ],
)
def test_price_clock_follows_the_hours(
    company: made.Company, owner: Client, hour: int, period: str, price: str, later: int, cheapest: int
) -> None:
    from gridhall.apps.billing import queries as billing

    at = datetime(2026, 6, 15, hour, 30, tzinfo=ZONE)
    with_access = made.CUSTOMERS[4]
    from gridhall.apps.accounts.models import AccountAccess

    AccountAccess.objects.update(starts_on=company.first_day)
    clock = billing.get_price_clock(account=find(with_access.number), viewer=get_owner(), at=at)
    assert clock is not None and clock.later is not None and clock.cheapest is not None
    assert (clock.now.period, clock.now.price) == (period, Decimal(price))
    assert clock.later.start.astimezone(ZONE).hour == later
    assert clock.cheapest.start.astimezone(ZONE).hour == cheapest
    assert clock.cheapest.price == Decimal("0.43") and clock.is_cheap_now == (period == "VALLEY")
    assert sum((s.end - s.start).total_seconds() for s in clock.today) == 86_400


@pytest.mark.parametrize("position", range(6))
def test_price_comparison_comes_to_what_was_billed(owner: Client, company: made.Company, position: int) -> None:
    """The own tariff over the last twelve months is the sum of the bills, to the fen: the same kernel prices both."""
    from django.utils import timezone

    from gridhall.apps.billing import queries as billing

    account = find(company.numbers[position])
    found = billing.compare_tariffs(account=account, viewer=get_owner(), at=timezone.now())
    assert found is not None and found.own is not None
    assert len(found.compared) == 12 and found.billed == found.own.total
    for month in found.compared:
        assert found.own.amounts[month.month] == month.billed
    assert [choice.total for choice in found.choices] == sorted(choice.total for choice in found.choices)
    assert all(choice.difference == choice.total - found.own.total for choice in found.choices)
    look_at(owner, company.numbers[position])
    page = read_page(owner.get("/prices/compare/"))
    assert formats.yuan(found.own.total) in page.text
    rows = [row for row in page.rows() if row[0].startswith("20")]
    assert len(rows) == 12


def test_price_comparison_leaves_out_what_cannot_be_had(owner: Client, company: made.Company) -> None:
    from django.utils import timezone

    from gridhall.apps.billing import queries as billing

    def compare(position: int) -> Any:
        account = find(company.numbers[position])
        return billing.compare_tariffs(account=account, viewer=get_owner(), at=timezone.now())

    resident, sunny, factory = compare(1), compare(5), compare(3)
    assert {choice.code for choice in resident.choices} >= {"hubei-residential", "hubei-residential-tou-template"}
    assert "zhejiang-residential-tou" not in {c.code for c in (*resident.choices, *resident.left_out)}
    assert {choice.reason for choice in resident.left_out} == {"NO_GENERATION"}
    assert {choice.code for choice in sunny.choices} == {"hubei-residential-pv"}
    assert {choice.code for choice in factory.choices} == {
        "hubei-commercial-two-part-10kv", "hubei-commercial-two-part-10kv-flat",
        "hubei-commercial-single-10kv", "hubei-commercial-single-10kv-flat",
    }  # fmt: skip


def test_price_comparison_of_family_without_bills_is_not_there(sign_in: Callable[[str], Client]) -> None:
    assert sign_in(made.FAMILY_PHONE).get("/prices/compare/").status_code == 404


def test_price_comparison_of_a_new_account_says_what_it_takes(owner: Client) -> None:
    look_at(owner, made.open_new_account())
    assert "要有至少一个读数完整的月份" in read_page(owner.get("/prices/compare/")).text
