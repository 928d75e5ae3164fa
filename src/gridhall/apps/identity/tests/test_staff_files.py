"""Files of members of staff: what each line says, what is wrong with it, and nothing that it was not shown to do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridhall.apps.identity import actions, queries, rules
from gridhall.apps.identity.kinds import StaffRoleKind
from gridhall.apps.identity.models import User
from gridhall.core.models import Event

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
KNOWN = frozenset(StaffRoleKind.values)
NAMES = {"核算": "BILLING", "核算复核": "BILLING_APPROVER", "计量": "METERING"}


def read(text: str | bytes) -> tuple[list[rules.StaffRow], list[rules.StaffFault]]:
    content = text if isinstance(text, bytes) else text.encode()
    return rules.read_staff_file(content, role_names=NAMES, known_roles=KNOWN)


@pytest.mark.parametrize(
    "content",
    [
        "手机号,姓名,岗位,状态\n138 0000 1234,张三,核算；METERING,在用\n".encode(),
        "\ufeffphone;name;roles;state\r\n+86 13800001234;张三;billing,计量;active\r\n".encode(),
        "手机号\t姓名\t岗位\t状态\n13800001234\t张三\t计量、核算\t在用".encode("gb18030"),
        "备注,手机号,姓名,岗位,状态\n\nx,'13800001234,张三,核算 | 计量,Active\n,,,,\n".encode(),
    ],
)
def test_files_of_all_makes_say_the_same(content: bytes) -> None:
    (row,), faults = read(content)
    assert (row.phone, row.name, row.roles, row.is_active) == ("13800001234", "张三", ("BILLING", "METERING"), True)
    assert row.email is None and not faults


def test_each_fault_is_told_by_line_and_field() -> None:
    text = (
        "phone,name,email,roles,state\n"
        "13800001234,张三,z@example.com,,\n"
        "138,,x@,核算;厨师,也许\n"
        "13800001234,张三,,,\n"
        "13800001235,李四,,核算;核算复核,停用\n"
        '13800001236,"王\n五",,METERING,,多出\n'
        f"13800001237,{'名' * 121},,,\n"
    )
    rows, faults = read(text)
    assert [row.line for row in rows] == [2]
    assert rows[0].roles == () and rows[0].is_active is None
    assert [(one.line, one.field, one.code) for one in faults] == [
        (3, "phone", "no-phone-number"), (3, "name", "no-name"), (3, "email", "not-email"),
        (3, "roles", "no-such-role"), (3, "state", "no-such-state"), (4, "phone", "twice"),
        (5, "roles", "duties-conflict"), (6, "", "extra-cells"), (8, "name", "long-name"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04workbook", "not-text"),
        (b"phone,name\n\x00,x", "not-text"),
        (b"\xff\xfe\x00", "not-text"),
        ("电话号,名\n13800001234,张三".encode(), "no-header"),
        (b"phone,name\n" + b"13800001234,x\n" * 2_001, "too-many"),
        (b"x" * 1_000_001, "too-large"),
    ],
)
def test_files_that_are_none_are_refused_as_a_whole(content: bytes, code: str) -> None:
    rows, faults = read(content)
    assert not rows and [one.code for one in faults] == [code]


@given(st.binary(max_size=300))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    read(content)
    read(b"phone,name,roles\n" + content)


@pytest.fixture
def administrator(db: None) -> User:
    user = actions.create_staff(phone="13600000000", name="钱管理", password="a quiet valley", at=AT, actor="test")
    actions.grant_role(user=user, role="ADMINISTRATOR", granted_by=None, at=AT, actor="test")
    return user


def plan(text: str, administrator: User) -> queries.StaffPlan:
    return actions.read_staff_file(text.encode(), role_names=NAMES, viewer=administrator)


def bring_in(text: str, administrator: User) -> tuple[int, int]:
    shown = plan(text, administrator)
    return actions.import_staff(plan=shown, digest=shown.digest, by=administrator, at=AT, actor="test")


def test_import_makes_changes_and_keeps_out(administrator: User) -> None:
    assert bring_in("phone,name,roles\n13600000001,赵,核算\n13600000002,孙,计量;核算复核\n", administrator) == (2, 0)
    swapped = "phone,name,roles,state\n13600000001,赵大,核算复核,\n13600000002,孙,计量,停用\n"
    shown = plan(swapped, administrator)
    assert [(one.grants, one.ends, one.turns, one.renamed) for one in shown.changes] == [
        (("BILLING_APPROVER",), ("BILLING",), "", True), ((), ("BILLING_APPROVER",), "suspend", False),
    ]  # fmt: skip
    assert bring_in(swapped, administrator) == (0, 2)
    first, second = User.objects.get(phone="13600000001"), User.objects.get(phone="13600000002")
    assert queries.list_roles(first) == {"BILLING_APPROVER"} and first.name == "赵大"
    assert not second.is_active and queries.list_roles(second) == frozenset()
    assert not first.has_usable_password()


def test_import_once_more_changes_nothing(administrator: User) -> None:
    text = "phone,name,roles,state\n13600000001,赵,核算,在用\n"
    bring_in(text, administrator)
    told = Event.objects.count()
    again = plan(text, administrator)
    assert again.unchanged == 1 and not again.changes
    assert bring_in(text, administrator) == (0, 0) and Event.objects.count() == told


def test_import_does_only_what_was_shown(administrator: User) -> None:
    text = "phone,name,roles\n13600000001,赵,核算\n"
    shown = plan(text, administrator)
    bring_in(text, administrator)
    with pytest.raises(actions.UnableToChangeStaff) as refusal:
        actions.import_staff(plan=plan(text, administrator), digest=shown.digest, by=administrator, at=AT, actor="test")
    assert refusal.value.code == "changed-meanwhile"


def test_import_leaves_customers_oneself_and_superusers_alone(administrator: User) -> None:
    actions.create_user(phone="13800000000", name="张三", password=None, at=AT, actor="test")
    User.objects.create_superuser("13600000009", "a quiet valley", name="根")
    kept_out = actions.create_staff(phone="13600000005", name="李", password="a quiet valley", at=AT, actor="test")
    actions.suspend_staff(user=kept_out, reason="", by=administrator, at=AT, actor="test")
    text = (
        "phone,name,roles\n13800000000,张三,核算\n13600000000,钱管理,核算\n13600000009,根,核算\n13600000005,李,核算\n"
    )
    shown = plan(text, administrator)
    assert [one.code for one in shown.faults] == ["customer", "own-row", "superuser", "is-suspended"]
    assert not shown.changes and shown.faulty == 4
    assert "13800000000" not in repr(shown.faults)


def test_import_is_for_administrators(administrator: User) -> None:
    clerk = actions.create_staff(phone="13600000003", name="吴", password="a quiet valley", at=AT, actor="test")
    with pytest.raises(queries.AccessDenied):
        plan("phone,name\n13600000004,郑\n", clerk)
    shown = plan("phone,name\n13600000004,郑\n", administrator)
    with pytest.raises(actions.UnableToChangeStaff):
        actions.import_staff(plan=shown, digest=shown.digest, by=clerk, at=AT, actor="test")
    assert not User.objects.filter(phone="13600000004").exists()


def test_suspending_ends_sessions_and_nobody_suspends_himself(administrator: User) -> None:
    clerk = actions.create_staff(phone="13600000003", name="吴", password="a quiet valley", at=AT, actor="test")
    for user, by, code in ((administrator, administrator, "own-user"), (clerk, clerk, "no-administrator")):
        with pytest.raises(actions.UnableToChangeStaff) as refusal:
            actions.suspend_staff(user=user, reason="", by=by, at=AT, actor="test")
        assert refusal.value.code == code
    actions.suspend_staff(user=clerk, reason=" 离职 ", by=administrator, at=AT, actor="test")
    actions.suspend_staff(user=clerk, reason="again", by=administrator, at=AT, actor="test")
    (told,) = Event.objects.filter(kind="StaffSuspended")
    assert told.payload["reason"] == "离职"
    actions.reactivate_staff(user=clerk, by=administrator, at=AT, actor="test")
    assert User.objects.get(pk=clerk.pk).is_active
