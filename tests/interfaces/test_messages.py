"""The message centre through HTTP: lists, one message, what is done with them, settings, push."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import company as made
from tests.interfaces.pages import read_page

KIND, CONTEXT = "EXPORT_MADE", "at"


@pytest.fixture
def user(company: made.Company, db: None) -> Any:
    from gridhall.apps.identity.models import User

    return User.objects.get(phone=made.OWNER_PHONE)


@pytest.fixture
def send(user: Any) -> Callable[..., Any]:
    """Send the owner messages."""
    from gridhall.apps.notifications import actions

    def give(count: int = 1, **changes: Any) -> Any:
        at = timezone.now()
        for number in range(count):
            facts = {"user": user, "kind": KIND, "context": {"at": at}, "at": at + timedelta(seconds=number)}
            message = actions.send_message(**facts | {"actor": "test"} | changes)
        return message

    return give


def test_message_list_shows_and_counts(owner: Client, send: Any, django_assert_max_num_queries: Any) -> None:
    from gridhall.apps.notifications.models import Message

    Message.objects.all().delete()
    assert "还没有消息" in read_page(owner.get("/messages/")).text
    send(25)
    with django_assert_max_num_queries(12):
        page = read_page(owner.get("/messages/"))
    assert page.heading == "消息" and page.text.count("您的数据导出了一份") >= 20
    assert "25" in page.text  # on the bell and the tab
    older = next(link for link in page.links() if "before=" in link)
    assert len(read_page(owner.get("/messages/" + older)).tree.xpath("//li[contains(@class,'gh-message')]")) == 5
    assert read_page(owner.get("/messages/?box=NONSENSE&before=abc")).status == 200
    assert read_page(owner.get("/messages/?before=99999999999999999999")).status == 200


def test_message_list_in_english_has_no_chinese(owner: Client, send: Any) -> None:
    send()
    owner.post("/mine/preferences/", {"language": "en"})
    page = read_page(owner.get("/messages/"))
    assert "Your data was exported" in page.text and page.heading == "Messages"


def test_bell_stands_on_kept_pages_without_a_statement_of_its_own(
    owner: Client, send: Any, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    owner.get("/")
    with CaptureQueriesContext(connection) as before:
        owner.get("/")
    statements = len(before)
    send(3)
    home = read_page(owner.get("/"))
    assert home.tree.xpath("//a[@href='/messages/' and contains(@aria-label, '3')]")
    with django_assert_num_queries(statements):
        owner.get("/")


def test_message_detail_is_read_by_looking(owner: Client, send: Any, django_assert_max_num_queries: Any) -> None:
    message = send(link="/mine/")
    owner.head(f"/messages/{message.mrid}/")
    message.refresh_from_db()
    assert message.read_at is None
    with django_assert_max_num_queries(12):
        page = read_page(owner.get(f"/messages/{message.mrid}/"))
    assert "为什么收到这条" in page.text and "/mine/" in page.links()
    message.refresh_from_db()
    assert message.read_at is not None


def test_message_detail_says_how_it_went(owner: Client, send: Any, user: Any) -> None:
    from gridhall.apps.identity.models import User

    User.objects.filter(pk=user.pk).update(phone_verified_at=timezone.now())
    message = send(kind="PASSWORD_CHANGED")
    assert (
        "等着发" in read_page(owner.get(f"/messages/{message.mrid}/")).text
        or "以后发" in read_page(owner.get(f"/messages/{message.mrid}/")).text
    )


def test_message_detail_of_another_is_not_there(sign_in: Callable[[str], Client], send: Any) -> None:
    message = send()
    stranger = sign_in(made.STRANGER_PHONE)
    assert stranger.get(f"/messages/{message.mrid}/").status_code == 404
    stranger.post("/messages/change/", {"change": "ARCHIVE", "mrid": str(message.mrid)})
    message.refresh_from_db()
    assert message.archived_at is None and message.read_at is None


def test_message_undo_brings_back_what_was_archived(owner: Client, send: Any) -> None:
    message = send()
    answer = owner.post("/messages/change/", {"change": "ARCHIVE", "mrid": str(message.mrid)}, follow=True)
    page = read_page(answer)
    assert "归档了 1 条消息" in page.text
    (form,) = page.tree.xpath("//form[@action='/messages/undo/']")
    fields = {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}
    after = read_page(owner.post("/messages/undo/", fields, follow=True))
    message.refresh_from_db()
    assert message.archived_at is None and "归档了" not in after.text
    assert owner.post("/messages/undo/", fields).status_code == 302  # a double click


def test_message_change_marks_all_read(owner: Client, send: Any) -> None:
    send(3)
    page = read_page(owner.post("/messages/change/", {"change": "ALL_READ"}, follow=True))
    assert "3 条消息标为已读" in page.text
    assert "都看过了" in read_page(owner.get("/messages/?box=UNREAD")).text


@pytest.mark.parametrize("values", [
    {}, {"change": "BURN"}, {"change": "ARCHIVE", "mrid": "x"}, {"change": "ARCHIVE", "mrid": ["x"] * 300},
])  # fmt: skip
def test_message_change_refuses_nonsense(owner: Client, company: Any, values: dict[str, Any]) -> None:
    assert owner.post("/messages/change/", values).status_code == 400
    for at in ("", "yesterday", "2026-01-01"):
        assert owner.post("/messages/undo/", {"change": "ARCHIVE", "at": at}).status_code == 400
    assert owner.post("/messages/undo/", {"change": "BURN", "at": "2026-01-01T00:00:00+00:00"}).status_code == 400


def test_message_settings_are_kept(owner: Client, user: Any, django_assert_max_num_queries: Any) -> None:
    from gridhall.apps.notifications import queries

    with django_assert_max_num_queries(12):
        page = read_page(owner.get("/messages/settings/"))
    assert "免打扰" in page.text and "关不掉" in page.text
    values = {
        "quiet_is_on": "on", "quiet_starts_at": "21:30", "quiet_ends_at": "07:15", "BILL_ISSUED": ["IN_APP"],
        "PASSWORD_CHANGED": [],
    }  # fmt: skip
    with django_assert_max_num_queries(20):
        answer = owner.post("/messages/settings/", values)
    assert answer.status_code == 302
    kept = queries.get_message_settings(viewer=user, language="zh-hans")
    wanted = {kind.kind: kind.wanted for kind in kept.kinds}
    assert wanted["BILL_ISSUED"] == ("IN_APP",)
    assert wanted["PASSWORD_CHANGED"] == ("IN_APP", "SMS")  # what cannot be switched off stays on
    assert f"{kept.quiet_starts_at:%H:%M}–{kept.quiet_ends_at:%H:%M}" == "21:30–07:15"


@pytest.mark.parametrize("change", [
    {"quiet_starts_at": ""}, {"quiet_ends_at": "25:00"}, {"BILL_ISSUED": ["PIGEON"]}, {"quiet_starts_at": "soon"},
])  # fmt: skip
def test_message_settings_say_what_is_wrong_and_keep_nothing(owner: Client, user: Any, change: dict[str, Any]) -> None:
    from gridhall.apps.notifications.models import MessagePreference, QuietHours

    values = {"quiet_is_on": "on", "quiet_starts_at": "21:30", "quiet_ends_at": "07:15", "BILL_ISSUED": ["IN_APP"]}
    page = read_page(owner.post("/messages/settings/", values | change))
    assert page.tree.xpath("//*[@role='alert']")
    assert not MessagePreference.objects.exists() and not QuietHours.objects.exists()


def _make_browser() -> dict[str, str]:
    """What the script of a browser sends that takes push."""
    import base64

    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    key = base64.urlsafe_b64encode(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)).rstrip(b"=")
    return {"endpoint": "https://fcm.googleapis.com/fcm/send/x", "p256dh": key.decode(), "auth": "A" * 22}


@pytest.mark.parametrize("is_ended_elsewhere", [False, True], ids=["signed out", "ended elsewhere"])
def test_push_ends_with_the_session(
    sign_in: Callable[[str], Client], user: Any, is_ended_elsewhere: bool, django_capture_on_commit_callbacks: Any
) -> None:
    from gridhall.apps.identity import actions as identity
    from gridhall.apps.identity.models import UserSession
    from gridhall.apps.notifications.models import PushSubscription

    lost, kept = sign_in(made.OWNER_PHONE), sign_in(made.OWNER_PHONE)
    for client, name in ((lost, "lost"), (kept, "kept")):
        values = _make_browser() | {"endpoint": f"https://fcm.googleapis.com/fcm/send/{name}"}
        assert client.post("/messages/push/subscribe/", values).status_code == 204
    with django_capture_on_commit_callbacks(execute=True):
        if is_ended_elsewhere:
            session = UserSession.objects.get(session_key=lost.session.session_key)
            identity.end_session(user=user, mrid=session.mrid, at=timezone.now(), actor="test")
        else:
            lost.post("/sign-out/")
    assert [row.endpoint[-4:] for row in PushSubscription.objects.all()] == ["kept"]


def test_push_subscribe_and_push_unsubscribe(owner: Client, user: Any, settings: Any) -> None:
    from gridhall.apps.notifications.models import PushSubscription

    values = _make_browser()
    assert owner.post("/messages/push/subscribe/", values | {"endpoint": "http://localhost/"}).status_code == 400
    assert owner.post("/messages/push/subscribe/", values).status_code == 204
    kept = PushSubscription.objects.get(user=user)
    page = read_page(owner.get("/messages/settings/"))
    assert page.tree.xpath(f"//button[@name='mrid' and @value='{kept.mrid}']")
    assert owner.post("/messages/push/unsubscribe/", {"mrid": "x"}).status_code == 400
    assert owner.post("/messages/push/unsubscribe/", {"mrid": str(kept.mrid)}).status_code == 302
    assert not PushSubscription.objects.exists()


def test_push_unsubscribe_of_nothing_changes_nothing(owner: Client) -> None:
    assert owner.post("/messages/push/unsubscribe/", {"endpoint": "https://fcm.googleapis.com/x"}).status_code == 302


def test_service_worker_shows_pushes() -> None:
    text = Client().get("/sw.js").content.decode()
    assert 'addEventListener("push"' in text and 'addEventListener("notificationclick"' in text


def test_bills_of_a_run_are_told_to_who_may_see_them(company: made.Company, user: Any) -> None:
    from gridhall.apps.billing import actions as billing
    from gridhall.apps.billing.models import Bill, BillRun
    from gridhall.apps.notifications.models import Message

    run = BillRun.objects.filter(bills__account__number=company.numbers[0]).order_by("-month").first()
    at = timezone.now()
    told = billing.tell_of_bills(run_id=run.pk, at=at, actor="test")
    # The owner of six accounts hears once, the neighbor of his one bill, family without the scope nothing.
    owner_messages = Message.objects.filter(user=user, kind="BILLS_ISSUED")
    assert owner_messages.count() == 1 and "6个户号" in owner_messages.get().text_zh
    (neighbor,) = Message.objects.filter(user__phone=made.STRANGER_PHONE, kind="BILL_ISSUED")
    bill = Bill.objects.get(run=run, account__number=company.neighbor_number)
    assert neighbor.key == f"bill:{bill.number}" and neighbor.link == f"/bills/{bill.mrid}/"
    assert f"{bill.amount:,.2f}" in neighbor.text_zh
    assert not Message.objects.filter(user__phone=made.FAMILY_PHONE, kind__startswith="BILL").exists()
    assert told == 2 and billing.tell_of_bills(run_id=run.pk, at=at, actor="test") == 0
    assert billing.tell_of_bills(run_id=run.pk, at=at + timedelta(days=40), actor="test") == 0


def test_accesses_are_told_to_both_sides(company: made.Company, django_capture_on_commit_callbacks: Any) -> None:
    from gridhall.apps.accounts import actions as accounts
    from gridhall.apps.accounts.models import AccountAccess, CustomerAccount
    from gridhall.apps.identity.models import User
    from gridhall.apps.notifications.models import Message

    users = {user.phone: user for user in User.objects.all()}
    account = CustomerAccount.objects.get(number=company.numbers[1])
    at = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        access = accounts.grant_access(
            account=account, granter=users[made.STAFF_PHONE], grantee=users[made.STRANGER_PHONE], role="AGENT",
            scopes=["VIEW_BILLS"], at=at, actor="tests",
        )  # fmt: skip
    granted = Message.objects.get(user__phone=made.STRANGER_PHONE, kind="ACCESS_GRANTED")
    assert "看账单" in granted.text_zh and "尾号0025" in granted.text_zh
    shared = Message.objects.get(user__phone=made.OWNER_PHONE, kind="ACCESS_SHARED")
    assert "覃" in shared.text_zh and "覃伯伯" not in shared.text_zh
    with django_capture_on_commit_callbacks(execute=True):
        accounts.revoke_access(
            access=access, by=users[made.OWNER_PHONE], at=at, actor=str(users[made.OWNER_PHONE].mrid)
        )
    assert Message.objects.filter(user__phone=made.STRANGER_PHONE, kind="ACCESS_REVOKED").count() == 1
    assert not AccountAccess.objects.filter(pk=access.pk, revoked_at=None).exists()


def test_owner_is_told_of_a_binding_and_the_invited_of_an_offer(
    company: made.Company, user: Any, django_capture_on_commit_callbacks: Any
) -> None:
    from gridhall.apps.accounts import actions as accounts
    from gridhall.apps.accounts.kinds import BindingMethodKind
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.identity.models import User
    from gridhall.apps.notifications.models import Message

    at, account = timezone.now(), CustomerAccount.objects.get(number=company.numbers[0])
    family = User.objects.get(phone=made.FAMILY_PHONE)
    stranger = User.objects.get(phone=made.STRANGER_PHONE)
    clerk = User.objects.get(phone=made.STAFF_PHONE)
    claim = accounts.Claim(BindingMethodKind.COUNTER, number=account.number)
    with django_capture_on_commit_callbacks(execute=True):
        accounts.bind_account(user=stranger, claim=claim, by=clerk, at=at, actor=str(clerk.mrid))
    (told,) = Message.objects.filter(user=user, kind="ACCESS_SHARED")
    assert "覃" in told.title_zh and "覃伯伯" not in told.title_zh and "看账单" in told.text_zh
    for number, is_proved in ((1, False), (2, True)):  # a number that nobody proved may be anybody's
        other = CustomerAccount.objects.get(number=company.numbers[number])
        User.objects.filter(pk=family.pk).update(phone_verified_at=at if is_proved else None)
        with django_capture_on_commit_callbacks(execute=True):
            accounts.invite_to_account(
                account=other, inviter=user, phone=made.FAMILY_PHONE, role="FAMILY", scopes=["VIEW_BILLS"], at=at,
                actor=str(user.mrid),
            )  # fmt: skip
        assert Message.objects.filter(user=family, kind="ACCESS_OFFERED").count() == int(is_proved)
    offered = Message.objects.get(user=family, kind="ACCESS_OFFERED")
    assert offered.link == "/mine/invitations/" and other.number not in offered.text_zh
