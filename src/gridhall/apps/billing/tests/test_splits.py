"""What changes within a month or a year is cut exactly: energy adds up, charges are shared out by days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from gridhall.apps.billing import actions
from gridhall.apps.billing.models import Bill, BillLine
from gridhall.apps.billing.queries.groups import get_group_statement
from gridhall.apps.billing.queries.repricing import rated_lines
from gridhall.apps.billing.tests import world
from gridhall.apps.identity.models import User
from gridhall.core.money import round_money
from gridhall.core.periods import Month, months_between

MARCH = Month(2026, 3)
JANUARY = Month(2026, 1)


@pytest.fixture
def tariffs(db: Any, store: Any) -> None:
    """Four tariffs, no customers yet."""
    for text, code in ((world.HOME, "home"), (world.SHOP, "shop"), (world.PLANT, "plant"), (world.FAMILY, "family")):
        world.load_tariff(text, code)


@pytest.fixture
def reads(tariffs: None) -> np.ndarray:
    """A month of reads of six meters."""
    values = world.make_reads(MARCH, 6, mean_wh=300)
    world.store_month(MARCH, values)
    return values.astype(np.int64)


def bill_of(account: Any, month: Month = MARCH) -> Bill:
    actions.run_month(month=month, at=world.AT, actor="ann")
    return Bill.objects.get(account=account, is_current=True, first_day__gte=month.first_day)


def lines_of(bill: Bill) -> list[tuple[int, str, Decimal, Decimal]]:
    rows = BillLine.objects.filter(bill=bill).select_related("charge").order_by("position")
    return [(row.part, row.charge.code, row.quantity, row.amount) for row in rows]


def kwh(values: np.ndarray) -> Decimal:
    return Decimal(int(values.sum())) / 1000


def test_tariff_changed_within_the_month(reads: np.ndarray) -> None:
    account = world.make_customers(1, tariff="plant", contract_capacity_kva=Decimal(100))[0]
    world.change_terms(account, date(2026, 3, 12), tariff_code="home")
    bill = bill_of(account)
    first, second = kwh(reads[0, :11]), kwh(reads[0, 11:])
    assert lines_of(bill) == [
        (0, "energy", first, round_money(first * Decimal("0.6"))),
        (0, "capacity", Decimal("35.483871"), round_money(Decimal(1100) / 31 * Decimal("26.3"))),
        (0, "service", Decimal("0.354839"), Decimal("11.00")),
        (0, "meter_rent", Decimal(1), Decimal("5.00")),
        (1, "energy.tier1", second, round_money(second * Decimal("0.558"))),
    ]
    assert (bill.tier_wh, bill.energy_wh) == (int(second * 1000), int((first + second) * 1000))


def test_capacity_changed_within_the_month_charges_each_kva_for_its_days(reads: np.ndarray) -> None:
    account = world.make_customers(1, tariff="plant", contract_capacity_kva=Decimal(100))[0]
    world.change_terms(account, date(2026, 3, 11), contract_capacity_kva=Decimal(200))
    lines = lines_of(bill_of(account))
    assert [line for line in lines if line[1] == "capacity"] == [
        (0, "capacity", Decimal("32.258065"), round_money(Decimal(1000) / 31 * Decimal("26.3"))),
        (1, "capacity", Decimal("135.483871"), round_money(Decimal(4200) / 31 * Decimal("26.3"))),
    ]
    assert [line[3] for line in lines if line[1] == "service"] == [Decimal("10.00"), Decimal("21.00")]
    assert [line[3] for line in lines if line[1] == "meter_rent"] == [Decimal("5.00")]
    assert sum(line[2] for line in lines if line[1] == "energy") == kwh(reads[0])


def test_owner_changed_within_the_month_makes_two_bills(reads: np.ndarray) -> None:
    account = world.make_customers(1, tariff="plant", contract_capacity_kva=Decimal(100))[0]
    heir = world.change_owner(account, date(2026, 3, 11))
    actions.run_month(month=MARCH, at=world.AT, actor="ann")
    old, new = Bill.objects.filter(account=account).order_by("first_day")
    assert (old.kind, new.kind) == ("CLOSING", "REGULAR")
    assert (old.end_day, new.first_day, new.agreement_id, new.party_id) == (
        date(2026, 3, 11), date(2026, 3, 11), heir.pk, heir.party_id,
    )  # fmt: skip
    assert (old.energy_wh, new.energy_wh) == (int(reads[0, :10].sum()), int(reads[0, 10:].sum()))
    shares = [sum(line[2] for line in lines_of(bill) if line[1] == "capacity") for bill in (old, new)]
    assert sum(shares) == Decimal(100)
    service = [next(line[3] for line in lines_of(bill) if line[1] == "service") for bill in (old, new)]
    assert service == [Decimal("10.00"), Decimal("21.00")]


def test_days_between_two_owners_are_nobodys(reads: np.ndarray) -> None:
    account = world.make_customers(1, tariff="home")[0]
    world.change_owner(account, date(2026, 3, 6), vacant_until=date(2026, 3, 21))
    actions.run_month(month=MARCH, at=world.AT, actor="ann")
    old, new = Bill.objects.filter(account=account).order_by("first_day")
    assert (old.energy_wh, new.energy_wh) == (int(reads[0, :5].sum()), int(reads[0, 20:].sum()))
    assert (old.parts.get().year_months, new.parts.get().year_months) == (3, 10)


def test_meter_exchanged_within_the_month_stays_one_part(reads: np.ndarray) -> None:
    account = world.make_customers(1, tariff="shop")[0]
    world.exchange_meter(account, date(2026, 3, 21), 5)
    bill = bill_of(account)
    assert bill.energy_wh == int(reads[0, :20].sum() + reads[5, 20:].sum())
    first, second = bill.parts.order_by("position")  # cut on the 11th, where the tariff's prices change
    assert max(first.peak_wh) == int(reads[0, :10].max())
    assert max(second.peak_wh) == max(int(reads[0, 10:20].max()), int(reads[5, 20:].max()))
    assert bill.missing_slots == 0


def test_ratio_changed_within_the_month_multiplies_its_days(reads: np.ndarray) -> None:
    account = world.make_customers(1, tariff="home")[0]
    world.change_ratio(account, date(2026, 3, 16), 40)
    bill = bill_of(account)
    assert bill.energy_wh == int(reads[0, :15].sum() + 40 * reads[0, 15:].sum())
    assert max(bill.parts.get().peak_wh) == int(max(reads[0, :15].max(), 40 * reads[0, 15:].max()))


def test_everything_changed_within_one_month(reads: np.ndarray) -> None:
    account = world.make_customers(1, tariff="shop")[0]
    world.exchange_meter(account, date(2026, 3, 4), 3, ct_ratio=2)
    world.change_ratio(account, date(2026, 3, 9), 5)
    world.change_terms(account, date(2026, 3, 14), contract_demand_kw=Decimal(80))
    world.change_owner(account, date(2026, 3, 25))
    actions.run_month(month=MARCH, at=world.AT, actor="ann")
    old, new = Bill.objects.filter(account=account).order_by("first_day")
    assert [part.first_day.day for part in old.parts.order_by("position")] == [1, 11, 14]
    expected = reads[0, :3].sum() + 2 * reads[3, 3:8].sum() + 5 * reads[3, 8:24].sum()
    assert old.energy_wh == int(expected)
    assert new.energy_wh == int(5 * reads[3, 24:].sum())
    demand = [line for bill in (old, new) for line in lines_of(bill) if line[1] == "demand"]
    exact = [Decimal(60 * 10) / 31, Decimal(60 * 3) / 31, Decimal(80 * 11) / 31, Decimal(80 * 7) / 31]
    assert [line[2] for line in demand] == [value.quantize(Decimal("0.000001")) for value in exact]


def test_several_meters_are_one_bill(reads: np.ndarray) -> None:
    account = world.make_customers(1, tariff="shop")[0]
    world.add_usage_point(account, "SECOND", 1)
    world.add_usage_point(account, "THIRD", 2)
    bill = bill_of(account)
    assert bill.energy_wh == int(reads[:3].sum())
    first = bill.parts.order_by("position")[0]
    assert max(first.peak_wh) <= sum(int(reads[index, :10].max()) for index in range(3))
    assert sum(first.import_wh) == int(reads[:3, :10].sum())
    assert bill.measured_slots == 3 * 31 * 96


def test_household_that_grows_gets_its_allowance_from_that_month_on(tariffs: None) -> None:
    account = world.make_customers(1, tariff="family", household_size=4)[0]
    for month in months_between(JANUARY, Month(2026, 4)):
        world.store_month(month, np.full((1, month.days, 96), 300, np.int32))
    world.change_terms(account, date(2026, 4, 10), household_size=6)
    for month in months_between(JANUARY, Month(2026, 4)):
        actions.run_month(month=month, at=world.AT, actor="ann")
    april = Bill.objects.get(account=account, first_day=date(2026, 4, 1))
    part = april.parts.order_by("position")[1]
    assert part.household_by_month == [4, 4, 4] + [6] * 9
    used = Decimal(300 * 96 * (31 + 28 + 31)) / 1000
    assert [sum(part.import_wh) for part in april.parts.order_by("position")] == [9 * 28_800, 21 * 28_800]
    # 1,200 kWh and 100 for each of the nine months from April on: 2,100, less than was used until March already.
    lines = lines_of(april)
    assert used > 2100
    assert {line[1] for line in lines} == {"energy.tier2"}
    april_last = Decimal(21) * Decimal("28.8")
    part.year_to_date_wh = 2_000_000
    tiers = {line.code: line.quantity for line in rated_lines(part)}
    assert tiers == {"energy.tier1": Decimal(100), "energy.tier2": april_last - 100}


def test_year_before_moving_into_a_tiered_tariff_does_not_fill_tiers(tariffs: None) -> None:
    account = world.make_customers(1, tariff="plant", contract_capacity_kva=Decimal(100))[0]
    for month in months_between(JANUARY, Month(2026, 4)):
        world.store_month(month, np.full((1, month.days, 96), 900, np.int32))
    world.change_terms(account, date(2026, 3, 16), tariff_code="home")
    for month in months_between(JANUARY, Month(2026, 4)):
        actions.run_month(month=month, at=world.AT, actor="ann")
    march, april = Bill.objects.filter(account=account, first_day__gte=date(2026, 3, 1)).order_by("first_day")
    assert march.tier_wh == 16 * 96 * 900
    part = april.parts.get()
    assert (part.year_to_date_wh, part.year_months) == (march.tier_wh, 10)
    used, now = Decimal(march.tier_wh) / 1000, Decimal(april.energy_wh) / 1000
    top = Decimal(2160) * 10 / 12
    tiers = {line[1]: line[2] for line in lines_of(april)}
    assert tiers == {"energy.tier1": top - used, "energy.tier2": used + now - top}


def test_price_versions_and_tiers_follow_each_other_in_order_of_days(tariffs: None) -> None:
    account = world.make_customers(1, tariff="home")[0]
    world.store_month(MARCH, np.full((1, 31, 96), 1_000, np.int32))
    world.change_terms(account, date(2026, 3, 22), household_size=3)
    bill = bill_of(account)
    first, second = bill.parts.order_by("position")
    assert (second.year_to_date_wh, second.month_to_date_wh) == (sum(first.import_wh), sum(first.import_wh))
    tiers = [(line[0], line[1], line[2]) for line in lines_of(bill)]
    assert tiers == [(0, "energy.tier1", Decimal(2016)), (1, "energy.tier1", Decimal(144)),
                     (1, "energy.tier2", Decimal(816))]  # fmt: skip


def test_group_statement_adds_up_its_members(reads: np.ndarray) -> None:
    head, *members = world.make_customers(4, tariff="home")
    for member in members[:2]:
        member.group = head
        member.save()
    actions.run_month(month=MARCH, at=world.AT, actor="ann")
    clerk = User.objects.create(phone="13900000002", is_staff=True, is_superuser=True)
    statement = get_group_statement(account=head, month=MARCH, viewer=clerk, at=world.AT)
    bills = Bill.objects.filter(account__in=[head, *members[:2]])
    assert (statement.accounts, len(statement.bills)) == (3, 3)
    assert statement.amount == sum(bill.amount for bill in bills) == -statement.balance
    assert statement.energy_kwh * 1000 == int(reads[:3].sum())
