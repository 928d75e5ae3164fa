"""The small company, committed, so that the real server sees it; and people with phones in their hands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import company as made
from tests.journeys.putting_back import put_everything_back

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).with_name("axe.min.js")


@pytest.fixture(scope="package")
def company(django_db_setup: None, django_db_blocker: Any, own_interval_store: Path) -> Iterator[made.Company]:
    """
    Build the company for the server; afterwards empty every table that was empty before.

    It is the same for every journey, and gone before tests of other folders fill the tables for themselves.
    """
    from django.db import connection
    from django.test import override_settings

    from gridhall.config import settings as real

    # Only tests that are marked with django_db get a test database; without one this would fill the real one.
    assert connection.settings_dict["NAME"].startswith("test_"), "Mark the journeys with django_db."
    # People sign in at the real server, so their passwords are kept as it keeps them.
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=real.PASSWORD_HASHERS):
        empty = _list_empty_tables()
        try:
            yield made.build_company()
        finally:
            _empty(empty)


@pytest.fixture
def put_back(company: made.Company) -> Iterator[None]:
    """What this journey does to the company is undone for the next one."""
    with put_everything_back():
        yield


@pytest.fixture(autouse=True)
def read_as_at_first(company: made.Company) -> None:
    """What one journey chose of language, appearance and size of type is not met by the next."""
    import psycopg
    from django.db import connection

    # The server sees what is committed; the test's own connection stands in a transaction that never is.
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as own:
        own.execute("UPDATE identity_user SET language = 'zh-hans', appearance = 'AUTO', reading_mode = 'NORMAL'")


def _list_empty_tables() -> list[str]:
    from django.db import connection

    tables = [name for name in connection.introspection.table_names() if name != "django_migrations"]
    with connection.cursor() as cursor:
        found = []
        for name in tables:
            cursor.execute(f'SELECT 1 FROM "{name}" LIMIT 1')
            if cursor.fetchone() is None:
                found.append(name)
    return found


def _empty(tables: list[str]) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        # Append-only tables refuse even this; their owner may put the guards aside for as long as this takes.
        for name in tables:
            cursor.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
        cursor.execute("TRUNCATE {} RESTART IDENTITY CASCADE".format(", ".join(f'"{name}"' for name in tables)))
        for name in tables:
            cursor.execute(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')


def sign_in(page: Page, phone: str = made.OWNER_PHONE) -> None:
    """Sign in as people do."""
    page.goto("/sign-in/?by=password")
    page.fill("#phone", phone)
    page.fill("#password", made.PASSWORD)
    page.click("main .gh-form button[type=submit]")
    page.wait_for_url("**/")


def choose(page: Page, name: str, value: str) -> None:
    """Choose a way of reading on the page of one's own."""
    page.goto("/mine/")
    page.click(f"button[name={name}][value={value}]")
    page.wait_for_load_state()


def find_axe_faults(page: Page) -> list[str]:
    """
    Run axe-core on the page: everything that it finds, and where.

    The content security policy keeps scripts of others out; the browser's own tools are let through by evaluation.
    """
    page.evaluate(AXE.read_text() + ";0")
    result = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], "
        "runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        f"{page.url}: {fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in result["violations"]
        for node in fault["nodes"]
    ]
