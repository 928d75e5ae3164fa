"""The billing desk: a run from opening to issue by two people, what is looked at, what is put right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import company as made
from tests.interfaces.pages import Page, read_page

Staff = Callable[[str], Client]
DESK = "/console/bills/"


@pytest.fixture
def month(company: made.Company) -> Any:
    """The last billed month, its bills taken back, so that it can be run again."""
    from gridhall.apps.billing import actions
    from gridhall.apps.billing.models import Bill

    for bill in Bill.objects.filter(is_current=True, first_day=company.billed[-1].first_day):
        actions.cancel_bill(bill=bill, reason="again", at=timezone.now(), actor="tests")
    return company.billed[-1]


def work() -> None:
    """Do what was asked of the queue."""
    from gridhall.apps.billing import tasks
    from gridhall.apps.billing.models import BillRunWork

    for waiting in BillRunWork.objects.filter(ended_at=None):
        tasks.work_on_run(work_id=waiting.pk)


def open_run(client: Client, month: Any) -> Any:
    from gridhall.apps.billing.models import BillRun

    answer = client.post(f"{DESK}open/", {"month": str(month), "cycle": "MONTHLY"})
    run = BillRun.objects.latest("id")
    assert answer.headers["Location"] == address(run)
    return run


def draft(client: Client, month: Any) -> Any:
    run = open_run(client, month)
    work()
    run.refresh_from_db()
    return run


def address(run: Any, more: str = "") -> str:
    return f"{DESK}runs/{run.mrid}/{more}"


def check_all(client: Client, run: Any) -> None:
    client.post(address(run, "sample/"), {"drawn": "0"})
    for check in run.checks.select_related("bill"):
        client.post(f"{DESK}{check.bill.mrid}/check/", {"outcome": "RIGHT"})


def show(client: Client, path: str) -> Page:
    return read_page(client.get(path, follow=True))


def test_bill_run_list_shows_runs_newest_first(staff: Staff, django_assert_max_num_queries: Any) -> None:
    client = staff("BILLING")
    with django_assert_max_num_queries(12):
        page = show(client, DESK)
    assert "开始出账" in page.text and "已发行" in page.text
    assert "开始出账" not in show(staff("MANAGER"), DESK).text
    assert show(client, f"{DESK}?status=CANCELED").text.count("已发行") < page.text.count("已发行")
    assert client.get(f"{DESK}?export=csv").status_code == 200
    assert client.get(f"{DESK}?sort=month").status_code == 200


def test_bill_run_open_starts_one_run_however_often_it_is_pressed(staff: Staff, month: Any) -> None:
    from gridhall.apps.billing.models import BillRun

    client = staff("BILLING")
    before = BillRun.objects.count()
    run = open_run(client, month)
    assert open_run(client, month) == run
    assert BillRun.objects.count() == before + 1
    assert "正在计算" in show(client, address(run)).text
    assert client.post(f"{DESK}open/", {"month": "1999-01", "cycle": "MONTHLY"}).status_code == 422


def test_bill_run_open_says_why_not(staff: Staff, company: made.Company) -> None:
    client = staff("BILLING")
    client.post(f"{DESK}open/", {"month": str(company.billed[0]), "cycle": "MONTHLY"})
    assert "每一户都出过账" in show(client, DESK).text


def test_bill_run_progress_is_told_until_the_work_is_over(
    staff: Staff, month: Any, django_assert_max_num_queries: Any
) -> None:
    client = staff("BILLING")
    run = open_run(client, month)
    with django_assert_max_num_queries(12):
        answer = client.get(address(run, "progress/"), headers={"HX-Request": "true"})
    assert "every 2s" in answer.content.decode() and "HX-Refresh" not in answer.headers
    assert "<noscript><meta http-equiv" in client.get(address(run)).content.decode()
    work()
    answer = client.get(address(run, "progress/"), headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true" and "every 2s" not in answer.content.decode()


def test_bill_run_detail_shows_steps_and_what_to_look_at(
    staff: Staff, month: Any, django_assert_max_num_queries: Any
) -> None:
    client = staff("BILLING")
    run = draft(client, month)
    with django_assert_max_num_queries(12):
        page = show(client, address(run))
    assert "处理异常" in page.text and "抽一组" in page.text and "复核通过" not in page.text
    for role in ("MANAGER", "AUDITOR"):
        page = show(staff(role), address(run))
        assert not page.tree.xpath("//main//button"), role
    assert client.get(f"{DESK}runs/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_bill_run_draft_goes_on_after_a_stop(staff: Staff, month: Any) -> None:
    from gridhall.apps.billing.models import BillRunWork

    client = staff("BILLING")
    run = open_run(client, month)
    BillRunWork.objects.filter(run=run).update(ended_at=timezone.now(), refusal="cycle-held")
    page = show(client, address(run))
    assert "继续计算" in page.text and "等它算完再继续" in page.text
    for _twice in range(2):
        assert client.post(address(run, "draft/")).status_code == 302
    assert BillRunWork.objects.filter(run=run, ended_at=None).count() == 1
    work()
    client.post(address(run, "draft/"))  # pressed on a page that was left open
    page = show(client, address(run))
    assert "等复核" in page.text and not page.tree.xpath("//*[@data-tone='error'][@role='alert']")


def test_bill_run_approve_is_for_a_second_person_after_the_sample(staff: Staff, month: Any) -> None:
    run = draft(staff("BILLING"), month)
    approver = staff("BILLING_APPROVER")
    assert "还没有抽查" in show(approver, address(run)).text
    approver.post(address(run, "approve/"))
    run.refresh_from_db()
    assert run.status == "DRAFTED"
    check_all(approver, run)
    assert "复核通过" in show(approver, address(run)).text
    for _twice in range(2):
        approver.post(address(run, "approve/"))
    page = show(approver, address(run))
    run.refresh_from_db()
    assert run.status == "APPROVED" and "等发行" in page.text
    assert not page.tree.xpath("//*[@role='alert']")


def test_bill_run_approve_is_refused_to_who_prepared_whatever_he_holds(staff: Staff, month: Any) -> None:
    from gridhall.apps.identity.models import User

    both = staff("BILLING")
    run = draft(both, month)
    check_all(staff("BILLING_APPROVER"), run)
    User.objects.filter(phone=made.STAFF_PHONES["BILLING"]).update(is_superuser=True)
    assert "要由另一个人" in show(both, address(run)).text
    both.post(address(run, "approve/"))
    assert "要由另一个人" in show(both, address(run)).text
    run.refresh_from_db()
    assert run.status == "DRAFTED"


def test_bill_run_issue_sends_bills_once(staff: Staff, month: Any) -> None:
    from gridhall.apps.billing.models import Bill, JournalEntry

    run = draft(staff("BILLING"), month)
    approver = staff("BILLING_APPROVER")
    check_all(approver, run)
    approver.post(address(run, "approve/"))
    assert "发行 7 张" in show(approver, address(run)).text
    for _twice in range(2):
        approver.post(address(run, "issue/"))
    assert "正在发行" in show(approver, address(run)).text
    work()
    approver.post(address(run, "issue/"))
    work()
    run.refresh_from_db()
    numbers = [f"bill:{bill.number}" for bill in Bill.objects.filter(run=run)]
    assert run.status == "ISSUED" and len(numbers) == 7
    assert JournalEntry.objects.filter(idempotency_key__in=numbers).count() == 7
    page = show(approver, address(run))
    assert not page.tree.xpath("//*[@role='alert']") and "作废这一批" not in page.text


def test_bill_run_cancel_says_first_what_it_does(staff: Staff, month: Any) -> None:
    client = staff("BILLING")
    run = draft(client, month)
    assert "7 张草稿作废" in show(client, address(run, "cancel/")).text
    assert client.post(address(run, "cancel/"), {"reason": ""}).status_code == 422
    for _twice in range(2):
        client.post(address(run, "cancel/"), {"reason": "电价录错了"})
    page = show(client, address(run))
    run.refresh_from_db()
    assert run.status == "CANCELED" and "电价录错了" in page.text
    assert not page.tree.xpath("//*[@role='alert']")
    assert open_run(client, month) != run  # the days are free again


def test_bill_run_comparison_adds_up(staff: Staff, month: Any, django_assert_max_num_queries: Any) -> None:
    client = staff("BILLING")
    run = draft(client, month)
    with django_assert_max_num_queries(12):
        page = show(client, address(run, "comparison/"))
    assert "按电价和类别" in page.text and "变化最大的" in page.text
    total = page.tree.xpath("//tfoot//td")[1].text_content()
    assert total == "7"


def test_bill_exception_list_holds_and_releases_many(
    staff: Staff, month: Any, django_assert_max_num_queries: Any
) -> None:
    from gridhall.apps.billing.models import Bill, BillException

    client = staff("BILLING")
    run = draft(client, month)
    for bill in Bill.objects.filter(run=run)[:2]:
        BillException.objects.create(
            run=run, account=bill.account, bill=bill, kind="ZERO_USAGE", holds=False, detail="30 days"
        )
    page_address = f"{DESK}exceptions/?run={run.mrid}&kind=ZERO_USAGE"
    with django_assert_max_num_queries(12):
        page = show(client, page_address)
    assert "零电量" in page.text and "30 天" in page.text
    keys = page.tree.xpath("//input[@name='key']/@value")
    answer = client.post(page_address, {"action": "hold", "key": keys, "text": ""}, follow=True)
    assert "请先写明" in answer.content.decode()
    for _again in range(2):  # held, taken back, held again
        answer = client.post(page_address, {"action": "hold", "key": keys, "text": "先查表"}, follow=True)
        assert "挂起了 2 张" in answer.content.decode()
        undo = answer.content.decode().split('action="/console/steps/')[1].split("/")[0]
        if not _again:
            assert "已撤销" in client.post(f"/console/steps/{undo}/undo/", follow=True).content.decode()
            assert not Bill.objects.filter(run=run, status="HELD").exists()
    assert Bill.objects.filter(run=run, status="HELD").count() == 2
    assert "先查表" in show(client, f"{DESK}exceptions/?run={run.mrid}&kind=BY_HAND").text
    answer = client.post(page_address, {"action": "release", "key": keys}, follow=True)
    assert "放行了 2 张" in answer.content.decode()
    assert staff("BILLING_APPROVER").post(page_address, {"action": "release", "key": keys}).status_code == 404
    assert client.get(f"{DESK}exceptions/?run=nonsense&state=settled").status_code == 200


def test_bill_sample_is_drawn_once_and_kept(staff: Staff, month: Any, django_assert_max_num_queries: Any) -> None:
    run = draft(staff("BILLING"), month)
    client = staff("BILLING_APPROVER")
    assert "还没有抽查" in show(client, address(run, "sample/")).text
    for _twice in range(2):
        client.post(address(run, "sample/"), {"drawn": "0"})
    assert run.checks.count() == 7
    client.post(address(run, "sample/"), {"drawn": "7"})
    with django_assert_max_num_queries(12):
        page = show(client, address(run, "sample/"))
    assert "每一张都抽到了" in page.text and "未查 7 张" in page.text
    assert staff("MANAGER").post(address(run, "sample/")).status_code == 403


def test_bill_check_goes_from_one_to_the_next(staff: Staff, month: Any) -> None:
    run = draft(staff("BILLING"), month)
    client = staff("BILLING_APPROVER")
    client.post(address(run, "sample/"), {"drawn": "0"})
    first, second, *others = [f"{DESK}{check.bill.mrid}/" for check in run.checks.order_by("position")]
    answer = client.post(f"{first}check/", {"outcome": "RIGHT"})
    assert answer.headers["Location"] == second
    page = read_page(client.post(f"{second}check/", {"outcome": "WRONG", "remark": ""}), status=422)
    assert "请写明哪里有问题" in page.text
    client.post(f"{second}check/", {"outcome": "WRONG", "remark": "表号对不上"})
    assert "表号对不上" in show(client, address(run, "sample/")).text
    for path in others:
        answer = client.post(f"{path}check/", {"outcome": "RIGHT"})
    assert answer.headers["Location"] == address(run, "sample/")
    assert "没有挂起" in show(client, address(run)).text
    refused = staff("BILLING").post(f"{first}check/", {"outcome": "RIGHT"})
    assert "要由另一个人" in read_page(refused, status=422).text


def test_bill_review_shows_lines_beside_readings(staff: Staff, month: Any, django_assert_max_num_queries: Any) -> None:
    from gridhall.apps.billing.models import Bill

    run = draft(staff("BILLING"), month)
    bill = Bill.objects.get(run=run, account__number=made.CUSTOMERS[0].number)
    client = staff("BILLING_APPROVER")
    client.post(address(run, "sample/"), {"drawn": "0"})
    client.get(DESK)  # the toast of the sample is shown there
    with django_assert_max_num_queries(14):
        page = show(client, f"{DESK}{bill.mrid}/")
    assert "每日读数" in page.text and f"{bill.amount:,.2f}" in page.text and "没问题" in page.text
    assert "田大山" not in page.text and "田**" not in page.text  # names are not needed here
    assert page.tree.xpath("//svg")


def test_bill_hold_and_bill_release(staff: Staff, month: Any) -> None:
    from gridhall.apps.billing.models import Bill

    client = staff("BILLING")
    run = draft(client, month)
    bill = Bill.objects.filter(run=run).earliest("id")
    path = f"{DESK}{bill.mrid}/"
    assert client.post(f"{path}hold/", {"reason": ""}).status_code == 422
    for _twice in range(2):
        client.post(f"{path}hold/", {"reason": "客户说换过表"})
    page = show(client, path)
    assert "客户说换过表" in page.text and "重算放行" in page.text and not page.tree.xpath("//*[@role='alert']")
    assert "重算放行" not in show(staff("BILLING_APPROVER"), path).text
    for _twice in range(2):
        client.post(f"{path}release/", {"how": "as-is"})
    page = show(client, path)
    bill.refresh_from_db()
    assert bill.status == "DRAFT" and not page.tree.xpath("//*[@role='alert']")


def test_bill_hold_is_not_taken_back_once_the_bill_was_let_go(staff: Staff, month: Any) -> None:
    from gridhall.apps.billing.models import Bill

    client = staff("BILLING")
    bill = Bill.objects.filter(run=draft(client, month)).earliest("id")
    path = f"{DESK}{bill.mrid}/"
    held = client.post(f"{path}hold/", {"reason": "客户说换过表"}, follow=True).content.decode()
    undo = held.split('action="/console/steps/')[1].split("/")[0]
    client.post(f"{path}release/", {"how": "as-is"}, follow=True)
    answer = client.post(f"/console/steps/{undo}/undo/", follow=True).content.decode()
    assert "已撤销" not in answer and 'role="alert"' in answer


def test_bill_release_computes_again(staff: Staff, month: Any) -> None:
    from gridhall.apps.billing.models import Bill

    client = staff("BILLING")
    bill = Bill.objects.filter(run=draft(client, month)).earliest("id")
    client.post(f"{DESK}{bill.mrid}/hold/", {"reason": "等读数"})
    answer = client.post(f"{DESK}{bill.mrid}/release/")
    new = Bill.objects.get(account=bill.account, first_day=bill.first_day, is_current=True)
    assert new != bill and answer.headers["Location"] == f"{DESK}{new.mrid}/"


@pytest.mark.parametrize(
    ("detail", "chinese", "english"),
    [
        ("768 of 2,688 quarter hours", "2,688 个一刻钟里有 768 个", "768 of 2,688 quarter hours"),
        ("P1: 3 of 31 days without a meter", "31 天里有 3 天没有表", "3 of 31 days without a meter"),
        (
            "28 of 28 days without terms whose tariff is approved",
            "28 天里有 28 天没有约定电价",
            "28 of 28 days without",
        ),
        ("12 days of the year unbilled", "今年有 12 天没出账", "12 days of the year not billed"),
        ("2 held this year", "今年有 2 张挂起", "2 held this year"),
        ("110.67 → -241.43", "¥110.67 → −¥241.43", "¥110.67 → −¥241.43"),
        ("then: gridhall bills rebill … --from 2026-02", "从2026年2月起", "from February 2026 on"),
        ("its days stand on bill 202602422826000000501", "账单 202602422826000000501", "bill 202602422826000000501"),
        ("something new", "", ""),
    ],
)
def test_what_a_run_found_is_said_in_both_languages(detail: str, chinese: str, english: str) -> None:
    from django.utils import translation

    from gridhall.interfaces.console.words_billdesk import word_detail

    for language, expected in (("zh-hans", chinese), ("en", english)):
        with translation.override(language):
            said = word_detail("ANY", detail)
            assert said.startswith(expected) and bool(said) == bool(expected)
    assert word_detail("BY_HAND", "as he wrote it") == "as he wrote it"
