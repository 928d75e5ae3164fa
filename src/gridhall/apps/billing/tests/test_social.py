"""Households that the public supports get their free allowance, for the days for which they are known to be such."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np

from gridhall.apps.billing import actions
from gridhall.apps.billing.models import Bill, Posting
from gridhall.apps.billing.queries.explanations import explain
from gridhall.apps.billing.queries.repricing import rated_lines
from gridhall.apps.billing.tests import world
from gridhall.core.periods import Month

JANUARY = Month(2026, 1)


def test_supported_households_get_their_allowance(db, settings, interval_store) -> None:
    text = (settings.GRIDHALL_CATALOGUE / "tariffs" / "hubei-residential.yaml").read_text("utf-8")
    world.load_tariff(text, "hubei-residential")
    usual, *supported = (
        world.make_customers(1, tariff="hubei-residential", first=index, social=social)[0]
        for index, social in enumerate(("NONE", "LOW_INCOME", "FIVE_GUARANTEES"))
    )
    later = world.make_customers(1, tariff="hubei-residential", first=3)[0]
    world.change_terms(later, date(2026, 1, 17), social="LOW_INCOME")
    little = world.make_customers(1, tariff="hubei-residential", first=4, social="LOW_INCOME")[0]
    reads = np.full((5, 31, 96), 50, np.int32)  # 148.8 kWh
    reads[4] = 1  # 2.976 kWh
    world.store_month(JANUARY, reads)
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    bills = {bill.account_id: bill for bill in Bill.objects.all()}
    whole = Decimal("148.8") * Decimal("0.558")
    assert bills[usual.pk].amount == whole.quantize(Decimal("0.01"))
    for account in supported:
        bill = bills[account.pk]
        lines = {line.charge.code: (line.quantity, line.amount) for line in bill.lines.select_related("charge")}
        assert lines["free_allowance"] == (Decimal(10), Decimal("-5.58"))
        assert bill.amount == bills[usual.pk].amount - Decimal("5.58")
        assert sum(line.amount for part in bill.parts.all() for line in rated_lines(part)) == bill.amount
        why = explain(bill, next(line for line in bill.lines.all() if line.charge.code == "free_allowance"), "zh-hans")
        assert why.clause.text.startswith("对城乡低保户")
    assert bills[little.pk].amount == Decimal("0.00")
    part = bills[later.pk].lines.get(charge__code="free_allowance")
    assert (part.quantity, part.amount) == (Decimal("4.838"), Decimal("-2.70"))  # 15 of 31 days


def test_an_allowance_is_less_revenue_and_no_energy_bought(db, settings, interval_store) -> None:
    text = (settings.GRIDHALL_CATALOGUE / "tariffs" / "hubei-residential.yaml").read_text("utf-8")
    world.load_tariff(text, "hubei-residential")
    world.make_customers(1, tariff="hubei-residential", social="LOW_INCOME")
    world.store_month(JANUARY, np.full((1, 31, 96), 50, np.int32))
    actions.run_month(month=JANUARY, at=world.AT, actor="ann")
    (bill,) = Bill.objects.all()
    posted = {row.account.kind: row.amount for row in Posting.objects.select_related("account")}
    assert set(posted) == {"RECEIVABLE", "ENERGY_REVENUE"}
    assert abs(posted["ENERGY_REVENUE"]) == bill.amount == Decimal("77.45")
