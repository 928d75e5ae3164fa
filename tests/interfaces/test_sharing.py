"""One's accounts: names, order, letting go; letting others see them, and what they see then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import company as made
from tests.interfaces.pages import read_page
from tests.interfaces.people import make_delegate

LONG_NAME = (
    "咸丰县高乐山镇龙潭村唐崖河畔坪坝营生态茶叶种植加工销售"
    + "农民专业合作社联合社第二十三号示范基地仓储物流中心冷库东侧配电房户号"
)


def find_access(number: str, phone: str = made.OWNER_PHONE) -> Any:
    from gridhall.apps.accounts.models import AccountAccess

    return AccountAccess.objects.get(account__number=number, user__phone=phone, revoked_at=None)


@pytest.fixture
def home_access(company: made.Company, owner: Client) -> Any:
    """The owner's access to his first account."""
    return find_access(company.numbers[0])


@pytest.fixture
def family(sign_in: Callable[[str], Client]) -> Client:
    """The one who sees usage of the first account; his phone is proved."""
    from gridhall.apps.identity.models import User

    User.objects.filter(phone=made.FAMILY_PHONE).update(phone_verified_at=timezone.now())
    return sign_in(made.FAMILY_PHONE)


def invite(owner: Client, access: Any, phone: str, **more: Any) -> Any:
    given = {"phone": phone, "role": "FAMILY", "scopes": ["VIEW_BILLS"], "called": "妈妈"} | more
    return owner.post(f"/accounts/{access.mrid}/sharing/invite/", given)


