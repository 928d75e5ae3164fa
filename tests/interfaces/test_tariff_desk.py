"""The tariff desk as staff use it: brought in, read, set side by side, tried on real bills, approved by another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests import company as made
from tests.interfaces.pages import read_amount, read_page

CODE = "hubei-residential"
OLD = (Path(settings.GRIDHALL_CATALOGUE) / "tariffs" / f"{CODE}.yaml").read_text(encoding="utf-8")
NEW = OLD.replace("up_to: 2160, price: 0.558", "up_to: 2160, price: 0.578")


@pytest.fixture
def draft(staff: Callable[[str], Client]) -> Any:
    """A new state that waits, brought in by the tariff desk."""
    from gridhall.apps.tariffs.models import TariffDocument

    answer = staff("TARIFF").post("/console/tariffs/upload/", {"text": NEW, "file_name": "new.yaml", "action": "load"})
    document = TariffDocument.objects.get(code=CODE, status="DRAFT")
    assert answer.status_code == 302 and answer.headers["Location"] == f"/console/tariffs/{document.pk}/"
    return document


def get_in_force() -> Any:
    from gridhall.apps.tariffs.models import TariffDocument

    return TariffDocument.objects.get(code=CODE, status="APPROVED")


def compute_all() -> None:
    """Do what the queue does."""
    from gridhall.apps.billing import actions
    from gridhall.apps.billing.models import TariffTrial

    for trial in TariffTrial.objects.filter(status="WAITING"):
        actions.compute_trial(trial_id=trial.pk, attempt=trial.attempt, clock=timezone.now, actor="billing")


def test_tariff_list_shows_versions_with_people_and_exports_them(
    staff: Callable[[str], Client], draft: Any, django_assert_max_num_queries: Any
) -> None:
    client = staff("MANAGER")
    client.get("/console/tariffs/")
    with django_assert_max_num_queries(12):
        page = read_page(client.get("/console/tariffs/?status=DRAFT"))
    rows = [row for row in page.rows() if CODE in row[0]]
    assert len(rows) == 1 and "待批准" in rows[0] and "未核对" in rows[0] and "赵工" in rows[0]
    assert f"/console/tariffs/{draft.pk}/?from=2013-01-01" in page.links()
    export = client.get("/console/tariffs/?export=csv&status=DRAFT")
    assert CODE in b"".join(export).decode("utf-8-sig")
    for order in ("-code", "first", "-loaded"):
        assert client.get(f"/console/tariffs/?sort={order}&verified=no").status_code == 200


def test_tariff_detail_tells_in_words_and_by_lines(
    staff: Callable[[str], Client], draft: Any, django_assert_max_num_queries: Any
) -> None:
    client = staff("AUDITOR")
    with django_assert_max_num_queries(12):
        words = read_page(client.get(f"/console/tariffs/{draft.pk}/")).text
    assert "0.578 元/千瓦时" in words and "按全年（公历年）用电量分3档" in words
    with django_assert_max_num_queries(12):
        text = read_page(client.get(f"/console/tariffs/{draft.pk}/?tab=text"))
    numbered = {row[0]: row[1] for row in text.rows() if row[0].isdigit()}
    line = next(index for index, line in enumerate(NEW.splitlines(), start=1) if "0.578" in line)
    assert "0.578" in numbered[str(line)] and len(numbered) == len(NEW.splitlines())
    with django_assert_max_num_queries(12):
        history = read_page(client.get(f"/console/tariffs/{draft.pk}/?tab=history"))
    assert len([row for row in history.rows() if row[1] in ("待批准", "已批准")]) == 2
    assert client.get("/console/tariffs/999999/").status_code == 404


def test_tariff_file_gives_the_text_word_for_word(staff: Callable[[str], Client], draft: Any) -> None:
    answer = staff("MANAGER").get(f"/console/tariffs/{draft.pk}/file/")
    assert answer.content.decode() == NEW and "new.yaml" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_tariff_upload_names_every_fault_by_its_line(staff: Callable[[str], Client]) -> None:
    from gridhall.apps.tariffs.models import TariffDocument

    client, before = staff("TARIFF"), TariffDocument.objects.count()
    wrong = OLD.replace("price: 0.558", "price: cheap")
    line = next(index for index, line in enumerate(wrong.splitlines(), start=1) if "price: cheap" in line)
    for action in ("check", "load"):
        file = SimpleUploadedFile("wrong.yaml", wrong.encode())
        page = read_page(client.post("/console/tariffs/upload/", {"file": file, "action": action}), status=422)
        assert f"#L{line}" in page.links()
        assert page.tree.xpath(f"//tr[@id='L{line}'][@data-tone='error']")
        assert "'cheap' 不是数字" in page.text and "写成 0.558" in page.text
        assert "cheap" in page.tree.xpath("//textarea[@name='text']")[0].text  # to be mended on the page
    assert TariffDocument.objects.count() == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b"a: " * 20_000,
        b"# " + b"x" * 8_000_000,
        b"\xff\xfe\x00",
        b"\x00",
        b"hello",
        b"[]",
        b"{}",
        b"\x1f\x8b\x08",
        b"a: &a [*a]",
        b"<script>alert(1)</script>",
    ],
    ids=lambda content: repr(content[:12]),
)
def test_tariff_upload_of_a_wrong_file_says_so(staff: Callable[[str], Client], content: bytes) -> None:
    file = SimpleUploadedFile("any.yaml", content)
    answer = staff("TARIFF").post("/console/tariffs/upload/", {"file": file, "action": "load"})
    assert answer.status_code == 422 and b"<script>alert" not in answer.content


def test_tariff_upload_is_checked_first_and_kept_once(staff: Callable[[str], Client]) -> None:
    from gridhall.apps.tariffs.models import TariffDocument

    client = staff("TARIFF")
    sent = {"text": NEW.replace("\n", "\r\n"), "file_name": "new.yaml"}  # as browsers send text
    assert "没有错误" in read_page(client.post("/console/tariffs/upload/", sent | {"action": "check"})).text
    assert not TariffDocument.objects.filter(status="DRAFT").exists()
    first = client.post("/console/tariffs/upload/", sent | {"action": "load"})
    second = client.post("/console/tariffs/upload/", sent | {"action": "load"})
    assert first.headers["Location"] == second.headers["Location"]
    assert TariffDocument.objects.get(status="DRAFT").text == NEW


def test_tariff_compare_shows_what_differs_and_folds_the_rest(
    staff: Callable[[str], Client], draft: Any, django_assert_max_num_queries: Any
) -> None:
    client = staff("TARIFF_APPROVER")
    with django_assert_max_num_queries(12):
        page = read_page(client.get(f"/console/tariffs/{draft.pk}/compare/"))
    changed = [row for row in page.rows() if len(row) == 4 and row[1] == "0.558"]
    assert [row[1:] for row in changed] == [["0.558", "0.578", "+0.02 +3.6%"]]
    assert "共 1 处不同" in page.text and page.tree.xpath("//details[contains(@class,'gh-under')]")
    same = f"{draft.pk}:2013-01-01"
    alike = client.get(f"/console/tariffs/{draft.pk}/compare/?left={same}&right={same}")
    assert "共 0 处不同" in read_page(alike).text
    assert client.get(f"/console/tariffs/{draft.pk}/compare/?left=x&right=1:2").status_code == 200


def test_tariff_try_and_its_double_click_compute_once(staff: Callable[[str], Client], draft: Any) -> None:
    from gridhall.apps.billing.models import TariffTrial

    client = staff("TARIFF")
    for _unused in range(2):
        assert client.post(f"/console/tariffs/{draft.pk}/effect/try/", {"from": "2013-01-01"}).status_code == 302
    trial = TariffTrial.objects.get()
    assert (trial.status, trial.attempt) == ("WAITING", 1)
    assert "等队列开始" in read_page(client.get(f"/console/tariffs/{draft.pk}/effect/")).text
    answer = client.post(f"/console/tariffs/{draft.pk}/effect/try/", {"from": "2013-01-01", "month": "1999-01-01"})
    assert answer.status_code == 302 and TariffTrial.objects.count() == 1


def test_tariff_effect_adds_up_to_the_real_bills(
    staff: Callable[[str], Client], draft: Any, company: made.Company, django_assert_max_num_queries: Any
) -> None:
    from gridhall.apps.billing.models import Bill

    month = company.billed[-1]
    staff("TARIFF").post(
        f"/console/tariffs/{draft.pk}/effect/try/", {"from": "2013-01-01", "month": month.first_day.isoformat()}
    )
    compute_all()
    client = staff("MANAGER")
    with django_assert_max_num_queries(12):
        page = read_page(client.get(f"/console/tariffs/{draft.pk}/effect/"))
    bills = Bill.objects.filter(first_day=month.first_day, is_current=True)
    real = [bill for bill in bills if bill.parts.get().tariff_document.code == CODE]
    totals = [row for row in page.rows() if row[0] == "合计"]
    assert len(totals) == 3 and len(real) == 2
    for row in totals:
        assert sum(bill.charge_total for bill in real) in [read_amount(cell) for cell in row[1:] if "." in cell]
    listed = [row for row in page.rows() if row[0].replace(" ", "").startswith("42282600")]
    assert len(listed) == 2  # the rise in the first tier makes both dearer, if they use anything of it
    for row in listed:
        bill = next(one for one in real if one.account.number == row[0].replace(" ", ""))
        assert read_amount(row[4]) == bill.charge_total
        assert "*" in row[1] and bill.account.name not in row[1]
    hidden = read_page(staff("TARIFF").get(f"/console/tariffs/{draft.pk}/effect/"))
    assert made.CUSTOMERS[1].number not in hidden.text.replace(" ", "") and "不列出具体户" in hidden.text


def test_tariff_approve_needs_another_person_and_a_note(
    staff: Callable[[str], Client], draft: Any, django_assert_max_num_queries: Any
) -> None:
    from gridhall.apps.identity.models import User
    from gridhall.core.models import Event

    old = get_in_force()
    approver, address = staff("TARIFF_APPROVER"), f"/console/tariffs/{draft.pk}/approve/"
    with django_assert_max_num_queries(12):
        page = read_page(approver.get(address))
    assert page.tree.xpath("//input[@name='against']/@value") == [str(old.pk)] and "0.578" in page.text
    assert approver.post(address, {"against": old.pk}).status_code == 422
    # Whoever loaded it does not approve it, whatever he holds.
    loader = User.objects.get(phone=made.STAFF_PHONES["TARIFF"])
    User.objects.filter(pk=loader.pk).update(is_superuser=True)
    own = staff("TARIFF")
    assert "要由另一位同事批准" in read_page(own.get(address)).text
    refused = read_page(own.post(address, {"against": old.pk, "note": "自己批"}), status=422)
    assert "谁装入的" in refused.text
    assert get_in_force() == old
    # Seen beside another state than the one in force now, nothing is decided.
    stale = read_page(approver.post(address, {"against": 0, "note": "核对过原文"}), status=422)
    assert "现行版已经换了" in stale.text
    for _unused in range(2):  # a double click
        answer = approver.post(address, {"against": old.pk, "note": "核对过原文"})
        assert answer.status_code == 302
    assert get_in_force() == draft and get_in_force().approval_note == "核对过原文"
    old.refresh_from_db()
    assert old.status == "RETIRED" and old.retired_at is not None
    assert Event.objects.filter(kind="TariffApproved", payload__document_id=draft.pk).count() == 1
    history = read_page(staff("AUDITOR").get(f"/console/tariffs/{draft.pk}/?tab=history")).text
    assert "核对过原文" in history


def test_tariff_retire_waits_until_nobody_is_billed_by_it(staff: Callable[[str], Client]) -> None:
    from gridhall.apps.tariffs.models import TariffDocument

    approver = staff("TARIFF_APPROVER")
    used = get_in_force()
    page = read_page(approver.post(f"/console/tariffs/{used.pk}/retire/", {"note": "不再执行"}), status=422)
    assert "还有客户按这个电价计费" in page.text and get_in_force() == used
    idle = TariffDocument.objects.get(code="zhejiang-residential-tou", status="APPROVED")
    assert read_page(approver.get(f"/console/tariffs/{idle.pk}/retire/")).text.count("0 户")
    assert approver.post(f"/console/tariffs/{idle.pk}/retire/", {"note": " "}).status_code == 422
    for _unused in range(2):
        assert approver.post(f"/console/tariffs/{idle.pk}/retire/", {"note": "只作样例"}).status_code == 302
    idle.refresh_from_db()
    assert (idle.status, idle.retirement_note) == ("RETIRED", "只作样例")
    assert "只作样例" in read_page(approver.get(f"/console/tariffs/{idle.pk}/")).text


def test_tariff_effect_of_a_tariff_nobody_has(staff: Callable[[str], Client]) -> None:
    from gridhall.apps.tariffs.models import TariffDocument

    idle = TariffDocument.objects.get(code="zhejiang-residential-tou", status="APPROVED")
    client = staff("TARIFF_APPROVER")
    client.post(f"/console/tariffs/{idle.pk}/effect/try/")
    compute_all()
    assert "没有按这个电价发行" in read_page(client.get(f"/console/tariffs/{idle.pk}/effect/")).text


def test_tariff_effect_in_english_has_its_words(staff: Callable[[str], Client], draft: Any) -> None:
    staff("TARIFF").post(f"/console/tariffs/{draft.pk}/effect/try/", {"from": str(date(2013, 1, 1))})
    compute_all()
    client = staff("MANAGER")
    client.cookies["django_language"] = "en"
    from gridhall.apps.identity.models import User

    User.objects.filter(phone=made.STAFF_PHONES["MANAGER"]).update(language="en")
    text = read_page(client.get(f"/console/tariffs/{draft.pk}/effect/")).text
    assert "Paying more" in text and "Under the new version" in text
