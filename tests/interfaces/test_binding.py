"""Binding a customer number: found, typed, scanned, with a code; and that nobody gets at another's."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from tests import company as made
from tests.interfaces.pages import read_page

NUMBER = made.NEIGHBOR.number
SERIAL = f"22110{NUMBER[-8:]}"


@pytest.fixture
def newcomer(sign_in: Callable[[str], Client]) -> Client:
    """A user with a proved phone and without any account; the neighbor's account has this phone and that of an heir."""
    from gridhall.apps.accounts.models import AccountAccess, Contact, CustomerAccount
    from gridhall.apps.identity import actions as identity

    identity.create_user(
        phone="13911112222", name="", password=None, is_phone_verified=True, at=timezone.now(), actor="tests"
    )
    party = CustomerAccount.objects.get(number=NUMBER).agreements.get().party
    Contact.objects.create(party=party, kind="PHONE", value="13911112222", is_primary=True)
    AccountAccess.objects.filter(account__number=NUMBER).delete()
    return sign_in("13911112222")


def list_accesses() -> list[tuple[str, str, str]]:
    """Who sees the neighbor's account."""
    from gridhall.apps.accounts.models import AccountAccess

    rows = AccountAccess.objects.filter(account__number=NUMBER, revoked_at=None)
    return list(rows.values_list("user__phone", "role", "method"))


def draw_codes(*texts: str, turn: int = 0, kind: str = "Code128", mode: str = "RGB") -> bytes:
    """Draw bar codes on a picture as a phone takes it."""
    picture = Image.new("RGB", (1200, 420 * len(texts)), "white")
    for place, text in enumerate(texts):
        code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
        drawn = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=3)).convert("RGB")
        drawn = drawn.resize((drawn.width, max(drawn.height, 150)), Image.Resampling.NEAREST)
        picture.paste(drawn, (60, 60 + 420 * place))
    picture = picture.convert(mode).rotate(turn, expand=True)
    out = io.BytesIO()
    picture.save(out, "PNG" if mode == "RGBA" else "JPEG")
    return out.getvalue()


def send_picture(client: Client, content: bytes, name: str = "meter.jpg") -> Any:
    return client.post("/accounts/bind/scan/", {"picture": SimpleUploadedFile(name, content, "image/jpeg")})


