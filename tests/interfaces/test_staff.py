"""The pages of administration: who is there, who may do what, by hand and by file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from gridhall.apps.identity import queries
from gridhall.apps.identity.models import User, UserSession
from tests import company as made
from tests.interfaces.pages import read_page


@pytest.fixture
def administrator(sign_in: Callable[[str], Client]) -> Client:
    """An administrator who proved a moment ago who he is."""
    client = sign_in(made.STAFF_PHONES["ADMINISTRATOR"])
    client.post("/mine/security/proof/", {"password": made.PASSWORD})
    return client


def roles_of(phone: str) -> frozenset[str]:
    return queries.list_roles(User.objects.get(phone=phone))


def address(phone: str, what: str) -> str:
    return f"/console/staff/{User.objects.get(phone=phone).mrid}/{what}/"


def test_staff_list_is_read_by_who_watches(
    sign_in: Callable[[str], Client], django_assert_max_num_queries: Any
) -> None:
    client = sign_in(made.STAFF_PHONES["AUDITOR"])
    client.get("/console/staff/")
    with django_assert_max_num_queries(12):
        page = read_page(client.get("/console/staff/"))
    assert made.STAFF_PHONE in page.text and not page.tree.xpath("//main//form[@method='post']")
    assert "/console/staff/new/" not in page.links()
    assert made.OWNER_PHONE not in page.text and "田大山" not in page.text  # no customer is in it


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("search=13700009901", 1),
        ("search=赵", 9),
        ("search=nobody", 0),
        ("role=BILLING", 1),
        ("role=NONE", 0),
        ("factor=none", 9),
        ("factor=app", 0),
        ("state=suspended", 0),
        ("role=nonsense&state=x&page=-1&search=%00", 9),
        ("page=2", 0),
    ],
)
def test_staff_list_is_searched(sign_in: Callable[[str], Client], query: str, count: int) -> None:
    page = read_page(sign_in(made.STAFF_PHONES["ADMINISTRATOR"]).get(f"/console/staff/?{query}"))
    assert len(page.tree.xpath("//tr[@data-row]")) == count


def test_staff_detail_shows_roles_in_time_and_devices(
    administrator: Client, sign_in: Callable[[str], Client], django_assert_max_num_queries: Any
) -> None:
    sign_in(made.STAFF_PHONE).get("/console/")
    administrator.post(address(made.STAFF_PHONE, "grant"), {"role": "METERING"})
    administrator.post(address(made.STAFF_PHONE, "end"), {"role": "METERING"})
    with django_assert_max_num_queries(12):
        page = read_page(administrator.get(address(made.STAFF_PHONE, "").replace("//", "/")))
    roles = [row[0] for row in page.rows()]
    assert "计量" in roles and "营业厅" in roles and len(page.tree.xpath("//input[@name='session']")) == 1
    offered = page.tree.xpath("//select[@name='role']/option/@value")
    assert "METERING" in offered and "ADMINISTRATOR" not in offered and "不能同担" in page.text
    watched = read_page(sign_in(made.STAFF_PHONES["MANAGER"]).get(address(made.STAFF_PHONE, "").replace("//", "/")))
    assert not watched.tree.xpath("//main//form[@method='post']")
    assert administrator.get(address(made.OWNER_PHONE, "").replace("//", "/")).status_code == 404


def test_staff_new_makes_somebody_who_sets_his_own_password(administrator: Client) -> None:
    assert read_page(administrator.get("/console/staff/new/")).heading == "新建员工"
    told = {"name": "新人", "phone": "13700008888", "email": "x@example.com", "roles": ["CLERK", "METERING"]}
    conflict = read_page(administrator.post("/console/staff/new/", told | {"roles": ["BILLING", "BILLING_APPROVER"]}))
    assert "不能由同一人担任" in conflict.text and not User.objects.filter(phone="13700008888").exists()
    taken = read_page(administrator.post("/console/staff/new/", told | {"phone": made.STAFF_PHONE}))
    assert "这个手机号已有用户" in taken.text
    answer = administrator.post("/console/staff/new/", told, follow=True)
    assert "姓名新人" in "".join(read_page(answer).text.split()) and "忘记密码" in read_page(answer).text
    user = User.objects.get(phone="13700008888")
    assert not user.has_usable_password() and roles_of("13700008888") == {"CLERK", "METERING"}
    again = administrator.post("/console/staff/new/", told)  # pressed twice
    assert "这个手机号已有用户" in read_page(again).text


def test_staff_new_asks_for_a_proof_and_keeps_what_was_written(sign_in: Callable[[str], Client]) -> None:
    client = sign_in(made.STAFF_PHONES["ADMINISTRATOR"])
    with_proof = client.session
    with_proof.pop("proved", None)
    with_proof.save()
    page = read_page(client.post("/console/staff/new/", {"name": "新人", "phone": "13700008888"}))
    assert "确认是您本人" in page.text and page.tree.xpath("//input[@name='name']/@value") == ["新人"]
    assert not User.objects.filter(phone="13700008888").exists()


def test_staff_edit_changes_name_and_mail(administrator: Client) -> None:
    told = {"name": "周前台", "email": "zhou@example.com"}
    page = read_page(administrator.post(address(made.STAFF_PHONE, "edit"), told, follow=True))
    assert "姓名周前台" in "".join(page.text.split()) and "zhou@example.com" in page.text
    wrong = administrator.post(address(made.STAFF_PHONE, "edit"), {"name": "", "email": "zhou"})
    page = read_page(wrong, status=422)
    assert "请填写邮箱" in page.text and page.tree.xpath("//input[@name='email']/@value") == ["zhou"]
    own = administrator.post(address(made.STAFF_PHONES["ADMINISTRATOR"], "edit"), told, follow=True)
    assert "不能更改自己" in read_page(own).text


def test_staff_edit_asks_for_a_proof_and_keeps_what_was_written(sign_in: Callable[[str], Client]) -> None:
    client = sign_in(made.STAFF_PHONES["ADMINISTRATOR"])
    session = client.session
    session.pop("proved", None)
    session.save()
    told = {"name": "周二", "email": "", "roles": ""}
    kept = read_page(client.post(address(made.STAFF_PHONE, "edit"), told), status=422)
    assert "确认是您本人" in kept.text and kept.tree.xpath("//input[@name='name']/@value") == ["周二"]
    assert kept.tree.xpath("//a[contains(@href, 'proof')]/@href")[0].endswith(address(made.STAFF_PHONE, "")[:-1])
    assert not User.objects.filter(name="周二").exists()


def test_staff_reactivate_lets_in_who_was_suspended(administrator: Client, sign_in: Callable[[str], Client]) -> None:
    clerk = sign_in(made.STAFF_PHONE)
    assert clerk.get("/console/").status_code == 200
    page = read_page(administrator.post(address(made.STAFF_PHONE, "suspend"), {"reason": "离职"}, follow=True))
    assert "已停用" in page.text and clerk.get("/console/").status_code == 302
    told = {"phone": made.STAFF_PHONE, "password": made.PASSWORD}
    assert "不对" in read_page(Client().post("/console/sign-in/", told)).text
    administrator.post(address(made.STAFF_PHONE, "reactivate"))
    assert Client().post("/console/sign-in/", told).status_code == 302


def test_staff_suspend_is_never_for_oneself(administrator: Client) -> None:
    own = administrator.post(address(made.STAFF_PHONES["ADMINISTRATOR"], "suspend"), follow=True)
    assert "不能更改自己" in read_page(own).text


def test_staff_sign_out_ends_one_session_or_all(administrator: Client, sign_in: Callable[[str], Client]) -> None:
    one, other = sign_in(made.STAFF_PHONE), sign_in(made.STAFF_PHONE)
    assert one.get("/console/").status_code == other.get("/console/").status_code == 200
    user = User.objects.get(phone=made.STAFF_PHONE)
    row = UserSession.objects.get(session_key=one.session.session_key)
    administrator.post(address(made.STAFF_PHONE, "sign-out"), {"session": str(row.mrid)})
    assert one.get("/console/").status_code == 302 and other.get("/console/").status_code == 200
    assert administrator.post(address(made.STAFF_PHONE, "sign-out"), {"session": "no"}).status_code == 404
    administrator.post(address(made.STAFF_PHONE, "sign-out"))
    assert other.get("/console/").status_code == 302
    assert not UserSession.objects.filter(user=user, ended_at=None).exists()


def test_session_list_says_who_is_here_and_by_which_rules(
    administrator: Client, sign_in: Callable[[str], Client], django_assert_max_num_queries: Any
) -> None:
    sign_in(made.STAFF_PHONE).get("/console/")
    sign_in(made.OWNER_PHONE).get("/")
    with django_assert_max_num_queries(12):
        page = read_page(administrator.get("/console/sessions/"))
    assert len(page.tree.xpath("//tr[@data-row]")) == 2 and "30 分钟不用就退出，最长 12 小时" in page.text
    assert "田大山" not in page.text and "这台设备" in page.text
    watched = read_page(sign_in(made.STAFF_PHONES["AUDITOR"]).get("/console/sessions/"))
    assert not watched.tree.xpath("//main//form")


def test_staff_export_and_staff_import_meet(administrator: Client) -> None:
    answer = administrator.get("/console/staff/export/")
    text = answer.content.decode("utf-8-sig")
    assert text.splitlines()[0] == "手机号,姓名,邮箱,岗位,状态" and len(text.splitlines()) == 10
    page = read_page(administrator.post("/console/staff/import/", {"file": ContentFile(answer.content, "a.csv")}))
    assert "没有要改动的" in page.text and not page.tree.xpath("//button[contains(., '确认执行')]")


def test_staff_import_shows_first_and_then_does_just_that(administrator: Client) -> None:
    text = "手机号,姓名,岗位\n13700008888,新人,营业厅\n13700009901,赵工,核算;核算复核\n13700009903,赵工,电价\nx,无名,\n"
    file = ContentFile(text.encode("gb18030"), "a.csv")
    page = read_page(administrator.post("/console/staff/import/", {"file": file}))
    assert "添加岗位：电价" in page.text and "取消岗位：计量" in page.text and "新建" in page.text
    assert "不能由同一人担任" in page.text and "不是手机号" in page.text
    assert not User.objects.filter(phone="13700008888").exists()
    kept = page.tree.xpath("//textarea[@name='text']")[0].text
    told = {"text": kept, "digest": page.tree.xpath("//input[@name='digest']/@value")[0]}
    done = read_page(administrator.post("/console/staff/import/", told, follow=True))
    assert "新建 1 人，更改 1 人" in done.text and "2 行有误" in done.text
    assert roles_of("13700008888") == {"CLERK"} and roles_of("13700009903") == {"TARIFF"}
    assert roles_of("13700009901") == {"BILLING"}
    again = read_page(administrator.post("/console/staff/import/", told))  # pressed twice
    assert "又有改动" in again.text and "没有要改动的" in again.text
    forged = read_page(administrator.post("/console/staff/import/", told | {"text": kept.replace("新人", "别人")}))
    assert "又有改动" in forged.text and not User.objects.filter(name="别人").exists()


def test_staff_import_refuses_what_is_no_file(administrator: Client) -> None:
    for content, words in ((b"PK\x03\x04", "不是 CSV"), (b"a,b\n1,2", "要有列名"), (b"", "空的")):
        answer = administrator.post("/console/staff/import/", {"file": ContentFile(content, "a.csv")})
        assert words in read_page(answer).text
    assert "请选择" in read_page(administrator.post("/console/staff/import/")).text


def test_staff_import_asks_for_a_proof(sign_in: Callable[[str], Client]) -> None:
    client = sign_in(made.STAFF_PHONES["ADMINISTRATOR"])
    session = client.session
    session.pop("proved", None)
    session.save()
    page = read_page(client.post("/console/staff/import/", {"text": "phone,name\n13700008888,x", "digest": "x"}))
    assert "确认本人" in page.text and not User.objects.filter(phone="13700008888").exists()


def test_staff_grant_keeps_duties_apart(administrator: Client) -> None:
    billing = made.STAFF_PHONES["BILLING"]
    answer = administrator.post(address(billing, "grant"), {"role": "BILLING_APPROVER"}, follow=True)
    assert "不能由同一人担任" in read_page(answer).text and roles_of(billing) == {"BILLING"}
    administrator.post(address(billing, "grant"), {"role": "METERING"})
    administrator.post(address(billing, "grant"), {"role": "METERING"})
    assert roles_of(billing) == {"BILLING", "METERING"}
    own = administrator.post(address(made.STAFF_PHONES["ADMINISTRATOR"], "grant"), {"role": "CLERK"}, follow=True)
    assert "不能更改自己的岗位" in read_page(own).text
    assert administrator.post(address(made.OWNER_PHONE, "grant"), {"role": "CLERK"}).status_code == 404


def test_staff_end_ends_a_role_at_once(administrator: Client, sign_in: Callable[[str], Client]) -> None:
    clerk = sign_in(made.STAFF_PHONE)
    assert clerk.get("/console/").status_code == 200
    administrator.post(address(made.STAFF_PHONE, "end"), {"role": "CLERK"})
    assert clerk.get("/console/").status_code == 403


def test_staff_reset_asks_for_a_proof(sign_in: Callable[[str], Client], administrator: Client) -> None:
    other = sign_in(made.STAFF_PHONES["ADMINISTRATOR"])
    assert "/mine/security/proof/" in other.post(address(made.STAFF_PHONE, "reset")).headers["Location"]
    answer = administrator.post(address(made.STAFF_PHONE, "reset"), follow=True)
    assert "已重置" in read_page(answer).text
