"""
The access walk: every address of the house, knocked at by everybody, answers as `access.csv` says.

A row is an address, a method, and the status for each persona (`people.PERSONAS`); addresses with values in them get
those of the owner's first account (`examples.py`). A new address without rows fails.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from tests import company as made
from tests.interfaces.examples import OWN_PAGES, make_address
from tests.interfaces.pages import read_page
from tests.interfaces.people import PERSONAS, make_persona

TABLE = Path(__file__).with_name("access.csv")
METHODS = ("GET", "POST")


def walk(patterns: Any, namespace: str = "") -> Iterator[str]:
    """Walk every address of the house that is ours: `portal:bill-list`."""
    for pattern in patterns:
        if not isinstance(pattern, URLPattern):
            yield from walk(pattern.url_patterns, ":".join(filter(None, (namespace, pattern.namespace or ""))))
        elif getattr(pattern.callback, "__module__", "").startswith("gridhall."):
            yield f"{namespace}:{pattern.name}"


def read_table() -> dict[tuple[str, str], dict[str, str]]:
    """Read the expected answers: address and method -> persona -> status."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        return {(row["address"], row["method"]): row for row in csv.DictReader(file)}


EXPECTED = read_table()
ADDRESSES = sorted(walk(get_resolver().url_patterns))


def test_every_address_has_its_rows() -> None:
    """A new address says who may come, by both methods, and no row is of an address that is gone."""
    wanted = {(address, method) for address in ADDRESSES for method in METHODS}
    assert wanted - set(EXPECTED) == set(), "add rows to tests/interfaces/access.csv"
    assert set(EXPECTED) - wanted == set()
    assert [key for key, row in EXPECTED.items() if None in row or set(row) != {"address", "method", *PERSONAS}] == []


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_address_answers_as_the_table_says(
    persona: str, sign_in: Callable[[str], Client], bill: Any, django_db_blocker: Any
) -> None:
    from django.db import transaction

    client = sign_in(make_persona(persona))
    signed_in = client.cookies.output(header="", sep=";")
    wrong = []
    for (address, method), row in EXPECTED.items():
        path = make_address(address, bill)
        with transaction.atomic():  # one knock changes nothing for the next
            client.cookies = SimpleCookie(signed_in)
            answer = client.get(path) if method == "GET" else client.post(path)
            if str(answer.status_code) != row[persona]:
                wrong.append(f"{method} {address} ({path}): {answer.status_code}, the table says {row[persona]}")
            if persona in ("stranger", "newcomer", "other") and address not in OWN_PAGES:
                words = answer.content.decode(errors="replace") if not answer.streaming else ""
                wrong += [f"{method} {address} shows {number}" for number in _numbers() if number in words]
            transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)


def _numbers() -> list[str]:
    return [customer.number for customer in made.CUSTOMERS]


def test_stranger_is_led_to_the_page_he_asked_for_after_signing_in(bill: Any) -> None:
    answer = Client().get(make_address("portal:bill-detail", bill))
    assert answer.headers["Location"] == f"/sign-in/?next=/bills/{bill.mrid}/"


@pytest.mark.parametrize("phone", [made.STRANGER_PHONE, made.FAMILY_PHONE])
def test_wrong_customer_cannot_tell_a_bill_from_none(phone: str, bill: Any, sign_in: Callable[[str], Client]) -> None:
    for address in ("portal:bill-detail", "portal:bill-line", "portal:bill-comparison"):
        answer = sign_in(phone).get(make_address(address, bill))
        missing = sign_in(phone).get("/bills/00000000-0000-4000-8000-000000000000/")
        assert read_page(answer, status=404).text == read_page(missing, status=404).text


def test_wrong_customer_cannot_switch_to_another_account(sign_in: Callable[[str], Client]) -> None:
    neighbor = sign_in(made.STRANGER_PHONE)
    assert neighbor.post("/accounts/switch/", {"account": made.CUSTOMERS[0].number}).status_code == 404
    assert made.CUSTOMERS[0].name not in neighbor.get("/").content.decode()


def test_family_sees_usage_without_amounts_or_bills(sign_in: Callable[[str], Client]) -> None:
    page = read_page(sign_in(made.FAMILY_PHONE).get("/usage/"))
    assert not [link for link in page.links() if link.startswith("/bills/") and link != "/bills/"]


def test_forged_forms_are_refused(bill: Any, company: made.Company, db: None) -> None:
    """Whatever takes a form takes it from our own pages only."""
    takes_forms = [address for (address, method), row in EXPECTED.items() if method == "POST" and row["owner"] != "405"]
    assert len(takes_forms) >= 4
    client = Client(enforce_csrf_checks=True)
    for address in takes_forms:
        answer = client.post(make_address(address, bill), {"account": company.numbers[0], "language": "en"})
        assert answer.status_code == 403, address


def test_revoked_access_ends_at_once(sign_in: Callable[[str], Client], company: made.Company) -> None:
    from django.utils import timezone

    from gridhall.apps.accounts.models import AccountAccess

    family = sign_in(made.FAMILY_PHONE)
    assert "谷电占比" in family.get("/").content.decode()
    AccountAccess.objects.filter(user__phone=made.FAMILY_PHONE).update(revoked_at=timezone.now())
    assert "还没有绑定户号" in family.get("/").content.decode()