def test_binding_offers_every_way_and_the_counter(newcomer: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        page = read_page(newcomer.get("/accounts/bind/"))
    for address in ("number", "scan", "code"):
        assert f"/accounts/bind/{address}/" in page.links()
    assert "帮我找" in page.text and "营业厅" in page.text


def test_binding_offers_what_is_found_at_first_sign_in(newcomer: Client) -> None:
    from gridhall.apps.identity.models import User

    User.objects.filter(phone="13911112222").update(name="覃伯伯")
    page = read_page(newcomer.get("/"))
    assert "我们找到 1 个户号，是您的吗" in page.text
    assert "覃伯伯" not in page.text and "龙潭路75号" not in page.text
    newcomer.post("/accounts/bind/found/", {"number": NUMBER})
    assert list_accesses() == [("13911112222", "OWNER", "AUTO_MATCH")]
    assert read_page(newcomer.get("/")).heading == "首页"


def test_binding_match_finds_by_the_name_that_is_typed(newcomer: Client) -> None:
    page = read_page(newcomer.post("/accounts/bind/found/", {"name": "覃伯伯"}))
    assert page.tree.xpath("//main//input[@name='number']/@value") == [NUMBER]
    answer = newcomer.post("/accounts/bind/found/", {"name": "覃伯伯", "number": [NUMBER]})
    assert answer.status_code == 302 and "told=bound" in answer.headers["Location"]
    again = newcomer.post("/accounts/bind/found/", {"name": "覃伯伯", "number": [NUMBER]})
    assert again.headers["Location"] == answer.headers["Location"]
    assert list_accesses() == [("13911112222", "OWNER", "AUTO_MATCH")]


def test_binding_match_counts_wrong_names_and_binds_no_other_number(newcomer: Client, company: made.Company) -> None:
    newcomer.post("/accounts/bind/found/", {"name": "覃伯伯", "number": [company.numbers[0]]})
    assert list_accesses() == []
    for _try in range(5):
        page = read_page(newcomer.post("/accounts/bind/found/", {"name": "张山"}))
        assert "没有找到" in page.text
    answer = newcomer.post("/accounts/bind/found/", {"name": "覃伯伯"})
    assert answer.status_code == 429 and NUMBER not in answer.content.decode()


def test_binding_number_with_the_check_and_twice(newcomer: Client) -> None:
    given = {"number": f"{NUMBER[:4]} {NUMBER[4:]}", "name": "覃伯伯", "tail": "2222"}
    answer = newcomer.post("/accounts/bind/number/", given)
    assert newcomer.post("/accounts/bind/number/", given).headers["Location"] == answer.headers["Location"]
    page = read_page(newcomer.get(answer.headers["Location"]))
    assert "绑定好了" in page.text and "看用电" in page.text
    assert len(list_accesses()) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"number": NUMBER, "name": "张三", "tail": "2222"},
        {"number": NUMBER, "name": "覃伯伯", "tail": "0000"},
        {"number": "4228269999999", "name": "覃伯伯", "tail": "2222"},
        {"number": "\x00'; --", "name": "覃" * 60, "tail": "2222"},
    ],
)
def test_binding_number_answers_unknown_and_unproved_alike(newcomer: Client, given: dict[str, str]) -> None:
    page = read_page(newcomer.post("/accounts/bind/number/", given))
    words = page.tree.xpath("//main//*[@role='alert']")[0].text_content()
    assert ("不一致" in words) or "\x00" in given["number"]
    assert list_accesses() == []
    # Nothing that was typed is lost.
    assert page.tree.xpath("//input[@name='name']/@value") == [given["name"]]


def test_binding_number_is_throttled_by_the_network_address_too(
    newcomer: Client, sign_in: Callable[[str], Client]
) -> None:
    from gridhall.apps.identity import actions as identity

    wrong = {"number": "4228269999999", "name": "x y", "tail": "0000"}
    for hand in range(6):
        phone = f"1391111300{hand}"
        identity.create_user(phone=phone, name="", password=None, at=timezone.now(), actor="tests")
        client = sign_in(phone)
        for step in range(5):
            client.post("/accounts/bind/number/", wrong | {"number": f"42282699{hand}{step}999"})
    good = {"number": NUMBER, "name": "覃伯伯", "tail": "2222"}
    assert newcomer.post("/accounts/bind/number/", good).status_code == 429
    assert newcomer.post("/accounts/bind/number/", good, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_binding_number_looks_through_the_companys_own_proxy(newcomer: Client, settings: Any) -> None:
    from gridhall.apps.accounts.models import BindingAttempt

    settings.GRIDHALL_PROXIES = 1
    wrong = {"number": "4228269999999", "name": "x y", "tail": "0000"}
    newcomer.post("/accounts/bind/number/", wrong, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9")
    assert BindingAttempt.objects.latest("pk").address == "203.0.113.9"


@pytest.mark.parametrize("turn", [0, 90, 180, 7, 37, 45, 128])
def test_binding_scan_reads_the_bar_code_however_it_is_held(newcomer: Client, turn: int) -> None:
    answer = send_picture(newcomer, draw_codes(SERIAL, turn=turn))
    assert answer.headers["Location"] == f"/accounts/bind/meter/?code={SERIAL}"


def test_binding_scan_turns_photos_upright_and_reads_png_with_alpha(newcomer: Client) -> None:
    picture = Image.open(io.BytesIO(draw_codes(SERIAL)))
    exif = picture.getexif()
    exif[0x0112] = 6
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    assert SERIAL in send_picture(newcomer, out.getvalue()).headers["Location"]
    assert SERIAL in send_picture(newcomer, draw_codes(SERIAL, mode="RGBA"), "meter.png").headers["Location"]


def test_binding_scan_lets_choose_among_several_codes(newcomer: Client) -> None:
    page = read_page(send_picture(newcomer, draw_codes(SERIAL, "3310001234567")))
    assert {f"/accounts/bind/meter/?code={code}" for code in (SERIAL, "3310001234567")} <= set(page.links())


def draw_bomb() -> bytes:
    """A small file that says it is 40,000 x 40,000 pixels."""
    out = io.BytesIO()
    Image.new("1", (40_000, 40_000)).save(out, "PNG")
    return out.getvalue()


WRONG_FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "空"),
    "text": (lambda: b"hello" * 100, "不是照片"),
    "program": (lambda: b"MZ\x90\x00" + b"\x00" * 500, "不是照片"),
    "page": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "不是照片"),
    "pdf": (lambda: b"%PDF-1.7\n" + b"x" * 500, "PDF"),
    "heic": (lambda: b"\x00\x00\x00\x18ftypheic" + b"\x00" * 500, "HEIC"),
    "cut": (lambda: draw_codes(SERIAL)[:9000], "打不开"),
    "bomb": (draw_bomb, "太大"),
    "tiny": (lambda: _tiny(), "太小"),
    "no code": (lambda: _blank(), "没有找到条码"),
}


