"""Who sees what: the matrix."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser

from gridhall.apps.accounts import queries
from gridhall.apps.accounts.models import AccountAccess, AccountAlias, CustomerAgreement
from gridhall.apps.accounts.tests.conftest import AT, Town

NUMBER = "4228260000017"
OWNER = {"role": "OWNER", "scopes": ["VIEW_BILLS", "VIEW_USAGE", "PAY", "APPLY", "MANAGE"]}
FAMILY = {"role": "FAMILY", "scopes": ["VIEW_BILLS"]}


def give(town: Town, **fields: object) -> AccountAccess:
    values = {"starts_on": date(2026, 1, 1), "method": "GRANTED", **FAMILY, **fields}
    return AccountAccess.objects.create(account=town.home, user=town.li_user, **values)


@pytest.mark.parametrize(
    ("fields", "scope", "is_seen"),
    [
        (OWNER, None, True),
        (OWNER, "PAY", True),
        (FAMILY, None, True),
        (FAMILY, "VIEW_BILLS", True),
        (FAMILY, "VIEW_USAGE", False),
        (FAMILY, "MANAGE", False),
        ({"ends_on": date(2026, 3, 11)}, None, True),
        ({"ends_on": date(2026, 3, 10)}, None, False),  # half-open: the last day is not in it
        ({"starts_on": date(2026, 3, 10)}, None, True),
        ({"starts_on": date(2026, 3, 11)}, None, False),
        ({"revoked_at": AT}, None, False),
        ({"scopes": []}, "VIEW_BILLS", False),
    ],
)
def test_right_customer_sees_by_scope_and_day(town: Town, fields: dict, scope: str | None, is_seen: bool) -> None:
    give(town, **fields)
    if is_seen:
        assert queries.get_account(number=NUMBER, viewer=town.li_user, at=AT, scope=scope) == town.home
    else:
        with pytest.raises(queries.AccessDenied):
            queries.get_account(number=NUMBER, viewer=town.li_user, at=AT, scope=scope)


@pytest.mark.parametrize("who", ["nobody", "anonymous", "stranger", "namesake", "left"])
def test_others_see_nothing(town: Town, who: str) -> None:
    give(town)
    town.zhang_user.is_active = who != "left"
    viewers = {"nobody": None, "anonymous": AnonymousUser(), "stranger": town.stranger}
    viewer = viewers.get(who, town.zhang_user)
    with pytest.raises(queries.AccessDenied):
        queries.get_account(number=NUMBER, viewer=viewer, at=AT)
    assert queries.list_accounts(viewer=viewer, at=AT) == []


def test_staff_see_by_role_and_leavers_do_not(town: Town) -> None:
    assert queries.get_account(number=NUMBER, viewer=town.staff, at=AT, scope="MANAGE") == town.home
    town.staff.is_active = False
    with pytest.raises(queries.AccessDenied):
        queries.get_account(number=NUMBER, viewer=town.staff, at=AT)


def test_missing_account_is_refused_in_the_same_words(town: Town) -> None:
    with pytest.raises(queries.AccessDenied) as missing:
        queries.get_account(number="0000000000", viewer=town.staff, at=AT)
    with pytest.raises(queries.AccessDenied) as hidden:
        queries.get_account(number=NUMBER, viewer=town.stranger, at=AT)
    assert missing.value.message == hidden.value.message


def test_old_number_leads_to_the_account_and_grants_nothing(town: Town) -> None:
    AccountAlias.objects.create(kind="OLD_NUMBER", source="old", value="12345", account=town.home)
    assert queries.get_account(number="12345", viewer=town.staff, at=AT) == town.home
    with pytest.raises(queries.AccessDenied):
        queries.get_account(number="12345", viewer=town.stranger, at=AT)


def test_list_is_masked_and_ordered(town: Town, django_assert_max_num_queries) -> None:
    give(town, is_main=True, tag="home")
    with django_assert_max_num_queries(3):
        (view,) = queries.list_accounts(viewer=town.li_user, at=AT)
    assert (view.number, view.name_masked, view.tag, view.is_main) == (NUMBER, "张*", "home", True)
    assert view.address_masked == "咸丰县高乐山镇龙潭路****"
    assert view.place_names == ("咸丰县", "高乐山镇", "龙潭村")
    assert view.place_names_en[0] == "Xianfeng"


def test_customer_never_sees_days_of_an_earlier_holder(town: Town) -> None:
    CustomerAgreement.objects.filter(pk=town.agreement.pk).update(ends_on=date(2026, 2, 1))
    CustomerAgreement.objects.create(account=town.home, party=town.li, starts_on=date(2026, 2, 1))
    give(town, starts_on=date(2026, 3, 1))
    assert queries.get_visible_days(account=town.home, viewer=town.li_user, at=AT) == (date(2026, 2, 1), None)
    assert queries.get_visible_days(account=town.home, viewer=town.staff, at=AT) == (date.min, None)
    with pytest.raises(queries.AccessDenied):
        queries.get_visible_days(account=town.home, viewer=town.stranger, at=AT)


def test_only_managers_list_accesses(town: Town) -> None:
    give(town)
    with pytest.raises(queries.AccessDenied):
        queries.list_accesses(account=town.home, viewer=town.li_user, at=AT)
    (view,) = queries.list_accesses(account=town.home, viewer=town.staff, at=AT)
    assert (view.phone_masked, view.user_name_masked, view.is_open) == ("139****5678", "李*", True)
