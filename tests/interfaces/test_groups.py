"""A group of accounts: sums that add up to the bills, ranking, pages, one site; and many accounts of one user."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gridhall.interfaces.shared import formats
from tests import company as made
from tests.interfaces.pages import read_page

MANY = 400


@pytest.fixture
def head(company: made.Company, owner: Client) -> Any:
    """The enterprise as the head of a group of the shop, the charging post and the neighbor, looked at by the owner."""
    from gridhall.apps.accounts.models import CustomerAccount

    account = CustomerAccount.objects.get(number=company.numbers[3])
    members = [company.numbers[2], company.numbers[4], company.neighbor_number]
    CustomerAccount.objects.filter(number__in=members).update(group=account)
    owner.post("/accounts/switch/", {"account": account.number})
    return account


def add_members(head: Any, count: int) -> list[str]:
    """Add accounts without bills to a group, each bound to the owner; gives their numbers."""
    from gridhall.apps.accounts.models import AccountAccess, CustomerAccount
    from gridhall.apps.identity.models import User

    owner = User.objects.get(phone=made.OWNER_PHONE)
    rows = [
        CustomerAccount(
            number=f"42282611{index:05d}",
            kind="SHOP",
            name=f"唐崖连锁第{index}分店",
            group=head,
            opened_on="2026-01-01",
        )
        for index in range(count)
    ]
    CustomerAccount.objects.bulk_create(rows)
    AccountAccess.objects.bulk_create(
        AccountAccess(
            account=row, user=owner, role="AGENT", scopes=["VIEW_BILLS", "VIEW_USAGE"], method="COUNTER",
            starts_on="2026-01-01", tag=f"分店 {row.number[-3:]}",
        )
        for row in rows
    )  # fmt: skip
    return [row.number for row in rows]


def test_group_adds_up_to_the_statement(owner: Client, head: Any, company: made.Company) -> None:
    from gridhall.apps.billing import queries as billing
    from gridhall.apps.identity.models import User

    viewer, at, month = User.objects.get(phone=made.OWNER_PHONE), timezone.now(), company.billed[-1]
    statement = billing.get_group_statement(account=head, month=month, viewer=viewer, at=at)
    found = billing.list_sites(account=head, viewer=viewer, month=month, at=at)
    assert (found.amount, found.energy_kwh, found.balance) == (
        statement.amount, statement.energy_kwh, statement.balance,
    )  # fmt: skip
    assert found.total_sites == statement.accounts == 4 and len(found.sites) == 4
    assert sum((site.amount for site in found.sites), Decimal(0)) == statement.amount
    page = read_page(owner.get("/group/"))
    assert formats.yuan(statement.amount) in page.text
    assert formats.month(month) in page.text


def test_group_ranks_by_what_is_asked(owner: Client, head: Any, company: made.Company) -> None:
    from gridhall.apps.billing import queries as billing
    from gridhall.apps.identity.models import User

    asked = {"account": head, "viewer": User.objects.get(phone=made.OWNER_PHONE), "at": timezone.now()}
    month = company.billed[-1]
    energies = [site.energy_kwh for site in billing.list_sites(**asked, month=month, order="energy").sites]
    assert energies == sorted(energies, reverse=True)
    changes = [site.change_percent for site in billing.list_sites(**asked, month=month, order="change").sites]
    assert changes == sorted(changes, reverse=True)  # type: ignore[type-var]
    assert billing.list_sites(**asked, month=month, order="number").sites[0].is_head
    for odd in ("?order=;drop", "?page=0", "?page=999999999", "?page=²", "?month=0000-00", "?q=%25_\\'", "?q=%00"):
        assert read_page(owner.get(f"/group/{odd}")).heading == "集团各户"


def test_group_finds_sites(owner: Client, head: Any) -> None:
    assert "唐崖油茶汤小吃店" not in read_page(owner.get("/group/?q=车位")).text
    assert "没有找到这样的户" in read_page(owner.get("/group/?q=没有")).text
    # A resident's name is masked, and cannot be guessed by searching either.
    assert "没有找到这样的户" in read_page(owner.get("/group/?q=覃伯伯")).text


def test_group_site_shows_its_bills(owner: Client, head: Any, company: made.Company) -> None:
    from tests.interfaces.conftest import find_bill

    page = read_page(owner.get(f"/group/{company.neighbor_number}/"))
    assert formats.money(find_bill(company.neighbor_number).amount) in page.text
    assert not [link for link in page.links() if link.startswith("/bills/") and link != "/bills/"]
    own = read_page(owner.get(f"/group/{company.numbers[2]}/"))
    assert f"/bills/{find_bill(company.numbers[2]).mrid}/" in own.links()


def test_group_site_of_others_is_not_there(owner: Client, head: Any, company: made.Company) -> None:
    assert owner.get(f"/group/{company.numbers[5]}/").status_code == 404
    assert owner.get("/group/4228260099999/").status_code == 404


def test_group_is_not_for_who_may_see_no_bills(
    head: Any, sign_in: Callable[[str], Client], company: made.Company
) -> None:
    from gridhall.apps.accounts.models import AccountAccess

    AccountAccess.objects.filter(user__phone=made.FAMILY_PHONE).update(account=head)
    family = sign_in(made.FAMILY_PHONE)
    assert family.get("/group/").status_code == 404
    assert family.get(f"/group/{company.numbers[2]}/").status_code == 404
    assert "集团各户" not in read_page(family.get("/")).text


def test_group_of_400_sites_comes_in_pages(owner: Client, head: Any, django_assert_max_num_queries: Any) -> None:
    numbers = add_members(head, MANY)
    with django_assert_max_num_queries(12):
        page = read_page(owner.get("/group/"))
    assert "1 / 21" in page.text
    assert len([link for link in page.links() if link.startswith("/group/4228")]) == 20
    last = read_page(owner.get("/group/?page=21"))
    assert len([link for link in last.links() if link.startswith("/group/4228")]) == 4
    found = read_page(owner.get(f"/group/?q={numbers[123]}"))
    assert len([link for link in found.links() if link.startswith("/group/4228")]) == 1


def test_home_and_sheet_of_400_accounts_stay_light(
    owner: Client, head: Any, django_assert_max_num_queries: Any
) -> None:
    import gzip

    numbers = add_members(head, MANY)
    with django_assert_max_num_queries(12):
        answer = owner.get("/")
    assert len(gzip.compress(answer.content)) < 20_000
    page = read_page(answer)
    assert len(page.tree.xpath("//dialog//button[@name='account']")) == 8
    with django_assert_max_num_queries(12):
        listed = read_page(owner.get("/accounts/"))
    assert len(listed.tree.xpath("//button[@name='account']")) == 20
    found = read_page(owner.get("/accounts/", {"q": numbers[222][-5:]}))
    assert numbers[222] in found.tree.xpath("//button[@name='account']/@value")
    by_tag = read_page(owner.get("/accounts/", {"q": "分店 222"}))
    assert by_tag.tree.xpath("//button[@name='account']/@value") == [numbers[222]]
    owner.post("/accounts/switch/", {"account": numbers[399]})
    assert formats.account_number(numbers[399]) in read_page(owner.get("/")).text


def test_home_prices_and_usage_of_400_meters_take_few_questions(
    owner: Client, company: made.Company, django_assert_max_num_queries: Any, settings: Any
) -> None:
    """One account with 400 usage points, each with its meter: pages ask no more, and are drawn in a moment."""
    from time import perf_counter

    from gridhall.apps.accounts.models import CustomerAccount, UsagePoint
    from gridhall.apps.metering.models import Meter, MeterInstallation
    from gridhall.core.changes import company_changes

    account = CustomerAccount.objects.get(number=company.numbers[3])
    place = account.usage_points.get().service_location
    points = UsagePoint.objects.bulk_create(
        UsagePoint(
            code=f"MANY{index}", account=account, service_location=place, voltage="KV10", connected_on=company.first_day
        )
        for index in range(MANY - 1)
    )  # fmt: skip
    meters = Meter.objects.bulk_create(Meter(serial_number=f"MANY{index}") for index in range(MANY - 1))
    MeterInstallation.objects.bulk_create(
        MeterInstallation(usage_point=point, meter=meter, starts_on=company.first_day)
        for point, meter in zip(points, meters, strict=True)
    )
    owner.post("/accounts/switch/", {"account": account.number})
    owner.get("/accounts/")
    company_changes.count()
    settings.GRIDHALL_DATA_VERSION_S = 60  # as it runs: who asked for the version a moment ago knows it still
    for address in ("/", "/prices/", "/prices/compare/", "/usage/"):
        started = perf_counter()
        with django_assert_max_num_queries(12):
            answer = owner.get(address)
        assert answer.status_code == 200 and len(answer.content) < 200_000
        assert perf_counter() - started < 10, address
