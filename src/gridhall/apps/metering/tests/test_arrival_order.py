"""However reads arrive - shuffled, in pieces, twice, late - the same reads and failures stand in the end."""

from __future__ import annotations

import itertools
import shutil
from datetime import date, timedelta

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridhall.apps.metering import actions, queries
from gridhall.apps.metering.actions.imports import running
from gridhall.apps.metering.models import ReadImport, ValidationFinding
from gridhall.apps.metering.tests.conftest import AT
from gridhall.apps.metering.tests.test_desk import END, FIRST, usual_month
from gridhall.apps.metering.tests.test_import import JANUARY, rows_of
from gridhall.engines.intervals.quality import ReadingQuality

ROWS = usual_month(changes={500: None, 501: None, 1200: 5.0})
_names = itertools.count()


def outcome(series_id: int, at):
    """The reads and the open failures after validation."""
    actions.validate_reads(first_day=FIRST, end_day=END, at=at, actor="test")
    reads = queries.get_store().read_month(series_id, JANUARY)
    found = sorted((one.rule, one.start_at, one.slots, one.measured_kwh) for one in queries.list_findings())
    return reads.import_wh.tolist(), reads.quality.tolist(), found


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(1, len(ROWS) - 1), max_size=4, unique=True),
    again=st.lists(st.integers(0, 4), max_size=3),
    seed=st.integers(0, 2**31),
    validates_between=st.booleans(),
    compacts=st.booleans(),
)
def test_order_of_arrival_never_matters(
    town, csv_file, settings, tmp_path, cuts, again, seed, validates_between, compacts
):
    settings.GRIDHALL_INTERVAL_STORE = tmp_path / f"intervals-{next(_names)}"
    order = np.random.default_rng(seed)
    edges = [0, *sorted(cuts), len(ROWS)]
    # a lone read does not tell its interval: pieces overlap their neighbors
    pieces = [ROWS[max(low - 8, 0) : high + 8] for low, high in itertools.pairwise(edges)]
    pieces += [pieces[at] for at in again if at < len(pieces)]
    order.shuffle(pieces)
    with transaction.atomic():
        _, meter = town.metered("M1")
        at = AT
        for piece in pieces:
            at += timedelta(minutes=1)
            shuffled = list(piece)
            order.shuffle(shuffled)
            path = csv_file(f"{next(_names)}.csv", shuffled)
            assert actions.import_reads(path=path, at=at, actor="test").corrected == 0
            if validates_between:
                actions.validate_reads(first_day=FIRST, end_day=END, at=at, actor="test")
            if compacts:
                queries.get_store().compact(JANUARY)
        found = outcome(meter.series_id, at)
        settings.GRIDHALL_INTERVAL_STORE = tmp_path / f"intervals-{next(_names)}"
        ValidationFinding.objects.all().delete()
        ReadImport.objects.all().delete()
        actions.import_reads(path=csv_file(f"{next(_names)}.csv", ROWS), at=AT, actor="test")
        assert found == outcome(meter.series_id, at)
        transaction.set_rollback(True)
    for folder in tmp_path.glob("intervals-*"):
        shutil.rmtree(folder)


def test_expected_failures_are_there(town, csv_file):
    _, meter = town.metered("M1")
    actions.import_reads(path=csv_file("a.csv", ROWS), at=AT, actor="test")
    assert [(rule, slots) for rule, _, slots, _ in outcome(meter.series_id, AT)[2]] == [("MISSING", 2), ("SPIKE", 1)]
    assert date(2026, 1, 1) == FIRST


@pytest.mark.parametrize("is_compacted", [False, True])
def test_an_import_that_was_cut_off_tells_all_that_it_replaced(town, csv_file, monkeypatch, is_compacted):
    """What the first attempt wrote counts with what the second one did; read again for a bad row, nothing counts."""
    meters = [town.metered(f"M{at}")[1] for at in range(3)]
    day = date(2026, 1, 5)
    old = [row for at in range(3) for row in rows_of(f"M{at}", day, [0.25] * 90)]
    actions.import_reads(path=csv_file("a.csv", old), at=AT, actor="t")
    queries.get_store().write_reads(
        np.full(6, meters[0].series_id), np.full(6, np.datetime64(day)), np.arange(90, 96), np.full(6, 100),
        quality=np.full(6, ReadingQuality.ESTIMATED_LINEAR, np.uint8), known_at=AT,
    )  # fmt: skip
    new = [row for at in range(3) for row in rows_of(f"M{at}", day, [0.5] * 10 + [0.25] * 86)] + ["X,2026-01-05,1"]
    path = csv_file("b.csv", new)
    late = AT + timedelta(days=1)

    def died(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(running, "validate_arrived", died)
        actions.import_reads(path=path, at=late, actor="t")
    if is_compacted:
        queries.get_store().compact(JANUARY)
    found = actions.import_reads(path=path, at=late + timedelta(hours=1), actor="t")
    assert (found.stored, found.corrected, found.unchanged) == (48, 36, 240)
    assert ReadImport.objects.get(file_name="b.csv").rows_corrected == 36
    again = actions.import_reads(path=path, at=late + timedelta(hours=2), actor="t")
    assert (again.stored, again.corrected, again.unchanged) == (0, 0, 288)
