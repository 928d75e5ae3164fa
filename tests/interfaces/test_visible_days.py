"""Whoever takes an account over sees nothing of the holder before him, on no page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gridhall.core.periods import Month
from gridhall.interfaces.shared import formats
from tests import company as made
from tests.interfaces.pages import read_page

NEW_HOLDER = "13500007777"


@pytest.fixture
def successor(company: made.Company, sign_in: Callable[[str], Client]) -> Client:
    """Pass the first account to somebody else from its last billed month on, bill that again, and sign him in."""
    from gridhall.apps.accounts import actions as accounts
    from gridhall.apps.accounts.kinds import BindingMethodKind
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.billing import actions as billing
    from gridhall.apps.identity import actions as identity
    from gridhall.apps.identity.models import User

    told: dict[str, Any] = {"at": timezone.now(), "actor": "tests"}
    account = CustomerAccount.objects.get(number=company.numbers[0])
    party = accounts.register_party(kind="PERSON", name="向新来", **told)
    accounts.transfer_account(account=account, party=party, on_day=company.billed[-1].first_day, **told)
    billing.cancel_bill(bill=_find_his(company, company.billed[-1]), reason="passed on before", **told)
    made.issue_bills(company.billed[-1], told["at"])
    user = identity.create_user(phone=NEW_HOLDER, name="向新来", password=made.PASSWORD, **told)
    claim = accounts.Claim(method=BindingMethodKind.COUNTER, number=account.number, is_holder=True)
    accounts.bind_account(user=user, claim=claim, by=User.objects.get(phone=made.STAFF_PHONE), **told)
    return sign_in(NEW_HOLDER)


def _find_his(company: made.Company, month: Month) -> Any:
    """Give the bill of the holder before."""
    from gridhall.apps.billing.models import Bill

    bills = Bill.objects.filter(account__number=company.numbers[0], first_day=month.first_day)
    return bills.exclude(party__name="向新来").order_by("id").first()


@pytest.mark.parametrize("path", ["/", "/bills/", "/usage/", "/accounts/", "/mine/"])
def test_successor_sees_no_earlier_bill_or_month(successor: Client, company: made.Company, path: str) -> None:
    page = read_page(successor.get(path))
    for month in company.billed[:-1]:
        bill = _find_his(company, month)
        assert f"/bills/{bill.mrid}/" not in page.links()
        assert formats.month(month) not in page.text.replace(page.heading, "") or path == "/usage/"
        assert formats.money(bill.amount) not in page.text


def test_successor_finds_no_earlier_bill_by_its_address(successor: Client, company: made.Company) -> None:
    for month in company.billed:
        mrid = _find_his(company, month).mrid
        for path in (f"/bills/{mrid}/", f"/bills/{mrid}/lines/1/", f"/bills/{mrid}/comparison/"):
            assert successor.get(path).status_code == 404


def test_successor_owes_nothing_of_what_was_owed_before(successor: Client, company: made.Company) -> None:
    """The ledger holds twelve unpaid months of the holder before; only his own days count for him."""
    from gridhall.apps.billing.models import Bill

    own = Bill.objects.filter(party__name="向新来").get()
    page = read_page(successor.get("/"))
    assert page.tree.xpath("string(//p[contains(@class,'gh-amount')])") == formats.money(own.amount)
    assert f"/bills/{own.mrid}/" in page.links()


def test_successor_sees_no_earlier_days(successor: Client, company: made.Company) -> None:
    for month in (company.billed[-2], company.billed[3]):
        assert "没有用电数据" in read_page(successor.get(f"/usage/{month}/")).text
    page = read_page(successor.get("/usage/"))
    assert len(page.rows()) == 2 + 2  # his first month and this one, head and foot
    assert not page.tree.xpath("//a[@rel='prev']")
    before = read_page(successor.get(f"/usage/?until={company.billed[-2]}"))
    assert "没有用电数据" in before.text


def test_successor_is_compared_with_nobody(successor: Client, company: made.Company) -> None:
    from gridhall.apps.billing.models import Bill

    mrid = Bill.objects.get(party__name="向新来").mrid
    assert "还没有可比的账单" in read_page(successor.get(f"/bills/{mrid}/comparison/")).text
    assert "较上月同期" in read_page(successor.get("/")).text  # last month is his own


def test_the_holder_before_is_shown_the_door(successor: Client, owner: Client, company: made.Company) -> None:
    assert formats.account_number(company.numbers[0]) not in read_page(owner.get("/accounts/")).text
    assert owner.get(f"/bills/{_find_his(company, company.billed[-1]).mrid}/").status_code == 404


@pytest.mark.parametrize("path", ["/", "/usage/", "/mine/", "/accounts/"])
def test_family_without_the_scope_sees_no_amount_on_any_page(
    sign_in: Callable[[str], Client], company: made.Company, path: str
) -> None:
    page = read_page(sign_in(made.FAMILY_PHONE).get(path))
    assert "¥" not in page.text and "应交" not in page.text and "余额" not in page.text
    assert not [link for link in page.links() if link.startswith("/bills/") and link != "/bills/"]


def test_family_month_of_usage_shows_no_cost(sign_in: Callable[[str], Client], company: made.Company) -> None:
    page = read_page(sign_in(made.FAMILY_PHONE).get(f"/usage/{company.billed[-1]}/"))
    assert "¥" not in page.text and "电费" not in page.text