def test_account_manage_lists_everything_in_few_questions(owner: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        page = read_page(owner.get("/accounts/manage/"))
    assert len(page.tree.xpath("//main//li//a")) == 6
    assert "/accounts/bind/" in page.links()


def test_account_detail_keeps_a_name_of_sixty_characters_out_and_forty_in(owner: Client, home_access: Any) -> None:
    address = f"/accounts/{home_access.mrid}/"
    assert len(LONG_NAME) >= 60
    page = read_page(owner.post(address, {"tag": LONG_NAME}))
    assert page.tree.xpath("//input[@name='tag']/@aria-invalid") == ["true"]
    owner.post(address, {"tag": LONG_NAME[:40]})
    assert LONG_NAME[:40] in read_page(owner.get("/accounts/manage/")).text


def test_account_detail_makes_another_the_main_one(owner: Client, company: made.Company) -> None:
    other = find_access(company.numbers[2])
    for _press in range(2):
        answer = owner.post(f"/accounts/{other.mrid}/", {"main": "1"})
        assert "told=main" in answer.headers["Location"]
    assert "油茶汤店" in read_page(owner.get("/")).text
    other.refresh_from_db()
    assert other.is_main


def test_account_detail_of_another_user_does_not_exist(sign_in: Callable[[str], Client], home_access: Any) -> None:
    stranger = sign_in(made.STRANGER_PHONE)
    for path in ("", "unbind/", "sharing/", "sharing/invite/", "sharing/history/"):
        assert stranger.get(f"/accounts/{home_access.mrid}/{path}").status_code == 404
    assert stranger.post(f"/accounts/{home_access.mrid}/unbind/").status_code == 404


def test_account_move_changes_ones_own_order(owner: Client, company: made.Company) -> None:
    last = find_access(company.numbers[5])
    owner.post("/accounts/move/", {"access": str(last.mrid), "move": "up"})
    page = read_page(owner.get("/accounts/"))
    order = page.tree.xpath("//main//button[@name='account']/@value")
    assert order == [*company.numbers[:4], company.numbers[5], company.numbers[4]]
    assert owner.post("/accounts/move/", {"access": str(last.mrid), "move": "aside"}).status_code == 404
    first = find_access(company.numbers[0])
    owner.post("/accounts/move/", {"access": str(first.mrid), "move": "down"})
    assert read_page(owner.get("/accounts/")).tree.xpath("//main//button[@name='account']/@value") == order


def test_account_unbind_says_what_it_does_and_account_restore_undoes_it(
    owner: Client, family: Client, home_access: Any
) -> None:
    address = f"/accounts/{home_access.mrid}/unbind/"
    page = read_page(owner.get(address))
    assert "1 个人也马上看不到" in page.text and "撤销" in page.text
    for _press in range(2):
        assert "told=unbound" in owner.post(address).headers["Location"]
    assert "半小时内可以撤销" in read_page(owner.get("/accounts/manage/")).text
    assert "还没有绑定户号" in read_page(family.get("/")).text
    for _press in range(2):
        answer = owner.post(f"/accounts/{home_access.mrid}/restore/")
        assert "told=restored" in answer.headers["Location"]
    assert read_page(family.get("/")).heading == "首页"
    restored = find_access(home_access.account.number)
    assert (restored.role, restored.tag, restored.scopes) == ("OWNER", home_access.tag, home_access.scopes)


def test_account_restore_is_too_late_after_half_an_hour(owner: Client, home_access: Any) -> None:
    from gridhall.apps.accounts.models import AccountAccess

    owner.post(f"/accounts/{home_access.mrid}/unbind/")
    AccountAccess.objects.filter(pk=home_access.pk).update(revoked_at=timezone.now() - timedelta(minutes=31))
    answer = owner.post(f"/accounts/{home_access.mrid}/restore/", follow=True)
    assert "不能撤销" in read_page(answer).text
    AccountAccess.objects.get(pk=home_access.pk, revoked_at__isnull=False)


def test_sharing_list_shows_who_sees_the_account(
    owner: Client, family: Client, home_access: Any, django_assert_max_num_queries: Any
) -> None:
    owner.get("/mine/")  # the first request of a session writes down the device; that is not this page's
    with django_assert_max_num_queries(12):
        page = read_page(owner.get(f"/accounts/{home_access.mrid}/sharing/"))
    assert "田**" in page.text and "138****5678" in page.text and made.FAMILY_PHONE not in page.text
    theirs = find_access(home_access.account.number, made.FAMILY_PHONE)
    assert family.get(f"/accounts/{theirs.mrid}/sharing/").status_code == 404


def test_invitation_answer_accepts_for_the_phone_alone(
    owner: Client, sign_in: Callable[[str], Client], home_access: Any
) -> None:
    from gridhall.apps.identity import actions as identity
    from gridhall.apps.identity.models import User

    phone = "13933334444"
    assert "told=invited" in invite(owner, home_access, phone).headers["Location"]
    assert "139****4444" in read_page(owner.get(f"/accounts/{home_access.mrid}/sharing/")).text
    user = identity.create_user(phone=phone, name="妈", password=None, at=timezone.now(), actor="tests")
    client = sign_in(phone)
    assert "给您的邀请" not in read_page(client.get("/")).text  # the number is not proved yet
    User.objects.filter(pk=user.pk).update(phone_verified_at=timezone.now())
    page = read_page(client.get("/"))
    assert "给您的邀请" in page.text and home_access.account.number not in page.text
    (path,) = page.tree.xpath("//form[contains(@action,'/mine/invitations/')]/@action")
    assert sign_in(made.STRANGER_PHONE).post(path, {"answer": "accept"}).status_code == 404
    first = client.post(path, {"answer": "accept"}).headers["Location"]
    assert client.post(path, {"answer": "accept"}).headers["Location"] == first
    assert "看账单" in read_page(client.get(first)).text
    assert client.get("/bills/").status_code == 200 and client.get("/usage/").status_code == 404


def test_invitation_list_shows_both_and_invitation_answer_declines(
    owner: Client, family: Client, company: made.Company
) -> None:
    access = find_access(company.numbers[1])
    invite(owner, access, made.FAMILY_PHONE, scopes=["VIEW_BILLS", "PAY"])
    page = read_page(family.get("/mine/invitations/"))
    assert "给您的邀请" in page.text and "别人让我看的" in page.text
    (path,) = page.tree.xpath("//form[contains(@action,'/mine/invitations/')]/@action")
    assert "told=declined" in family.post(path, {"answer": "decline"}).headers["Location"]
    page = read_page(family.post(path, {"answer": "accept"}, follow=True))
    assert "已经处理过" in page.text


def test_sharing_withdraw_takes_the_offer_back(owner: Client, family: Client, company: made.Company) -> None:
    access = find_access(company.numbers[1])
    invite(owner, access, made.FAMILY_PHONE)
    page = read_page(owner.get(f"/accounts/{access.mrid}/sharing/"))
    (path,) = page.tree.xpath("//form[contains(@action,'/offers/')]/@action")
    (theirs,) = read_page(family.get("/mine/invitations/")).tree.xpath(
        "//form[contains(@action,'/invitations/')]/@action"
    )
    for _press in range(2):
        assert "told=withdrawn" in owner.post(path).headers["Location"]
    assert "失效" in read_page(family.post(theirs, {"answer": "accept"}, follow=True)).text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"phone": made.OWNER_PHONE}, "phone"),
        ({"phone": made.FAMILY_PHONE}, "phone"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["FLY"]}, "scopes"),
        ({"last_day": "2020-01-01"}, "last_day"),
        ({"role": "OWNER"}, "role"),
        ({"called": "x" * 41}, "called"),
    ],
)
def test_sharing_invite_says_what_is_wrong_and_keeps_what_was_typed(
    owner: Client, home_access: Any, given: dict[str, Any], field: str
) -> None:
    page = read_page(invite(owner, home_access, **({"phone": "13933334444"} | given)))
    assert page.tree.xpath(f"//main//*[@id='{field}-error']")
    assert page.tree.xpath("//input[@name='phone']/@value") == [given.get("phone", "13933334444")]


