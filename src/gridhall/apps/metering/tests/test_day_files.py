"""Files with a day in each row come to the same reads as files with a read in each row."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gridhall.apps.metering import actions, queries
from gridhall.apps.metering.tests.conftest import AT
from gridhall.apps.metering.tests.test_import import JANUARY, held, rows_of
from gridhall.core.models import Event

SLOTS = [f"{at // 4:02d}:{at % 4 * 15:02d}" for at in range(96)]
HEADER = "meter,date," + ",".join(SLOTS)


def day_row(name: str, day: date, values: list) -> str:
    return f"{name},{day}," + ",".join("" if value is None else str(value) for value in values)


@pytest.mark.parametrize("days", [3, 31])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_days_come_to_the_same_reads(town, csv_file, tmp_path, days, form):
    points = [town.metered(f"M{at}") for at in range(5)]
    values = np.random.default_rng(3).integers(0, 5_000, (5, days, 96)) / 1000
    rows = [(f"M{m}", date(2026, 1, 1) + timedelta(days=d), values[m, d]) for m in range(5) for d in range(days)]
    if form == "csv":
        path = csv_file("w.csv", [day_row(name, day, list(row)) for name, day, row in rows], HEADER)
    else:
        path = tmp_path / "w.parquet"
        columns = {"meter": [row[0] for row in rows], "date": pa.array([row[1] for row in rows])}
        columns |= {name: [float(row[2][at]) for row in rows] for at, name in enumerate(SLOTS)}
        pq.write_table(pa.table(columns), path)
    found = actions.import_reads(path=path, at=AT, actor="t")
    assert (found.stored, found.unchanged, found.rejected, found.meters) == (5 * days * 96, 0, 0, 5)
    assert (found.first_day, found.end_day) == (date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=days))
    for at, (_, meter) in enumerate(points):
        assert (held(meter.series_id).import_wh[:days] == np.rint(values[at] * 1000)).all()
    long = [
        line for m in range(5) for d in range(days) for line in rows_of(f"M{m}", rows[m * days + d][1], values[m, d])
    ]
    again = actions.import_reads(path=csv_file("long.csv", long), at=AT + timedelta(hours=1), actor="t")
    assert (again.stored, again.unchanged) == (0, 5 * days * 96)


def test_odd_cells_are_told_by_line_and_the_rest_kept(town, csv_file):
    _, meter = town.metered("M1")
    day = date(2026, 1, 5)
    rows = [
        day_row("M1", day, [0.5] * 90 + ["oops", None, -1, 9e9, 0.25, 0.125]),
        day_row("M1", day, [0.5] * 96),
        day_row("NOBODY", day, [1] * 96),
        "M1,2026-01-40," + ",".join(["1"] * 96),
        "M1,2026-01-07,1,2,3",
    ]
    found = actions.import_reads(path=csv_file("w.csv", rows, HEADER), at=AT, actor="t")
    assert sorted({fault.line for fault in found.faults if fault.line}) == [2, 3, 4, 5, 6]
    reads = held(meter.series_id)
    assert reads.import_wh[4, -6:].tolist() == [0, 0, 0, 0, 250, 125]
    assert (reads.quality[4] == 255).sum() == 4
    assert found.stored == 92


def test_corrected_day_is_told_and_an_exchange_is_followed(town, csv_file):
    point, old = town.metered("OLD")
    actions.exchange_meter(usage_point=point, new_meter=town.meter("NEW"), on=date(2026, 1, 6), at=AT, actor="t")
    rows = [day_row(point.code, date(2026, 1, 5) + timedelta(days=at), [1] * 96) for at in range(2)]
    actions.import_reads(path=csv_file("a.csv", rows, HEADER), at=AT, actor="t")
    rows[0] = day_row(point.code, date(2026, 1, 5), [2] + [1] * 95)
    found = actions.import_reads(path=csv_file("b.csv", rows, HEADER), at=AT + timedelta(days=1), actor="t")
    assert (found.stored, found.corrected, found.unchanged) == (1, 1, 191)
    assert Event.objects.get(kind="ReadsCorrected").payload["meter_serial"] == "OLD"
    assert int(queries.get_store().read_month(old.series_id, JANUARY).import_wh.sum()) == 97_000
