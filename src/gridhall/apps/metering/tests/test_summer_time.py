"""Where clocks change: days of 23 and 25 hours are complete, and what is wrong in them is named at its own time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from gridhall.apps.metering import actions, queries
from gridhall.apps.metering.kinds import RegisterKind
from gridhall.apps.metering.models import ValidationFinding
from gridhall.core.periods import Month, local_midnight
from gridhall.engines.intervals.quality import ReadingQuality

AT = datetime(2027, 1, 1, tzinfo=UTC)
SPRING = [("Europe/Berlin", date(2026, 3, 29)), ("Australia/Sydney", date(2026, 10, 4))]
AUTUMN = [("Europe/Berlin", date(2026, 10, 25)), ("Australia/Sydney", date(2026, 4, 5))]


def month_rows(zone: str, day: date, form: str, minutes: int = 15) -> list[str]:
    """Every read of the month of a day, by offset, or by the wall clock in the order of time."""
    where, month = ZoneInfo(zone), Month.of(day)
    moment, end = local_midnight(month.first_day, where), local_midnight(month.next().first_day, where)
    rows = []
    while moment < end:
        local = moment.astimezone(where)
        stamp = local.isoformat() if form == "offset" else local.replace(tzinfo=None).isoformat(" ")
        rows.append(f"M1,{stamp},{round((0.1 + 0.001 * (len(rows) % 13)) * minutes / 15, 3)}")
        moment += timedelta(minutes=minutes)
    return rows


def validate(day: date):
    month = Month.of(day)
    actions.validate_reads(first_day=month.first_day, end_day=month.next().first_day, at=AT, actor="t")
    return [(one.rule, one.start_at, one.slots) for one in queries.list_findings()]


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize("form", ["offset", "wall clock"])
@pytest.mark.parametrize("zone, day", [*SPRING, *AUTUMN])
def test_a_month_with_a_clock_change_is_whole(town, csv_file, settings, zone, day, form, minutes):
    settings.TIME_ZONE = zone
    _, meter = town.metered("M1")
    rows = month_rows(zone, day, form, minutes)
    found = actions.import_reads(path=csv_file("a.csv", rows), at=AT, actor="t")
    assert (found.rejected, found.findings) == (0, {})
    month = Month.of(day)
    reads = queries.get_store().read_month(meter.series_id, month)
    assert int(reads.import_wh.sum()) == sum(round(float(row.rsplit(",", 1)[1]) * 1000) for row in rows)
    assert (reads.quality == ReadingQuality.MEASURED).all()
    for moment in (month.first_day, month.next().first_day):
        actions.record_register_reading(
            meter=meter, register=RegisterKind.IMPORT, read_at=local_midnight(moment, ZoneInfo(zone)),
            value_wh=int(reads.import_wh.sum()) * (moment > month.first_day), source="t", at=AT, actor="t",
        )  # fmt: skip
    assert validate(day) == []


@pytest.mark.parametrize("zone, day", SPRING)
def test_a_day_without_an_hour_in_a_file_of_days(town, tmp_path, settings, zone, day):
    settings.TIME_ZONE = zone
    _, meter = town.metered("M1", on=day)
    header = ",".join(["meter", "date", *(f"{at // 4:02d}:{at % 4 * 15:02d}" for at in range(96))])
    path = tmp_path / "days.csv"
    cells = [["0.1"] * 96 for _ in range(2)]
    cells[0][8:12] = [""] * 4
    lines = [f"M1,{day + timedelta(days=at)}," + ",".join(row) for at, row in enumerate(cells)]
    path.write_text("\n".join([header, *lines]) + "\n")
    found = actions.import_reads(path=path, at=AT, actor="t")
    assert found.rejected == 0 and "MISSING" not in found.findings
    reads = queries.get_store().read_days(meter.series_id, day, day + timedelta(days=1))
    assert (int(reads.import_wh.sum()), bool((reads.quality == 255).any())) == (9_200, False)


@pytest.mark.parametrize("cells, slots", [((50, 52), 2), ((6, 8), 2), ((6, 14), 4), ((12, 14), 2), ((0, 96), 92)])
@pytest.mark.parametrize("zone, day", SPRING)
def test_a_gap_stands_at_its_time_and_is_mended(town, csv_file, settings, zone, day, cells, slots):
    """Cells count by the wall clock; the skipped hour 8 to 11 is in no gap, and an estimate puts nothing into it."""
    settings.TIME_ZONE = zone
    _, meter = town.metered("M1")
    rows = month_rows(zone, day, "wall clock")
    before = len([row for row in rows if row.split(",")[1] < f"{day}"])
    wall = [at for at in range(96) if not 8 <= at < 12]
    gone = {before + wall.index(at) for at in range(*cells) if at in wall}
    assert len(gone) == slots
    left = [row for at, row in enumerate(rows) if at not in gone]
    total = sum(round(float(row.rsplit(",", 1)[1]) * 1000) for row in rows)
    actions.import_reads(path=csv_file("a.csv", left), at=AT, actor="t")
    found = validate(day)
    first = datetime.combine(day, datetime.min.time(), ZoneInfo(zone)) + timedelta(minutes=15 * cells[0])
    assert {one[0] for one in found} == {"MISSING"} and found[0][1] == first.astimezone(UTC)
    month = Month.of(day)
    for moment in (month.first_day, month.next().first_day):
        actions.record_register_reading(
            meter=meter, register=RegisterKind.IMPORT, read_at=local_midnight(moment, ZoneInfo(zone)),
            value_wh=total * (moment > month.first_day), source="t", at=AT, actor="t",
        )  # fmt: skip
    actions.estimate_findings(
        findings=ValidationFinding.objects.filter(status="OPEN"), at=AT + timedelta(minutes=1), actor="t"
    )
    reads = queries.get_store().read_days(meter.series_id, month.first_day, month.next().first_day)
    assert int(reads.import_wh.sum()) == total and not (reads.quality == 255).any()
    assert np.array_equal(reads.import_wh[day.day - 1, 8:12], [0] * 4)
    assert validate(day) == []
