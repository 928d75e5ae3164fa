"""Green Button: the published samples against sums by hand, links, units, clocks, and the writer against the schema."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from lxml import etree

from gridhall.core.errors import FaultyInput
from gridhall.engines.intervals.formats import read_file
from gridhall.engines.intervals.formats.writing import write_csv, write_espi, write_parquet
from gridhall.engines.intervals.quality import ReadingQuality
from gridhall.engines.intervals.series import ReadSeries

Write = Callable[..., Path]
READING = re.compile(r"<IntervalReading>(.*?)</IntervalReading>", re.S)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name",
    [
        "test_usage_data",
        "test_usage_data_01",
        "test_usage_data_1",
        "test_usage_data_2",
        "UtilityAPI_intervals_APUC000000_electric",
    ],
)
def test_samples_add_up(name: str, shared_data: Path) -> None:
    path = shared_data / "greenbutton_samples" / f"{name}.xml.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    by_start = {}
    for reading in READING.findall(text):
        start, value = (re.search(f"<{tag}>(-?\\d+)</{tag}>", reading) for tag in ("start", "value"))
        assert start is not None and value is not None
        by_start[int(start[1])] = int(value[1])
    [series] = read_file(path).series
    has_read = series.quality != ReadingQuality.MISSING
    assert series.utc_offset_s is not None
    moments = (series.local_start_s - series.utc_offset_s)[has_read]
    assert dict(zip(moments.tolist(), (series.import_uwh[has_read] // 10**6).tolist(), strict=True)) == by_start


@pytest.mark.shared_data
def test_wall_clock_follows_the_local_time_parameters(shared_data: Path) -> None:
    [series] = read_file(shared_data / "greenbutton_samples" / "test_usage_data_2.xml.gz").series
    assert series.utc_offset_s is not None
    assert set(series.utc_offset_s.tolist()) == {-18_000, -14_400}
    change = int(np.flatnonzero(np.diff(series.utc_offset_s))[0])
    assert str(np.datetime64(int(series.local_start_s[change]), "s")) == "2012-03-11T01:45:00"
    assert str(np.datetime64(int(series.local_start_s[change + 1]), "s")) == "2012-03-11T03:00:00"


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ApplicationInformation-Entry-Anonymized", "registration of an application"),
        ("Authorization-Entry-Anonymized", "authorization"),
        ("Multiple-Authorization-Feed-Anonymized", "authorization"),
        ("Customer-Subscription-Feed-Anonymized", "customer data"),
    ],
)
def test_feeds_without_reads_say_what_they_are(name: str, words: str, shared_data: Path) -> None:
    with pytest.raises(FaultyInput) as refusal:
        read_file(shared_data / "greenbutton_samples" / f"{name}.xml.gz")
    assert words in str(refusal.value) and "download" in str(refusal.value)


def feed(*streams: tuple[str, str], clock: str = "", prefix: str = "") -> str:
    """A feed of one usage point; a stream is (fields of the ReadingType, readings)."""
    declared = 'xmlns:espi="http://naesb.org/espi"' if prefix else ""
    default = "" if prefix else ' xmlns="http://naesb.org/espi"'

    def entry(address: str, up: str, related: str, body: str) -> str:
        links = f'<link rel="self" href="{address}"/><link rel="up" href="{up}"/>' + related
        return f"<entry>{links}<content>{body}</content></entry>"

    def own(text: str) -> str:
        return re.sub(r"<(/?)(\w)", rf"<\1{prefix}\2", text)

    parts = [
        entry(
            "UsagePoint/7",
            "UsagePoint",
            "",
            own("<UsagePoint><ServiceCategory><kind>0</kind></ServiceCategory></UsagePoint>").replace(
                "UsagePoint>", f"UsagePoint{default}>", 1
            ),
        ),
    ]
    if clock:
        parts.append(
            entry(
                "LocalTimeParameters/1",
                "LocalTimeParameters",
                "",
                own(f"<LocalTimeParameters>{clock}</LocalTimeParameters>"),
            )
        )
    for number, (fields, readings) in enumerate(streams):
        meter = f"UsagePoint/7/MeterReading/{number}"
        parts += [
            entry(
                f"{meter}/IntervalBlock/1",
                f"{meter}/IntervalBlock",
                "",
                own(f"<IntervalBlock>{readings}</IntervalBlock>"),
            ),
            entry(
                meter,
                "UsagePoint/7/MeterReading",
                f'<link rel="related" href="ReadingType/{number}"/>',
                own("<MeterReading/>"),
            ),
            entry(f"ReadingType/{number}", "ReadingType", "", own(f"<ReadingType>{fields}</ReadingType>")),
        ]
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" {declared}>{"".join(parts)}</feed>'


def readings(values: list[int | str], *, start: int = 1_767_225_600, step: int = 900) -> str:
    return "".join(
        f"<IntervalReading><timePeriod><duration>{step}</duration><start>{start + at * step}</start></timePeriod>"
        f"<value>{value}</value></IntervalReading>"
        for at, value in enumerate(values)
    )


WH = "<powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom><flowDirection>1</flowDirection>"


@pytest.mark.parametrize(
    ("fields", "value", "uwh"),
    [
        (WH, 250, 250_000_000),
        (WH.replace(">0<", ">3<", 1), 2, 2_000_000_000),
        (WH.replace(">0<", ">-3<", 1), 250_500, 250_500_000),
        (WH.replace("72", "38"), 1000, 250_000_000),
    ],
)
@pytest.mark.parametrize("prefix", ["", "espi:"])
def test_units_and_multipliers(fields: str, value: int, uwh: int, prefix: str, write: Write) -> None:
    [series] = read_file(write(feed((fields, readings([value, value])), prefix=prefix))).series
    assert series.import_uwh.tolist() == [uwh, uwh]
    assert series.usage_point == "7"


def test_channels_of_a_usage_point_come_together(write: Write) -> None:
    reverse = WH.replace("<flowDirection>1", "<flowDirection>19")
    reactive = WH.replace("72", "73")
    path = write(feed((WH, readings([5, 5])), (reverse, readings([1, 2, 3])), (reactive, readings([9]))))
    [series] = read_file(path).series
    assert series.channels == ("import", "export", "reactive")
    assert series.export_uwh is not None and series.export_uwh.tolist() == [1_000_000, 2_000_000, 3_000_000]
    assert series.quality.tolist() == [0, 0, 255]


def test_net_reads_are_split_by_sign(write: Write) -> None:
    [series] = read_file(write(feed((WH.replace("<flowDirection>1", "<flowDirection>4"), readings([5, -3]))))).series
    assert series.export_uwh is not None
    assert (series.import_uwh.tolist(), series.export_uwh.tolist()) == ([5_000_000, 0], [0, 3_000_000])


def test_register_positions_become_advances(write: Write) -> None:
    cumulative = WH + "<accumulationBehaviour>3</accumulationBehaviour>"
    [series] = read_file(write(feed((cumulative, readings([100, 110, 125, 125]))))).series
    assert series.import_uwh.tolist() == [10_000_000, 15_000_000, 0]


def test_block_level_time(write: Write) -> None:
    block = (
        "<interval><start>1767225600</start><duration>1800</duration></interval>"
        + "<IntervalReading><value>7</value></IntervalReading>" * 2
    )
    [series] = read_file(write(feed((WH + "<intervalLength>900</intervalLength>", block)))).series
    assert series.import_uwh.tolist() == [7_000_000, 7_000_000] and series.duration_s == 900


def test_the_finest_of_overlapping_lengths_counts(write: Write) -> None:
    found = read_file(write(feed((WH, readings([1] * 8)), (WH, readings([4, 4], step=3600)))))
    assert [one.duration_s for one in found.series] == [900]
    assert any("finer" in fault.problem for fault in found.faults)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (feed((WH, readings(["x"]))), "not a number"),
        (feed((WH, readings([-5]))), "negative"),
        (feed((WH.replace("72", "169"), readings([5]))), "no electricity reads"),
        (feed((WH, readings([5], step=2_592_000))), "no readings of 5, 15"),
        (feed((WH, readings([5, 6]))).replace("</feed>", ""), "well-formed"),
        (feed((WH, readings([5, 6], start=99_999_999_999))), "outside 1970"),
        (feed((WH, "")), "without its interval reads"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><feed>&b;</feed>', "DTD"),
        ("<note>hello</note>", "no Green Button feed"),
    ],
)
def test_faults_are_named(text: str, words: str, write: Write) -> None:
    with pytest.raises(FaultyInput) as refusal:
        read_file(write(text))
    assert words in str(refusal.value)


def test_a_billion_laughs_are_refused(write: Write) -> None:
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    with pytest.raises(FaultyInput, match="DOCTYPE"):
        read_file(write(f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><feed>&l9;</feed>'))


def example() -> ReadSeries:
    count = 192
    quality = np.zeros(count, dtype=np.uint8)
    quality[5], quality[9] = ReadingQuality.ESTIMATED_LINEAR, ReadingQuality.MISSING
    energy = np.arange(count, dtype=np.int64) * 123_456_789
    energy[9] = 0
    start = 1_767_225_600 + 900 * np.arange(count, dtype=np.int64)
    return ReadSeries("1", start, 900, energy, quality, energy // 7, energy // 11, np.full(count, 28_800, np.int32))


def test_espi_written_is_read_back(tmp_path: Path) -> None:
    one = example()
    write_espi([one], tmp_path / "out.xml", updated="2026-02-01T00:00:00Z")
    [back] = read_file(tmp_path / "out.xml").series
    for name in ("local_start_s", "import_uwh", "quality", "utc_offset_s"):
        assert getattr(back, name).tolist() == getattr(one, name).tolist()


def test_parquet_and_csv_written_are_read_back(tmp_path: Path) -> None:
    one = example()
    for writer in (write_parquet, write_csv):
        writer([one], tmp_path / "out")
        [back] = read_file(tmp_path / "out").series
        for name in ("local_start_s", "import_uwh", "export_uwh", "reactive_uvarh", "quality"):
            assert getattr(back, name).tolist() == getattr(one, name).tolist(), (writer, name)


@pytest.mark.shared_data
def test_espi_written_is_valid_against_the_schema(shared_data: Path, tmp_path: Path) -> None:
    write_espi([example()], tmp_path / "out.xml", updated="2026-02-01T00:00:00Z")
    text = gzip.decompress((shared_data / "greenbutton_samples" / "espi.xsd.gz").read_bytes())
    schema = etree.XMLSchema(etree.fromstring(re.sub(rb"<xs:import[^>]*/>", b"", text)))
    checked = 0
    for content in etree.parse(tmp_path / "out.xml").iter("{http://www.w3.org/2005/Atom}content"):
        schema.assertValid(etree.fromstring(etree.tostring(content[0])))
        checked += 1
    assert checked > 8


@pytest.mark.parametrize("name", ["America/Los_Angeles", "Asia/Shanghai", "America/New_York", "Etc/UTC"])
def test_days_tell_the_wall_clock_of_a_feed_that_does_not(name: str, write: Write) -> None:
    zone = ZoneInfo(name)
    text = feed((WH, ""))
    blocks = ""
    for day in range(60, 70):  # March: clocks change in some of these zones
        first, last = (datetime(2026, 1, 1, tzinfo=zone) + timedelta(days=day + more) for more in (0, 1))
        start, end = int(first.timestamp()), int(last.timestamp())
        blocks += f"<interval><duration>{end - start}</duration><start>{start}</start></interval>"
        blocks += readings([1] * ((end - start) // 900), start=start)
        blocks += '</IntervalBlock><IntervalBlock xmlns="http://naesb.org/espi">'
    empty = re.search(r"<entry><link rel=\"self\" href=\"[^\"]*IntervalBlock/1.*?</entry>", text, re.S)
    assert empty is not None
    entries = "".join(
        re.sub(r"(<IntervalBlock[^>]*>).*?(</IntervalBlock>)", rf"\g<1>{block}\g<2>", empty[0], flags=re.S)
        for block in blocks.split('</IntervalBlock><IntervalBlock xmlns="http://naesb.org/espi">')
        if block
    )
    path = write(text.replace(empty[0], entries))
    found, asked = read_file(path), read_file(path, zone=zone)
    assert (found.series[0].local_start_s == asked.series[0].local_start_s).all()
    assert any("begin at midnight" in str(note) for note in found.faults) == (name != "Etc/UTC")


def test_a_reading_given_twice_counts_once(write: Write) -> None:
    twice = read_file(write(feed((WH, readings([5, 6])), (WH, readings([5, 6])))))
    assert twice.series[0].import_uwh.sum() == 11 * 10**6
    assert any("counted once" in str(note) for note in twice.faults)
    two_registers = read_file(write(feed((WH, readings([5, 6])), (WH, readings([6, 5])))))
    assert two_registers.series[0].import_uwh.sum() == 22 * 10**6