def test_sharing_invite_of_a_delegate_offers_no_more_than_he_has(
    owner: Client, sign_in: Callable[[str], Client], home_access: Any
) -> None:
    from tests.interfaces.people import make_delegate

    manager = sign_in(make_delegate("MANAGE"))
    held = find_access(home_access.account.number, make_delegate_phone())
    page = read_page(manager.get(f"/accounts/{held.mrid}/sharing/invite/"))
    assert page.tree.xpath("//input[@name='scopes']/@value") == ["MANAGE"]
    answer = invite(manager, held, "13933334444", scopes=["VIEW_BILLS"])
    assert answer.status_code == 200


def make_delegate_phone() -> str:
    from tests.interfaces.people import SCOPES

    return f"139010000{SCOPES.index('MANAGE'):02d}"


def test_sharing_detail_changes_scopes_and_end_and_keeps_the_history(
    owner: Client, family: Client, home_access: Any
) -> None:
    theirs = find_access(home_access.account.number, made.FAMILY_PHONE)
    address = f"/accounts/{home_access.mrid}/sharing/{theirs.mrid}/"
    page = read_page(owner.get(address))
    assert page.tree.xpath("//input[@name='scopes'][@checked]/@value") == ["VIEW_USAGE"]
    last_day = (timezone.localdate() + timedelta(days=3)).isoformat()
    given = {"scopes": ["VIEW_BILLS"], "last_day": last_day, "called": "弟弟"}
    assert "told=changed" in owner.post(address, given).headers["Location"]
    assert "refused=already-ended" in owner.post(address, given).headers["Location"]
    assert family.get("/bills/").status_code == 200 and family.get("/usage/").status_code == 404
    page = read_page(owner.get(f"/accounts/{home_access.mrid}/sharing/history/"))
    assert "权限有改动" in page.text and "现在能看" in page.text and "弟弟" in page.text


def test_sharing_history_shows_nothing_of_an_earlier_holder(owner: Client, home_access: Any) -> None:
    from gridhall.apps.accounts.models import AccountAccess, CustomerAgreement
    from gridhall.apps.identity.models import User

    before = CustomerAgreement.objects.filter(account=home_access.account).earliest("starts_on").starts_on
    AccountAccess.objects.create(
        account=home_access.account, user=User.objects.get(phone=made.STRANGER_PHONE), role="OWNER",
        scopes=["VIEW_BILLS"], method="COUNTER", starts_on=before - timedelta(days=90),
        revoked_at=timezone.now() - timedelta(days=(timezone.localdate() - before).days + 5),
    )  # fmt: skip
    page = read_page(owner.get(f"/accounts/{home_access.mrid}/sharing/history/"))
    assert "覃" not in page.text


def test_sharing_end_leaves_the_delegate_a_clear_page(owner: Client, family: Client, home_access: Any) -> None:
    assert family.get("/usage/").status_code == 200
    theirs = find_access(home_access.account.number, made.FAMILY_PHONE)
    for _press in range(2):
        assert (
            "told=ended" in owner.post(f"/accounts/{home_access.mrid}/sharing/{theirs.mrid}/end/").headers["Location"]
        )
    page = read_page(family.get("/usage/"))
    assert "被收回" in page.text and "还没有绑定户号" in page.text
    page = read_page(family.get(f"/accounts/{theirs.mrid}/"), status=404)
    assert page.heading == "这个户号看不到了"


def test_sharing_end_does_not_show_another_account_without_a_word(
    owner: Client, sign_in: Callable[[str], Client], company: made.Company
) -> None:
    from gridhall.apps.accounts import actions
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.identity.models import User

    user = User.objects.get(phone=made.STRANGER_PHONE)
    owning = User.objects.get(phone=made.OWNER_PHONE)
    access = actions.grant_access(
        account=CustomerAccount.objects.get(number=company.numbers[0]), granter=owning, grantee=user, role="STAFF",
        scopes=["VIEW_BILLS", "VIEW_USAGE"], at=timezone.now(), actor="tests",
    )  # fmt: skip
    staff = sign_in(made.STRANGER_PHONE)
    staff.post("/accounts/switch/", {"account": company.numbers[0]})
    assert staff.get("/bills/").status_code == 200
    actions.revoke_access(access=access, by=owning, at=timezone.now(), actor="tests")
    page = read_page(staff.get("/bills/"), status=403)
    assert page.heading == "这个户号看不到了" and "被收回" in page.text
    assert read_page(staff.get("/bills/")).heading  # the next page is of his own account


