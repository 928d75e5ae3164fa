"""One's account: proof, password, devices, passkeys, links, data, leaving."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from gridhall.apps.identity.models import LinkedIdentity, Passkey, User, UserSession
from gridhall.apps.identity.tests.requests import DESK_BROWSER, read_code
from tests import company as made
from tests.interfaces.pages import read_page


@pytest.fixture
def proved(company: made.Company, db: None) -> Client:
    """A customer who signed in a moment ago by himself."""
    client = Client()
    client.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD})
    return client


def add_passkey(phone: str = made.OWNER_PHONE) -> Passkey:
    user = User.objects.get(phone=phone)
    return Passkey.objects.create(
        user=user, credential_id=uuid4().bytes, public_key=b"k", name="旧手机", created_at=timezone.now()
    )


def test_security_shows_the_ways_in(owner: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        page = read_page(owner.get("/mine/security/"))
    assert "138****1234" in page.text and "通行密钥" in page.text and "微信" in page.text
    assert "/mine/security/" in read_page(owner.get("/mine/")).links()


def test_proof_by_code_leads_back(owner: Client) -> None:
    assert owner.get("/mine/security/password/").headers["Location"] == (
        "/mine/security/proof/?next=%2Fmine%2Fsecurity%2Fpassword%2F"
    )
    owner.post("/mine/security/proof/", {"send": "1", "next": "/mine/security/password/"})
    page = read_page(owner.post("/mine/security/proof/", {"code": "000000", "next": "/mine/security/password/"}))
    assert "验证码不对" in page.text
    before = owner.session.session_key
    told = {"code": read_code(made.OWNER_PHONE), "next": "/mine/security/password/"}
    assert owner.post("/mine/security/proof/", told).headers["Location"] == "/mine/security/password/"
    assert owner.session.session_key != before and owner.get("/mine/security/password/").status_code == 200


def test_proof_by_password(owner: Client) -> None:
    assert "手机号或密码不对" in read_page(owner.post("/mine/security/proof/", {"password": "wrong"})).text
    assert owner.post("/mine/security/proof/", {"password": made.PASSWORD}).headers["Location"] == "/mine/security/"
    assert owner.get("/mine/security/passkeys/").status_code == 200


def test_proof_is_asked_for_again_from_another_network(proved: Client) -> None:
    assert proved.get("/mine/leave/").status_code == 200
    assert proved.get("/mine/leave/", REMOTE_ADDR="198.51.100.9").status_code == 302


def test_password_change_signs_other_devices_out(proved: Client) -> None:
    other = Client()
    other.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD})
    assert "至少 8 个字符" in read_page(proved.post("/mine/security/password/", {"password": "x"})).text
    answer = proved.post("/mine/security/password/", {"password": "山里的夜很安静 7"}, follow=True)
    assert "密码已更新" in read_page(answer).text
    assert other.get("/mine/").status_code == 302 and proved.get("/mine/").status_code == 200


def test_session_list_and_session_end(proved: Client) -> None:
    other = Client(headers={"User-Agent": DESK_BROWSER})
    other.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD})
    page = read_page(proved.get("/mine/security/devices/"))
    assert "Windows" in page.text and "这台设备" in page.text and "127.0.*.*" in page.text
    (address,) = page.tree.xpath("//form[contains(@action, '/end/')]/@action")[:1]
    proved.post(address)
    assert other.get("/mine/").status_code == 302
    assert proved.post(f"/mine/security/devices/{uuid4()}/end/").status_code == 404


def test_session_end_is_for_ones_own(proved: Client, sign_in: Callable[[str], Client]) -> None:
    row = UserSession.objects.get(user__phone=made.OWNER_PHONE, ended_at=None)
    stranger = sign_in(made.STRANGER_PHONE)
    assert stranger.post(f"/mine/security/devices/{row.mrid}/end/").status_code == 404
    assert proved.get("/mine/").status_code == 200


def test_session_end_others(proved: Client) -> None:
    others = [Client() for _unused in range(3)]
    for other in others:
        other.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD})
    page = read_page(proved.post("/mine/security/devices/others/end/", follow=True))
    assert "已退出 3 台其他设备" in page.text
    assert [other.get("/mine/").status_code for other in others] == [302] * 3


def test_session_stolen_from_another_device_ends_and_says_so(proved: Client) -> None:
    thief = Client(headers={"User-Agent": DESK_BROWSER})
    thief.cookies["sessionid"] = proved.cookies["sessionid"].value
    answer = thief.get("/bills/")
    assert answer.status_code == 302
    assert "出现在另一台设备上" in read_page(thief.get(answer.headers["Location"])).text
    answer = proved.get("/bills/")
    assert answer.status_code == 302
    assert "出现在另一台设备上" in read_page(proved.get(answer.headers["Location"])).text


@pytest.mark.parametrize(
    ("address", "given", "words"),
    [
        ("/mine/security/devices/others/end/", {}, "已在别处退出登录"),
        ("/mine/security/password/", {"password": "山里的夜很安静 7"}, "密码或登录方式改过了"),
    ],
)
def test_a_device_that_was_signed_out_from_elsewhere_is_told_why(
    address: str, given: dict[str, str], words: str, proved: Client
) -> None:
    other = Client()
    other.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD})
    proved.post(address, given)
    assert words in read_page(other.get("/bills/", follow=True)).text
    other.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": "山里的夜很安静 7" if given else made.PASSWORD})
    other.post("/sign-out/")
    assert words not in read_page(other.get("/bills/", follow=True)).text


def test_passkey_list_passkey_rename_and_passkey_remove(proved: Client) -> None:
    passkey, strangers = add_passkey(), add_passkey(made.STRANGER_PHONE)
    assert "旧手机" in read_page(proved.get("/mine/security/passkeys/")).text
    address = f"/mine/security/passkeys/{passkey.mrid}"
    assert "请填写名称" in read_page(proved.post(f"{address}/name/", {"name": " "})).text
    page = read_page(proved.post(f"{address}/name/", {"name": "<b>新</b>" + "长" * 30}, follow=True))
    assert "<b>新</b>" in page.text
    assert proved.post(f"/mine/security/passkeys/{strangers.mrid}/remove/").status_code == 404
    assert proved.get(f"/mine/security/passkeys/{strangers.mrid}/name/").status_code == 404
    proved.post(f"{address}/remove/")
    assert list(Passkey.objects.all()) == [strangers]


def test_passkey_rename_shows_the_name(proved: Client) -> None:
    page = read_page(proved.get(f"/mine/security/passkeys/{add_passkey().mrid}/name/"))
    assert page.tree.xpath("//input[@id='name']/@value") == ["旧手机"]


def test_passkey_remove_asks_for_a_proof(owner: Client) -> None:
    owner.post(f"/mine/security/passkeys/{add_passkey().mrid}/remove/")
    assert Passkey.objects.count() == 1


def test_passkey_options_ask_for_the_devices_own_lock(proved: Client) -> None:
    told = json.loads(proved.post("/mine/security/passkeys/options/").content)
    chosen = told["authenticatorSelection"]
    assert chosen["residentKey"] == "required" and chosen["userVerification"] == "required"
    assert made.OWNER_PHONE not in json.dumps(told)


def test_passkey_add_refuses_what_is_none(proved: Client) -> None:
    for credential in ("", "{}", "[]", '{"id": "AA"}'):
        proved.post("/mine/security/passkeys/options/")
        answer = proved.post("/mine/security/passkeys/add/", {"credential": credential}, follow=True)
        assert "没有通过检查" in read_page(answer).text
    assert not Passkey.objects.exists()


def test_link_remove_asks_for_a_proof(owner: Client) -> None:
    assert "/proof/" in owner.post("/mine/security/links/wechat/remove/").headers["Location"]


def test_link_add_and_link_remove(proved: Client) -> None:
    start = proved.get("/mine/security/links/wechat/", follow=False).headers["Location"]
    vendor = proved.get(start).headers["Location"].partition("#")[0]
    (address,) = read_page(proved.get(vendor)).tree.xpath("//ul[@class='gh-rows']//a/@href")[:1]
    assert proved.get(address).headers["Location"] == "/mine/security/"
    assert LinkedIdentity.objects.get().user.phone == made.OWNER_PHONE
    proved.post("/mine/security/links/wechat/remove/")
    proved.post("/mine/security/links/wechat/remove/")  # pressed twice
    assert not LinkedIdentity.objects.exists()
    assert proved.get("/mine/security/links/google/").status_code == 404


def test_own_data_export_holds_everything_and_no_secret(proved: Client) -> None:
    assert read_page(proved.get("/mine/data/")).heading == "我的数据"
    answer = proved.post("/mine/data/export/")
    assert "attachment" in answer.headers["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    told = json.loads(archive.read("data.json"))
    assert told["user"]["phone"] == made.OWNER_PHONE and len(told["accesses"]) == 6
    assert made.OWNER_PHONE in archive.read("data.html").decode()
    assert proved.cookies["sessionid"].value not in archive.read("data.json").decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_own_data_export_is_whole_and_can_be_read(language: str, proved: Client, company: made.Company) -> None:
    from gridhall.apps.accounts import models as accounts

    user = User.objects.get(phone=made.OWNER_PHONE)
    at = timezone.now()
    proved.post("/mine/preferences/", {"language": language})
    check = accounts.RealNameCheck.objects.create(
        user=user, name="田大山", consented_at=at, started_at=at, expires_at=at, state="REFUSED", decided_at=at
    )
    accounts.BusinessCheck.objects.create(
        user=user, name="唐崖测试茶业", credit_code="91422826MA0000001L", state="WAITING", asked_at=at
    )
    own = accounts.AccountAccess.objects.filter(user=user, role="OWNER", revoked_at=None).first()
    assert own is not None
    accounts.RealName.objects.create(
        user=user, party=own.account.agreements.first().party, level="COUNTER", verified_at=at
    )
    proved.post(
        f"/accounts/{own.mrid}/sharing/invite/",
        {"phone": "13877776666", "called": "王叔", "role": "FAMILY", "scopes": ["VIEW_BILLS"]},
    )
    from gridhall.apps.notifications.models import MessagePreference

    MessagePreference.objects.create(user=user, kind="BILL_ISSUED", channel="SMS", is_wanted=False)
    proved.post("/feedback/", {"page": "/", "kind": "WISH", "text": "想看水费", "contact": "13877776666"})
    archive = zipfile.ZipFile(io.BytesIO(proved.post("/mine/data/export/").content))
    told = json.loads(archive.read("data.json"))
    assert told["real_name_checks"][0]["name"] == check.name and told["business_checks"] and told["real_name"]
    assert told["invitations_sent"][0]["phone"] == "13877776666" and told["feedback"][0]["text"] == "想看水费"
    assert {"consents", "quiet_hours", "message_preferences", "invitations_received"} <= told.keys()
    page = html.fromstring(archive.read("data.html").decode())
    cells = [cell.text_content() for cell in page.iter("th", "td")]
    assert "王叔" in cells and "想看水费" in cells
    codes = re.compile(r"[a-z]+_[a-z_]+|[A-Z]{3,}(_[A-Z]+)*|[A-Z][a-z]+[A-Z][a-z]+|.*[{}].*")
    assert [cell for cell in cells if codes.fullmatch(cell)] == []


def test_own_data_export_asks_for_a_proof(owner: Client) -> None:
    assert "/proof/" in owner.post("/mine/data/export/").headers["Location"]


def test_leave_says_what_happens_and_stay_undoes_it(proved: Client) -> None:
    page = read_page(proved.get("/mine/leave/"))
    assert "依法保留" in page.text and "账单" in page.text
    assert "请先勾选" in read_page(proved.post("/mine/leave/", {})).text
    answer = proved.post("/mine/leave/", {"understood": "on"})
    assert "七天后注销" in read_page(answer).text and "storage" in answer.headers["Clear-Site-Data"]
    assert proved.get("/mine/").status_code == 302
    proved.post("/sign-in/", {"phone": made.OWNER_PHONE, "password": made.PASSWORD})
    assert "撤销注销" in read_page(proved.get("/mine/security/")).text
    assert "一切照旧" in read_page(proved.post("/mine/stay/", follow=True)).text
    assert User.objects.get(phone=made.OWNER_PHONE).erasure_due_at is None


def test_stay_is_calm_when_nothing_was_asked(owner: Client) -> None:
    assert owner.post("/mine/stay/").status_code == 302


def test_erased_users_see_nothing_any_more(proved: Client, company: made.Company) -> None:
    from datetime import timedelta

    from gridhall.apps.accounts.models import AccountAccess
    from gridhall.apps.identity import actions
    from gridhall.apps.notifications.models import Message
    from gridhall.core import events

    user = User.objects.get(phone=made.OWNER_PHONE)
    proved.post("/mine/security/password/", {"password": "山里的夜很安静 7"})
    events.deliver_pending(at=timezone.now())
    proved.post("/mine/leave/", {"understood": "on"})
    later = timezone.now() + timedelta(days=8)
    assert actions.erase_due_users(at=later) == 1
    events.deliver_pending(at=later)
    assert not AccountAccess.objects.filter(user=user, revoked_at=None).exists()
    assert not Message.objects.filter(user=user, sent_at__lt=later).exists()
    assert not AccountAccess.objects.filter(granted_by=user, revoked_at=None).exclude(user=user).exists()
