"""Home: where the account stands, for each kind of customer and each scope."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
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
    assert ("需量和功率因数" in page.text) == (kind == "ENTERPRISE")
    for word, kinds in OF_KINDS.items():
        assert (word in page.text) == (kind in kinds), word
    assert ("现在的电价" in page.text) == (kind in ("SHOP", "ENTERPRISE", "EV") or position == 0)


OF_KINDS = {
    "各时段的电费": ("SHOP",),
    "比上周同日": ("SHOP",),
    "本月电费构成": ("ENTERPRISE",),
    "负荷（kW）": ("ENTERPRISE",),
    "功率因数调整": ("ENTERPRISE",),
    "最近七天的充电": ("EV",),
    "里程，这里不估": ("EV",),
    "上网收入": ("PV",),
    "没有单独计量": ("PV",),
    "最近七天（kW）": ("PV",),
}
"""Words that stand on the pages of some kinds of customer only."""


@pytest.mark.parametrize("position", range(6))
def test_home_of_every_kind_is_drawn_with_few_queries_and_light(
    owner: Client, company: made.Company, position: int, django_assert_max_num_queries: Any, settings: Any
) -> None:
    from gridhall.core.changes import company_changes

    owner.post("/accounts/switch/", {"account": company.numbers[position]})
    owner.get("/accounts/")  # the session is known by now, as it is in all but the first visit
    company_changes.count()
    settings.GRIDHALL_DATA_VERSION_S = 60  # as it runs: who asked for the version a moment ago knows it still
    with django_assert_max_num_queries(12):
        answer = owner.get("/")
    assert len(gzip.compress(answer.content)) < 20_000


@pytest.mark.parametrize("position", range(1, 6))
def test_home_of_every_kind_tells_family_no_amounts(
    sign_in: Callable[[str], Client], company: made.Company, position: int
) -> None:
    from gridhall.apps.accounts.models import AccountAccess, CustomerAccount

    account = CustomerAccount.objects.get(number=company.numbers[position])
    AccountAccess.objects.filter(user__phone=made.FAMILY_PHONE).update(account=account)
    page = read_page(sign_in(made.FAMILY_PHONE).get("/"))
    assert "kWh" in page.text
    assert "¥" not in page.text
    assert not {"/prices/compare/", "/group/"} & set(page.links())


def test_home_demand_is_that_of_the_reads(owner: Client, company: made.Company) -> None:
    """What the enterprise reads of demand, power factor and costs is what its meter and the kernel of bills say."""
    from django.utils import timezone

    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.billing import queries as billing
    from gridhall.apps.identity.models import User

    asked: dict[str, Any] = {
        "account": CustomerAccount.objects.get(number=company.numbers[3]),
        "viewer": User.objects.get(phone=made.OWNER_PHONE), "at": timezone.now(),
    }  # fmt: skip
    current = billing.get_current_month(**asked)
    costs = billing.get_month_costs(**asked, current=current)
    assert costs is not None and costs.demand is not None and costs.power_factor is not None
    curve = billing.get_load_curve(
        **asked, first_day=current.month.first_day, end_day=current.as_of + timedelta(days=1)
    )
    assert curve is not None and costs.demand.measured_kw == curve.peak_kw
    assert costs.total == current.amount_so_far == sum(costs.by_group.values())
    assert costs.demand.floor_kw == 160 and costs.demand.charged_kw == 160 and costs.demand.is_floored
    assert costs.demand.limit_kw == 168
    assert (costs.demand.excess_amount > 0) == (costs.demand.measured_kw > 168)
    assert costs.power_factor.standard == Decimal("0.90") and costs.power_factor.factor in (
        Decimal("0.94"),
        Decimal("0.95"),
    )
    assert costs.power_factor.amount < 0
    assert sum(cost.energy_kwh for cost in costs.by_period.values()) == current.energy_kwh


def test_home_charges_are_those_of_the_curve(company: made.Company) -> None:
    from datetime import date

    import numpy as np

    from gridhall.apps.billing import queries as billing

    load = np.zeros((2, 96), np.int64)
    load[0, 92:] = load[1, :8] = 1_750  # 23:00 to 2:00, over midnight
    load[1, 3] = 0  # a pause of a quarter hour
    load[1, 60] = 249  # below a kilowatt
    load[1, 70:72] = 500
    gaps = np.zeros((2, 96), bool)
    gaps[1, 71] = True
    curve = billing.LoadCurve(date(2026, 3, 1), load, load * 0, gaps, gaps & False)
    night, evening = billing.find_sessions(curve)
    assert f"{night.start:%d %H:%M} {night.end:%d %H:%M}" == "01 23:00 02 02:00"
    assert (night.energy_kwh, night.peak_kw) == (Decimal("19.250"), Decimal("7.000"))
    assert f"{evening.start:%H:%M} {evening.end:%H:%M}" == "17:30 17:45"


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
