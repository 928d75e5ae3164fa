"""Long files of quarter hours come to whole days, whatever the order; what cannot is told by line."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridhall.core.errors import FaultyInput
from gridhall.engines.intervals.formats.assemble import RawReads
from gridhall.engines.intervals.formats.timestamps import NO_OFFSET
from gridhall.engines.intervals.ingestion import DayRows, NotDaily, gathering, open_long_file, read_days
from gridhall.engines.intervals.ingestion.gathering import DayGatherer

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 1, 30)


def rows_of(meters: int = 2, days: int = 2, minutes: int = 15) -> list[tuple[str, datetime, float]]:
    count = days * 1440 // minutes
    return [
        (f"M{meter}", BEGIN + timedelta(minutes=minutes * at), (meter * 1000 + at) / 1000)
        for meter in range(meters)
        for at in range(count)
    ]


def write(path: Path, lines: list[str], header: str = "meter,timestamp,kwh") -> Path:
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def text_of(rows: list[tuple[str, datetime, float]]) -> list[str]:
    return [f"{name},{start:%Y-%m-%d %H:%M},{kwh}" for name, start, kwh in rows]


def read(path: Path, zone: ZoneInfo = SHANGHAI) -> tuple[dict[tuple[str, int, int], int], list, set[str]]:
    """Everything a file holds: Wh by name, day and slot; faults; names of uneven usage points."""
    long = open_long_file(path, zone=zone)
    assert long is not None
    held, faults, uneven = {}, [], set()
    for taken in read_days(long):
        faults += taken.faults
        uneven |= taken.uneven
        rows = taken.rows
        if rows is not None:
            for row, slot in zip(*np.nonzero(rows.quality != 255), strict=True):
                held[rows.names[rows.name[row]], int(rows.day[row]), int(slot)] = int(rows.values[0, row, slot])
    return held, faults, uneven


def expected(rows: list[tuple[str, datetime, float]]) -> dict[tuple[str, int, int], int]:
    return {
        (name, (start.date() - datetime(1970, 1, 1).date()).days, (start.hour * 60 + start.minute) // 15): round(
            kwh * 1000
        )
        for name, start, kwh in rows
    }


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), enough=st.sampled_from([1, 3, 100]))
def test_order_changes_nothing(tmp_path_factory: pytest.TempPathFactory, seed: int, enough: int) -> None:
    rows = rows_of()
    shuffled = rows.copy()
    np.random.default_rng(seed).shuffle(shuffled)  # type: ignore[arg-type]
    patch = pytest.MonkeyPatch()
    patch.setattr(gathering, "ENOUGH_ROWS", enough)
    try:
        path = tmp_path_factory.mktemp("order") / "a.csv"
        held, faults, uneven = read(write(path, text_of(shuffled)))
    finally:
        patch.undo()
    assert (held, faults, uneven) == (expected(rows), [], set())


def test_bad_rows_are_told_by_line_and_the_rest_is_kept(tmp_path: Path) -> None:
    rows = rows_of()
    lines = text_of(rows)
    lines[3] = "M0,2026-01-30 00:45,abc"
    lines[5] = "M0,tomorrow,1"
    lines[7] = "M0,2026-01-30 01:45"
    lines[9] = "M0,2026-01-30 02:07,1"
    lines[11] = "M0,2026-01-30 02:45,99999999"
    lines.append(lines[20])
    lines.append(lines[21].rsplit(",", 1)[0] + ",7.5")
    held, faults, uneven = read(write(tmp_path / "a.csv", lines))
    bad = {3, 5, 7, 9, 11}
    assert held == expected([row for at, row in enumerate(rows) if at not in bad])
    assert sorted(one.line for one in faults if not one.is_warning) == [*(at + 2 for at in sorted(bad)), len(lines) + 1]
    assert [one.problem[:6] for one in faults if one.is_warning] == ["1 rows"]
    assert not uneven


@pytest.mark.parametrize("minutes", [5, 30, 60])
def test_other_intervals_are_left_to_others(tmp_path: Path, minutes: int) -> None:
    path = write(tmp_path / "a.csv", text_of(rows_of(minutes=minutes)))
    assert open_long_file(path, zone=SHANGHAI) is None
    many = rows_of(20)
    mixed = many + [("H", start, kwh) for _, start, kwh in rows_of(1, minutes=minutes)]
    held, _, uneven = read(write(tmp_path / "b.csv", text_of(mixed)))
    assert (held, uneven) == (expected(many), {"H"})


@pytest.mark.parametrize(
    "lines, header",
    [
        (["M,2026-01-30 00:15,1"], "meter,end_time,kwh"),
        (["<xml/>"], "<feed>"),
        (["nothing"], "at all"),
        ([], ""),
    ],
)
def test_what_is_no_long_file_of_quarter_hours(tmp_path: Path, lines: list[str], header: str) -> None:
    assert open_long_file(write(tmp_path / "a.csv", lines, header), zone=SHANGHAI) is None
    text = write(tmp_path / "b.csv", text_of(rows_of()))
    assert open_long_file(text, zone=ZoneInfo("Europe/Berlin")) is None


@pytest.mark.parametrize("kind", ["plain", "aware", "text", "float32", "dictionary"])
def test_parquet_of_any_type_comes_to_the_same(tmp_path: Path, kind: str) -> None:
    rows = rows_of()
    stamps = pa.array([start for _, start, _ in rows], pa.timestamp("us"))
    if kind == "aware":
        shifted = [start - timedelta(hours=8) for _, start, _ in rows]
        stamps = pa.array(shifted, pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    if kind == "text":
        stamps = pa.array([f"{start:%Y-%m-%d %H:%M:%S}" for _, start, _ in rows])
    names = pa.array([name for name, _, _ in rows])
    energy = pa.array([kwh for _, _, kwh in rows], pa.float32() if kind == "float32" else pa.float64())
    columns = {"表号": names.dictionary_encode() if kind == "dictionary" else names, "timestamp": stamps, "kwh": energy}
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=100)
    assert read(path) == (expected(rows), [], set())


def test_damaged_parquet_is_refused_in_words(tmp_path: Path) -> None:
    rows = rows_of(20, 20)
    columns = {
        "meter": [one[0] for one in rows],
        "timestamp": [one[1] for one in rows],
        "kwh": [one[2] for one in rows],
    }
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns), path, compression="none", use_dictionary=False, row_group_size=1_000)
    long = open_long_file(path, zone=SHANGHAI)
    assert long is not None
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4_000] = b"\xff" * 4_000
    path.write_bytes(data)
    try:
        for _ in read_days(long):
            pass
    except FaultyInput as refusal:
        assert refusal.faults[0].file == "a.parquet"


def raw(points: list[int], starts: list[int], values: list[int]) -> RawReads:
    count = len(points)
    return RawReads(
        np.array(points, np.int32), np.array(starts, np.int64), np.full(count, NO_OFFSET, np.int32),
        np.arange(2, 2 + count), np.array(values, np.int64)[:, None] * 1_000_000, np.zeros(count, np.uint8),
    )  # fmt: skip


def test_gatherer_gives_days_that_nothing_more_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "ENOUGH_ROWS", 2)
    gatherer = DayGatherer(["a", "b"], (0,))
    gatherer.add(raw([0, 1, 0, 1], [0, 0, 86_400, 86_400], [1, 2, 3, 4]))
    assert gatherer.take() is None  # any of them may go on
    gatherer.add(raw([0, 1], [87_300, 87_300], [5, 6]))
    first = gatherer.take()
    assert isinstance(first, DayRows)
    assert (first.day.tolist(), first.values[0, :, 0].tolist(), first.line.tolist()) == ([0, 0], [1, 2], [2, 3])
    rest = gatherer.take(is_last=True)
    assert rest is not None
    assert rest.values[0, :, :2].tolist() == [[3, 5], [4, 6]]
    assert gatherer.take(is_last=True) is None


def test_gatherer_refuses_more_days_than_memory_should_hold() -> None:
    gatherer = DayGatherer([str(at) for at in range(40_000)], (0,), most_rows=32_768)
    gatherer.add(raw(list(range(30_000)), [0] * 30_000, [1] * 30_000))
    with pytest.raises(NotDaily):
        gatherer.add(raw(list(range(30_000, 40_000)), [0] * 10_000, [1] * 10_000))
