"""Nobody gets at another's account: binding, throttling, sharing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from gridhall.apps.accounts import actions, models, queries
from gridhall.apps.accounts.actions import Claim
from gridhall.apps.accounts.kinds import BindingMethodKind as M
from gridhall.apps.accounts.queries import search
from gridhall.apps.accounts.tests.conftest import AT, TODAY, Town
from gridhall.apps.identity.models import User
from gridhall.core.models import Event
from gridhall.core.tests.threads import run_at_once

NUMBER = "4228260000017"
GOOD = Claim(M.NUMBER_CHECK, number=NUMBER, name="张三", phone_tail="1234")
WRONG = Claim(M.NUMBER_CHECK, number=NUMBER, name="张三", phone_tail="9999")


def bind(user: User, claim: Claim, at=AT, **more: object) -> models.AccountAccess:
    return actions.bind_account(user=user, claim=claim, at=at, actor="test", **more)


def refuse(user: User, claim: Claim, at=AT, **more: object) -> str:
    before = models.AccountAccess.objects.count()
    with pytest.raises(actions.UnableToBindAccount) as refusal:
        bind(user, claim, at=at, **more)
    assert models.AccountAccess.objects.count() == before
    return refusal.value.code


@pytest.fixture
def meters(town: Town) -> Iterator[None]:
    def find(serial_number: str, *, limit: int, is_whole: bool = False) -> list[int]:
        is_it = serial_number == "M000001" if is_whole else "M000001".startswith(serial_number)
        return [town.point.pk] if is_it else []

    search._meter_finders.insert(0, find)
    yield
    search._meter_finders.remove(find)


def test_holder_binds_by_phone_and_name_and_owns(town: Town) -> None:
    assert queries.list_matching_accounts(viewer=town.zhang_user, at=AT) == [town.home]
    assert queries.list_matching_accounts(viewer=town.stranger, at=AT) == []
    (access,) = actions.bind_matching_accounts(user=town.zhang_user, at=AT, actor="test")
    assert (access.role, access.is_main, len(access.scopes)) == ("OWNER", True, 5)
    assert actions.bind_matching_accounts(user=town.zhang_user, at=AT, actor="test") == []
    assert Event.objects.get().kind == "AccountBound"


@pytest.mark.parametrize(("field", "value"), [("phone_verified_at", None), ("name", "张山"), ("name", "")])
def test_unproved_phone_or_other_name_does_not_match(town: Town, field: str, value: object) -> None:
    User.objects.filter(pk=town.zhang_user.pk).update(**{field: value})
    town.zhang_user.refresh_from_db()
    assert queries.list_matching_accounts(viewer=town.zhang_user, at=AT) == []
    assert refuse(town.zhang_user, Claim(M.AUTO_MATCH, number=NUMBER)) == "wrong"


def test_number_and_check_sees_but_does_not_manage(town: Town) -> None:
    access = bind(town.stranger, GOOD)
    assert (access.role, access.scopes) == ("FAMILY", ["VIEW_BILLS", "VIEW_USAGE", "PAY"])
    assert refuse(town.stranger, GOOD) == "already-bound"


@pytest.mark.parametrize(
    "claim",
    [
        WRONG,
        Claim(M.NUMBER_CHECK, number=NUMBER, name="张三"),
        Claim(M.NUMBER_CHECK, number=NUMBER, name="张三", phone_tail="4"),
        Claim(M.NUMBER_CHECK, number=NUMBER, phone_tail="1234"),
        Claim(M.NUMBER_CHECK, number=NUMBER, name="李四", phone_tail="1234"),
        Claim(M.NUMBER_CHECK, number="4228260000099", name="张三", phone_tail="1234"),
        Claim(M.NUMBER_CHECK, number="\x00", name="张三", phone_tail="1234"),
        Claim(M.NUMBER_CHECK, number=NUMBER, name="张三", id_tail="1234"),
        Claim(M.METER_BARCODE, meter_serial="M000001"),
        Claim(M.METER_BARCODE, meter_serial="", name="张三"),
        Claim(M.METER_BARCODE, meter_serial="M0000", name="张三"),
        Claim(M.GRANTED, number=NUMBER, name="张三", phone_tail="1234"),
    ],
)
def test_wrong_claims_are_refused_in_the_same_words(town: Town, meters: None, claim: Claim) -> None:
    assert refuse(town.stranger, claim) == "wrong"
    assert models.BindingAttempt.objects.get().is_success is False


def test_bar_code_with_name_hides_usage(town: Town, meters: None) -> None:
    access = bind(town.stranger, Claim(M.METER_BARCODE, meter_serial="M000001", name="张三"))
    assert access.scopes == ["VIEW_BILLS", "PAY"]


def test_id_number_tail_is_a_check(town: Town) -> None:
    party = actions.register_party(
        kind="PERSON", name="赵六", phones=["13500000000"], id_number="11010519491231002X", at=AT, actor="test"
    )
    actions.transfer_account(account=town.home, party=party, on_day=TODAY, at=AT, actor="test")
    assert refuse(town.stranger, GOOD) == "wrong"
    bind(town.stranger, Claim(M.NUMBER_CHECK, number=NUMBER, name="赵六", id_tail="002x"))


def test_five_wrong_tries_refuse_for_half_an_hour(town: Town) -> None:
    assert [refuse(town.stranger, WRONG) for _ in range(5)] == ["wrong"] * 5
    assert refuse(town.stranger, GOOD) == "throttled"
    assert refuse(town.stranger, GOOD, at=AT + timedelta(minutes=29)) == "throttled"
    bind(town.li_user, GOOD)  # others are not kept out
    bind(town.stranger, GOOD, at=AT + timedelta(minutes=31))


def test_many_hands_guessing_one_number_are_refused_too(town: Town) -> None:
    users = [User.objects.create(phone=f"1380000{n:04}", name="x", password="!") for n in range(10)]
    for user in users[:4]:
        for _ in range(4):
            last = refuse(user, WRONG)
    assert last == "throttled"
    assert refuse(users[9], GOOD) == "throttled"


def test_counter_needs_staff_and_takes_nothing_from_an_owner(town: Town) -> None:
    claim = Claim(M.COUNTER, number=NUMBER, is_holder=True)
    assert refuse(town.stranger, claim) == "not-staff"
    assert refuse(town.stranger, claim, by=town.zhang_user) == "not-staff"
    owner = bind(town.stranger, claim, by=town.staff)
    assert owner.role == "OWNER"
    assert refuse(town.li_user, claim, by=town.staff) == "owner-exists"
    late = bind(town.zhang_user, Claim(M.AUTO_MATCH, number=NUMBER))
    assert late.role == "FAMILY"  # there is an owner already: conflicting claims are for staff to settle


def test_family_that_turns_out_to_be_the_holder_becomes_owner(town: Town) -> None:
    town.zhang_user.phone_verified_at = None
    town.zhang_user.save()
    assert bind(town.zhang_user, GOOD, tag="home").role == "FAMILY"
    town.zhang_user.phone_verified_at = AT
    town.zhang_user.save()
    access = bind(town.zhang_user, GOOD)
    assert (access.role, access.tag, access.is_main) == ("OWNER", "home", True)
    assert models.AccountAccess.objects.filter(revoked_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_binds_at_once_one_owner(town: Town) -> None:
    counter = Claim(M.COUNTER, NUMBER, is_holder=True)
    roles = run_at_once(
        lambda: bind(town.zhang_user, GOOD).role, lambda: bind(town.stranger, counter, by=town.staff).role
    )
    assert sorted(roles) in (["OWNER", "owner-exists"], ["FAMILY", "OWNER"])
    assert models.AccountAccess.objects.filter(role="OWNER", revoked_at=None).count() == 1


def grant(town: Town, granter: User, grantee: User, scopes: list[str], **more: object) -> models.AccountAccess:
    given = {"role": "FAMILY", "at": AT, "actor": "test", **more}
    return actions.grant_access(account=town.home, granter=granter, grantee=grantee, scopes=scopes, **given)


def test_owner_shares_and_takes_back_with_all_that_came_of_it(town: Town) -> None:
    owner = bind(town.zhang_user, GOOD)
    family = grant(town, town.zhang_user, town.li_user, ["MANAGE", "VIEW_BILLS"], ends_on=date(2026, 4, 1))
    assert family.scopes == ["VIEW_BILLS", "MANAGE"]
    agent = grant(town, town.li_user, town.stranger, ["VIEW_BILLS"], role="AGENT", ends_on=date(2026, 3, 20))
    assert len(queries.list_accesses(account=town.home, viewer=town.li_user, at=AT)) == 3
    for access, by in ((owner, town.li_user), (family, town.stranger)):
        with pytest.raises(actions.UnableToRevokeAccess):
            actions.revoke_access(access=access, by=by, at=AT, actor="test")
    actions.revoke_access(access=family, by=town.zhang_user, at=AT, actor="test")
    agent.refresh_from_db()
    assert agent.revoked_at == AT
    assert queries.list_accounts(viewer=town.stranger, at=AT) == []
    with pytest.raises(actions.UnableToRevokeAccess):
        actions.revoke_access(access=family, by=town.zhang_user, at=AT, actor="test")


@pytest.mark.parametrize(
    ("scopes", "more", "code"),
    [
        (["VIEW_USAGE"], {}, "beyond-scopes"),
        (["VIEW_BILLS"], {}, "beyond-end"),
        (["VIEW_BILLS"], {"ends_on": date(2026, 4, 2)}, "beyond-end"),
        ([], {"ends_on": date(2026, 4, 1)}, "no-scope"),
        (["FLY"], {"ends_on": date(2026, 4, 1)}, "unknown-scope"),
        (["VIEW_BILLS"], {"role": "OWNER"}, "role"),
        (["VIEW_BILLS"], {"starts_on": date(2026, 3, 9)}, "days"),
        (["VIEW_BILLS"], {"ends_on": TODAY}, "days"),
    ],
)
def test_nobody_hands_on_more_than_he_has(town: Town, scopes: list[str], more: dict, code: str) -> None:
    bind(town.zhang_user, GOOD)
    grant(town, town.zhang_user, town.li_user, ["VIEW_BILLS", "MANAGE"], ends_on=date(2026, 4, 1))
    before = models.AccountAccess.objects.count(), Event.objects.count()
    with pytest.raises(actions.UnableToGrantAccess) as refusal:
        grant(town, town.li_user, town.stranger, scopes, **more)
    assert refusal.value.code == code
    assert (models.AccountAccess.objects.count(), Event.objects.count()) == before


def test_who_may_not_manage_grants_nothing(town: Town) -> None:
    bind(town.stranger, GOOD)
    for granter in (town.stranger, town.li_user):
        with pytest.raises(actions.UnableToGrantAccess) as refusal:
            grant(town, granter, town.zhang_user, ["VIEW_BILLS"])
        assert refusal.value.code == "may-not-manage"
    grant(town, town.staff, town.li_user, ["PAY"])
    with pytest.raises(actions.UnableToGrantAccess) as refusal:
        grant(town, town.staff, town.li_user, ["PAY"])
    assert refusal.value.code == "already-sees"


def test_ended_access_leaves_room_for_a_new_one(town: Town) -> None:
    grant(town, town.staff, town.li_user, ["PAY"], ends_on=date(2026, 3, 12))
    later = AT + timedelta(days=3)
    assert queries.list_accounts(viewer=town.li_user, at=later) == []
    grant(town, town.staff, town.li_user, ["PAY"], at=later)


def test_label_and_main(town: Town) -> None:
    access = bind(town.stranger, GOOD)
    labelled = actions.label_access(access=access, user=town.stranger, tag=" 父母家 ", make_main=True, at=AT, actor="t")
    assert (labelled.tag, labelled.is_main) == ("父母家", True)
    for user, tag in ((town.li_user, "mine"), (town.stranger, "x" * 41)):
        with pytest.raises(actions.UnableToLabelAccess):
            actions.label_access(access=access, user=user, tag=tag, at=AT, actor="t")
