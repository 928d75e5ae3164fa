"""Who administers sees no customer on any page of the house; who audits sees them masked."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.test import Client

from tests import company as made
from tests.interfaces.examples import OWN_PAGES, make_address
from tests.interfaces.test_access import EXPECTED

NAMES = sorted({customer.name for customer in (*made.CUSTOMERS, made.NEIGHBOR)})
PHONES = [made.OWNER_PHONE, made.FAMILY_PHONE, made.STRANGER_PHONE]
NUMBERS = [customer.number for customer in (*made.CUSTOMERS, made.NEIGHBOR)]
PLAYED = OWN_PAGES | {"portal:sandbox-vendor"}
"""Pages that repeat what was asked for, and the one with the made-up people of the sandbox."""


@pytest.mark.parametrize(("role", "never"), [("ADMINISTRATOR", NAMES + PHONES + NUMBERS), ("AUDITOR", NAMES + PHONES)])
def test_no_page_shows_more_than_the_role_may_see(
    role: str, never: list[str], bill: Any, sign_in: Callable[[str], Client]
) -> None:
    clerk = sign_in(made.STAFF_PHONE)
    told = {"fields_wanted": ["NAME", "PHONE"], "reason_kind": "CUSTOMER_ASKS", "reason": "客户到厅核对"}
    clerk.post(f"/console/accounts/{NUMBERS[0]}/unmask/", told)
    client = sign_in(made.STAFF_PHONES[role])
    signed_in = client.cookies.output(header="", sep=";")
    shown, seen = [], 0
    for (address, method), row in EXPECTED.items():
        if method == "GET" and row[role] == "200" and address not in PLAYED:
            client.cookies = SimpleCookie(signed_in)
            answer = client.get(make_address(address, bill))
            words = "" if answer.streaming else answer.content.decode(errors="replace")
            seen += 1
            shown += [f"{address} shows {one}" for one in never if one in words]
    assert seen > 8
    assert not shown, "\n".join(shown)
