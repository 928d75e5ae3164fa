"""Files of meters: hung with their ratios, ended by the next, bad rows told by line; again changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from gridhall.apps.accounts.actions.importing.staging import Counts
from gridhall.apps.metering import actions
from gridhall.apps.metering.models import Meter, MeterInstallation, RegisterReading
from gridhall.apps.metering.tests.conftest import AT, Town
from gridhall.core.errors import Fault, FaultyInput
from gridhall.core.models import Event

HEADER = "serial_number,usage_point_code,feeder_code,starts_on,ends_on,ct_ratio,pt_ratio,opening_kwh,register_digits"
Write = Callable[..., Path]


def take(path: Path) -> tuple[Counts, list[Fault]]:
    faults: list[Fault] = []
    counts = actions.import_meters(path=path, at=AT, actor="test", sink=faults.append)
    return counts, faults


def hung() -> list[tuple]:
    rows = MeterInstallation.objects.order_by("usage_point__code", "starts_on")
    return list(
        rows.values_list("usage_point__code", "meter__serial_number", "starts_on", "ends_on", "ct_ratio", "pt_ratio")
    )


def test_meters_hang_with_their_ratios_and_end_where_the_next_begins(town: Town, csv_file: Write) -> None:
    first, second = town.usage_point().code, town.usage_point().code
    rows = [
        f"B,{first},,2026-02-11,,,,50,",
        f"A,{first},,2025-01-01,,40,,1234.567,",
        f"A,{first},,2026-01-01,,60,,,",
        f"C,{second},,2025-01-01,2026-01-01,15,100,,8",
        "K,,F1,2025-01-01,,300,100,,",
    ]
    path = csv_file("meters.csv", rows, HEADER)
    counts, faults = take(path)
    assert (counts.rows, counts.created, counts.unchanged, faults) == (5, 5, 0, [])
    expected = [
        (first, "A", date(2025, 1, 1), date(2026, 1, 1), 40, 1),
        (first, "A", date(2026, 1, 1), date(2026, 2, 11), 60, 1),
        (first, "B", date(2026, 2, 11), None, 60, 1),
        (second, "C", date(2025, 1, 1), date(2026, 1, 1), 15, 100),
    ]
    assert hung() == expected
    assert list(RegisterReading.objects.order_by("read_at").values_list("value_wh", flat=True)) == [1_234_567, 50_000]
    check = Meter.objects.get(serial_number="K")
    assert check.feeder == town.feeder and check.check_multiplier == 30_000
    told = Event.objects.count()
    counts, faults = take(path)
    assert (counts.unchanged, faults) == (5, []) and hung() == expected and Event.objects.count() == told


def test_bad_rows_are_told_by_line_and_the_good_ones_stay(town: Town, csv_file: Write) -> None:
    point, other = town.usage_point().code, town.usage_point().code
    rows = [
        f"A,{point},,2025-01-01,,,,,",
        f"A,{other},,2025-06-01,,,,,",
        "B,NOPE,,2025-01-01,,,,,",
        f"B,{other},F1,2025-01-01,,,,,",
        "B,,,2025-01-01,,,,,",
        f"B,{other},,2025-01-01,2025-01-01,,,,",
        f"B,{other},,2025-01-01,,0,,,",
        f"B,{other},,2025-01-01,,x,,,",
        f"B,{other},,2025-01-01,,,,1000000,",
        f"Z,{point},,2025-01-01,2025-02-01,,,,",
        f"A,{point},,2025-01-01,,2,,,",
        f"D,{other},,2025-01-01,,,,,",
    ]
    counts, faults = take(csv_file("meters.csv", rows, HEADER))
    told = {fault.line: fault.field for fault in faults}
    assert told == {
        3: "serial_number", 4: "usage_point_code", 5: "usage_point_code", 6: "usage_point_code", 7: "ends_on",
        8: "ct_ratio", 9: "ct_ratio", 10: "opening_kwh", 11: "starts_on", 12: "ct_ratio",
    }  # fmt: skip
    assert all(fault.remedy for fault in faults)
    assert (counts.rows, counts.created, counts.faulty) == (12, 2, 10)
    assert [(row[0], row[1]) for row in hung()] == [(point, "A"), (other, "D")]
    assert not Meter.objects.filter(serial_number="B").exists()


def test_a_meter_can_be_taken_down_and_never_put_back(town: Town, csv_file: Write) -> None:
    point = town.usage_point().code
    take(csv_file("meters.csv", [f"A,{point},,2025-01-01,,,,,"], HEADER))
    counts, _ = take(csv_file("meters.csv", [f"A,{point},,2025-01-01,2026-01-01,,,,"], HEADER))
    assert counts.updated == 1 and hung()[0][3] == date(2026, 1, 1)
    assert Event.objects.filter(kind="MeterRemoved").count() == 1
    counts, faults = take(csv_file("meters.csv", [f"A,{point},,2025-01-01,2026-02-01,,,,"], HEADER))
    assert counts.faulty == 1 and faults[0].field == "ends_on" and hung()[0][3] == date(2026, 1, 1)


def test_a_file_without_the_columns_is_refused(town: Town, csv_file: Write) -> None:
    with pytest.raises(FaultyInput):
        take(csv_file("meters.csv", ["A"], "serial_number"))
    with pytest.raises(actions.UnableToImportMeters):
        take(Path("/nowhere/meters.csv"))