def test_access_that_came_to_its_end_says_so(family: Client, home_access: Any) -> None:
    from gridhall.apps.accounts.models import AccountAccess

    theirs = find_access(home_access.account.number, made.FAMILY_PHONE)
    AccountAccess.objects.filter(pk=theirs.pk).update(ends_on=timezone.localdate())
    assert "到期" in read_page(family.get("/")).text


def test_consent_list_shows_each_and_consent_change_gives_and_takes_back(
    owner: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        page = read_page(owner.get("/mine/consents/"))
    party = page.tree.xpath("(//input[@name='party']/@value)[1]")[0]
    for wanted, words in (("yes", "同意（网上电厅）"), ("no", "撤回")):
        for _press in range(2):
            given = {"party": party, "kind": "MARKETING", "wanted": wanted}
            page = read_page(owner.post("/mine/consents/change/", given, follow=True))
            assert words in page.text
    from gridhall.apps.accounts.models import Consent

    assert Consent.objects.filter(party__mrid=party, kind="MARKETING").count() == 1
    assert owner.post("/mine/consents/change/", {"party": party, "kind": "X", "wanted": "yes"}).status_code == 400


def test_consent_change_of_another_is_refused(owner: Client, family: Client) -> None:
    party = read_page(owner.get("/mine/consents/")).tree.xpath("(//input[@name='party']/@value)[1]")[0]
    assert (
        family.post("/mine/consents/change/", {"party": party, "kind": "MARKETING", "wanted": "yes"}).status_code == 404
    )
    assert "还没有要您决定的" in read_page(family.get("/mine/consents/")).text


@pytest.mark.parametrize(("scope", "address"), [("VIEW_BILLS", "/usage/"), ("VIEW_USAGE", "/bills/")])
def test_page_that_is_not_shared_says_so_and_leads_on(
    scope: str, address: str, sign_in: Callable[[str], Client], company: made.Company
) -> None:
    narrow = sign_in(make_delegate(scope))
    page = read_page(narrow.get(address), status=404)
    assert page.heading == "这一页没有对您开放" and "/" in page.links()
    strange = narrow.get("/bills/00000000-0000-4000-8000-000000000000/")
    assert strange.status_code == 404 and "没有对您开放" not in strange.content.decode()


def test_account_manage_of_many_accounts_turns_pages_and_finds(sign_in: Callable[[str], Client]) -> None:
    from gridhall.apps.accounts.models import AccountAccess, CustomerAccount
    from gridhall.apps.identity import actions as identity

    at = timezone.now()
    user = identity.create_user(phone="13955556666", name="", password=None, at=at, actor="tests")
    numbers = [f"42289{place:08d}" for place in range(45)]
    for number in numbers:
        account = CustomerAccount.objects.create(
            number=number, kind="SHOP", name=f"第{number[-2:]}店", opened_on=timezone.localdate(at)
        )
        AccountAccess.objects.create(
            account=account, user=user, role="FAMILY", scopes=["VIEW_BILLS"], method="GRANTED",
            starts_on=timezone.localdate(at), tag=f"店{number[-2:]}",
        )  # fmt: skip
    client = sign_in(user.phone)
    pages = [read_page(client.get(f"/accounts/manage/?page={page}")) for page in (1, 2, 3)]
    shown = [[link for link in page.links() if link.startswith("/accounts/") and len(link) > 40] for page in pages]
    assert [len(links) for links in shown] == [20, 20, 5] and len({*shown[0], *shown[1], *shown[2]}) == 45
    found = read_page(client.get("/accounts/manage/?q=店07"))
    assert "店07" in found.text and "店08" not in found.text
    assert "没有找到" in read_page(client.get("/accounts/manage/?q=nothing")).text
    form = pages[1].tree.xpath("//form[@class='gh-moves']")[0]
    given = {name: form.xpath(f".//input[@name='{name}']/@value")[0] for name in ("access", "place")}
    answer = client.post("/accounts/move/", given | {"move": "up"})
    assert answer.headers["Location"] == "/accounts/manage/"
    now = read_page(client.get(answer.headers["Location"])).links()
    assert f"/accounts/{given['access']}/" in now
