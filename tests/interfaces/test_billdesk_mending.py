"""Putting right what was billed: each step told first, done once, by who may."""

from __future__ import annotations

from django.utils import timezone

from tests import company as made
from tests.interfaces.conftest import find_bill
from tests.interfaces.pages import read_page
from tests.interfaces.test_billdesk import DESK, Staff, address, show


def test_bill_cancel_says_first_what_it_does(staff: Staff, company: made.Company) -> None:
    from gridhall.apps.billing.queries.ledger import read_balance

    bill = find_bill(company.numbers[2])
    client = staff("BILLING_APPROVER")
    balance = read_balance(bill.account_id)
    path = f"{DESK}{bill.mrid}/cancel/"
    assert f"{bill.amount:,.2f}" in show(client, path).text
    assert client.post(path, {"reason": ""}).status_code == 422
    for _twice in range(2):
        client.post(path, {"reason": "重复计费"})
    page = show(client, f"{DESK}{bill.mrid}/")
    assert "已作废" in page.text and not page.tree.xpath("//*[@role='alert']")
    assert read_balance(bill.account_id) == balance + bill.amount


def test_bill_rebill_explains_each_line_before_it_is_done(staff: Staff, company: made.Company) -> None:
    import numpy as np

    from gridhall.apps.billing.models import BillRun
    from gridhall.apps.metering import queries as metering
    from gridhall.apps.metering.models import Meter

    number, first = company.numbers[0], str(company.billed[-1])
    client = staff("BILLING")
    asked = {"account": f"{number[:4]} {number[4:]}", "first": first}
    assert "没有差别" in read_page(client.get(f"{DESK}rebill/", asked)).text
    series = Meter.objects.get(serial_number=f"22110{number[-8:]}").series_id
    more = np.full((1, 96), 1_000, np.int32)
    metering.get_store().write_days(
        company.billed[-1].first_day,
        np.array([series]),
        more,
        known_at=timezone.now(),
        quality=np.zeros((1, 96), np.uint8),
    )
    page = read_page(client.get(f"{DESK}rebill/", asked))
    assert "按这个结果更正" in page.text and len(page.rows()) > 2
    (expected,) = page.tree.xpath("//input[@name='expected']/@value")
    before = BillRun.objects.count()
    for wrong in (
        {"reason": "", "expected": expected},
        {"reason": "电价录错了"},
        {"reason": "电价录错了", "expected": "0.01"},
    ):
        page = read_page(client.post(f"{DESK}rebill/", asked | wrong), status=422)
        assert page.tree.xpath("//input[@name='expected']/@value") == [expected]
    assert "结果刚刚变了" in page.text and BillRun.objects.count() == before
    for _twice in range(2):
        answer = client.post(f"{DESK}rebill/", asked | {"reason": "电价录错了", "expected": expected})
    run = BillRun.objects.latest("id")
    assert BillRun.objects.count() == before + 1
    assert answer.headers["Location"] == address(run)
    page = show(client, address(run))
    assert "更正出账" in page.heading and "电价录错了" in page.text and not page.tree.xpath("//*[@role='alert']")
    assert "比更正前" in show(client, address(run, "comparison/")).text
    assert "没有这个户号" in client.get(f"{DESK}rebill/", asked | {"account": "1"}).content.decode()


def test_bill_close_tells_first_and_drafts_once(staff: Staff, company: made.Company) -> None:
    from gridhall.apps.billing.models import BillRun

    client = staff("BILLING")
    asked = {"account": company.numbers[1], "ends_on": company.billed[-1].first_day.replace(day=20).isoformat()}
    before = BillRun.objects.count()
    page = read_page(client.post(f"{DESK}close/", asked | {"step": "look"}))
    assert "结清后会这样" in page.text and "更正账单" in page.text
    assert BillRun.objects.count() == before
    for _twice in range(2):
        answer = client.post(f"{DESK}close/", asked | {"step": "do"})
    run = BillRun.objects.latest("id")
    assert BillRun.objects.count() == before + 1 and answer.headers["Location"] == address(run)
    assert "结清出账" in show(client, address(run)).heading
    assert client.post(f"{DESK}close/", asked | {"account": "1"}).status_code == 422
    assert "请填写" in read_page(client.post(f"{DESK}close/"), status=422).text
