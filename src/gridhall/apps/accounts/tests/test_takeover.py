"""Who gets in when several want to, and who does not: real transactions at once, old numbers, codes, merged users."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gridhall.apps.accounts import actions, models, queries
from gridhall.apps.accounts.actions import Claim
from gridhall.apps.accounts.kinds import BindingMethodKind as M
from gridhall.apps.accounts.tests.conftest import AT, TODAY, Town
from gridhall.apps.identity.models import User
from gridhall.core.tests.threads import run_at_once

NUMBER, OLD_NUMBER = "4228260000017", "0012345"
GOOD = Claim(M.NUMBER_CHECK, number=NUMBER, name="张三", phone_tail="1234")
TOLD = {"at": AT, "actor": "test"}


def bind(user: User, claim: Claim, **more: object) -> models.AccountAccess:
    return actions.bind_account(user=user, claim=claim, **TOLD, **more)


@pytest.mark.django_db(transaction=True)
def test_two_holders_by_code_at_once_exactly_one_owns(town: Town) -> None:
    codes = [
        actions.issue_binding_slip(account=town.home, phone=user.phone, is_holder=True, by=town.staff, **TOLD)[1]
        for user in (town.stranger, town.li_user)
    ]
    outcomes = run_at_once(
        *(
            lambda user=user, code=code: bind(user, Claim(M.COUNTER_SLIP, slip_code=code)).role
            for user, code in zip((town.stranger, town.li_user), codes, strict=True)
        )
    )
    assert sorted(map(str, outcomes)) == ["OWNER", "owner-exists"]
    assert models.BindingSlip.objects.filter(used_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_press_many_times_at_once_binds_once(town: Town) -> None:
    outcomes = run_at_once(*(lambda: bind(town.stranger, GOOD).role for _press in range(4)))
    assert sorted(map(str, outcomes)) == ["FAMILY", *["already-bound"] * 3]
    assert models.AccountAccess.objects.filter(revoked_at=None, is_main=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_know_the_household_both_get_in(town: Town) -> None:
    outcomes = run_at_once(lambda: bind(town.zhang_user, GOOD).role, lambda: bind(town.stranger, GOOD).role)
    assert sorted(map(str, outcomes)) == ["FAMILY", "OWNER"]
    assert models.BindingAttempt.objects.filter(is_success=True).count() == 2


@pytest.mark.django_db(transaction=True)
def test_accepting_while_it_is_withdrawn_is_one_or_the_other(town: Town) -> None:
    bind(town.zhang_user, GOOD)
    offer = actions.invite_to_account(
        account=town.home, inviter=town.zhang_user, phone=town.li_user.phone, role="FAMILY", scopes=["PAY"], **TOLD
    )
    accepted, withdrawn = run_at_once(
        lambda: actions.accept_invitation(invitation=offer, user=town.li_user, **TOLD).pk,
        lambda: actions.withdraw_invitation(invitation=offer, by=town.zhang_user, **TOLD),
    )
    offer.refresh_from_db()
    sees = models.AccountAccess.objects.filter(user=town.li_user, revoked_at=None).exists()
    assert (offer.answer, accepted, withdrawn, sees) in [
        ("ACCEPTED", offer.access_id, "answered", True),
        ("WITHDRAWN", "withdrawn", None, False),
    ]


def test_an_old_number_asks_for_the_same_proof(town: Town) -> None:
    for kind, source in (("OLD_NUMBER", "2019"), ("OLD_CHANNEL", "old app")):
        actions.register_alias(account=town.home, kind=kind, source=source, value=OLD_NUMBER, **TOLD)
    for claim in (
        Claim(M.NUMBER_CHECK, number=OLD_NUMBER),
        Claim(M.NUMBER_CHECK, number=OLD_NUMBER, name="张三"),
        Claim(M.NUMBER_CHECK, number=OLD_NUMBER, name="张三", phone_tail="9999"),
        Claim(M.AUTO_MATCH, number=OLD_NUMBER, name="张三"),
    ):
        with pytest.raises(actions.UnableToBindAccount) as refusal:
            bind(town.stranger, claim)
        assert refusal.value.code == "wrong"
    access = bind(town.stranger, Claim(M.NUMBER_CHECK, number=OLD_NUMBER, name="张三", phone_tail="1234"))
    assert (access.account, access.role) == (town.home, "FAMILY")
    # Tries at the old number count at the account: nobody gets a second set of tries by its other name.
    assert set(models.BindingAttempt.objects.values_list("number", flat=True)) == {NUMBER}


def test_an_old_number_cannot_be_led_to_another_account(town: Town) -> None:
    actions.register_alias(account=town.home, kind="OLD_NUMBER", source="2019", value=OLD_NUMBER, **TOLD)
    other = models.CustomerAccount.objects.create(number="4228260000099", kind="SHOP", name="x", opened_on=TODAY)
    with pytest.raises(actions.UnableToRegisterAlias):
        actions.register_alias(account=other, kind="OLD_NUMBER", source="2020", value=OLD_NUMBER, **TOLD)


def test_a_phone_that_passed_to_another_person_finds_nothing(town: Town) -> None:
    new_owner = User.objects.get(pk=town.zhang_user.pk)
    new_owner.name = "新机主"
    new_owner.save()
    assert queries.list_matches(viewer=new_owner, at=AT) == []
    for name in ("新机主", "张山", "李四"):
        assert actions.find_own_accounts(user=new_owner, name=name, **TOLD) == []
    for name in ("王二", "王三"):
        actions.find_own_accounts(user=new_owner, name=name, **TOLD)
    with pytest.raises(actions.UnableToBindAccount) as refusal:
        actions.find_own_accounts(user=new_owner, name="张三", **TOLD)
    assert refusal.value.code == "throttled"


def test_the_holders_name_typed_for_a_check_makes_nobody_owner(town: Town) -> None:
    User.objects.filter(pk=town.zhang_user.pk).update(name="张三的妻子")
    wife = User.objects.get(pk=town.zhang_user.pk)
    assert bind(wife, GOOD).role == "FAMILY"


def test_a_code_works_for_its_phone_once_and_for_three_days(town: Town) -> None:
    def issue(**more: object) -> str:
        given = {"phone": town.stranger.phone, "is_holder": False, "by": town.staff, **more}
        return actions.issue_binding_slip(account=town.home, **given, **TOLD)[1]

    with pytest.raises(actions.UnableToIssueBindingSlip):
        issue(by=town.zhang_user)
    first, code = issue(), issue()
    for user, text, at in (
        (town.stranger, first, AT),
        (town.li_user, code, AT),
        (town.stranger, code, AT + timedelta(days=3)),
        (town.stranger, "AAAA-AAAA", AT),
    ):
        with pytest.raises(actions.UnableToBindAccount) as refusal:
            actions.bind_account(user=user, claim=Claim(M.COUNTER_SLIP, slip_code=text), at=at, actor="test")
        assert refusal.value.code == "wrong"
    assert bind(town.stranger, Claim(M.COUNTER_SLIP, slip_code=code)).role == "FAMILY"
    with pytest.raises(actions.UnableToBindAccount):
        bind(town.stranger, Claim(M.COUNTER_SLIP, slip_code=code))


def test_users_are_merged_only_when_shown_to_be_one_person(town: Town) -> None:
    bind(town.zhang_user, GOOD, tag="home")
    with pytest.raises(actions.UnableToMergeUsers):
        actions.merge_users(old=town.zhang_user, user=town.stranger, **TOLD)
    with pytest.raises(actions.UnableToMergeUsers):
        actions.merge_users(old=town.zhang_user, user=town.stranger, by=town.li_user, **TOLD)
    grant = {"account": town.home, "granter": town.zhang_user, "role": "FAMILY", "scopes": ["PAY"], **TOLD}
    actions.grant_access(grantee=town.li_user, **grant)
    actions.grant_access(grantee=town.stranger, **grant)
    (moved,) = actions.merge_users(old=town.zhang_user, user=town.stranger, by=town.staff, **TOLD)
    assert (moved.role, moved.tag, len(moved.scopes), moved.is_main) == ("OWNER", "home", 5, True)
    assert actions.merge_users(old=town.zhang_user, user=town.stranger, by=town.staff, **TOLD) == []
    assert queries.list_accounts(viewer=town.zhang_user, at=AT) == []
    kept = models.AccountAccess.objects.get(user=town.li_user, revoked_at=None)
    assert kept.granted_by == town.stranger  # and ends with who merged


def test_narrowing_a_manager_narrows_those_he_let_in(town: Town) -> None:
    bind(town.zhang_user, GOOD)
    give = {"account": town.home, "role": "FAMILY", **TOLD}
    manager = actions.grant_access(
        granter=town.zhang_user, grantee=town.li_user, scopes=["VIEW_BILLS", "PAY", "MANAGE"], **give
    )
    actions.grant_access(granter=town.li_user, grantee=town.stranger, scopes=["VIEW_BILLS", "PAY"], **give)
    changed = actions.change_access(
        access=manager, by=town.zhang_user, scopes=["PAY", "MANAGE"], ends_on=TODAY + timedelta(days=9), **TOLD
    )
    below = models.AccountAccess.objects.get(user=town.stranger, revoked_at=None)
    assert (below.scopes, below.ends_on) == (["PAY"], TODAY + timedelta(days=9))
    actions.change_access(access=changed, by=town.zhang_user, scopes=["VIEW_BILLS"], ends_on=None, **TOLD)
    assert not models.AccountAccess.objects.filter(user=town.stranger, revoked_at=None).exists()
