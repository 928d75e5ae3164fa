"""Failures are found, judged and mended; the same again changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from gridhall.apps.metering import actions, queries
from gridhall.apps.metering.actions.desk import looking, mending
from gridhall.apps.metering.kinds import RegisterKind
from gridhall.apps.metering.models import ValidationFinding
from gridhall.apps.metering.tests.conftest import AT
from gridhall.apps.metering.tests.test_import import JANUARY, held, rows_of
from gridhall.core.models import Event
from gridhall.core.periods import local_midnight
from gridhall.engines.intervals.quality import ReadingQuality

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, END = date(2026, 1, 1), date(2026, 2, 1)


def usual_month(serial: str = "M1", changes: dict[int, float | None] | None = None) -> list[str]:
    """January of a meter that takes 0.1 to 0.4 kWh a slot; some slots changed or (None) left out."""
    values = [0.1 + 0.3 * (at % 96 >= 48) + 0.001 * (at % 7) for at in range(31 * 96)]
    rows = rows_of(serial, FIRST, [round(value, 3) for value in values])
    for at, value in sorted((changes or {}).items(), reverse=True):
        if value is None:
            del rows[at]
        else:
            rows[at] = rows[at].rsplit(",", 1)[0] + f",{value}"
    return rows


def validate(**extra):
    return actions.validate_reads(first_day=FIRST, end_day=END, at=AT, actor="test", **extra)


def rules_found() -> list[tuple[str, int]]:
    found = queries.list_findings()
    return sorted((one.rule, one.slots) for one in found)


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, []),
        ({500: None}, [("MISSING", 1)]),
        (dict.fromkeys(range(96, 300)), [("MISSING", 204)]),
        ({500: 40.0}, [("OVER_LIMIT", 1), ("SPIKE", 1)]),
        ({500: 5.0, 501: 5.1}, [("SPIKE", 2)]),
        ({500: -0.2}, [("MISSING", 1)]),  # the file is told of it; nothing below zero is stored from text
        (dict.fromkeys(range(1000, 1060), 0.3), [("STUCK", 60)]),
        (dict.fromkeys(range(960, 1152), 0.0), [("ZERO_RUN", 192)]),
    ],
)
def test_validation_finds(town, csv_file, changes, expected):
    town.metered("M1")
    actions.import_reads(path=csv_file("a.csv", usual_month(changes=changes)), at=AT, actor="test")
    validate()
    assert rules_found() == expected
    again = validate()
    assert (again.found, again.reopened, again.settled, again.open) == (0, 0, 0, len(expected))


def test_what_the_connection_can_carry_is_told(town, csv_file):
    town.metered("M1")
    actions.import_reads(path=csv_file("a.csv", usual_month(changes={500: 40.0, 501: 41.0})), at=AT, actor="test")
    found = ValidationFinding.objects.get(rule="OVER_LIMIT")
    limit = found.expected_wh // 2
    assert found.expected_wh > 2_000 and f"40,500 Wh is more than the {limit:,} Wh" in found.note


def test_much_that_is_wrong_is_settled_a_few_meters_at_a_time(town, csv_file, monkeypatch):
    rows = []
    for serial in ("M1", "M2", "M3", "M4"):
        town.metered(serial)
        rows += usual_month(serial, dict.fromkeys(range(100, 400, 2)) if serial != "M3" else {})
    registers = [f"M{number},2026-0{month}-01,{month * 1000}" for number in (1, 3) for month in (1, 2)]
    monkeypatch.setattr(looking, "FLAGS_A_PIECE", 100)
    actions.import_reads(
        path=csv_file("r.csv", registers, "meter,read_at,value_kwh"), at=AT - timedelta(hours=1), actor="test"
    )
    actions.import_reads(path=csv_file("a.csv", rows), at=AT, actor="test")
    assert validate().by_rule == {"MISSING": 450, "REGISTER_SUM": 1}
    assert (validate().found, validate().settled) == (0, 0)


def test_negative_reads_in_the_store_are_found(town, csv_file):
    _, meter = town.metered("M1")
    actions.import_reads(path=csv_file("a.csv", usual_month()), at=AT, actor="test")
    queries.get_store().write_reads(
        np.array([meter.series_id]), np.array(["2026-01-06"], "datetime64[D]"), np.array([20]), np.array([-200]),
        known_at=AT + timedelta(hours=1),
    )  # fmt: skip
    validate()
    assert rules_found() == [("NEGATIVE", 1)]


def test_validation_counts_missing_only_where_a_meter_hung(town):
    point, _ = town.metered("OLD", on=date(2026, 1, 10))
    actions.exchange_meter(usage_point=point, new_meter=town.meter("NEW"), on=date(2026, 1, 20), at=AT, actor="test")
    actions.remove_meter(usage_point=point, on=date(2026, 1, 25), at=AT, actor="test")
    validate()
    found = queries.list_findings()
    assert [(one.meter_serial, one.start_at.date(), one.slots) for one in found] == [
        ("OLD", date(2026, 1, 10), 960), ("NEW", date(2026, 1, 20), 480),
    ]  # fmt: skip


def test_late_reads_settle_missing_ones(town, csv_file):
    town.metered("M1")
    whole = usual_month()
    first = actions.import_reads(path=csv_file("a.csv", whole[:960] + whole[1056:]), at=AT, actor="test")
    assert (first.findings, first.new_findings) == ({"MISSING": 1}, 1)
    assert validate().found == 0
    actions.import_reads(path=csv_file("b.csv", whole[960:1000]), at=AT, actor="test")
    assert rules_found() == [("MISSING", 56)]
    validate()
    assert rules_found() == [("MISSING", 56)]
    last = actions.import_reads(path=csv_file("c.csv", whole[1000:1056]), at=AT, actor="test")
    assert (last.findings, validate().settled) == ({}, 0)
    assert rules_found() == []
    assert ValidationFinding.objects.get().status == "CORRECTED"


def test_register_that_does_not_agree_is_found(town, csv_file):
    _, meter = town.metered("M1")
    actions.import_reads(path=csv_file("a.csv", usual_month()), at=AT, actor="test")
    total = int(held(meter.series_id).import_wh.sum())
    for day, value in ((FIRST, 100_000), (END, 100_000 + total + 900)):
        actions.record_register_reading(
            meter=meter, register=RegisterKind.IMPORT, read_at=local_midnight(day, ZONE), value_wh=value,
            source="test", at=AT, actor="test",
        )  # fmt: skip
    assert validate().found == 0
    actions.record_register_reading(
        meter=meter, register=RegisterKind.IMPORT, read_at=local_midnight(END, ZONE), value_wh=100_000 + 2 * total,
        source="test", at=AT + timedelta(minutes=1), actor="test",
    )  # fmt: skip
    validate()
    found = queries.list_findings()[0]
    assert (found.rule, found.measured_kwh * 2) == ("REGISTER_SUM", found.expected_kwh)


def test_accepted_stays_accepted_until_its_reads_change(town, csv_file):
    town.metered("M1")
    actions.import_reads(path=csv_file("a.csv", usual_month(changes={500: 5.0})), at=AT, actor="test")
    validate()
    finding = ValidationFinding.objects.get()
    actions.accept_finding(finding=finding, at=AT, actor="Li", note="Spring festival")
    assert validate().open == 0
    with pytest.raises(actions.UnableToMendReads):
        actions.accept_finding(finding=finding, at=AT, actor="Li")
    later = AT + timedelta(hours=1)
    again = actions.import_reads(path=csv_file("b.csv", usual_month(changes={500: 6.0})), at=later, actor="test")
    summary = actions.validate_reads(first_day=FIRST, end_day=END, at=later, actor="test")
    assert (again.new_findings, summary.found + summary.reopened) == (2, 0)
    assert (len(again.findings) - 1, {one.rule for one in queries.list_findings()}) == (1, {"SPIKE", "DUPLICATE"})


def test_estimate_fills_a_gap_and_a_real_read_replaces_it(town, csv_file):
    _, meter = town.metered("M1")
    whole = usual_month()
    gap = dict.fromkeys(range(960, 1056))
    actions.import_reads(path=csv_file("a.csv", usual_month(changes=gap)), at=AT, actor="test")
    validate()
    finding = ValidationFinding.objects.get()
    suggestion = actions.estimate_finding(finding=finding, at=AT + timedelta(hours=1), actor="Li")
    assert suggestion.method == "ESTIMATED_PROFILE"
    reads = held(meter.series_id)
    assert set(reads.quality[10].tolist()) == {ReadingQuality.ESTIMATED_PROFILE}
    assert abs(int(reads.import_wh[10].sum()) - 24_288) < 500
    assert validate().open == 0
    assert ValidationFinding.objects.get().status == "ESTIMATED"
    span = queries.list_meter_spans(usage_point=meter.installations.get().usage_point, first_day=FIRST, end_day=END)[0]
    assert (span.estimated_slots, span.missing_slots, span.methods) == (96, 0, ("ESTIMATED_PROFILE",))
    late = AT + timedelta(days=2)
    found = actions.import_reads(path=csv_file("b.csv", whole[960:1056]), at=late, actor="test")
    assert (found.stored, found.corrected) == (96, 96)
    assert set(held(meter.series_id).quality[10].tolist()) == {ReadingQuality.MEASURED}
    causes = [event.payload["cause"] for event in Event.objects.filter(kind="ReadsCorrected").order_by("id")]
    assert causes == ["ESTIMATED", "ARRIVED"]
    versions = queries.list_read_versions(meter=meter, day=date(2026, 1, 11))
    assert [int(one.quality[0]) for one in versions] == [ReadingQuality.ESTIMATED_PROFILE, ReadingQuality.MEASURED]


def test_no_estimate_takes_the_place_of_reads_that_have_just_arrived(town, csv_file, monkeypatch):
    """An import stores its reads long before it comes to validate them; it may be killed in between."""
    _, meter = town.metered("M1")
    gap = dict.fromkeys([*range(960, 1056), *range(1152, 1248)])
    actions.import_reads(path=csv_file("a.csv", usual_month(changes=gap)), at=AT, actor="test")
    late, measured = AT + timedelta(minutes=1), np.arange(96) + 500
    get_suggestion = mending.suggest_on

    def suggest(finding, ground):
        found = get_suggestion(finding, ground)
        queries.get_store().write_reads(
            np.full(96, meter.series_id), np.full(96, np.datetime64("2026-01-11")), np.arange(96), measured,
            known_at=late,
        )  # fmt: skip
        return found

    monkeypatch.setattr(mending, "suggest_on", suggest)
    findings = queries.select_findings(status="OPEN")
    found = actions.estimate_findings(findings=findings, at=AT + timedelta(hours=1), actor="Li")
    assert (found.mended, found.slots, len(found.refused)) == (1, 96, 1)
    assert "validate them again" in found.refused[0][1]
    with pytest.raises(actions.UnableToMendReads):
        actions.estimate_finding(finding=findings.get(), at=AT + timedelta(hours=2), actor="Li")
    reads = held(meter.series_id)
    assert reads.import_wh[10].tolist() == measured.tolist()
    assert set(reads.quality[12].tolist()) == {ReadingQuality.ESTIMATED_PROFILE}


def test_one_read_that_fails_two_rules_is_estimated_once(town, csv_file):
    town.metered("M1")
    actions.import_reads(path=csv_file("a.csv", usual_month(changes={500: 40.0})), at=AT, actor="test")
    first, second = ValidationFinding.objects.order_by("rule")
    actions.estimate_finding(finding=first, at=AT + timedelta(minutes=1), actor="Li")
    second.refresh_from_db()
    assert second.status != "OPEN"
    assert validate().open == 0


def test_estimate_adds_up_to_the_register(town, csv_file):
    _, meter = town.metered("M1")
    gap = dict.fromkeys(range(960, 1056))
    actions.import_reads(path=csv_file("a.csv", usual_month(changes=gap)), at=AT, actor="test")
    there = int(held(meter.series_id).import_wh.sum())
    for day, value in ((FIRST, 999_000_000), (END, (999_000_000 + there + 30_123) % 10**9)):
        actions.record_register_reading(
            meter=meter, register=RegisterKind.IMPORT, read_at=local_midnight(day, ZONE), value_wh=value,
            source="test", at=AT, actor="test",
        )  # fmt: skip
    validate()
    found = actions.estimate_findings(findings=queries.select_findings(status="OPEN"), at=AT, actor="Li")
    assert (found.mended, found.slots, found.refused) == (1, 96, [])
    reads = held(meter.series_id)
    assert int(reads.import_wh[10].sum()) == 30_123
    assert set(reads.quality[10].tolist()) == {ReadingQuality.ESTIMATED_REGISTER}
    assert validate().open == 0


def test_correction_by_hand_adds_up(town, csv_file):
    _, meter = town.metered("M1")
    actions.import_reads(path=csv_file("a.csv", usual_month(changes={500: -3, 501: -2})), at=AT, actor="test")
    validate()
    at = AT + timedelta(minutes=1)
    actions.correct_finding(finding=ValidationFinding.objects.get(), energy_wh=333, at=at, actor="Li")
    reads = held(meter.series_id)
    assert int(reads.import_wh.reshape(-1)[500:502].sum()) == 333
    assert validate().open == 0


def test_no_estimate_without_ground(town):
    town.metered("M1")
    validate()
    with pytest.raises(actions.UnableToMendReads):
        actions.estimate_finding(finding=ValidationFinding.objects.get(), at=AT, actor="Li")
    assert ValidationFinding.objects.get().status == "OPEN"
    assert not Event.objects.filter(kind="ReadsCorrected").exists()


def test_days_ahead_are_not_missing(town):
    town.metered("M1")
    at = local_midnight(date(2026, 1, 3), ZONE) + timedelta(hours=5)
    actions.validate_reads(first_day=FIRST, end_day=END, at=at, actor="test")
    assert rules_found() == [("MISSING", 192)]
    actions.validate_reads(first_day=FIRST, end_day=END, at=at + timedelta(days=1), actor="test")
    assert rules_found() == [("MISSING", 288)]
    assert JANUARY.first_day == FIRST


@pytest.mark.parametrize("way", ["estimate", "correct", "all"])
def test_one_mend_settles_every_failure_of_the_same_reads(town, csv_file, way):
    _, meter = town.metered("M1")
    actions.import_reads(path=csv_file("a.csv", usual_month(changes={500: 40.0, 501: 5.0})), at=AT, actor="test")
    validate()
    assert rules_found() == [("OVER_LIMIT", 1), ("SPIKE", 2)]
    at = AT + timedelta(minutes=1)
    spike = ValidationFinding.objects.get(rule="SPIKE")
    if way == "estimate":
        actions.estimate_finding(finding=spike, at=at, actor="Li")
    elif way == "correct":
        actions.correct_finding(finding=spike, energy_wh=700, at=at, actor="Li")
    else:
        actions.estimate_findings(findings=queries.select_findings(status="OPEN"), at=at, actor="Li")
    assert rules_found() == [] and validate().settled == 0
    assert (held(meter.series_id).import_wh.reshape(-1)[500:502] < 1_000).all()


def test_a_mend_inside_a_wider_failure_leaves_the_rest_open(town, csv_file):
    town.metered("M1")
    actions.import_reads(path=csv_file("a.csv", usual_month(changes={500: 40.0, 501: 5.0})), at=AT, actor="test")
    finding = ValidationFinding.objects.get(rule="OVER_LIMIT")
    actions.estimate_finding(finding=finding, at=AT + timedelta(minutes=1), actor="Li")
    assert rules_found() == [("SPIKE", 1)]


@pytest.mark.parametrize("is_one_by_one", [True, False])
def test_estimates_of_several_failures_add_up_to_the_register(town, csv_file, is_one_by_one):
    """An estimate does not stand on a read beside it that is known to be wrong, in whatever order they are mended."""
    _, meter = town.metered("M1")
    good = usual_month()
    actual = sum(round(float(row.rsplit(",", 1)[1]) * 1000) for row in good)
    wrong = {500: 40.0, 700: 6.0, 701: 6.5, 900: None, 905: None}
    actions.import_reads(path=csv_file("a.csv", usual_month(changes=wrong)), at=AT, actor="test")
    for day, value in ((FIRST, 100_000), (END, 100_000 + actual)):
        actions.record_register_reading(
            meter=meter, register=RegisterKind.IMPORT, read_at=local_midnight(day, ZONE), value_wh=value,
            source="test", at=AT, actor="test",
        )  # fmt: skip
    validate()
    if is_one_by_one:
        for minute in range(1, 10):
            rules = ("SPIKE", "OVER_LIMIT", "MISSING")
            finding = ValidationFinding.objects.filter(status="OPEN", rule__in=rules).order_by("rule", "-id").first()
            if finding is None:
                break
            actions.estimate_finding(finding=finding, at=AT + timedelta(minutes=minute), actor="Li")
    else:
        actions.estimate_findings(
            findings=queries.select_findings(status="OPEN"), at=AT + timedelta(minutes=1), actor="Li"
        )
    reads = held(meter.series_id)
    assert int(reads.import_wh.sum()) == actual
    assert (reads.quality == ReadingQuality.ESTIMATED_REGISTER).sum() == 5
    assert validate().open == 0
