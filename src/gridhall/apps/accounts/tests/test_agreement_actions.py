"""Who answers when, on which terms: nothing written is ever overwritten."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from gridhall.apps.accounts import actions, models, queries
from gridhall.apps.accounts.rules.terms import Terms
from gridhall.apps.accounts.tests.conftest import AT, TODAY, Town
from gridhall.core.models import Event
from gridhall.core.tests.threads import run_at_once

HOME = Terms("hubei_residential", household_size=4)
NEW_DAY = date(2026, 2, 1)


def snapshot() -> list[object]:
    tables = (models.CustomerAccount, models.CustomerAgreement, models.AgreementTerms, models.AccountAccess, Event)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def transfer(town: Town, **changes: object) -> models.CustomerAgreement:
    given = {"account": town.home, "party": town.li, "on_day": NEW_DAY, "at": AT, "actor": "test", **changes}
    return actions.transfer_account(**given)


def test_transfer_keeps_history_and_ends_every_access(town: Town) -> None:
    for user, role in ((town.zhang_user, "OWNER"), (town.stranger, "FAMILY")):
        models.AccountAccess.objects.create(
            account=town.home, user=user, role=role, scopes=["VIEW_BILLS"], method="GRANTED", starts_on=NEW_DAY
        )
    new = transfer(town)
    first, second = queries.list_agreements(account=town.home, viewer=town.staff, at=AT)
    assert (first.party, first.starts_on, first.ends_on) == (town.zhang, date(2025, 1, 1), NEW_DAY)
    assert (second.pk, second.party, second.starts_on, second.ends_on) == (new.pk, town.li, NEW_DAY, None)
    asked = {"account": town.home, "viewer": town.staff, "at": AT}
    assert queries.get_agreement(day=date(2026, 1, 31), **asked).party == town.zhang
    assert queries.get_agreement(day=NEW_DAY, **asked).party == town.li
    assert queries.get_agreement(day=date(2024, 12, 31), **asked) is None
    assert queries.get_terms(day=NEW_DAY, **asked).tariff_code == "hubei_residential"
    assert queries.list_accounts(viewer=town.zhang_user, at=AT) == []
    assert queries.list_accounts(viewer=town.stranger, at=AT) == []
    town.home.refresh_from_db()
    assert town.home.name == "李四"
    assert kinds() == ["AccountTransferred"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"on_day": date(2024, 6, 1)}, "vacant"),
        ({"on_day": date(2025, 1, 1)}, "no-day"),
        ({"on_day": date(2026, 3, 11)}, "future-day"),
        ({"terms": Terms("")}, "terms-make-no-sense"),
        ({"terms": Terms("x", basic_charge="CAPACITY")}, "terms-make-no-sense"),
    ],
)
def test_transfer_refusals_change_nothing(town: Town, changes: dict, code: str) -> None:
    before = snapshot()
    with pytest.raises(actions.UnableToTransferAccount) as refusal:
        transfer(town, **changes)
    assert refusal.value.code == code
    assert snapshot() == before


def test_transfer_to_the_same_party_or_twice_is_refused(town: Town) -> None:
    with pytest.raises(actions.UnableToTransferAccount) as refusal:
        transfer(town, party=town.zhang)
    assert refusal.value.code == "same-party"
    transfer(town)
    before = snapshot()
    with pytest.raises(actions.UnableToTransferAccount):
        transfer(town)
    assert snapshot() == before


def test_start_on_a_vacant_account_only(town: Town) -> None:
    given = {"account": town.home, "party": town.li, "terms": HOME, "at": AT, "actor": "test"}
    before = snapshot()
    for starts_on, code in [
        (TODAY, "overlaps"),
        (date(2024, 1, 1), "before-opening"),
        (date(2027, 1, 1), "future-day"),
    ]:
        with pytest.raises(actions.UnableToStartAgreement) as refusal:
            actions.start_agreement(starts_on=starts_on, **given)
        assert refusal.value.code == code
    assert snapshot() == before
    actions.end_agreement(agreement=town.agreement, ends_on=date(2026, 1, 1), at=AT, actor="test")
    actions.start_agreement(starts_on=NEW_DAY, **given)
    asked = {"account": town.home, "viewer": town.staff, "at": AT}
    assert queries.get_agreement(day=date(2026, 1, 15), **asked) is None
    assert queries.get_terms(day=TODAY, **asked).household_size == 4
    assert kinds() == ["AgreementEnded", "AgreementStarted"]


def test_change_terms_cuts_and_keeps_what_is_planned(town: Town) -> None:
    def change(starts_on: date, terms: Terms) -> models.AgreementTerms:
        return actions.change_terms(agreement=town.agreement, starts_on=starts_on, terms=terms, at=AT, actor="test")

    change(date(2026, 6, 1), Terms("hubei_residential_tou"))
    change(NEW_DAY, HOME)
    rows = list(town.agreement.terms.order_by("starts_on").values_list("starts_on", "ends_on", "household_size"))
    assert rows == [
        (date(2025, 1, 1), NEW_DAY, 0),
        (NEW_DAY, date(2026, 6, 1), 4),
        (date(2026, 6, 1), None, 0),
    ]
    before = snapshot()
    for starts_on, terms, code in [
        (NEW_DAY, Terms("other"), "already-changed"),
        (date(2024, 1, 1), HOME, "outside-agreement"),
        (date(2026, 3, 1), HOME, "no-change"),
        (date(2026, 3, 1), Terms("x", contract_capacity_kva=Decimal(-1)), "terms-make-no-sense"),
    ]:
        with pytest.raises(actions.UnableToChangeTerms) as refusal:
            change(starts_on, terms)
        assert refusal.value.code == code
    assert snapshot() == before


def test_end_withdraws_planned_terms_but_not_those_in_force(town: Town) -> None:
    given = {"agreement": town.agreement, "at": AT, "actor": "test"}
    actions.change_terms(starts_on=date(2026, 6, 1), terms=HOME, **given)
    actions.change_terms(starts_on=NEW_DAY, terms=Terms("b"), **given)
    before = snapshot()
    with pytest.raises(actions.UnableToEndAgreement) as refusal:
        actions.end_agreement(ends_on=date(2026, 1, 15), **given)
    assert refusal.value.code == "terms-later"
    assert snapshot() == before
    actions.end_agreement(ends_on=date(2026, 4, 1), **given)
    assert town.agreement.terms.count() == 2
    assert Event.objects.last().payload["withdrawn_terms"][0]["household_size"] == 4
    with pytest.raises(actions.UnableToEndAgreement):
        actions.end_agreement(ends_on=date(2026, 4, 1), **given)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accounts_customeragreement SET starts_on = '2024-01-01'",
        "UPDATE accounts_customeragreement SET party_id = party_id + 1",
        "UPDATE accounts_agreementterms SET tariff_code = 'cheaper'",
        "UPDATE accounts_agreementterms SET household_size = 9",
    ],
)
def test_database_itself_keeps_history(town: Town, change: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_database_lets_no_period_grow(town: Town) -> None:
    models.CustomerAgreement.objects.update(ends_on=NEW_DAY)
    for ends_on in (None, date(2026, 2, 2)):
        with pytest.raises(DatabaseError), transaction.atomic():
            models.CustomerAgreement.objects.update(ends_on=ends_on)


@pytest.mark.django_db(transaction=True)
def test_two_transfers_at_once_one_wins(town: Town) -> None:
    def run(party: models.Party) -> str:
        transfer(town, party=party)
        return "done"

    other = models.Party.objects.create(kind="PERSON", name="王五")
    outcomes = run_at_once(lambda: run(town.li), lambda: run(other))
    assert sorted(outcomes) == ["done", "no-day"]
    assert town.home.agreements.count() == 2
