"""The small company in a transaction that a whole module shares, and clients signed in as each of its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests import company as made


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the interval store."""
    return tmp_path_factory.mktemp("intervals")


@pytest.fixture(scope="package")
def company(django_db_setup: None, django_db_blocker: Any, shared_store: Path) -> Iterator[made.Company]:
    """Build the company once; what a test changes is rolled back after it, the company after the last."""
    from django.test import override_settings

    with django_db_blocker.unblock(), override_settings(GRIDHALL_INTERVAL_STORE=shared_store), transaction.atomic():
        yield made.build_company()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    """Static files by their own names: the hashed ones exist only after collectstatic."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def played_vendors(settings: Any) -> None:
    """WeChat and Alipay are played by the sandbox."""
    settings.GRIDHALL_SIGN_IN = "sandbox"


@pytest.fixture(autouse=True)
def nothing_kept(settings: Any) -> Iterator[None]:
    """No part of a page outlives a test, and every change of the data is seen at once."""
    from django.core.cache import caches

    settings.GRIDHALL_DATA_VERSION_S = 0
    yield
    caches["pages"].clear()


@pytest.fixture
def sign_in(company: made.Company, db: None) -> Callable[[str], Client]:
    """Give a client signed in by phone number; an empty one gives a stranger."""
    from gridhall.apps.identity.models import User

    def give(phone: str) -> Client:
        client = Client()
        if phone:
            user = User.objects.get(phone=phone)
            client.force_login(user, backend="gridhall.config.authentication.UserBackend")
            if user.is_staff:  # as after the second factor, without which staff reach nothing
                session = client.session
                session["second_factor"] = "TOTP"
                session.save()
        return client

    return give


@pytest.fixture
def staff(sign_in: Callable[[str], Client]) -> Callable[[str], Client]:
    """
    Give a client signed in as a member of staff of a role.

    Its session was in use before: the first request writes the row of a session that `force_login` leaves out.
    """

    def give(role: str) -> Client:
        client = sign_in(made.STAFF_PHONES[role])
        client.get("/console/keyboard/")
        return client

    return give


@pytest.fixture
def owner(sign_in: Callable[[str], Client]) -> Client:
    """The owner of six accounts."""
    return sign_in(made.OWNER_PHONE)


@pytest.fixture
def bill(company: made.Company, owner: Client) -> Any:
    """The latest bill of the first account."""
    return find_bill(company.numbers[0])


def find_bill(number: str, month: str = "") -> Any:
    """Give the latest issued bill of an account, or that of a month."""
    from gridhall.apps.billing.models import Bill

    bills = Bill.objects.filter(account__number=number, status="ISSUED").order_by("-first_day")
    return bills.filter(first_day=f"{month}-01").first() if month else bills.first()
