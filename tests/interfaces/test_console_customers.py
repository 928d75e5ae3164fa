"""The customer on one screen, the search, notes, views, lists and undo, as staff use them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import company as made
from tests.interfaces.pages import read_page

NUMBER = made.CUSTOMERS[0].number
DETAIL = f"/console/accounts/{NUMBER}/"


@pytest.fixture
def clerk(staff: Callable[[str], Client]) -> Client:
    """A clerk at the counter."""
    return staff("CLERK")


def _events(kind: str) -> list[dict[str, Any]]:
    from gridhall.core.models import Event

    return [event.payload for event in Event.objects.filter(kind=kind).order_by("id")]


def _give_contact(phone: str = "13812345678") -> Any:
    from gridhall.apps.accounts.models import CustomerAccount

    party = CustomerAccount.objects.get(number=NUMBER).agreements.get().party
    party.contacts.create(kind="PHONE", value=phone, is_primary=True)
    return party


def test_search_finds_by_pinyin_masked(clerk: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        page = read_page(clerk.get("/console/search/?q=tianxiaoxi")).text
    assert "田**" in page and "田小溪" not in page.replace("tianxiaoxi", "")


def test_search_of_a_whole_number_opens_the_account(clerk: Client) -> None:
    answer = clerk.get("/console/search/", {"q": "4228 2600 00017"})
    assert answer.headers["Location"] == DETAIL


def test_search_in_the_palette_offers_pages_and_customers(clerk: Client) -> None:
    answer = clerk.get("/console/search/", {"q": "kehu"}, headers={"HX-Request": "true"})
    assert "/console/accounts/" in answer.content.decode() and "<html" not in answer.content.decode()
    answer = clerk.get("/console/search/", {"q": "tds"}, headers={"HX-Request": "true"})
    assert DETAIL in answer.content.decode()


def test_search_tells_an_administrator_of_nobody(staff: Callable[[str], Client]) -> None:
    text = staff("ADMINISTRATOR").get("/console/search/", {"q": NUMBER}).content.decode()
    assert DETAIL not in text and "田" not in text


def test_account_detail_shows_everything_at_once(clerk: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        page = read_page(clerk.get(DETAIL)).text
    for expected in (
        "田**",
        "用电人",
        "余额和账单",
        "近 12 个月用电",
        "接在哪里",
        "计费条件",
        "发行账单",
        "备注",
    ):
        assert expected in page, expected
    assert "田大山" not in page and "龙潭路17号" not in page


@pytest.mark.parametrize("tab", ["bills", "supply", "people", "timeline"])
def test_account_detail_has_tabs(tab: str, clerk: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        assert clerk.get(DETAIL, {"tab": tab}).status_code == 200
    if tab == "timeline":
        page = read_page(clerk.get(DETAIL, {"tab": tab})).text
        for expected in ("开立户号", "开始用电", "接入计量点", "装表", "客户绑定户号"):
            assert expected in page, expected


def test_account_detail_of_an_old_number_leads_on(clerk: Client) -> None:
    from gridhall.apps.accounts.models import AccountAlias, CustomerAccount

    AccountAlias.objects.create(
        kind="OLD_NUMBER", source="old", value="0011223344", account=CustomerAccount.objects.get(number=NUMBER)
    )
    assert clerk.get("/console/accounts/0011223344/").headers["Location"] == DETAIL
    assert clerk.get("/console/accounts/9999999999/").status_code == 404


def test_account_detail_shows_banners_for_what_is_on_record(clerk: Client) -> None:
    from gridhall.apps.accounts import actions as accounts

    assert "特殊关怀" not in read_page(clerk.get(DETAIL)).text
    accounts.give_consent(
        party=_give_contact(), kind="SPECIAL_CARE", source="counter", at=timezone.now(), actor="tests"
    )
    page = read_page(clerk.get(DETAIL)).text
    assert "特殊关怀" in page and "停电前务必先联系" in page


def test_account_unmask_shows_for_a_while_and_tells_who_looked(clerk: Client) -> None:
    _give_contact()
    asked = {"fields_wanted": ["NAME", "PHONE"], "reason_kind": "CUSTOMER_ASKS", "reason": "客户来电核对电话"}
    assert clerk.post(f"{DETAIL}unmask/", asked).headers["Location"] == DETAIL
    page = read_page(clerk.get(DETAIL)).text
    assert "田大山" in page and "13812345678" in page and "客户来电核对电话" in page
    told = _events("PersonalDataUnmasked")
    assert [(one["field"], one["reason_kind"]) for one in told] == [
        ("NAME", "CUSTOMER_ASKS"),
        ("PHONE", "CUSTOMER_ASKS"),
    ]
    from gridhall.apps.workforce.models import Unmasking

    Unmasking.objects.update(shown_at="2020-01-01T00:00Z", until="2020-01-01T00:05Z")
    assert "田大山" not in read_page(clerk.get(DETAIL)).text


def test_account_unmask_is_one_persons(clerk: Client, staff: Callable[[str], Client]) -> None:
    asked = {"fields_wanted": ["NAME"], "reason_kind": "BILL_QUESTION", "reason": "核对账单姓名"}
    clerk.post(f"{DETAIL}unmask/", asked)
    assert "田大山" in read_page(clerk.get(DETAIL)).text
    assert "田大山" not in read_page(staff("BILLING").get(DETAIL)).text


@pytest.mark.parametrize(
    "asked",
    [
        {"fields_wanted": ["NAME"], "reason_kind": "BILL_QUESTION", "reason": "看"},
        {"fields_wanted": ["NAME"], "reason": "核对账单姓名"},
        {"reason_kind": "BILL_QUESTION", "reason": "核对账单姓名"},
        {"fields_wanted": ["EVERYTHING"], "reason_kind": "BILL_QUESTION", "reason": "核对账单姓名"},
    ],
)
def test_account_unmask_asks_why(asked: dict[str, Any], clerk: Client) -> None:
    answer = clerk.post(f"{DETAIL}unmask/", asked)
    assert answer.status_code == 422 and "田大山" not in answer.content.decode()
    assert _events("PersonalDataUnmasked") == []


def test_account_unmask_is_never_an_auditors(staff: Callable[[str], Client]) -> None:
    auditor = staff("AUDITOR")
    assert "查看完整信息" not in read_page(auditor.get(DETAIL)).text
    asked = {"fields_wanted": ["NAME"], "reason_kind": "DATA_CHECK", "reason": "审计要看姓名"}
    answer = auditor.post(f"{DETAIL}unmask/", asked)
    assert answer.status_code == 422 and "田大山" not in answer.content.decode()
    assert _events("PersonalDataUnmasked") == []


def test_account_mask_ends_it_at_once(clerk: Client) -> None:
    asked = {"fields_wanted": ["NAME"], "reason_kind": "BILL_QUESTION", "reason": "核对账单姓名"}
    clerk.post(f"{DETAIL}unmask/", asked)
    clerk.post(f"{DETAIL}mask/")
    assert "田大山" not in read_page(clerk.get(DETAIL)).text


def test_account_detail_of_400_meters_and_a_long_name(clerk: Client, django_assert_max_num_queries: Any) -> None:
    from gridhall.apps.accounts.models import CustomerAccount, ServiceLocation, UsagePoint
    from gridhall.apps.metering import actions as metering
    from gridhall.apps.metering.models import Meter, MeterInstallation

    account = CustomerAccount.objects.get(number=NUMBER)
    name = "咸丰县高乐山镇龙潭路" * 6
    account.name = name
    account.save()
    account.agreements.get().party.__class__.objects.filter(agreements__account=account).update(name=name)
    location = ServiceLocation.objects.filter(usage_points__account=account).first()
    day = account.opened_on
    serials = [f"77{index:08d}" for index in range(399)]
    metering.register_meters(
        new=[metering.NewMeter(serial_number=one) for one in serials], at=timezone.now(), actor="tests"
    ) if hasattr(metering, "register_meters") else Meter.objects.bulk_create(
        [Meter(serial_number=one) for one in serials]
    )
    points = UsagePoint.objects.bulk_create(
        [
            UsagePoint(
                code=f"MANY{index:04d}", account=account, service_location=location, voltage="V220", connected_on=day
            )
            for index in range(399)
        ]
    )
    meters = list(Meter.objects.filter(serial_number__in=serials).order_by("serial_number"))
    MeterInstallation.objects.bulk_create(
        [MeterInstallation(usage_point=p, meter=m, starts_on=day) for p, m in zip(points, meters, strict=True)]
    )
    with django_assert_max_num_queries(12):
        page = read_page(clerk.get(DETAIL)).text
    assert "还有 396 个计量点" in page
    assert read_page(clerk.get(DETAIL, {"tab": "supply"})).text.count("MANY") == 798


def test_note_write_and_undo(clerk: Client) -> None:
    answer = clerk.post(f"{DETAIL}notes/", {"text": "客户说下午在家"}, follow=True)
    page = answer.content.decode()
    assert "客户说下午在家" in page and "备注已写好" in page
    undo = re.search(r"/console/steps/[0-9a-f-]+/undo/", page)
    assert undo
    page = clerk.post(undo.group(), {"next": DETAIL}, follow=True).content.decode()
    assert "已撤销" in page and "客户说下午在家" not in page
    assert "已经撤销过了" in clerk.post(undo.group(), {"next": DETAIL}, follow=True).content.decode()


def test_note_write_keeps_what_was_typed_when_it_is_too_long(clerk: Client) -> None:
    answer = clerk.post(f"{DETAIL}notes/", {"text": "长" * 2001})
    assert answer.status_code == 422 and "长" * 2001 in answer.content.decode()


def test_note_write_is_not_an_auditors(staff: Callable[[str], Client]) -> None:
    page = staff("AUDITOR").post(f"{DETAIL}notes/", {"text": "审计"}, follow=True).content.decode()
    assert "您的岗位不能做这一步" in page


def _write_note(client: Client, text: str = "第一稿") -> Any:
    from gridhall.apps.workforce.models import AccountNote

    client.post(f"{DETAIL}notes/", {"text": text})
    return AccountNote.objects.get(text=text)


def test_note_edit_is_its_writers(clerk: Client, staff: Callable[[str], Client]) -> None:
    note = _write_note(clerk)
    address = f"/console/notes/{note.mrid}/"
    assert "第一稿" in clerk.get(address).content.decode()
    page = clerk.post(address, {"text": "第二稿 <b>"}, follow=True).content.decode()
    assert "第二稿 &lt;b&gt;" in page and "第一稿" not in page
    undo = re.search(r"/console/steps/[0-9a-f-]+/undo/", page)
    assert undo and "第一稿" in clerk.post(undo.group(), {"next": DETAIL}, follow=True).content.decode()
    assert staff("BILLING").get(address).status_code == 404
    assert staff("BILLING").post(address, {"text": "别人的"}).status_code == 404


def test_note_delete_can_be_taken_back(clerk: Client, staff: Callable[[str], Client]) -> None:
    note = _write_note(clerk)
    staff("BILLING").post(f"/console/notes/{note.mrid}/delete/")
    assert "第一稿" in clerk.get(DETAIL).content.decode()
    page = clerk.post(f"/console/notes/{note.mrid}/delete/", follow=True).content.decode()
    assert "第一稿" not in page
    undo = re.search(r"/console/steps/[0-9a-f-]+/undo/", page)
    assert undo and "第一稿" in clerk.post(undo.group(), {"next": DETAIL}, follow=True).content.decode()


def test_step_undo_is_ones_own(clerk: Client, staff: Callable[[str], Client]) -> None:
    page = clerk.post(f"{DETAIL}notes/", {"text": "我的"}, follow=True).content.decode()
    undo = re.search(r"/console/steps/[0-9a-f-]+/undo/", page)
    assert undo
    answer = staff("BILLING").post(undo.group(), {"next": DETAIL}, follow=True).content.decode()
    assert "没有可撤销的操作" in answer and "我的" in answer


def test_account_list_filters_sorts_and_pages(clerk: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        page = read_page(clerk.get("/console/accounts/")).text
    assert "4228 2600 00017" in page and "田大山" not in page
    assert "4228 2600 00017" not in read_page(clerk.get("/console/accounts/?kind=PV")).text
    numbers = re.findall(r'name="key" value="(\d+)"', clerk.get("/console/accounts/?sort=-number").content.decode())
    assert numbers == sorted(numbers, reverse=True) and len(numbers) == 7
    for nonsense in ("?page=99999999", "?sort=password", "?kind=%27", "?columns=none", "?page=-1", "?page=²"):
        assert clerk.get(f"/console/accounts/{nonsense}").status_code == 200


def test_account_list_sorts_names_by_pinyin(clerk: Client) -> None:
    page = clerk.get("/console/accounts/?sort=name").content.decode()
    numbers = re.findall(r'name="key" value="(\d+)"', page)
    names = {customer.number: customer.name for customer in (*made.CUSTOMERS, made.NEIGHBOR)}
    assert [names[number] for number in numbers][:3] == ["坪坝营茶叶加工有限公司", "覃伯伯", "唐崖油茶汤小吃店"]


def test_account_list_exports_what_is_seen(clerk: Client) -> None:
    import zipfile

    answer = clerk.get("/console/accounts/?kind=PV&columns=number,name&export=csv")
    assert answer.content.decode("utf-8-sig") == "户号,户名\r\n4228 2600 00067,田**\r\n"
    answer = clerk.get("/console/accounts/?kind=PV&export=xlsx")
    book = zipfile.ZipFile(io.BytesIO(answer.content))
    assert "田**" in book.read("xl/sharedStrings.xml").decode()
    assert [(one["format"], one["rows"]) for one in _events("ListExported")] == [("csv", 1), ("xlsx", 1)]
    assert clerk.get("/console/accounts/?export=exe").status_code == 404


def test_account_list_writes_notes_on_many_and_undoes_them(clerk: Client, staff: Callable[[str], Client]) -> None:
    from gridhall.apps.workforce.models import AccountNote

    chosen = {"action": "note", "key": [NUMBER, made.CUSTOMERS[1].number, "1"], "text": "周六停电检修"}
    page = clerk.post("/console/accounts/", chosen, follow=True).content.decode()
    assert "已给 2 户写了备注" in page
    undo = re.search(r"/console/steps/[0-9a-f-]+/undo/", page)
    assert undo and AccountNote.objects.filter(deleted_at=None).count() == 2
    clerk.post(undo.group())
    assert AccountNote.objects.filter(deleted_at=None).count() == 0
    assert "请先写点内容" in clerk.post("/console/accounts/", chosen | {"text": " "}, follow=True).content.decode()
    assert "还没有选中" in clerk.post("/console/accounts/", {"action": "note"}, follow=True).content.decode()
    assert staff("AUDITOR").post("/console/accounts/", chosen).status_code == 404


def test_view_save_keeps_filters_sort_and_columns(clerk: Client, staff: Callable[[str], Client]) -> None:
    wanted = {"page": "console:account-list", "name": "光伏", "query": "kind=PV&sort=-number&columns=number,kind"}
    answer = clerk.post("/console/views/", wanted)
    assert answer.headers["Location"] == f"/console/accounts/?{wanted['query']}"
    page = clerk.get("/console/accounts/").content.decode()
    assert "?kind=PV&amp;sort=-number&amp;columns=number,kind" in page and "光伏" in page
    assert "kind=PV&amp;sort=-number" not in staff("BILLING").get("/console/accounts/").content.decode()
    assert clerk.post("/console/views/", wanted | {"page": "nowhere"}).status_code == 400
    assert "起个名字" in clerk.post("/console/views/", wanted | {"name": " "}, follow=True).content.decode()


def test_view_delete_can_be_taken_back(clerk: Client) -> None:
    from gridhall.apps.workforce.models import SavedView

    clerk.post("/console/views/", {"page": "console:account-list", "name": "我的", "query": "kind=EV"})
    view = SavedView.objects.get()
    page = clerk.post(f"/console/views/{view.mrid}/delete/", follow=True).content.decode()
    undo = re.search(r"/console/steps/[0-9a-f-]+/undo/", page)
    assert undo and not SavedView.objects.exists()
    clerk.post(undo.group())
    assert SavedView.objects.get().name == "我的"
