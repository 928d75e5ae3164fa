"""Large files go through spool files and come to the same reads."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gridhall.apps.metering import actions
from gridhall.apps.metering.actions.imports import parts
from gridhall.apps.metering.tests.conftest import AT
from gridhall.apps.metering.tests.test_import import held, rows_of
from gridhall.core.errors import FaultyInput


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_spooled_files_come_to_the_same_reads(town, csv_file, tmp_path, monkeypatch, form):
    monkeypatch.setattr(parts, "SPOOLED_FROM_BYTES", 1)
    meters = [town.metered(f"M{at}")[1] for at in range(3)]
    values = np.random.default_rng(5).integers(0, 3_000, (3, 96 * 2)) / 1000
    rows = [row for at in range(3) for row in rows_of(f"M{at}", date(2026, 1, 30), values[at])]
    np.random.default_rng(6).shuffle(rows)
    rows[10] = rows[10].rsplit(",", 1)[0] + ",1e99"
    if form == "csv":
        path = csv_file("a.csv", rows)
    else:
        path = tmp_path / "a.parquet"
        cells = [row.split(",") for row in rows]
        columns = {
            "meter": [one[0] for one in cells],
            "timestamp": np.array([one[1] for one in cells], "datetime64[us]"),
            "kwh": [float(one[2]) for one in cells],
        }
        pq.write_table(pa.table(columns), path)
    found = actions.import_reads(path=path, at=AT, actor="t")
    line = 12 if form == "csv" else 11
    assert (found.stored, found.rejected, [fault.line for fault in found.faults if not fault.is_warning]) == (
        575, 1, [line],
    )  # fmt: skip
    total = sum(int(held(meter.series_id).import_wh.sum()) for meter in meters)
    left_out = round(float(np.rint(values * 1000).sum())) - total
    assert 0 <= left_out < 3_000


def test_damaged_parquet_is_refused(db, tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1" + b"\x00" * 100)
    with pytest.raises(FaultyInput):
        actions.import_reads(path=path, at=AT, actor="t")
