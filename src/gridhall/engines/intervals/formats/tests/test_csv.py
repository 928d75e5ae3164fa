"""CSV: what is understood, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import gzip
import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridhall.core.errors import FaultyInput
from gridhall.engines.intervals.formats import csv_reads, read_file
from gridhall.engines.intervals.formats.writing import write_csv
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries

START = 1_767_225_600  # 2026-01-01T00:00
Write = Callable[..., Path]


def rows(count: int = 8, *, kwh: str = "0.25", step: int = 900) -> list[str]:
    stamps = np.datetime_as_string((START + step * np.arange(count)).astype("datetime64[s]"))
    return [f"{stamp},{kwh}" for stamp in stamps]


def only(path: Path, **options: object) -> ReadSeries:
    [series] = read_file(path, **options).series  # type: ignore[arg-type]
    return series


STAMPS = [
    ("2026-01-01T00:00", "2026-01-01T00:15", "2026-01-01T00:30"),
    ("2026-01-01 00:00:00", "2026-01-01 00:15:00", "2026-01-01 00:30:00"),
    ("2026/1/1 0:00", "2026/1/1 0:15", "2026/1/1 0:30"),
    ("2026年1月1日 0:00", "2026年1月1日 0:15", "2026年1月1日 0:30"),
    ("202601010000", "202601010015", "202601010030"),
    ("20260101T000000", "20260101T001500", "20260101T003000"),
    ("1/1/2026 12:00 AM", "1/1/2026 12:15 AM", "1/1/2026 12:30 AM"),
    ("2025-12-31 24:00", "2026-01-01 00:15", "2026-01-01 00:30"),
    ("2026-01-01T00:00:00.000", "2026-01-01T00:15:00.000", "2026-01-01T00:30:00.000"),
]


@pytest.mark.parametrize("stamps", STAMPS)
def test_spellings_of_the_time(stamps: tuple[str, ...], write: Write) -> None:
    series = only(write("timestamp,kwh\n" + "".join(f"{stamp},1\n" for stamp in stamps)))
    assert series.local_start_s.tolist() == [START, START + 900, START + 1800]
    assert series.duration_s == 900


def test_epoch_seconds_are_utc(write: Write) -> None:
    series = only(
        write("time,kwh\n" + "".join(f"{START + 900 * at},1\n" for at in range(3))), zone=ZoneInfo("Asia/Shanghai")
    )
    assert series.local_start_s[0] == START + 8 * 3600
    assert series.utc_offset_s is not None and series.utc_offset_s[0] == 8 * 3600


@pytest.mark.parametrize(
    "header",
    [
        "timestamp,kwh", "Date Time,Energy (kWh)", "时间,电量", "数据时间,正向有功总电量(kWh)",
        "Start,import_kwh", "datetime,usage",
        "开始时间,用电量（千瓦时）", '"Timestamp","kWh"',
    ],
)  # fmt: skip
def test_headers(header: str, write: Write) -> None:
    assert only(write("\n".join([header, *rows()]) + "\n")).import_uwh.sum() == 2_000_000_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, newline: str, write: Write) -> None:
    text = newline.join(["时间,电量", *rows(), ""])
    assert len(only(write(text.encode(encoding)))) == 8


@pytest.mark.parametrize(
    "encoding, stray", [("utf-8", b"\xff"), ("utf-8", b"\xe6"), ("utf-8", b"\0"), ("gb18030", b"\0")]
)
def test_a_stray_byte_spoils_only_its_row(encoding: str, stray: bytes, write: Write) -> None:
    text = "\n".join(["户号,时间,电量", *(f"甲{row}" for row in ["," + one for one in rows(8)])]).encode(encoding)
    lines = text.split(b"\n")
    lines[4] = lines[4][:-2] + stray + lines[4][-2:]
    found = read_file(write(b"\n".join(lines)), is_strict=False)
    assert [series.usage_point for series in found.series] == ["甲"]
    assert [fault.line for fault in found.faults if not fault.is_warning] == [5]


def test_delimiters_and_decimal_comma(write: Write) -> None:
    assert (
        only(
            write("\n".join(["时间;电量", *(row.replace(",", ";").replace("0.25", "0,25") for row in rows())]))
        ).import_uwh[0]
        == 250_000_000
    )
    assert (
        only(write("\n".join(["time\tkwh", *(row.replace(",", "\t") for row in rows())]))).import_uwh[0] == 250_000_000
    )
    assert (
        only(write("\n".join(["time,kwh", *(row.replace("0.25", '"1,234.5"') for row in rows())]))).import_uwh[0]
        == 1_234_500_000_000
    )


def test_units_in_the_header(write: Write) -> None:
    assert only(write("\n".join(["time,energy (Wh)", *rows(kwh="250")]))).import_uwh[0] == 250_000_000
    assert only(write("\n".join(["time,import_mwh", *rows(kwh="0.001")]))).import_uwh[0] == 1_000_000_000


def test_side_channels_points_and_quality(write: Write) -> None:
    lines = ["usage_point,timestamp,kwh,kvarh,export_kwh,quality"]
    for point in ("b", "a"):
        lines += [f"{point},{row},0.1,0.02,{'estimated' if at == 1 else 'actual'}" for at, row in enumerate(rows())]
    found = read_file(write("\n".join(lines)))
    assert [one.usage_point for one in found.series] == ["b", "a"]
    one = found.series[0]
    assert one.reactive_uvarh is not None and one.reactive_uvarh.sum() == 800_000_000
    assert one.export_uwh is not None and one.export_uwh.sum() == 160_000_000
    assert one.quality.tolist()[:3] == [0, ReadingQuality.ESTIMATED_OTHER, 0]


def test_no_header(write: Write) -> None:
    series = only(write("\n".join(row + ",0.1,0.2" for row in rows())))
    assert series.channels == ("import", "export", "reactive")
    assert series.export_uwh is not None and series.export_uwh[0] == 200_000_000


def test_date_and_time_columns(write: Write) -> None:
    lines = ["Name,Jane Doe", "Address,1 Road", "", "TYPE,DATE,START TIME,END TIME,USAGE,UNITS"]
    lines += [f"Electric usage,2026-01-01,{hour:02d}:00,{hour:02d}:59,0.5,kWh" for hour in range(24)]
    assert only(write("\n".join(lines))).import_uwh.sum() == 12_000_000_000


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("2026-01-01T02:00,abc", "not a number"),
        ("2026-01-01T02:00,-1", "negative"),
        ("2026-01-01T02:00,inf", "not a number"),
        ("2026-01-01T02:00,99999999999", "too large"),
        ("2026-13-01T02:00,1", "there is no day"),
        ("2026-02-30T02:00,1", "day"),
        ("2026-01-01T25:00,1", "no such time"),
        ("yesterday,1", "not a date"),
        ("2026-01-01T02:00", "1 cell where 2"),
        ("2026-01-01T02:00,1,5", "3 cells where 2"),
        ("2026-01-01T00:00,9", "already, with another value"),
        ("2026-01-01T02:07,1", "off the grid"),
        ("9999-01-01T02:00,1", "outside 1970"),
        ("2026-01-01T02:00+08:00,1", "no UTC offset while other rows"),
    ],
)
def test_a_bad_row_is_named_and_the_good_are_kept(extra: str, words: str, write: Write) -> None:
    path = write("\n".join(["timestamp,kwh", *rows(), extra]))
    with pytest.raises(FaultyInput) as refusal:
        read_file(path)
    assert any(words in fault.problem for fault in refusal.value.faults)
    assert any(fault.line == 10 or "offset" in words for fault in refusal.value.faults)
    kept = read_file(path, is_strict=False)
    assert len(kept.series[0]) >= 8
    assert any(not fault.is_warning for fault in kept.faults)


@pytest.mark.parametrize("nothing", ["", "NaN", "null", "N/A", "-"])
def test_an_empty_read_is_missing(nothing: str, write: Write) -> None:
    lines = rows()
    lines[3] = lines[3].replace("0.25", nothing)
    found = read_file(write("\n".join(["timestamp,kwh", *lines])))
    assert found.series[0].quality[3] == ReadingQuality.MISSING
    assert "missing" in found.faults[0].problem


def test_gaps_duplicates_comments_and_disorder(write: Write) -> None:
    lines = rows(12)
    shuffled = [*lines[6:], "", "# a comment", lines[0], *lines[:4]]
    found = read_file(write("\n".join(["timestamp,kwh", *shuffled])))
    assert found.series[0].quality.tolist() == [0] * 4 + [255] * 2 + [0] * 6
    assert {"repeats", "missing"} <= {word for fault in found.faults for word in re.findall("[a-z]+", fault.problem)}


@pytest.mark.parametrize("step", [300, 900, 1800, 3600, 86_400])
def test_intervals(step: int, write: Write) -> None:
    assert only(write("\n".join(["timestamp,kwh", *rows(step=step)]))).duration_s == step


@pytest.mark.parametrize("step", [60, 600, 7200])
def test_other_intervals_are_refused(step: int, write: Write) -> None:
    with pytest.raises(FaultyInput, match="apart"):
        read_file(write("\n".join(["timestamp,kwh", *rows(step=step)])))


def test_mixed_intervals_are_refused(write: Write) -> None:
    mixed = rows(24) + [row.replace("2026-01-01", "2026-01-02") for row in rows(12, step=3600)]
    with pytest.raises(FaultyInput, match="an hour apart"):
        read_file(write("\n".join(["timestamp,kwh", *mixed])))


def test_a_shifted_grid_is_one_fault(write: Write) -> None:
    lines = [
        row.replace(":00:00,", ":07:00,")
        .replace(":15:00,", ":22:00,")
        .replace(":30:00,", ":37:00,")
        .replace(":45:00,", ":52:00,")
        for row in rows(40)
    ]
    with pytest.raises(FaultyInput) as refusal:
        read_file(write("\n".join(["timestamp,kwh", *lines])))
    assert len(refusal.value.faults) == 1


def test_ends_of_intervals_are_moved(write: Write) -> None:
    series = only(write("\n".join(["end_time,kwh", *rows()])))
    assert series.local_start_s[0] == START - 900


BERLIN = ZoneInfo("Europe/Berlin")


def berlin_day(day: str) -> list[str]:
    """Every local half hour of a day as a wall clock shows it."""
    first = np.datetime64(f"{day}T00:00", "s").astype(np.int64)
    stamps = []
    moment = int(first) - 2 * 3600 - 3600
    from datetime import UTC, datetime

    while moment < first + 26 * 3600:
        local = datetime.fromtimestamp(moment, UTC).astimezone(BERLIN)
        if local.strftime("%Y-%m-%d") == day:
            stamps.append(local.strftime("%Y-%m-%dT%H:%M"))
        moment += 1800
    return stamps


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 46), ("2026-10-25", 50), ("2026-06-01", 48)])
@pytest.mark.parametrize("is_reversed", [False, True])
def test_clock_changes(day: str, count: int, is_reversed: bool, write: Write) -> None:
    lines = [f"{stamp},{at}" for at, stamp in enumerate(berlin_day(day))]
    series = only(write("\n".join(["timestamp,kwh", *(lines[::-1] if is_reversed else lines)])), zone=BERLIN)
    assert len(series) == count and not (series.quality == ReadingQuality.MISSING).any()
    assert (series.import_uwh // 1_000_000_000).tolist() == list(range(count))


def test_a_repeated_hour_without_a_zone_is_a_fault(write: Write) -> None:
    lines = [f"{stamp},{at}" for at, stamp in enumerate(berlin_day("2026-10-25"))]
    with pytest.raises(FaultyInput, match="already, with another value"):
        read_file(write("\n".join(["timestamp,kwh", *lines])))


def test_standard_time_all_year_is_noticed(write: Write) -> None:
    found = read_file(
        write("\n".join(["timestamp,kwh", *(row.replace("2026-01-01", "2026-03-29") for row in rows(48, step=1800))])),
        zone=BERLIN,
    )
    assert len(found.series[0]) == 48
    assert "standard time" in found.faults[0].problem


def test_gz_and_zip(tmp_path: Path) -> None:
    text = "\n".join(["timestamp,kwh", *rows()]).encode()
    packed = tmp_path / "no-matter-what.bin"
    packed.write_bytes(gzip.compress(text))
    assert len(only(packed)) == 8
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", text)
        archive.writestr("b.csv.gz", gzip.compress(text))
    packed.write_bytes(buffer.getvalue())
    assert len(read_file(packed).series) == 2


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb") as stream:
        stream.write(b"timestamp,kwh\n2026-01-01T00:00,1\n")
        for _ in range(80):
            stream.write(b"#" + b" " * (1 << 20) + b"\n")
    with pytest.raises(FaultyInput, match="far more"):
        read_file(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"), (b"\n\n \n", "empty"), (b"%PDF-1.7", "PDF"), (b"hello world\nfoo", "no row of a table"),
        (b'{"a": 1}', "JSON"), (b"<html><body>", "web page"), (b"timestamp,kwh\n", "no reads"),
        (b"timestamp,kW\n2026-01-01,1\n", "power"),
        (b"PK\x03\x04broken", "cannot be opened"), (b"\x1f\x8bbroken", "cannot be read"),
        (b"PAR1broken", "damaged Parquet"),
        (bytes(range(256)) * 20, "no text"), (b"timestamp,kwh\n2026-01-01T00:00,1\n", "alone does not tell"),
        (b"timestamp,kwh\n03/04/2026 00:00,1\n03/04/2026 00:15,1\n", "day/month or as month/day"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_reads(content: bytes, words: str, write: Write) -> None:
    with pytest.raises(FaultyInput) as refusal:
        read_file(write(content))
    assert words in str(refusal.value)


def test_far_apart_years_do_not_fill_memory(write: Write) -> None:
    lines = [*rows(20), "1970-01-01T00:00,1", "2100-01-01T00:00,1"]
    with pytest.raises(FaultyInput, match="scattered over 130 years"):
        read_file(write("\n".join(["timestamp,kwh", *lines])))


CELLS = st.one_of(
    st.integers(0, 10**6).map(str),
    st.decimals(0, 10_000, places=3).map(str),
    st.sampled_from(["", "abc", "-1", "1e3", "1.0000000005", "1.0000000015", "00012.5", ".5", "5.", "+3", "nan"]),
)
MACHINE_STAMPS = st.one_of(
    st.integers(0, 60).map(lambda at: str(np.datetime64(START + 900 * at, "s"))),
    st.integers(0, 60).map(
        lambda at: str(np.datetime64(START + 900 * at, "s")).replace("-", "/").replace("T", " ")[:-3]
    ),
    st.sampled_from(["2026-02-30T00:00", "2026-1-1 1:15", "", "x", "2026-01-01T24:00", "2026-01-01T00:15Z", "#"]),
)


@given(st.lists(st.tuples(MACHINE_STAMPS, CELLS), min_size=1, max_size=40), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_machine_code_reads_as_python_does(tmp_path: Path, cells: list[tuple[str, str]], newline: str) -> None:
    path = tmp_path / "reads.csv"
    path.write_text(newline.join(["timestamp,kwh", *(",".join(pair) for pair in cells)]), newline="")

    def outcome(threshold: int) -> object:
        normal, csv_reads.MACHINE_CODE_FROM_BYTES = csv_reads.MACHINE_CODE_FROM_BYTES, threshold
        try:
            found = read_file(path, is_strict=False)
        except FaultyInput as refusal:
            return sorted(map(str, refusal.faults))
        finally:
            csv_reads.MACHINE_CODE_FROM_BYTES = normal
        return [(one.local_start_s.tolist(), one.import_uwh.tolist(), one.quality.tolist()) for one in found.series]

    assert outcome(0) == outcome(1 << 60)


@given(
    st.lists(st.integers(0, 10**16), min_size=2, max_size=60),
    st.sampled_from([300, 900, 1800, 3600]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_write_then_read_is_exact_in_any_order(
    tmp_path: Path, energies: list[int], step: int, shuffle: random.Random
) -> None:
    count = len(energies)
    column = np.array(energies, dtype=np.int64)
    series = ReadSeries(
        "户号 1", START + step * np.arange(count, dtype=np.int64), step, column, np.zeros(count, dtype=np.uint8),
        column[::-1].copy(), column // 3, np.full(count, 8 * 3600, dtype=np.int32),
    )  # fmt: skip
    path = tmp_path / "out.csv"
    write_csv([series], path)
    header, *lines = path.read_text().splitlines()
    shuffle.shuffle(lines)
    path.write_text("\n".join([header, *lines]))
    back = only(path)
    for name in ("local_start_s", "import_uwh", "export_uwh", "reactive_uvarh", "quality", "utc_offset_s"):
        assert getattr(back, name).tolist() == getattr(series, name).tolist()
    assert (back.duration_s, back.usage_point) == (step, "户号 1")


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "anything"
    path.write_bytes(content)
    try:
        assert read_file(path).series
    except FaultyInput as refusal:
        assert refusal.faults
