"""The tariff language: what it says of faults, and that it never breaks."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridhall.core.errors import FaultyInput
from gridhall.engines.rating.account_file import parse_account
from gridhall.engines.rating.catalogue import FOLDER, load_tariff, parse
from gridhall.engines.rating.language import parse_tariff
from gridhall.engines.rating.language.document import read_yaml
from gridhall.engines.rating.tests.loads import GOLDENS, urdb_of
from gridhall.engines.rating.urdb import parse_urdb

GOOD = """\
tariff: test
label: {zh: 测试, en: Test}
clauses:
  c: {document: A document}
periods: {day: 日, night: 夜}
schedules:
  s:
    - {period: night}
    - {period: day, hours: ["08:00-22:00"], days: [working_day]}
versions:
  - from: 2026-01-01
    source: {document: somewhere, verified: true}
    components:
      - kind: energy
        code: energy
        clause: c
        schedule: s
        prices: {day: 0.6, night: 0.3}
"""

BROKEN = [
    ("prices: {day: 0.6, night: 0.3}", "prices: {day: 0.6}", 18, "night"),
    ("prices: {day: 0.6, night: 0.3}", "prices: {day: abc, night: 0.3}", 18, "'abc' is not a number"),
    ("prices: {day: 0.6, night: 0.3}", "prics: {day: 0.6, night: 0.3}", 18, "did you mean prices"),
    ("clause: c", "clause: d", 16, "no clause 'd'"),
    ("kind: energy", "kind: enrgy", 14, "not one of the choices"),
    ("from: 2026-01-01", "from: soon", 11, "'soon' is not a day"),
    ("- {period: night}", '- {period: night, hours: ["00:00-06:00"]}', 8, "no rule says which period"),
    ('hours: ["08:00-22:00"]', 'hours: ["8 to 22"]', 9, "no stretch of hours"),
    ("days: [working_day]", "days: [workday]", 9, "no kind of day"),
    ("schedule: s", "schedule: t", 17, "no schedule 't'"),
    ("tariff: test", "tariff: test\ntariff: again", 2, "stands twice"),
    ("versions:", "versions: [", 10, "not YAML"),
    ("    - {period: night}", "\t- {period: night}", 8, "a tab stands"),
    ("tariff: test", "tariff: te\0st", 1, "U+0000"),
    ("tariff: test", "tariff: test\nzone: Mars/Base", 2, "no time zone 'Mars/Base'"),
    ("tariff: test", "tariff: test\n<<: {a: 1}", 2, "[a] is not known"),
    ("tariff: test", "tariff: test\n<<: 5", 2, "[<<] is not a mapping"),
    ("prices: {day: 0.6, night: 0.3}", "tiers: [{prices: {day: x, night: 1}}]", 18, "tiers[1].prices.day] 'x' is not"),
    ("- kind: energy", "- knd: energy", 14, "is missing"),
    ("from: 2026-01-01", "from: 2026-05-01\n    until: 2026-01-01", 11, "is not after"),
    ("prices: {day: 0.6, night: 0.3}", "tiers: [{up_to: -5, price: 1}, {price: 2}]", 18, "-5 is not above 0"),
    (
        "prices: {day: 0.6, night: 0.3}",
        "tiers: [{up_to: 5, price: 1}, {up_to: 5, price: 1}]",
        18,
        "not above the limit",
    ),
]
BROKEN_RATES = [
    ("", "the file is empty"),
    ("{}", "no rate of the Utility Rate Database"),
    ("[]", "holds no rate"),
    ("[" * 9_999, "nested too deeply"),
    ('{"utility": "a",\n"utility": "b"}', "stands twice"),
    ('{"energyratestructure": [[{"rate": ' + "9" * 5_000 + "}]]}", "beyond all prices"),
    ('{"energyratestructure": [[{"rate": 1}]], "energyweekdayschedule": [[1]]}', "has 1 rows"),
    ('{"rates": [{"label": "a", "utility": "u"}, {"label": "b", "utility": "u"}]}', "FILE#LABEL: a, b"),
    ('{"energyratestructure": [' + "[{}]," * 300 + "[{}]]}", "301 periods"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), BROKEN)
def test_faults_name_line_field_and_remedy(old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    with pytest.raises(FaultyInput) as refusal:
        parse_tariff(GOOD.replace(old, new).encode(), "test.yaml")
    fault = next(fault for fault in refusal.value.faults if words in str(fault))
    assert fault.remedy
    if "not YAML" not in words:
        assert fault.line == line


@pytest.mark.parametrize(("text", "words"), BROKEN_RATES)
def test_faults_of_rates_name_line_and_remedy(text: str, words: str) -> None:
    with pytest.raises(FaultyInput) as refusal:
        parse(text.encode(), "rate.json")
    (fault,) = refusal.value.faults
    assert words in str(fault) and fault.line and fault.remedy


@pytest.mark.parametrize(
    "around", ["%s", "[%s]", '{"items": [%s]}', '{"count": 1, "ratelookups": [%s]}', '{"rate": %s}']
)
def test_a_rate_is_found_in_what_is_around_it(around: str) -> None:
    api = '{"label": "a", "utility": "U", "name": "R", "energyratestructure": [[{"rate": 1}]]}'
    export = '{"utilityName": "U", "rateName": "R", "energyRateStrux": [{"energyRateTiers": [{"rate": 1}]}]}'
    for rate in (api, export):
        assert parse((around % rate).encode(), "rate.json").code == "u-r"


def test_a_period_that_never_holds_is_told() -> None:
    covered = GOOD.replace('- {period: day, hours: ["08:00-22:00"], days: [working_day]}', "- {period: day}")
    (warning,) = parse_tariff(covered.encode(), "test.yaml").warnings
    assert warning.is_warning and "'night' never holds" in warning.problem and warning.line == 8


def test_holidays_without_a_calendar_are_told() -> None:
    text = GOOD.replace("days: [working_day]", "days: [holiday, 'holiday:national_day']")
    (warning,) = parse_tariff(text.encode(), "test.yaml").warnings
    assert "holiday, holiday:national_day never come" in warning.problem and warning.remedy == "add `holidays: cn`"


def test_mappings_are_merged_as_yaml_says() -> None:
    """A key written out goes before a merged one, and an earlier mapping before a later one."""
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\nd: {<<: *b, <<: *a}\n"
    found = read_yaml(text, "t").value
    assert {key: node.value for key, node in found["c"].value.items()} == {"x": "3", "y": "1", "z": "2"}
    assert found["c"].value["z"].line == 2
    for bad in ("a: &a {<<: *a}", "a: &a [1]\nb: {<<: *a}"):
        with pytest.raises(FaultyInput):
            read_yaml(bad, "t")


def test_every_fault_is_told_at_once() -> None:
    text = GOOD.replace("day: 0.6", "day: x").replace("clause: c", "clause: d").replace("2026-01-01", "never")
    with pytest.raises(FaultyInput) as refusal:
        parse_tariff(text.encode(), "test.yaml")
    assert [fault.line for fault in refusal.value.faults] == [11, 16, 18]
    assert parse_tariff(GOOD.encode(), "test.yaml").code == "test"


def only_faults(content: bytes) -> None:
    for read in (parse, parse_tariff, parse_urdb, parse_account):
        try:
            read(content, "fuzz")  # type: ignore[operator]
        except FaultyInput as refusal:
            assert refusal.faults and all(fault.problem for fault in refusal.faults)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_tariff_or_faults(content: bytes) -> None:
    only_faults(content)


SHIPPED = [path.read_bytes() for path in sorted(FOLDER.glob("*.yaml"))[::5]]
RATES = [json.dumps(urdb_of(c["inputs"], c["option"])).encode() for c in json.loads(GOLDENS.read_text())[:3]]


@settings(deadline=None)
@given(st.sampled_from(SHIPPED + RATES), st.integers(0, 10**6), st.binary(max_size=6), st.integers(0, 12))
def test_damaged_files_are_a_tariff_or_faults(content: bytes, place: int, put: bytes, cut: int) -> None:
    at = place % len(content)
    only_faults(content[:at] + put + content[at + cut :])


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
trees = (
    leaves
    | st.lists(leaves | st.lists(leaves, max_size=2), max_size=3)
    | st.dictionaries(st.text(max_size=6), leaves, max_size=3)
)
KEYS = (
    "energyratestructure",
    "energyweekdayschedule",
    "flatdemandstructure",
    "dgrules",
    "mincharge",
    "items",
    "schedule",
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), trees, max_size=5))
def test_any_json_is_a_rate_or_faults(value: dict[str, object]) -> None:
    only_faults(json.dumps(value).encode())


TOP = ("tariff", "label", "clauses", "schedules", "tables", "versions", "special_days", "periods", "currency")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(TOP), trees, max_size=6))
def test_any_yaml_is_a_tariff_or_faults(value: dict[str, object]) -> None:
    parse_input = json.dumps(value).encode()
    try:
        parse_tariff(parse_input, "fuzz")
    except FaultyInput as refusal:
        assert refusal.faults


def test_files_that_refer_to_themselves_are_refused() -> None:
    for text in ("a: &a [*a]", "a: &a {b: *a}", "[" * 500, "{" * 500):
        with pytest.raises(FaultyInput):
            parse(text.encode(), "bomb")


def test_packed_tariffs_that_are_cut_off_and_folders_are_refused(tmp_path: Path) -> None:
    packed = gzip.compress(GOOD.encode() + b"# more\n" * 20_000)
    assert parse(packed, "t.gz").code == "test"
    with pytest.raises(FaultyInput, match="broken or cut off"):
        parse(packed[: len(packed) - 50], "t.gz")
    with pytest.raises(FaultyInput, match="is a folder"):
        load_tariff(tmp_path)
