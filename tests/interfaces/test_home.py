"""Home: where the account stands, for each kind of customer and each scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from gridhall.interfaces.shared import formats
from tests import company as made
from tests.interfaces.conftest import find_bill
from tests.interfaces.pages import read_page


def test_home_shows_bill_balance_and_month(owner: Client, bill: Any) -> None:
    page = read_page(owner.get("/"))
    assert formats.yuan(bill.amount) in page.text
    assert "应交电费" in page.text or "账户余额" in page.text
    assert "截至" in page.text and "下期出账" in page.text
    assert page.heading == "首页"


def test_home_shows_annual_tiers_where_the_tariff_has_them(owner: Client, company: made.Company) -> None:
    assert "年阶梯" in read_page(owner.get("/")).text
    owner.post("/accounts/switch/", {"account": company.numbers[2]})
    assert "年阶梯" not in read_page(owner.get("/")).text


@pytest.mark.parametrize("position", range(6))
def test_home_suits_every_kind(owner: Client, company: made.Company, position: int) -> None:
    number = company.numbers[position]
    owner.post("/accounts/switch/", {"account": number})
    page = read_page(owner.get("/"))
    assert formats.account_number(number) in page.text
    assert formats.yuan(find_bill(number).amount) in page.text
    kind = made.CUSTOMERS[position].kind
    assert ("本月上网" in page.text) == (kind == "PV")
    assert ("容量和功率因数" in page.text) == (kind == "ENTERPRISE")


def test_home_of_family_shows_usage_but_no_bill(sign_in: Callable[[str], Client], bill: Any) -> None:
    page = read_page(sign_in(made.FAMILY_PHONE).get("/"))
    assert "谷电占比" in page.text
    assert formats.yuan(bill.amount) not in page.text and "应交电费" not in page.text


def test_home_of_someone_without_account_says_what_to_do(sign_in: Callable[[str], Client]) -> None:
    page = read_page(sign_in(made.STAFF_PHONE).get("/"))
    assert "还没有绑定户号" in page.text


def test_home_is_answered_with_few_queries(owner: Client, django_assert_max_num_queries: Any) -> None:
    owner.get("/")
    with django_assert_max_num_queries(6):
        owner.get("/")


def test_home_is_drawn_again_when_the_data_changes(owner: Client, company: made.Company, bill: Any) -> None:
    from django.utils import timezone

    from gridhall.apps.billing import actions as billing

    assert formats.yuan(bill.amount) in read_page(owner.get("/")).text
    billing.cancel_bill(bill=bill, at=timezone.now(), actor="tests", reason="test")
    page = read_page(owner.get("/"))
    earlier = find_bill(company.numbers[0], str(company.billed[-2]))
    assert formats.yuan(earlier.amount) in page.text


def test_home_kept_for_the_owner_is_not_shown_to_family(sign_in: Callable[[str], Client], bill: Any) -> None:
    assert formats.yuan(bill.amount) in sign_in(made.OWNER_PHONE).get("/").content.decode()
    assert formats.yuan(bill.amount) not in sign_in(made.FAMILY_PHONE).get("/").content.decode()
