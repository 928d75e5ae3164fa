"""Files of reads come in once, whole, in any order."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from gridhall.apps.metering import actions, queries
from gridhall.apps.metering.models import ReadImport
from gridhall.apps.metering.tests.conftest import AT
from gridhall.core.models import Event
from gridhall.core.periods import Month

JANUARY = Month(2026, 1)


def rows_of(serial: str, day: date, values: list[float], minutes: int = 15) -> list[str]:
    start = datetime(day.year, day.month, day.day)
    return [f"{serial},{start + timedelta(minutes=minutes * at)},{value}" for at, value in enumerate(values)]


def held(series_id: int, month: Month = JANUARY):
    return queries.get_store().read_month(series_id, month)


def test_import_stores_each_read_once(town, csv_file):
    _, meter = town.metered("M1")
    path = csv_file("a.csv", rows_of("M1", date(2026, 1, 5), [0.25] * 96))
    first = actions.import_reads(path=path, at=AT, actor="test")
    again = actions.import_reads(path=path, at=AT + timedelta(hours=1), actor="test")
    assert (first.stored, first.unchanged, first.rejected, first.is_repeat) == (96, 0, 0, False)
    assert (again.stored, again.is_repeat) == (0, True)
    assert held(meter.series_id).import_wh[4].tolist() == [250] * 96
    assert ReadImport.objects.count() == 1


def test_import_of_same_reads_in_another_file_changes_nothing(town, csv_file):
    town.metered("M1")
    rows = rows_of("M1", date(2026, 1, 5), [0.25] * 96)
    actions.import_reads(path=csv_file("a.csv", rows), at=AT, actor="test")
    again = actions.import_reads(path=csv_file("b.csv", rows[::-1]), at=AT + timedelta(hours=1), actor="test")
    assert (again.stored, again.unchanged, again.corrected) == (0, 96, 0)


def test_import_of_corrected_reads_keeps_both_and_tells(town, csv_file):
    _, meter = town.metered("M1")
    day = date(2026, 1, 5)
    actions.import_reads(path=csv_file("a.csv", rows_of("M1", day, [0.25] * 96)), at=AT, actor="test")
    late = AT + timedelta(days=1)
    found = actions.import_reads(
        path=csv_file("b.csv", rows_of("M1", day, [0.5] * 2 + [0.25] * 94)), at=late, actor="test"
    )
    assert (found.stored, found.corrected, found.unchanged) == (2, 2, 94)
    store = queries.get_store()
    assert store.read_month(meter.series_id, JANUARY).import_wh[4, :3].tolist() == [500, 500, 250]
    assert store.read_month(meter.series_id, JANUARY, as_of=AT).import_wh[4, :3].tolist() == [250, 250, 250]
    told = Event.objects.get(kind="ReadsCorrected").payload
    assert (told["meter_serial"], told["first_day"], told["end_day"], told["slots"]) == (
        "M1", "2026-01-05", "2026-01-06", 2,
    )  # fmt: skip


def test_import_lists_bad_rows_and_keeps_good_ones(town, csv_file):
    _, meter = town.metered("M1")
    rows = rows_of("M1", date(2026, 1, 5), [0.25] * 96)
    rows[7] = "M1,2026-01-05 01:45,abc"
    found = actions.import_reads(
        path=csv_file("a.csv", [*rows, *rows_of("NOBODY", date(2026, 1, 5), [1.0] * 4)]), at=AT, actor="test"
    )
    assert (found.stored, found.rejected) == (95, 5)
    assert [fault.line for fault in found.faults if fault.line] == [9, *range(98, 102)]
    assert held(meter.series_id).quality[4, 7] == 255
    assert ReadImport.objects.get().faults.filter(is_warning=False).count() == 5
    assert "NOBODY" in Path(found.faults_file).read_text(encoding="utf-8-sig")


def test_import_read_again_for_its_rejected_rows_stores_nothing_twice(town, csv_file):
    town.metered("M1")
    path = csv_file("a.csv", [*rows_of("M1", date(2026, 1, 5), [0.25] * 96), "NOBODY,2026-01-05 00:00,1"])
    first = actions.import_reads(path=path, at=AT, actor="test")
    again = actions.import_reads(path=path, at=AT + timedelta(days=1), actor="test")
    assert (first.stored, first.unchanged, first.rejected) == (96, 0, 1)
    assert (again.stored, again.unchanged, again.rejected) == (0, 96, 1)
    assert ReadImport.objects.get().rows_stored == 96


def test_import_reads_again_what_was_rejected_once_the_meter_is_known(town, csv_file):
    path = csv_file("a.csv", rows_of("M1", date(2026, 1, 5), [0.25] * 96))
    assert actions.import_reads(path=path, at=AT, actor="test").rejected == 96
    town.metered("M1")
    again = actions.import_reads(path=path, at=AT + timedelta(days=1), actor="test")
    assert (again.stored, again.rejected, again.is_repeat) == (96, 0, False)
    assert ReadImport.objects.get().rows_rejected == 0


@pytest.mark.parametrize("minutes, factor", [(5, 1 / 3), (30, 2), (60, 4)])
def test_import_brings_other_intervals_onto_the_grid(town, csv_file, minutes, factor):
    _, meter = town.metered("M1")
    count = 24 * 60 // minutes
    values = [round(0.123 * (1 + at % 5), 3) for at in range(count)]
    found = actions.import_reads(
        path=csv_file("a.csv", rows_of("M1", date(2026, 1, 5), values, minutes)), at=AT, actor="test"
    )
    assert found.stored == 96
    wh = held(meter.series_id).import_wh[4]
    assert wh.sum() == round(sum(values) * 1000)
    group = 96 // count if count < 96 else 1
    if group > 1:
        assert (wh.reshape(-1, group).sum(axis=1) == np.round(np.array(values) * 1000)).all()


def test_import_by_usage_point_and_customer_number_follows_the_meter_exchange(town, csv_file):
    point, old = town.metered("OLD")
    new = town.meter("NEW")
    actions.exchange_meter(usage_point=point, new_meter=new, on=date(2026, 1, 6), at=AT, actor="test")
    rows = rows_of(point.code, date(2026, 1, 5), [0.1] * 192)
    actions.import_reads(path=csv_file("a.csv", rows), at=AT, actor="test")
    assert (held(old.series_id).import_wh.sum(), held(new.series_id).import_wh.sum()) == (9600, 9600)
    rows = rows_of(point.account.number, date(2026, 1, 7), [0.1] * 96)
    assert actions.import_reads(path=csv_file("b.csv", rows), at=AT, actor="test").stored == 96


def test_import_of_register_readings_keeps_corrections(town, csv_file):
    _, meter = town.metered("M1")
    header = "meter,register,read_at,value_kwh"
    path = csv_file(
        "r.csv", ["M1,IMPORT,2026-01-01 00:00,100.5", "M1,IMPORT,2026-02-01,abc", "X,IMPORT,2026-01-01,1"], header
    )
    found = actions.import_reads(path=path, at=AT, actor="test")
    assert (found.format, found.stored, found.rejected) == ("REGISTERS", 1, 2)
    late = AT + timedelta(days=1)
    again = csv_file("r2.csv", ["M1,IMPORT,2026-01-01 00:00,101.5"], header)
    assert actions.import_reads(path=again, at=late, actor="test").stored == 1
    assert list(meter.register_readings.order_by("known_at").values_list("value_wh", flat=True)) == [100_500, 101_500]


def test_dry_run_changes_nothing(town, csv_file):
    _, meter = town.metered("M1")
    path = csv_file("a.csv", rows_of("M1", date(2026, 1, 5), [0.25] * 96))
    found = actions.import_reads(path=path, at=AT, actor="test", is_dry_run=True)
    assert (found.stored, found.is_dry_run) == (96, True)
    assert not ReadImport.objects.exists()
    assert (held(meter.series_id).quality == 255).all()


def test_single_late_reads_are_quarter_hours(town, csv_file):
    _, first = town.metered("M1")
    _, second = town.metered("M2")
    rows = ["M1,2026-01-05 10:00,0.5", "M2,2026-01-05 10:00,0.25", "M2,2026-01-05 13:00,0.75"]
    assert actions.import_reads(path=csv_file("a.csv", rows), at=AT, actor="test").stored == 3
    assert held(first.series_id).import_wh[4, 40:44].tolist() == [500, 0, 0, 0]
    assert held(second.series_id).import_wh[4, [40, 52]].tolist() == [250, 750]
