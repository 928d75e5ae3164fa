"""The demo county adds up: places, meters against feeders, registers against reads, bills, logins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from gridhall.cli.demo import balances, bills, build, logins, reads
from gridhall.cli.demo.county import CountyPlan
from gridhall.cli.demo.reads import LOAD_LOSS_PER_MILLE, SLOTS, STANDING_LOSS_WH
from gridhall.core.periods import Month

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 2, tzinfo=UTC)
TODAY = date(2026, 3, 10)
POINTS, MONTHS = 600, 3


def _quiet(_step: str, _done: int, _total: int) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def county(django_db_setup: None, django_db_blocker, tmp_path_factory) -> Iterator[CountyPlan]:  # type: ignore[no-untyped-def]
    """A small county with its bills, in a transaction that is rolled back."""
    from django.db import transaction

    folder: Path = tmp_path_factory.mktemp("demo")
    kept = settings.GRIDHALL_INTERVAL_STORE, settings.DATA_DIR
    settings.GRIDHALL_INTERVAL_STORE, settings.DATA_DIR = folder / "intervals", folder
    with django_db_blocker.unblock(), transaction.atomic():
        plan = build.build_county(report=_quiet, at=AT, today=TODAY, points=POINTS, months=MONTHS)
        bills.run_bills(report=_quiet, at=AT)
        balances.balance_months(report=_quiet, at=AT)
        yield plan
        transaction.set_rollback(True)
    settings.GRIDHALL_INTERVAL_STORE, settings.DATA_DIR = kept


def test_demo_has_every_town_and_village(county: CountyPlan) -> None:
    from gridhall.apps.accounts.models import CustomerAccount, Place, UsagePoint

    kinds = dict.fromkeys(CustomerAccount.objects.values_list("kind", flat=True))
    assert set(kinds) == {"RESIDENT", "SHOP", "ENTERPRISE", "EV", "PV"}
    assert Place.objects.filter(kind="TOWN").count() == 11
    assert Place.objects.filter(kind="VILLAGE").count() == 209
    assert UsagePoint.objects.count() == POINTS


def test_demo_accounts_bear_the_name_of_who_took_them_over(county: CountyPlan) -> None:
    from gridhall.apps.accounts.models import CustomerAgreement

    ended = CustomerAgreement.objects.exclude(ends_on=None).values("account")
    current = CustomerAgreement.objects.filter(account__in=ended, ends_on=None).select_related("account", "party")
    assert current and all(one.account.name == one.party.name for one in current)


def test_demo_feeders_deliver_what_the_meters_show_less_losses(county: CountyPlan) -> None:
    from gridhall.apps.accounts.models import Feeder
    from gridhall.apps.metering.queries.balance import get_feeder_balance

    slots = (TODAY - date(2026, 1, 1)).days * SLOTS
    customers = 0
    for feeder in Feeder.objects.all():
        balance = get_feeder_balance(feeder=feeder, first_day=date(2026, 1, 1), end_day=TODAY)
        assert balance.check_meters == 1 and balance.check_completeness == 1
        standing_kwh = Decimal(slots * STANDING_LOSS_WH) / 1000
        expected_kwh = standing_kwh + balance.delivered_kwh * LOAD_LOSS_PER_MILLE / 1000
        # Reads that are missing were carried all the same; whole watt hours are lost in each quarter hour.
        leeway_kwh = balance.delivered_kwh * (1 - balance.customer_completeness) + Decimal(slots) / 1000 + 5
        assert abs(balance.loss_kwh - expected_kwh) <= leeway_kwh, feeder.code
        assert balance.loss_kwh > 0
        customers += balance.customer_meters
    assert customers >= POINTS


def test_demo_balances_are_kept_and_tell_what_is_wrong(county: CountyPlan) -> None:
    from gridhall.apps.metering.models import BalancedMonth, NetworkBalance

    assert [str(month) for month in BalancedMonth.objects.order_by("month")] == ["2026-01", "2026-02", "2026-03"]
    kept = NetworkBalance.objects.filter(balanced_month__month=date(2026, 1, 1)).select_related("transformer")
    assert kept.count() == len(county.feeders) + len(county.transformers)
    indexes = range(reads.MISPLACED_EVERY // 2, len(county.transformers), reads.MISPLACED_EVERY)
    wrong = {county.transformers[index][0] for index in indexes}
    negative = set()
    for row in kept.filter(customer_meters__gt=0).exclude(transformer=None):
        assert row.check_meters == 1 and row.check_missing_slots == 0
        if row.supplied_kwh < row.delivered_kwh and row.transformer is not None:
            negative.add(row.transformer.code)
    assert negative and negative <= wrong


def test_demo_registers_advance_by_their_reads(county: CountyPlan) -> None:
    from gridhall.apps.metering.models import Meter, RegisterReading
    from gridhall.apps.metering.queries.store import get_store

    store = get_store()
    whole = 0
    for meter in Meter.objects.filter(feeder=None, transformer=None):
        shown = list(
            RegisterReading.objects.filter(meter=meter, register="IMPORT")
            .order_by("read_at")
            .values_list("value_wh", flat=True)
        )
        daily = store.read_daily(meter.series_id, date(2026, 1, 1), TODAY)
        is_whole = not daily.missing_slots.any()
        whole += is_whole
        gap_wh = shown[-1] - shown[0] - daily.import_wh.sum()
        assert gap_wh == 0 if is_whole else gap_wh >= 0
    assert whole > POINTS * 0.9


def test_demo_bills_every_month_that_is_over_once(county: CountyPlan) -> None:
    from django.db.models import Count

    from gridhall.apps.billing.models import Bill, BillException
    from gridhall.apps.billing.queries.ledger import prove_ledger

    assert bills.list_whole_months() == [Month(2026, 1), Month(2026, 2)]
    held = Bill.objects.filter(status="HELD")
    assert set(BillException.objects.filter(bill__in=held).values_list("kind", flat=True)) <= {"MISSING_READS"}
    issued = Bill.objects.filter(status="ISSUED")
    assert issued.count() + held.count() >= 2 * POINTS and held.count() < POINTS / 50
    assert not issued.values("account", "first_day").annotate(times=Count("id")).filter(times__gt=1).exists()
    assert prove_ledger().holds


def test_demo_bills_run_again_change_nothing(county: CountyPlan) -> None:
    from gridhall.apps.billing.models import Bill, JournalEntry

    before = Bill.objects.count(), JournalEntry.objects.count()
    bills.run_bills(report=_quiet, at=AT)
    assert (Bill.objects.count(), JournalEntry.objects.count()) == before


def test_demo_logins_see_their_bills(county: CountyPlan) -> None:
    from gridhall.apps.accounts import queries as accounts
    from gridhall.apps.billing import queries as billing
    from gridhall.apps.identity.models import User

    for phone in logins.LOGIN_TITLES:
        user = User.objects.get(phone=phone)
        assert user.check_password(logins.DEMO_PASSWORD)
        seen = accounts.list_accounts(viewer=user, at=AT)
        assert seen
        for view in seen:
            account = accounts.get_account(number=view.number, viewer=user, at=AT)
            shown = billing.list_bills(account=account, viewer=user)
            assert len(shown) == 2
            for bill in shown:
                for line in billing.get_bill(mrid=bill.mrid, viewer=user).lines:
                    told = billing.explain_line(mrid=bill.mrid, position=line.position, viewer=user, language="zh")
                    _check_readings(told)
                    assert told.amount == line.amount


def test_demo_chain_sees_all_its_shops(county: CountyPlan) -> None:
    from gridhall.apps.accounts import queries as accounts
    from gridhall.apps.accounts.models import CustomerAccount
    from gridhall.apps.billing import queries as billing
    from gridhall.apps.identity.models import User

    user = User.objects.get(phone="19900000007")
    (view,) = accounts.list_accounts(viewer=user, at=AT)
    head = CustomerAccount.objects.get(number=view.number)
    month = billing.get_latest_group_month(account=head, viewer=user, at=AT)
    assert month is not None and head.members.count() >= 5
    sites = billing.list_sites(account=head, viewer=user, at=AT, month=month, order="amount", find="", page=1)
    assert sites.total_sites == head.members.count() + 1 and sites.sites and sites.amount > 0


def test_demo_staff_hold_one_role_each(county: CountyPlan) -> None:
    from gridhall.apps.identity import queries as identity
    from gridhall.apps.identity.kinds import StaffRoleKind

    held = {member.phone: member.roles for member in identity.list_staff(viewer=None)}
    assert held == {phone: (role,) for phone, (role, _name, _title) in logins.STAFF_TITLES.items()}
    assert {role for (role,) in held.values()} == set(StaffRoleKind.values)


def _check_readings(told) -> None:  # type: ignore[no-untyped-def]
    """The registers behind a line advance by what their reads add up to."""
    wanted = {"上网电费": {"EXPORT"}, "功率因数调整电费": {"IMPORT", "REACTIVE"}}
    assert {span.register for span in told.readings} == wanted.get(told.line.label, {"IMPORT"})
    for span in told.readings:
        assert span.measured_slots and not span.missing_slots
        assert (span.register_last_kwh - span.register_first_kwh) * span.multiplier == span.energy_kwh
