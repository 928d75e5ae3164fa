"""Pages are kept until what they show changes, for nobody but their viewer; and a first look asks little."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from gridhall.apps.accounts.models import CustomerAccount
from gridhall.apps.billing import actions as billing
from gridhall.apps.billing.models import MonthSoFar
from gridhall.apps.billing.queries import kept_months, months_so_far, tiers, usage
from gridhall.apps.billing.queries.agreed import find_agreed
from gridhall.core import events
from gridhall.core.changes import company_changes
from gridhall.core.periods import Month
from gridhall.interfaces.portal.kept_pages import TOKEN_PLACE
from tests import company as made
from tests.interfaces.conftest import find_bill
from tests.interfaces.pages import read_page

MOST_STATEMENTS = 12


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Which pages were put away, that is: drawn."""
    found: list[str] = []
    keep = caches["pages"].set

    def note(key: str, value: Any, *args: Any, **kwargs: Any) -> None:
        found.append(key)
        keep(key, value, *args, **kwargs)

    monkeypatch.setattr(caches["pages"], "set", note)
    yield found


def measured() -> None:
    billing.measure_months_so_far(at=timezone.now())


def _paths(company: made.Company, number: str) -> list[str]:
    month = Month.of(timezone.localdate())
    bill = f"/bills/{find_bill(number).mrid}/"
    return ["/", "/bills/", bill, "/usage/", f"/usage/{month}/", f"/usage/{month.previous()}/"]


@pytest.mark.parametrize("position", range(6))
def test_first_look_at_a_page_asks_at_most_twelve_questions(
    owner: Client, company: made.Company, position: int, django_assert_max_num_queries: Any, settings: Any
) -> None:
    settings.GRIDHALL_DATA_VERSION_S = 600  # as in life: what was told of the company is not asked every time
    company_changes.count()
    measured()
    number = company.numbers[position]
    owner.post("/accounts/switch/", {"account": number})
    owner.get("/mine/")  # tariffs are read once a process
    for path in _paths(company, number):
        owner.get(path)
        caches["pages"].clear()
        with django_assert_max_num_queries(MOST_STATEMENTS):
            assert owner.get(path).status_code == 200


def test_kept_page_is_the_page_as_drawn(owner: Client, company: made.Company, drawn: list[str]) -> None:
    for path in ("/", "/bills/"):
        first = owner.get(path)
        count = len(drawn)
        second = owner.get(path)
        assert len(drawn) == count
        assert read_page(first).text == read_page(second).text
        assert TOKEN_PLACE not in first.content.decode() + second.content.decode()


def test_event_of_one_account_draws_only_its_pages_again(
    sign_in: Callable[[str], Client], company: made.Company, drawn: list[str]
) -> None:
    owner, family = sign_in(made.OWNER_PHONE), sign_in(made.FAMILY_PHONE)
    seen = set(family.get("/").context["accounts"][0].account.agreements.values_list("account_id", flat=True))
    owner.get("/")
    other = CustomerAccount.objects.filter(number__in=company.numbers).exclude(pk__in=seen).latest("pk")
    drawn.clear()
    _tell(other.pk)
    family.get("/")
    assert not drawn, "nothing was told of what the family sees"
    owner.get("/")
    assert len(drawn) == 1
    _tell(None)
    owner.get("/")
    family.get("/")
    assert len(drawn) == 3, "what concerns the company concerns both"


def _tell(account_id: int | None) -> None:
    from gridhall.apps.billing.events import BillRunIssued
    from gridhall.apps.metering.events import RatioChanged

    event = RatioChanged("u", "m", "2026-01-01", 1, account_id) if account_id else BillRunIssued(1, 1)
    events.publish(event, actor="tests", at=timezone.now())


def test_viewers_never_get_each_others_pages(sign_in: Callable[[str], Client], company: made.Company) -> None:
    bill = find_bill(company.numbers[0])
    from gridhall.interfaces.shared import formats

    for _ in range(2):
        assert formats.yuan(bill.amount) in read_page(sign_in(made.OWNER_PHONE).get("/")).text
        assert formats.yuan(bill.amount) not in read_page(sign_in(made.FAMILY_PHONE).get("/")).text


def test_month_kept_ahead_is_the_month_measured_now(company: made.Company) -> None:
    accounts = list(CustomerAccount.objects.filter(number__in=company.numbers))
    today = timezone.localdate()
    ever = (date.min, None)
    month = Month.of(today)
    for day in (today, month.first_day, month.first_day + timedelta(days=1), month.first_day - timedelta(days=1)):
        found = months_so_far.measure([account.pk for account in accounts], day)
        for account in accounts:
            facts = kept_months.read_facts(kept_months.write_facts(found[account.pk]))
            assert facts.current == usage.measure_current_month(account, ever, day)
            agreed = find_agreed(account, day)
            if facts.used is not None:
                assert agreed is not None
                assert facts.used == tiers._used(account, *agreed.held[:2], day, ever)
            assert facts.used is not None or day != today


def test_page_with_the_kept_month_is_the_page_without(owner: Client, company: made.Company) -> None:
    for number in company.numbers:
        owner.post("/accounts/switch/", {"account": number})
        MonthSoFar.objects.all().delete()
        before = [read_page(owner.get(path)).text for path in _paths(company, number)]
        measured()
        caches["pages"].clear()
        after = [read_page(owner.get(path)).text for path in _paths(company, number)]
        assert before == after


def test_kept_month_holds_until_something_is_told(company: made.Company) -> None:
    today = timezone.localdate()
    first, second = CustomerAccount.objects.filter(number__in=company.numbers).order_by("pk")[:2]
    measured()
    assert kept_months.read_kept(first.pk, today)[0] and kept_months.read_kept(second.pk, today)[0]
    assert kept_months.read_kept(first.pk, today + timedelta(days=1))[0] is None
    _tell(first.pk)
    assert kept_months.read_kept(first.pk, today)[0] is None and kept_months.read_kept(second.pk, today)[0]
    assert billing.measure_months_so_far(at=timezone.now()) == 1
    assert kept_months.read_kept(first.pk, today)[0]
    _tell(None)
    assert kept_months.read_kept(first.pk, today)[0] is None and kept_months.read_kept(second.pk, today)[0] is None


def test_kept_month_is_not_for_who_may_see_only_some_days(company: made.Company) -> None:
    account = CustomerAccount.objects.get(number=company.numbers[0])
    today = timezone.localdate()
    measured()
    kept = kept_months.find_kept(account.pk, (date.min, None), today)
    assert kept is not None and kept == kept_months.find_kept(account.pk, (kept.first_day, None), today)
    assert kept_months.find_kept(account.pk, (kept.first_day + timedelta(days=1), None), today) is None
    assert kept_months.find_kept(account.pk, (date.min, today), today) is None
    assert replace(kept) == kept
