"""NEM12 and NEM13: the published samples against sums by hand, and each broken record by name."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gridhall.core.errors import FaultyInput
from gridhall.engines.intervals.formats import read_file
from gridhall.engines.intervals.quality import ReadingQuality

Write = Callable[..., Path]
SCALE = {"WH": 10**6, "KWH": 10**9, "MWH": 10**12, "VARH": 10**6, "KVARH": 10**9, "MVARH": 10**12}


def plain_text(path: Path) -> str:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.namelist()[0]).decode()
    return path.read_text()


def sums_by_hand(text: str) -> dict[tuple[str, str], Decimal]:
    """Sum of each channel by an own, naive reading of the records: the later line of a day replaces the earlier."""
    days: dict[tuple[str, str, str, int], Decimal] = {}
    nmi = suffix = unit = ""
    count = 0
    for line in text.replace("\r", "\n").splitlines():
        cells = line.split(",")
        if cells[0] == "200":
            nmi, suffix, unit, count = cells[1], cells[4], cells[7].upper(), 1440 // int(cells[8])
        elif cells[0] == "300":
            days[nmi, suffix, cells[1], count] = sum(map(Decimal, cells[2 : 2 + count]), Decimal(0)) * SCALE[unit]
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (point, channel, _, _), total in days.items():
        totals[point, channel] += total
    return totals


@pytest.mark.shared_data
def test_every_valid_nem12_sample_adds_up(shared_data: Path) -> None:
    folder = shared_data / "nem12_samples"
    paths = [*sorted((folder / "nem12").iterdir()), *sorted((folder / "unzipped").glob("*NEM12*"))]
    assert len(paths) == 31
    for path in paths:
        found = read_file(path)
        assert found.format == "NEM12"
        by_hand = sums_by_hand(plain_text(path))
        given: dict[tuple[str, str], int] = defaultdict(int)
        for channel in found.channels:
            given[channel.usage_point, channel.channel] += channel.energy_uwh
        assert given == by_hand, path.name
        for letter, column in (("E", "import_uwh"), ("B", "export_uwh"), ("Q", "reactive_uvarh")):
            wanted = sum(total for (_, channel), total in by_hand.items() if channel[0] == letter)
            columns = [getattr(one, column) for one in found.series]
            assert sum(int(one.sum()) for one in columns if one is not None) == wanted, path.name


@pytest.mark.shared_data
def test_every_nem13_sample_adds_up(shared_data: Path) -> None:
    folder = shared_data / "nem12_samples"
    paths = [*sorted((folder / "nem13").iterdir()), *sorted((folder / "unzipped").glob("*NEM13*"))]
    assert len(paths) == 22
    for path in paths:
        found = read_file(path)
        lines = [line.split(",") for line in plain_text(path).splitlines() if line.startswith("250")]
        wanted = sum(abs(Decimal(cells[18])) * SCALE[cells[19].upper()] for cells in lines)
        spread = sum(
            int(one.import_uwh.sum()) + int(0 if one.export_uwh is None else one.export_uwh.sum())
            for one in found.series
        )
        assert (found.format, len(found.registers), spread) == ("NEM13", len(lines), wanted), path.name
        assert {int(code) for one in found.series for code in one.quality} <= {
            ReadingQuality.ESTIMATED_OTHER,
            ReadingQuality.MISSING,
        }


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Example_NEM12_15min_200_30min_300.csv", "holds 48 reads where 15-minute intervals make 96"),
        ("Example_NEM12_30min_200_15min_400.csv", "holds 96 reads where 30-minute intervals make 48"),
        ("Example_NEM12_missing_header.csv", "comes before the header"),
        ("Example_NEM12_powercor_missing_fields.csv", "comes before the header"),
    ],
)
def test_invalid_samples_are_refused_by_name(name: str, words: str, shared_data: Path) -> None:
    with pytest.raises(FaultyInput) as refusal:
        read_file(shared_data / "nem12_samples" / "invalid" / name)
    assert words in str(refusal.value)


def nem12(*records: str, unit: str = "kWh", minutes: int = 30, suffix: str = "E1") -> str:
    lines = ["100,NEM12,202601010000,A,B", f"200,NMI0000001,E1,1,{suffix},N1,M1,{unit},{minutes},", *records, "900"]
    return "\n".join(lines)


def day(
    date: str = "20260101", value: str = "1", flag: str = "A", count: int = 48, updated: str = "20260102000000"
) -> str:
    return f"300,{date},{','.join([value] * count)},{flag},,,{updated},"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (nem12(day(count=47)), "holds 47 reads"),
        (nem12(day(value="x")), "is not a number"),
        (nem12(day(value="")), "is empty"),
        (nem12(day(value="-1")), "negative"),
        (nem12(day(date="20260230")), "is no date"),
        (nem12(day(flag="Z9")), "no quality flag"),
        (nem12(day(flag="V")), "no 400 record names interval 1"),
        (nem12(day(flag="V"), "400,1,10,A,,", "400,12,48,F52,,"), "no 400 record names interval 11"),
        (nem12(day(flag="V"), "400,1,48,A,,", "400,48,49,A,,"), "none of the day's 48"),
        (nem12(day(flag="V"), "400,1,48,A,,", "400,48,48,E52,,"), "overlap"),
        (nem12(day(), unit="parsec"), "no known unit"),
        (nem12(day(), minutes=20), "no interval length"),
        (nem12(day(), "777,1"), "no record of NEM12"),
        (nem12(day())[:-4], "without its 900"),
        (nem12(day(), day(value="2")), "stands on line 3 with other reads"),
        ("100,NEM12,202601010000,A,B\n300,20260101,1\n900", "without a 200 record"),
        ("100,NEM12,202601010000,A,B\n900", "no 300 records"),
    ],
)
def test_broken_records_are_named(text: str, words: str, write: Write) -> None:
    with pytest.raises(FaultyInput) as refusal:
        read_file(write(text))
    assert words in " ".join(fault.problem for fault in refusal.value.faults)


def test_qualities_of_ranges(write: Write) -> None:
    text = nem12(
        day(flag="V"), "400,1,10,A,,", "400,11,12,F14,,", "400,13,14,S17,,", "400,15,47,E55,,", "400,48,48,N,,"
    )
    [series] = read_file(write(text)).series
    assert [int(series.quality[at]) for at in (0, 10, 12, 14, 47)] == [0, 11, 10, 13, 255]
    assert series.import_uwh[47] == 0


def test_the_later_update_counts(write: Write) -> None:
    late = day(value="2", updated="20260105000000")
    for records in ([day(), late], [late, day()]):
        [series] = read_file(write(nem12(*records))).series
        assert series.import_uwh.sum() == 96_000_000_000


def test_several_channels_of_a_kind_are_summed_and_the_worst_quality_stays(write: Write) -> None:
    text = nem12(day(flag="N"), "200,NMI0000001,E2,2,E2,N2,M1,Wh,30,", day(value="500"))
    [series] = read_file(write(text)).series
    assert series.import_uwh.sum() == 24_000_000_000
    assert set(series.quality.tolist()) == {255}


def test_market_time_follows_an_australian_zone_only(write: Write) -> None:
    path = write(nem12(day()))
    [plain] = read_file(path, zone=ZoneInfo("Asia/Shanghai")).series
    [sydney] = read_file(path, zone=ZoneInfo("Australia/Sydney")).series
    assert plain.utc_offset_s is None
    assert int(sydney.local_start_s[0] - plain.local_start_s[0]) == 3600


def test_5_minute_reads_and_blank_lines(write: Write) -> None:
    text = nem12(day(count=288, value="0.001"), minutes=5).replace("\n", "\r\n\r\n")
    [series] = read_file(write(text)).series
    assert (series.duration_s, len(series), int(series.import_uwh.sum())) == (300, 288, 288_000_000)
