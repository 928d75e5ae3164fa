"""The company of the other tests stands: bills of every month for every account."""

from __future__ import annotations

from typing import Any

from tests.company import Company


def test_company_has_a_bill_of_every_month_for_every_account(company: Company, db: Any) -> None:
    from gridhall.apps.billing.models import Bill

    issued = Bill.objects.filter(status="ISSUED")
    assert issued.count() == len(company.billed) * 7
    assert all(bill.amount > 0 for bill in issued.exclude(account__kind="PV"))