def _tiny() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, "JPEG")
    return out.getvalue()


def _blank() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "gray").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("wrong", sorted(WRONG_FILES))
def test_binding_scan_refuses_wrong_files_in_clear_words(newcomer: Client, wrong: str) -> None:
    make, words = WRONG_FILES[wrong]
    page = read_page(send_picture(newcomer, make()))
    assert words in page.text


def test_binding_scan_stops_what_grows_too_large(newcomer: Client) -> None:
    page = read_page(send_picture(newcomer, b"\xff\xd8\xff" + b"0" * 15_500_000))
    assert "太大" in page.text


def test_binding_scan_alone_may_use_the_camera(newcomer: Client) -> None:
    assert "camera=(self)" in newcomer.get("/accounts/bind/scan/").headers["Permissions-Policy"]
    assert "camera=()" in newcomer.get("/accounts/bind/").headers["Permissions-Policy"]


def test_binding_meter_binds_without_hourly_usage(newcomer: Client) -> None:
    page = read_page(newcomer.get(f"/accounts/bind/meter/?code={SERIAL}"))
    assert page.tree.xpath("//input[@name='code']/@value") == [SERIAL]
    wrong = read_page(newcomer.post("/accounts/bind/meter/", {"code": SERIAL, "answer": "李四"}))
    unknown = read_page(newcomer.post("/accounts/bind/meter/", {"code": "999999", "answer": "李四"}))
    assert wrong.tree.xpath("//*[@role='alert']//text()") == unknown.tree.xpath("//*[@role='alert']//text()")
    assert newcomer.post("/accounts/bind/meter/", {"code": SERIAL, "answer": "覃伯伯"}).status_code == 302
    assert list_accesses() == [("13911112222", "FAMILY", "METER_BARCODE")]


def issue_slip(phone: str = "13911112222", *, is_holder: bool = True) -> str:
    from gridhall.apps.accounts import actions
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.identity.models import User

    _slip, code = actions.issue_binding_slip(
        account=CustomerAccount.objects.get(number=NUMBER), phone=phone, is_holder=is_holder,
        by=User.objects.get(phone=made.STAFF_PHONES["CLERK"]), at=timezone.now(), actor="tests",
    )  # fmt: skip
    return code


def test_binding_slip_makes_the_holder_owner_once(newcomer: Client, sign_in: Callable[[str], Client]) -> None:
    code = issue_slip()
    thief = sign_in(made.FAMILY_PHONE)
    assert "不一致" in read_page(thief.post("/accounts/bind/code/", {"code": code})).text
    answer = newcomer.post("/accounts/bind/code/", {"code": code.lower().replace("-", " ")})
    assert "told=bound" in answer.headers["Location"]
    assert list_accesses() == [("13911112222", "OWNER", "COUNTER_SLIP")]
    assert newcomer.post("/accounts/bind/code/", {"code": code}).status_code == 200
    assert len(list_accesses()) == 1
