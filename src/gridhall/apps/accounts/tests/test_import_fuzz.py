"""Whatever bytes a file holds: faults, never a traceback, and never half a row."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridhall.apps.accounts.rules.lines import Row, read_rows
from gridhall.apps.accounts.rules.tables import FEEDERS, TABLES
from gridhall.apps.accounts.tests.test_import import FILES, run, snapshot, write
from gridhall.core.errors import Fault, FaultyInput

CELL = st.one_of(
    st.text(max_size=12), st.sampled_from(["", "422826", "P1", "2026-01-01", "4228260000017", "NaN", "1e999", "是"])
)
RUN = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@given(st.binary(max_size=600))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_rows_or_faults(tmp_path_factory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "feeders.csv"
    path.write_bytes(b"code,name,substation\n" + data)
    with path.open("rb") as file:
        try:
            items = list(read_rows(file, name="feeders.csv", columns=FEEDERS.headers, required=FEEDERS.required))
        except FaultyInput as refusal:
            assert refusal.faults
            return
    assert all(isinstance(item, Row | Fault) for item in items)
    found = [item.line for item in items if isinstance(item, Row)]
    assert found == sorted(set(found))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
@given(data=st.data())
@RUN
def test_any_cells_in_any_file_are_taken_or_listed(db: None, tmp_path: Path, table, data) -> None:
    names = [column.name for column in table.columns]
    rows = data.draw(st.lists(st.lists(CELL, min_size=len(names), max_size=len(names)), max_size=5))
    lines = [",".join(names)] + [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    report = run(write(tmp_path, {table.name: "\n".join(lines)}) / f"{table.name}.csv")
    assert all(fault.problem for fault in report.faults)
    for file in report.files:
        assert file.counts.created + file.counts.updated + file.counts.faulty <= file.counts.rows


@given(st.binary(max_size=6), st.integers(0, 10_000), st.sampled_from(sorted(FILES)))
@RUN
def test_one_broken_place_in_a_good_folder_costs_only_lines(
    db: None, tmp_path: Path, junk: bytes, at: int, name: str
) -> None:
    data = FILES[name].encode()
    place = at % (len(data) + 1)
    run(write(tmp_path, {**FILES, name: data[:place] + junk + data[place:]}))
    run(write(tmp_path, FILES))  # mended and run again: never a traceback
    assert snapshot()
