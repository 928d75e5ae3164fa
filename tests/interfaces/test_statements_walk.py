"""
No page asks the database more than twelve questions, however much there is to show.

Every address that the access walk knows is asked for (GET) by everybody who may see it, of a company with few things
and of one where the account, its group and the desks' lists are full. Counted is everything sent while the page is
made: session, user, savepoints and what streams too. Kept pages are put away before each look, so that it is drawn.

Not counted is what is asked once by a process, not once a page: the tariffs in force, which never change, are read by a
first look; and of a session its very first request, which writes down from which device it comes, as signing in does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client

from gridhall.core.changes import company_changes
from tests import company as made
from tests.interfaces.examples import make_address
from tests.interfaces.people import PERSONAS, make_persona
from tests.interfaces.rich import enrich
from tests.interfaces.test_access import EXPECTED

MOST_STATEMENTS = 12
FURTHER: dict[str, tuple[str, ...]] = {
    "console:account-detail": ("?tab=bills", "?tab=supply", "?tab=people", "?tab=timeline"),
    "console:search": ("?q=4228", "?q=tds", "?q=138"),
    "console:account-list": ("?kind=RESIDENT&sort=name", "?export=csv"),
    "console:audit-list": ("?account=4228260000017",),
    "console:bill-exception-list": ("?export=csv",),
    "console:finding-list": ("?export=csv",),
    "portal:search": ("?q=zd", "?q=8"),
    "portal:message-list": ("?page=2",),
    "portal:bill-document": ("?file=1",),
}
"""Pages that show something else by what is asked."""


@pytest.fixture(scope="module", params=["few", "many"])
def things(request: Any, company: made.Company, django_db_blocker: Any, shared_store: Any) -> Iterator[None]:
    """The company as it is, and as it is after many years."""
    from django.test import override_settings

    with django_db_blocker.unblock(), override_settings(GRIDHALL_INTERVAL_STORE=shared_store), transaction.atomic():
        if request.param == "many":
            enrich(company)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """What the database is asked."""
    found: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        found.append(" ".join(str(sql).split())[:200])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


@pytest.mark.parametrize("persona", PERSONAS)
def test_no_page_asks_more_than_twelve_questions(
    things: None, persona: str, sign_in: Callable[[str], Client], bill: Any, asked: list[str], settings: Any
) -> None:
    # As it runs: what was told of the company is asked for once by a page, and not by the next ones for two seconds.
    settings.GRIDHALL_DATA_VERSION_S = 600
    client = sign_in(make_persona(persona))
    client.get("/console/keyboard/" if persona in made.STAFF_PHONES else "/accounts/")
    signed_in = client.cookies.output(header="", sep=";")
    faults, seen = [], 0
    for address, path in _list_paths(persona, bill):
        with transaction.atomic():  # one look changes nothing for the next
            for _look in ("first", "again, without what a process asks once"):
                client.cookies = SimpleCookie(signed_in)
                caches["pages"].clear()
                company_changes._asked_at = float("-inf")
                asked.clear()
                answer: Any = client.get(path)
                if answer.streaming:  # asked while it is sent
                    assert sum(map(len, answer.streaming_content))
                if len(asked) <= MOST_STATEMENTS:
                    break
            assert answer.status_code == 200, path
            seen += 1
            if len(asked) > MOST_STATEMENTS:
                faults.append("\n    ".join((f"{address} ({path}) asks {len(asked)} questions:", *asked)))
            transaction.set_rollback(True)
    assert not faults, "\n".join(faults)
    assert seen > 10


def _list_paths(persona: str, bill: Any) -> Iterator[tuple[str, str]]:
    for (address, method), row in EXPECTED.items():
        if method == "GET" and row[persona] == "200":
            path = make_address(address, bill)
            for query in ("", *FURTHER.get(address, ())):
                yield address, path + query
