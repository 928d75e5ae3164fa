"""Every fault of a file is listed once, in the order of its lines, and the good rows beside them are kept."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from gridhall.apps.metering import actions
from gridhall.apps.metering.actions.imports import faultorder
from gridhall.apps.metering.actions.imports.faultfile import FaultFile
from gridhall.apps.metering.models import ReadImportFault
from gridhall.apps.metering.tests.conftest import AT
from gridhall.apps.metering.tests.test_import import rows_of
from gridhall.core.errors import Fault
from gridhall.engines.intervals.formats import csv_reads

DAY = date(2026, 1, 5)


def listed(path: str) -> list[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("is_long", [False, True], ids=["short", "machine code"])
@pytest.mark.parametrize("place", ["stamp", "value", "meter", "tail"])
def test_zero_bytes_spoil_only_their_rows(town, csv_file, monkeypatch, place, is_long):
    if is_long:
        monkeypatch.setattr(csv_reads, "MACHINE_CODE_FROM_BYTES", 1)
    town.metered("M1")
    rows = rows_of("M1", DAY, [0.25] * 96)
    good = len(rows)
    rows[7] = {
        "stamp": rows[7][:12] + "\0" + rows[7][13:], "value": rows[7] + "\0", "meter": "\0" + rows[7], "tail": rows[7],
    }[place]  # fmt: skip
    path = csv_file("a.csv", rows)
    if place == "tail":
        path.write_bytes(path.read_bytes() + b"\0" * 5_000)
    found = actions.import_reads(path=path, at=AT, actor="t")
    line = len(rows) + 2 if place == "tail" else 9
    assert [fault.line for fault in found.faults if not fault.is_warning and fault.line] == [line] or place == "meter"
    assert found.stored == good - (place != "tail")
    assert found.rejected >= 1 and ReadImportFault.objects.count() >= 1


def test_a_zero_byte_in_a_day_file_spoils_one_cell(town, tmp_path):
    town.metered("M1")
    header = ",".join(["meter", "date", *(f"{at // 4:02d}:{at % 4 * 15:02d}" for at in range(96))])
    path = tmp_path / "days.csv"
    path.write_text(header + "\n" + "M1,2026-01-05,0.1\0," + ",".join(["0.2"] * 95) + "\n")
    found = actions.import_reads(path=path, at=AT, actor="t")
    assert (found.stored, [(one.line, one.field) for one in found.faults]) == (95, [(2, "00:00")])


def test_faults_stand_in_the_order_of_lines(town, csv_file):
    town.metered("M1")
    town.metered("M2")
    rows = rows_of("M2", DAY, [0.5] * 200) + rows_of("M1", DAY, [0.25] * 200)
    for at in range(0, 400, 7):
        rows[at] = ("X9," if at % 2 else rows[at].split(",")[0] + ",") + rows[at].split(",")[1] + ",-1"
    for at in range(3, 400, 31):
        rows.insert(at, rows[at - 1].rsplit(",", 1)[0] + ",0.75")
    found = actions.import_reads(path=csv_file("a.csv", rows), at=AT, actor="t")
    lines = [int(one["line"] or -1) for one in listed(found.faults_file)]
    assert lines == sorted(lines) and len(lines) > 60
    kept = list(ReadImportFault.objects.order_by("id").values_list("line", flat=True))
    assert [-1 if one is None else one for one in kept] == lines == [one.line or -1 for one in found.faults]


def test_a_long_list_is_put_in_order_in_little_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(faultorder, "_ROWS_A_RUN", 100)
    monkeypatch.setattr(faultorder, "_RUNS_AT_ONCE", 3)
    lines = np.random.default_rng(3).permutation(np.repeat(np.arange(1, 1_000), 2))
    path = tmp_path / "f.csv"
    with FaultFile(path) as faults:
        for at, line in enumerate(lines.tolist()):
            faults.take(Fault("z.zip/b.csv" if line % 2 else "z.zip/a.csv", line, "kwh", f'bad "{at}"\nso', "mend"))
        faults.take(Fault("z.zip/b.csv", None, None, "as a whole", is_warning=True))
    told = listed(str(path))
    assert len(told) == 1_999 and told[0 if lines[0] % 2 else 1_000 - 2]["line"] == ""
    first = "b" if lines[0] % 2 else "a"
    order = [(one["file"][6] != first, int(one["line"] or 0), int(one["problem"].split('"')[1]) if one["line"] else 0)
             for one in told]  # fmt: skip
    assert order == sorted(order)
    assert len(faults.first) == 1_000 and str(faults.first[1].line) == told[1]["line"]
