"""Roles of staff: who gives them, what they allow, which must be apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, IntegrityError, transaction

from gridhall.apps.identity import actions, queries, rules
from gridhall.apps.identity.kinds import StaffRoleKind
from gridhall.apps.identity.models import StaffRole, User
from gridhall.core.models import Event

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
PASSWORD = "清江边的灯火 1"


def make_staff(phone: str, *roles: str) -> User:
    user = actions.create_staff(phone=phone, name="赵工", password=PASSWORD, at=AT, actor="test")
    for role in roles:
        actions.grant_role(user=user, role=role, granted_by=None, at=AT, actor="test")
    return User.objects.get(pk=user.pk)


@pytest.fixture
def administrator(db: None) -> User:
    return make_staff("13600000001", "ADMINISTRATOR")


@pytest.fixture
def clerk(db: None) -> User:
    return make_staff("13600000002", "CLERK")


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_roles_are_held_until_they_are_ended(administrator: User, clerk: User) -> None:
    assert queries.list_roles(clerk) == {"CLERK"}
    assert queries.has_role(clerk, "BILLING", "CLERK") and not queries.has_role(clerk, "BILLING")
    actions.grant_role(user=clerk, role="METERING", granted_by=administrator, at=AT, actor="test")
    actions.grant_role(user=clerk, role="METERING", granted_by=administrator, at=AT, actor="test")
    assert queries.list_roles(fresh(clerk)) == {"CLERK", "METERING"}
    actions.end_role(user=clerk, role="METERING", ended_by=administrator, at=AT + timedelta(1), actor="test")
    assert queries.list_roles(fresh(clerk)) == {"CLERK"}
    kinds = list(Event.objects.order_by("id").values_list("kind", flat=True))
    assert kinds[-2:] == ["StaffRoleGranted", "StaffRoleEnded"]


def test_nobody_else_holds_a_role(clerk: User) -> None:
    assert not queries.list_roles(AnonymousUser()) and not queries.list_roles(None)
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    assert not queries.has_role(fresh(clerk), "CLERK")
    User.objects.filter(pk=clerk.pk).update(is_active=True, is_staff=False)
    assert not queries.has_role(fresh(clerk), "CLERK")


def test_a_superuser_holds_all(db: None) -> None:
    root = User.objects.create_superuser("13600000009", PASSWORD)
    assert queries.list_roles(root) == set(StaffRoleKind.values)


def test_refusals_change_nothing(administrator: User, clerk: User) -> None:
    customer = actions.create_user(phone="13800000000", name="张三", password=None, at=AT, actor="test")
    before = StaffRole.objects.count()
    for user, role, by, code in [
        (clerk, "BILLING", clerk, "own-role"),
        (administrator, "CLERK", clerk, "no-administrator"),
        (customer, "CLERK", administrator, "not-staff"),
        (clerk, "KING", administrator, "no-such-role"),
        (clerk, "AUDITOR", administrator, "duties-conflict"),
        (administrator, "CLERK", None, "duties-conflict"),
    ]:
        with pytest.raises(actions.UnableToGrantRole) as refusal:
            actions.grant_role(user=user, role=role, granted_by=by, at=AT, actor="test")
        assert refusal.value.code == code
    with pytest.raises(actions.UnableToEndRole) as ending:
        actions.end_role(user=clerk, role="BILLING", ended_by=administrator, at=AT, actor="test")
    assert ending.value.code == "not-held"
    with pytest.raises(actions.UnableToEndRole):
        actions.end_role(user=administrator, role="ADMINISTRATOR", ended_by=administrator, at=AT, actor="test")
    assert StaffRole.objects.filter(ended_at=None).count() == before


def test_the_database_keeps_duties_apart_as_the_rule_does(db: None) -> None:
    user = actions.create_staff(phone="13600000003", name="赵工", password=PASSWORD, at=AT, actor="test")
    for held, wanted in product(StaffRoleKind.values, repeat=2):
        if held == wanted:
            continue
        is_refused = False
        try:
            with transaction.atomic():
                StaffRole.objects.create(user=user, role=held, granted_at=AT)
                StaffRole.objects.create(user=user, role=wanted, granted_at=AT)
                transaction.set_rollback(True)
        except IntegrityError:
            is_refused = True
        assert is_refused == (rules.find_conflict([held], wanted) is not None), (held, wanted)


@pytest.mark.parametrize("change", [{"role": "BILLING"}, {"granted_at": AT + timedelta(1)}])
def test_what_was_given_stays_as_it_was_given(clerk: User, change: dict[str, object]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        StaffRole.objects.filter(user=clerk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        StaffRole.objects.filter(user=clerk)._raw_delete("default")
    actions.end_role(user=clerk, role="CLERK", ended_by=None, at=AT, actor="test")
    with pytest.raises(DatabaseError), transaction.atomic():
        StaffRole.objects.filter(user=clerk).update(ended_at=None)


def test_the_list_of_staff_is_for_those_who_watch(administrator: User, clerk: User) -> None:
    shown = queries.list_staff(viewer=administrator)
    assert {member.phone: member.roles for member in shown} == {
        "13600000001": ("ADMINISTRATOR",),
        "13600000002": ("CLERK",),
    }
    with pytest.raises(queries.AccessDenied):
        queries.list_staff(viewer=clerk)
