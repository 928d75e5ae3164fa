"""Every address as stranger, wrong customer, family, right customer and staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from tests import company as made
from tests.interfaces.pages import read_page

OPEN_TO_ALL = {"sign-in", "offline", "service-worker", "manifest"}
ONLY_POST = {"account-switch", "preferences", "sign-out"}
OF_A_BILL = {"bill-detail", "bill-line", "bill-comparison"}


def walk(patterns: Any) -> Iterator[URLPattern]:
    """Walk every address of the house."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        else:
            yield from walk(pattern.url_patterns)


ADDRESSES = {str(pattern.name): pattern for pattern in walk(get_resolver().url_patterns)}


@pytest.fixture
def address_of(company: made.Company, bill: Any) -> Callable[[str], str]:
    """Give an address of the right customer's own things."""
    from django.urls import reverse

    values = {"mrid": bill.mrid, "position": 1, "month": company.billed[-1]}

    def give(name: str) -> str:
        wanted = ADDRESSES[name].pattern.converters
        return reverse(f"portal:{name}", kwargs={key: values[key] for key in wanted})

    return give


def test_every_address_is_known_here() -> None:
    """A new address must be put into one of these tests."""
    known = OPEN_TO_ALL | ONLY_POST | OF_A_BILL
    assert set(ADDRESSES) - known == {"home", "bill-list", "usage-year", "usage-month", "account-list", "mine"}


@pytest.mark.parametrize("name", sorted(set(ADDRESSES) - OPEN_TO_ALL - ONLY_POST))
def test_stranger_is_asked_to_sign_in(name: str, address_of: Callable[[str], str]) -> None:
    answer = Client().get(address_of(name))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/?next=/")


@pytest.mark.parametrize("name", sorted(OPEN_TO_ALL))
def test_open_pages_hold_nobody(name: str, address_of: Callable[[str], str], owner: Client) -> None:
    answer = owner.get(address_of(name), follow=False)
    assert answer.status_code in (200, 302)
    for number in (customer.number for customer in made.CUSTOMERS):
        assert number not in answer.content.decode()


@pytest.mark.parametrize("name", sorted(OF_A_BILL))
@pytest.mark.parametrize("phone", [made.STRANGER_PHONE, made.FAMILY_PHONE])
def test_wrong_customer_finds_no_bill(
    name: str, phone: str, address_of: Callable[[str], str], sign_in: Callable[[str], Client]
) -> None:
    answer = sign_in(phone).get(address_of(name))
    assert answer.status_code == 404
    missing = sign_in(phone).get("/bills/00000000-0000-4000-8000-000000000000/")
    assert read_page(answer, status=404).text == read_page(missing, status=404).text


def test_wrong_customer_cannot_switch_to_another_account(sign_in: Callable[[str], Client]) -> None:
    neighbor = sign_in(made.STRANGER_PHONE)
    assert neighbor.post("/accounts/switch/", {"account": made.CUSTOMERS[0].number}).status_code == 404
    assert made.CUSTOMERS[0].name not in neighbor.get("/").content.decode()


def test_family_without_the_scope_sees_no_bills(sign_in: Callable[[str], Client]) -> None:
    family = sign_in(made.FAMILY_PHONE)
    assert family.get("/bills/").status_code == 404
    assert family.get("/usage/").status_code == 200


def test_family_sees_usage_without_amounts_or_bills(sign_in: Callable[[str], Client]) -> None:
    page = read_page(sign_in(made.FAMILY_PHONE).get("/usage/"))
    assert not [link for link in page.links() if link.startswith("/bills/") and link != "/bills/"]


@pytest.mark.parametrize("name", sorted(set(ADDRESSES) - OPEN_TO_ALL - ONLY_POST))
def test_right_customer_is_let_in(name: str, address_of: Callable[[str], str], owner: Client) -> None:
    assert owner.get(address_of(name)).status_code == 200


@pytest.mark.parametrize("name", sorted(OF_A_BILL))
def test_staff_may_look_at_a_bill(
    name: str, address_of: Callable[[str], str], sign_in: Callable[[str], Client]
) -> None:
    assert sign_in(made.STAFF_PHONE).get(address_of(name)).status_code == 200


@pytest.mark.parametrize("name", sorted(ONLY_POST))
def test_what_changes_something_is_not_done_by_a_link(
    name: str, address_of: Callable[[str], str], owner: Client
) -> None:
    assert owner.get(address_of(name)).status_code == 405


@pytest.mark.parametrize("name", sorted(ONLY_POST))
def test_forged_forms_are_refused(name: str, address_of: Callable[[str], str], company: made.Company, db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(address_of(name), {"account": company.numbers[0], "language": "en"}).status_code == 403


def test_revoked_access_ends_at_once(sign_in: Callable[[str], Client], company: made.Company) -> None:
    from django.utils import timezone

    from gridhall.apps.accounts.models import AccountAccess

    family = sign_in(made.FAMILY_PHONE)
    assert "谷电占比" in family.get("/").content.decode()
    AccountAccess.objects.filter(user__phone=made.FAMILY_PHONE).update(revoked_at=timezone.now())
    assert "还没有绑定户号" in family.get("/").content.decode()
