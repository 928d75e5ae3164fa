"""Showing who one is: levels, document and face against the sandbox, companies."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from gridhall.integrations.identity_checks.sandbox import COMPANIES, draw_card, draw_face
from tests import company as made
from tests.interfaces.pages import read_page

NUMBER = "11010519491231002X"  # the example of GB 11643
OTHER = "440524188001010014"
NAME = "田大山"
ACTIVE = "91422826MA0000001L"
PERSON = {"name": NAME, "id_number": NUMBER, "has_consented": "on"}


@pytest.fixture(autouse=True)
def sandbox(settings: Any, tmp_path: Path) -> Path:
    """Test cards are checked, uploads go into a folder of their own."""
    settings.GRIDHALL_IDENTITY_CHECKS = "sandbox"
    settings.GRIDHALL_UPLOADS = tmp_path / "uploads"
    return tmp_path / "uploads"


def send(client: Client, step: str, content: bytes, **more: Any) -> Any:
    picture = SimpleUploadedFile("x.jpg", content, "image/jpeg")
    return client.post(f"/mine/real-name/{step}/", {"picture": picture} | more)


def get_level(phone: str = made.OWNER_PHONE) -> str:
    from gridhall.apps.accounts import queries
    from gridhall.apps.identity.models import User

    return queries.get_level(user=User.objects.get(phone=phone))


def verify(client: Client, name: str = NAME, number: str = NUMBER) -> Any:
    client.post("/mine/real-name/person/", PERSON | {"name": name, "id_number": number})
    send(client, "document", draw_card(name=name, id_number=number))
    return send(client, "face", draw_face(id_number=number))


def test_real_name_says_what_each_level_allows(owner: Client, django_assert_max_num_queries: Any) -> None:
    owner.get("/mine/")  # the first request of a session writes down the device; that is not this page's
    with django_assert_max_num_queries(12):
        page = read_page(owner.get("/mine/real-name/"))
    assert "未验证" in page.text and "身份证已核验" in page.text and "演示环境" in page.text
    assert "/mine/real-name/person/" in page.links()


def test_real_name_is_for_the_counter_where_nobody_checks(owner: Client, settings: Any) -> None:
    settings.GRIDHALL_IDENTITY_CHECKS = "off"
    page = read_page(owner.get("/mine/real-name/"))
    assert "营业厅" in page.text and "/mine/real-name/person/" not in page.links()
    assert "只在营业厅" in read_page(owner.post("/mine/real-name/person/", PERSON)).text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"id_number": "110105194912310021"}, "id_number"),
        ({"id_number": "G1234567"}, "id_number"),
        ({"id_number": "1" * 24}, "id_number"),
        ({"name": "田"}, "name"),
        ({"has_consented": ""}, "has_consented"),
    ],
)
def test_real_name_person_says_what_is_wrong(owner: Client, given: dict[str, str], field: str) -> None:
    page = read_page(owner.post("/mine/real-name/person/", PERSON | given))
    assert page.tree.xpath(f"//main//*[@id='{field}-error']")


def test_real_name_face_passes_and_nothing_is_left(owner: Client, sandbox: Path) -> None:
    from gridhall.apps.accounts.models import RealNameCheck

    assert owner.post("/mine/real-name/person/", PERSON).headers["Location"] == "/mine/real-name/document/"
    assert owner.get("/mine/real-name/face/").headers["Location"] == "/mine/real-name/document/"
    assert send(owner, "document", draw_card(name=NAME, id_number=NUMBER)).headers["Location"].endswith("/face/")
    (kept,) = sandbox.iterdir()
    assert b"JFIF" not in kept.read_bytes() and kept.stat().st_mode & 0o077 == 0
    answer = send(owner, "face", draw_face(id_number=NUMBER))
    assert "told=verified" in answer.headers["Location"]
    assert not list(sandbox.iterdir()) and get_level() == "DOCUMENT"
    check = RealNameCheck.objects.get()
    assert (check.state, check.id_number_encrypted) == ("PASSED", None)
    page = read_page(owner.get("/mine/real-name/"))
    assert "1****************X" in page.text and NUMBER not in page.text and NAME not in page.text
    assert send(owner, "face", draw_face(id_number=NUMBER)).headers["Location"] == "/mine/real-name/"


def test_real_name_document_is_asked_again_when_it_cannot_be_read(owner: Client) -> None:
    owner.post("/mine/real-name/person/", PERSON)
    blank = io.BytesIO()
    Image.new("RGB", (800, 500), "gray").save(blank, "JPEG")
    send(owner, "document", blank.getvalue())
    answer = send(owner, "face", draw_face(id_number=NUMBER))
    assert "again=document-unreadable" in answer.headers["Location"]
    assert "看不清" in read_page(owner.get(answer.headers["Location"])).text
    send(owner, "document", draw_card(name=NAME, id_number=NUMBER))
    assert "没有看到人脸" in read_page(send(owner, "face", blank.getvalue())).text
    assert "told=verified" in send(owner, "face", draw_face(id_number=NUMBER)).headers["Location"]


@pytest.mark.parametrize(
    ("card", "face", "words"),
    [
        ({"name": NAME, "id_number": OTHER}, NUMBER, "号码不一致"),
        ({"name": "李四", "id_number": NUMBER}, NUMBER, "对不上"),
        ({"name": NAME, "id_number": NUMBER, "expires": "2020-01-01"}, NUMBER, "过期"),
        ({"name": NAME, "id_number": NUMBER}, OTHER, "不是同一个人"),
    ],
)
def test_real_name_is_refused_in_clear_words(
    owner: Client, sandbox: Path, card: dict[str, str], face: str, words: str
) -> None:
    owner.post("/mine/real-name/person/", PERSON)
    send(owner, "document", draw_card(**card))
    page = read_page(owner.get(send(owner, "face", draw_face(id_number=face)).headers["Location"]))
    assert words in page.text and get_level() == "NONE" and not list(sandbox.iterdir())


@pytest.mark.parametrize("content", [b"", b"MZ\x90" + b"0" * 300, b"%PDF-1.4\n", b"\xff\xd8\xff" + b"0" * 15_500_000])
def test_real_name_document_refuses_wrong_uploads(owner: Client, sandbox: Path, content: bytes) -> None:
    owner.post("/mine/real-name/person/", PERSON)
    page = read_page(send(owner, "document", content))
    assert page.tree.xpath("//main//*[@id='picture-error']")
    assert not sandbox.exists()


def test_real_name_goes_on_when_the_checker_does_not_answer(owner: Client, settings: Any) -> None:
    owner.post("/mine/real-name/person/", PERSON)
    send(owner, "document", draw_card(name=NAME, id_number=NUMBER))
    settings.GRIDHALL_IDENTITY_CHECKS = "http://127.0.0.1:9"
    assert "没有回应" in read_page(send(owner, "face", draw_face(id_number=NUMBER))).text
    settings.GRIDHALL_IDENTITY_CHECKS = "sandbox"
    assert "told=verified" in send(owner, "face", draw_face(id_number=NUMBER)).headers["Location"]


def test_real_name_of_a_number_known_under_another_name_is_for_the_counter(owner: Client) -> None:
    from gridhall.apps.accounts import actions

    actions.register_party(kind="PERSON", name="别人", id_number=NUMBER, at=timezone.now(), actor="tests")
    page = read_page(owner.get(verify(owner).headers["Location"]))
    assert "另一个名字" in page.text and get_level() == "NONE"


def test_real_name_merge_brings_the_old_users_accounts(owner: Client, sign_in: Callable[[str], Client]) -> None:
    from gridhall.apps.accounts.models import AccountAccess
    from gridhall.apps.identity import actions as identity

    new = identity.create_user(
        phone="13955556666", name="", password=None, is_phone_verified=True, at=timezone.now(), actor="tests"
    )
    client = sign_in(new.phone)
    before = AccountAccess.objects.filter(user__phone=made.OWNER_PHONE, revoked_at=None)
    expected = sorted(before.values_list("account_id", "role", "tag"))
    client.post("/mine/real-name/merge/")
    assert not AccountAccess.objects.filter(user=new).exists()
    verify(owner)
    verify(client)
    page = read_page(client.get("/mine/real-name/"))
    assert "您还有别的账号" in page.text and "138****1234" in page.text
    for _press in range(2):
        client.post("/mine/real-name/merge/")
    rows = AccountAccess.objects.filter(user=new, revoked_at=None)
    assert sorted(rows.values_list("account_id", "role", "tag")) == expected
    assert rows.filter(is_main=True).count() == 1
    assert "还没有绑定户号" in read_page(owner.get("/")).text


def test_business_of_its_legal_representative_passes_and_binds(owner: Client) -> None:
    from gridhall.apps.accounts import queries
    from gridhall.apps.identity.models import User

    assert "先核验您本人" in read_page(owner.get("/mine/business/")).text
    verify(owner)
    given = {"name": COMPANIES[ACTIVE].name, "credit_code": ACTIVE}
    assert owner.post("/mine/business/", given).headers["Location"] == "/accounts/bind/?told=business"
    assert "企业认证通过" in read_page(owner.get("/accounts/bind/?told=business")).text
    assert "已经可以代表" in read_page(owner.post("/mine/business/", given)).text
    user = User.objects.get(phone=made.OWNER_PHONE)
    assert [view.state for view in queries.list_businesses(viewer=user)] == ["PASSED"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"credit_code": "91422826MA0000001M"}, "信用代码不对"),
        ({"credit_code": "91350100M000100Y43"}, "没有查到"),
        ({"name": "别的公司"}, "对不上"),
        ({"name": COMPANIES["91422826MA0000002P"].name, "credit_code": "91422826MA0000002P"}, "不正常"),
    ],
)
def test_business_is_refused_in_clear_words(owner: Client, given: dict[str, str], words: str) -> None:
    verify(owner)
    page = read_page(owner.post("/mine/business/", {"name": COMPANIES[ACTIVE].name, "credit_code": ACTIVE} | given))
    assert words in page.text


def test_business_with_a_letter_waits_for_staff(sign_in: Callable[[str], Client], sandbox: Path) -> None:
    from gridhall.apps.accounts import actions, queries
    from gridhall.apps.accounts.models import BusinessCheck
    from gridhall.apps.identity.models import User

    client = sign_in(made.STRANGER_PHONE)
    verify(client, "覃伯伯", OTHER)
    given = {"name": COMPANIES[ACTIVE].name, "credit_code": ACTIVE}
    assert "授权书" in read_page(client.post("/mine/business/", given)).text
    for wrong in (b"%PDF-1.4 no end", b"%PDF-1.4\n/Type /Page /JavaScript (x)\n%%EOF", b"MZ"):
        letter = SimpleUploadedFile("letter.pdf", wrong, "application/pdf")
        page = read_page(client.post("/mine/business/", given | {"letter": letter}))
        assert page.tree.xpath("//main//*[@id='letter-error']")
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.4\n<< /Type /Page >>\n%%EOF\n", "application/pdf")
    assert "told=waiting" in client.post("/mine/business/", given | {"letter": letter}).headers["Location"]
    assert len(list(sandbox.iterdir())) == 1
    clerk, check = User.objects.get(phone=made.STAFF_PHONE), BusinessCheck.objects.get()
    told = {"at": timezone.now(), "actor": "tests"}
    content, kind = actions.read_business_letter(check=check, by=clerk, reason="review", **told)
    assert content.startswith(b"%PDF") and kind == "application/pdf"
    with pytest.raises(actions.UnableToDecideBusiness):
        actions.decide_business_check(check=check, is_approved=True, by=check.user, **told)
    actions.decide_business_check(check=check, is_approved=True, by=clerk, **told)
    assert not list(sandbox.iterdir())
    assert "已通过" in read_page(client.get("/mine/real-name/")).text
    assert queries.list_waiting_businesses(viewer=clerk) == []


def test_sandbox_card_is_handed_out_for_the_check_that_was_begun(owner: Client, settings: Any) -> None:
    assert owner.get("/mine/real-name/test-card/document/").status_code == 404  # nothing was begun
    assert NUMBER in read_page(owner.get("/mine/real-name/person/")).text
    owner.post("/mine/real-name/person/", PERSON)
    for step in ("document", "face"):
        page = read_page(owner.get(f"/mine/real-name/{step}/"))
        address = f"/mine/real-name/test-card/{step}/"
        assert address in page.links()
        answer = send(owner, step, owner.get(address).content)
    assert "told=verified" in answer.headers["Location"] and get_level() == "DOCUMENT"
    assert ACTIVE in read_page(owner.get("/mine/business/")).text
    owner.post("/mine/real-name/person/", PERSON)
    assert owner.get("/mine/real-name/test-card/back/").status_code == 404


@pytest.mark.parametrize(("state", "is_checked"), [("done", True), ("billing", True), ("refused", False), ("", False)])
def test_real_name_is_checked_by_the_sandbox_in_the_demo_county_alone(
    state: str, is_checked: bool, owner: Client, settings: Any, tmp_path: Path
) -> None:
    settings.GRIDHALL_IDENTITY_CHECKS, settings.DATA_DIR = "auto", tmp_path
    if state:
        (tmp_path / "demo.json").write_text(json.dumps({"state": state, "database": "?"}))
    links = read_page(owner.get("/mine/real-name/")).links()
    assert ("/mine/real-name/person/" in links) is is_checked
    assert owner.get("/mine/real-name/test-card/face/").status_code == 404
