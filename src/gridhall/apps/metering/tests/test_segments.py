"""Exchanges and ratios inside a month: segments, spans, usage and balances agree."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from gridhall.apps.metering import actions, queries
from gridhall.apps.metering.tests.conftest import AT
from gridhall.apps.metering.tests.test_import import rows_of
from gridhall.core.periods import Month

JANUARY = Month(2026, 1)


@pytest.fixture
def exchanged(town, csv_file):
    """A usage point whose ratio changes on 11 January and whose meter changes on 21 January; 0.1 kWh a slot."""
    point, old = town.metered("OLD", ct_ratio=10)
    new = town.meter("NEW")
    actions.change_ratio(usage_point=point, on=date(2026, 1, 11), ct_ratio=20, pt_ratio=2, at=AT, actor="test")
    actions.exchange_meter(
        usage_point=point,
        new_meter=new,
        on=date(2026, 1, 21),
        closing_wh=500_000,
        opening_wh=7_000,
        at=AT,
        actor="test",
    )
    rows = rows_of(point.code, date(2026, 1, 1), [0.1] * 96 * 31)
    actions.import_reads(path=csv_file("a.csv", rows), at=AT, actor="test")
    return point, old, new


def test_segments_are_cut_at_exchange_and_ratio(exchanged):
    point, old, new = exchanged
    found = queries.list_segments(month=JANUARY, usage_point_ids=[point.pk])
    rows = zip(found.series_id, found.first_day, found.end_day, found.multiplier, strict=True)
    assert [tuple(int(one) for one in row) for row in rows] == [
        (old.series_id, 0, 10, 10), (old.series_id, 10, 20, 40), (new.series_id, 20, 31, 40),
    ]  # fmt: skip
    assert found.account_id.tolist() == [point.account_id] * 3


def test_segments_of_all_are_in_order_and_narrow_to_accounts(town):
    points = [town.metered(f"M{at}")[0] for at in range(5)]
    everyone = queries.list_segments(month=JANUARY)
    assert everyone.usage_point_id.tolist() == [point.pk for point in points]
    some = queries.list_segments(month=JANUARY, account_ids=[points[3].account_id, points[1].account_id])
    assert some.usage_point_id.tolist() == [points[1].pk, points[3].pk]
    assert len(queries.list_segments(month=JANUARY, account_ids=[])) == 0
    assert len(queries.list_segments(month=Month(2024, 12))) == 0


def test_spans_multiply_and_add_up(exchanged):
    point, _, _ = exchanged
    spans = queries.list_meter_spans(usage_point=point, first_day=date(2026, 1, 1), end_day=date(2026, 2, 1))
    assert [(span.meter_serial, span.multiplier, span.energy_kwh) for span in spans] == [
        ("OLD", 10, Decimal("960.000")), ("OLD", 40, Decimal("3840.000")), ("NEW", 40, Decimal("4224.000")),
    ]  # fmt: skip
    assert (spans[1].register_last_kwh, spans[2].register_first_kwh) == (Decimal("500.000"), Decimal("7.000"))
    assert {(span.measured_slots, span.missing_slots) for span in spans} == {(960, 0), (1056, 0)}
    month = queries.list_energy_months(first=JANUARY, last=JANUARY, account_id=point.account_id)[0]
    assert month.energy_kwh == sum(span.energy_kwh for span in spans)
    assert (month.missing_slots, month.complete_until) == (0, date(2026, 2, 1))
    accounts, totals = queries.list_energy_all(month=JANUARY)
    assert (accounts.tolist(), totals.tolist()) == ([point.account_id], [9_024_000])


def test_coverage_counts_only_days_with_a_meter(town, csv_file):
    point, _ = town.metered("M1", on=date(2026, 1, 30))
    actions.import_reads(path=csv_file("a.csv", rows_of("M1", date(2026, 1, 30), [1.0] * 96)), at=AT, actor="test")
    found = queries.get_coverage(month=JANUARY, usage_point_ids=[point.pk])
    assert (found.expected_slots[0], found.measured_slots[0], found.missing_slots[0]) == (192, 96, 96)
    assert queries.complete_until(account_id=point.account_id, month=JANUARY) == date(2026, 1, 31)


def test_balance_of_a_feeder_is_its_check_meter_less_its_customers(town, csv_file):
    town.meter("CHECK", feeder=town.feeder, check_multiplier=100)
    town.metered("M1", ct_ratio=10)
    town.metered("M2")
    day = date(2026, 1, 5)
    rows = rows_of("CHECK", day, [0.12] * 96) + rows_of("M1", day, [1.0] * 96) + rows_of("M2", day, [1.5] * 95)
    actions.import_reads(path=csv_file("a.csv", rows), at=AT, actor="test")
    found = queries.get_feeder_balance(feeder=town.feeder, first_day=day, end_day=day + timedelta(days=1))
    assert (found.supplied_kwh, found.delivered_kwh) == (Decimal("1152.000"), Decimal("1102.500"))
    assert found.loss_percent == Decimal("4.30")
    assert (found.check_completeness, found.customer_completeness) == (1, Decimal("0.9948"))
    days = queries.list_transformer_balance_days(
        transformer=town.transformer, first_day=day, end_day=day + timedelta(days=2)
    )
    assert [one.delivered_kwh for one in days] == [Decimal("1102.500"), 0]


def test_exchange_refuses_what_cannot_be(town):
    point, meter = town.metered("M1")
    other, _ = town.metered("M2")
    with pytest.raises(actions.UnableToExchangeMeter):
        actions.exchange_meter(usage_point=other, new_meter=meter, on=date(2026, 1, 5), at=AT, actor="test")
    with pytest.raises(actions.UnableToInstallMeter):
        actions.install_meter(usage_point=point, meter=town.meter("M3"), on=date(2026, 1, 1), at=AT, actor="test")
    with pytest.raises(actions.UnableToChangeRatio):
        actions.change_ratio(usage_point=point, on=date(2024, 1, 1), ct_ratio=2, pt_ratio=1, at=AT, actor="test")
    with pytest.raises(actions.UnableToRegisterMeter):
        town.meter("M1")
    assert other.installations.get().ends_on is None


def test_series_are_dense_and_never_used_again(town):
    found = actions.register_meters(new=[actions.NewMeter(f"D{at}") for at in range(100)], at=AT, actor="test")
    series = [meter.series_id for meter in found]
    assert series == list(range(series[0], series[0] + 100))
