"""CSV: columns that say when and in what unit, and those that nobody reads."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gridhall.core.errors import FaultyInput
from gridhall.engines.intervals.formats import read_file
from gridhall.engines.intervals.formats.tests.test_csv import START, Write, only, rows


@pytest.mark.parametrize(
    ("header", "hours"),
    [
        ("date,hour,kwh", range(24)),
        ("date,hour,kwh", range(1, 25)),
        ("date,hour_ending,kwh", range(1, 25)),
        ("日期,小时,电量", range(24)),
    ],
)
def test_date_and_hour_columns(header: str, hours: range, write: Write) -> None:
    text = [f"2026-01-0{day},{hour},{hour}" for day in (1, 2) for hour in hours]
    series = only(write("\n".join([header, *text])))
    assert series.duration_s == 3600 and series.local_start_s[0] == START and len(series) == 48
    assert (series.import_uwh[:24] == np.array(hours) * 10**9).all()


def test_a_column_of_units_is_obeyed(write: Write) -> None:
    stamps = [row.split(",")[0] for row in rows(4)]
    units = ("Wh", "kWh", "MWh", "度")
    text = "\n".join(f"{stamp},2,{unit}" for stamp, unit in zip(stamps, units, strict=True))
    series = only(write(f"timestamp,value,unit\n{text}"))
    assert series.import_uwh.tolist() == [2 * 10**6, 2 * 10**9, 2 * 10**12, 2 * 10**9]
    with pytest.raises(FaultyInput, match="'therms' is no unit of energy"):
        read_file(write(f"timestamp,value,unit\n{text.replace('MWh', 'therms')}"))


def test_columns_of_figures_that_are_not_read_are_told(write: Write) -> None:
    file = read_file(write("timestamp,kwh,generation,note\n" + "".join(f"{row},0.5,x\n" for row in rows(4))))
    assert [str(note.problem) for note in file.faults] == ["columns that are not read: 'generation'"]


def test_reads_that_no_known_column_tells_apart_are_refused(write: Write) -> None:
    text = "".join(f"2026-01-0{day},{slot},0.5\n" for day in (1, 2, 3) for slot in range(96))
    with pytest.raises(FaultyInput, match="285 of 288 rows repeat a time"):
        read_file(write("date,slot_number,kwh\n" + text))


def test_utc_is_taken_home(write: Write) -> None:
    text = "timestamp,kwh\n" + "".join(row.replace(",", "Z,") + "\n" for row in rows(8))
    assert "stay so" in read_file(write(text)).faults[0].problem
    at_home = read_file(write(text), home=ZoneInfo("Asia/Shanghai"))
    assert at_home.series[0].local_start_s[0] == START + 8 * 3600
    assert "wall clock of Asia/Shanghai" in at_home.faults[0].problem
    asked = read_file(write(text), zone=ZoneInfo("Asia/Tokyo"), home=ZoneInfo("Asia/Shanghai"))
    assert asked.series[0].local_start_s[0] == START + 9 * 3600


def test_parquet_stamped_at_the_end_of_intervals_and_parquet_of_power(tmp_path: Path) -> None:
    path = tmp_path / "reads.parquet"
    ends = [datetime(2026, 1, 1, 0, 30), datetime(2026, 1, 1, 1), datetime(2026, 1, 1, 1, 30)]
    columns = {"customer_id": [7, 7, 7], "interval_end_local": ends, "kwh": [1.0, 2.0, 3.0]}
    pq.write_table(pa.table(columns), path)
    found = read_file(path)
    assert [str(one.usage_point) for one in found.series] == ["7"]
    assert found.series[0].local_start_s.tolist() == [at - 1800 for at in (1767227400, 1767229200, 1767231000)]
    assert "times are ends of intervals" in found.faults[0].problem
    pq.write_table(pa.table({"timestamp": ends, "kw": [1.0, 2.0, 3.0]}), path)
    with pytest.raises(FaultyInput, match="holds power, not energy"):
        read_file(path)
