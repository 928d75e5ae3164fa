"""However a file is read, it comes to the same reads, the same faults and the same failures."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from django.core.cache import cache

from gridhall.apps.metering import actions, queries
from gridhall.apps.metering.actions.imports import running
from gridhall.apps.metering.models import ReadImport, ValidationFinding
from gridhall.apps.metering.tests.conftest import AT
from gridhall.apps.metering.tests.test_import import JANUARY, rows_of
from gridhall.core.models import Event
from gridhall.engines.intervals.ingestion import gathering


def reads_of_a_month() -> list[str]:
    rng = np.random.default_rng(3)
    rows = []
    for meter in range(3):
        values = np.round(0.2 + 0.1 * np.tile(rng.random(96), 31) + 0.05 * rng.random(31 * 96), 3)
        values[500 * (meter + 1)] = 60.0
        values[1200:1260] = 0.3
        rows += rows_of(f"M{meter}", date(2026, 1, 1), values.tolist())
    hourly = np.round(rng.random(24 * 31), 3)
    return rows + rows_of("H", date(2026, 1, 1), hourly.tolist(), 60)


def spoil(rows: list[str]) -> list[str]:
    rows = rows.copy()
    for at, what in ((10, "oops"), (11, "-1"), (3000, ""), (3001, "1e99")):
        rows[at] = rows[at].rsplit(",", 1)[0] + "," + what
    rows[40] = rows[40].replace(":00:00,", ":07:00,").replace(":15:00,", ":07:00,")
    rows.append(rows[100])
    rows.append(rows[101].rsplit(",", 1)[0] + ",9.999")
    return rows


@pytest.mark.parametrize("order", ["by meter", "by time", "any"])
@pytest.mark.parametrize("enough", [4, 100_000])
def test_every_way_in_comes_to_the_same(town, csv_file, tmp_path, settings, monkeypatch, order, enough):
    for serial in ("M0", "M1", "M2", "H"):
        town.metered(serial)
    rows = spoil(reads_of_a_month())
    if order == "by time":
        rows.sort(key=lambda row: row.split(",")[1])
    if order == "any":
        np.random.default_rng(9).shuffle(rows)
    path = csv_file("a.csv", rows)
    monkeypatch.setattr(gathering, "ENOUGH_ROWS", enough)
    found = []
    for way in ("days", "parts"):
        if way == "parts":
            monkeypatch.setattr(running, "open_long_file", lambda path, zone: None)
        settings.GRIDHALL_INTERVAL_STORE = tmp_path / way
        ReadImport.objects.all().delete()
        ValidationFinding.objects.all().delete()
        cache.clear()
        done = actions.import_reads(path=path, at=AT, actor="test")
        matrix = queries.read_matrix(JANUARY, np.arange(4))
        fields = ("meter_id", "rule", "period_start_at", "period_end_at", "slots", "measured_wh", "fingerprint")
        found.append(
            (
                matrix.import_wh.tobytes(), matrix.quality.tobytes(), done.stored, done.corrected,
                sorted(fault.line for fault in done.faults if fault.line and not fault.is_warning),
                sorted(ValidationFinding.objects.values_list(*fields)), done.findings,
            )
        )  # fmt: skip
    assert found[0][2:] == found[1][2:]
    assert found[0] == found[1]
    assert {"SPIKE", "STUCK", "MISSING"} <= set(found[0][-1])
    assert not Event.objects.filter(kind="ReadsCorrected").exists()


def test_rows_of_unknown_meters_are_told_line_by_line(town, csv_file):
    town.metered("M1")
    rows = [
        row for at in range(96) for row in (f"M1,2026-01-05 {at // 4:02d}:{at % 4 * 15:02d},1", f"X{at},2026-01-05,1")
    ]
    found = actions.import_reads(path=csv_file("a.csv", rows), at=AT, actor="test")
    assert (found.stored, found.rejected) == (96, 96)
    assert [fault.line for fault in found.faults] == list(range(3, 195, 2))


def test_contradiction_in_a_file_keeps_the_first_value_however_often_it_is_read(town, csv_file):
    point, meter = town.metered("M1")
    rows = rows_of("M1", date(2026, 1, 5), [0.25] * 96) + rows_of(point.code, date(2026, 1, 5), [0.5] * 96)
    for stored, known in ((96, 0), (0, 96)):
        found = actions.import_reads(path=csv_file("a.csv", rows), at=AT, actor="test")
        assert (found.stored, found.unchanged, found.corrected) == (stored, known, 0)
        assert found.rejected > 0
        assert queries.get_store().read_month(meter.series_id, JANUARY).import_wh[4].sum() == 24_000


def test_two_imports_of_one_moment_stay_two_versions(town, csv_file):
    _, meter = town.metered("M1")
    day = date(2026, 1, 5)
    actions.import_reads(path=csv_file("a.csv", rows_of("M1", day, [0.25] * 96)), at=AT, actor="test")
    again = actions.import_reads(path=csv_file("b.csv", rows_of("M1", day, [0.5] * 96)), at=AT, actor="test")
    assert (again.corrected, again.rejected) == (96, 0)
    store = queries.get_store()
    assert store.read_month(meter.series_id, JANUARY).import_wh[4].sum() == 48_000
    assert store.read_month(meter.series_id, JANUARY, as_of=AT).import_wh[4].sum() == 24_000


def test_arrival_says_nothing_of_days_that_may_still_come(town, csv_file):
    town.metered("M1")
    values = [0.25 + at % 7 / 100 for at in range(96 * 3)]
    rows = rows_of("M1", date(2026, 1, 10), values)
    del rows[100:110]
    found = actions.import_reads(path=csv_file("a.csv", rows), at=AT, actor="test")
    assert found.findings == {"MISSING": 1}
    assert ValidationFinding.objects.get().slots == 10
    actions.validate_reads(first_day=date(2026, 1, 1), end_day=date(2026, 2, 1), at=AT, actor="test")
    assert sorted(ValidationFinding.objects.values_list("slots", flat=True)) == [10, 9 * 96, 19 * 96]
    # now that the gaps are on the desk, an arrival that fills a part of one leaves the rest of it there
    more = rows_of("M1", date(2026, 1, 13), values[:96])
    later = AT + timedelta(hours=1)
    assert actions.import_reads(path=csv_file("b.csv", more), at=later, actor="test").findings == {"MISSING": 3}
    still = ValidationFinding.objects.filter(status="OPEN").values_list("slots", flat=True)
    assert sorted(still) == [10, 9 * 96, 18 * 96]


def test_registers_that_do_not_agree_are_found_on_arrival(town, csv_file):
    town.metered("M1")
    values = [0.25 + at % 7 / 100 for at in range(96 * 31)]
    actions.import_reads(path=csv_file("a.csv", rows_of("M1", date(2026, 1, 1), values)), at=AT, actor="test")
    readings = ["M1,IMPORT,2026-01-01 00:00,1000", f"M1,IMPORT,2026-02-01 00:00,{1000 + sum(values) * 1.1:.1f}"]
    found = actions.import_reads(
        path=csv_file("r.csv", readings, "meter,register,read_at,value_kwh"), at=AT, actor="test"
    )
    assert found.findings == {"REGISTER_SUM": 1}
