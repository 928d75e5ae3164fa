"""The clock looks into the drop folder, gives each file a job once, and validates at night."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from gridhall.apps.metering import actions, tasks
from gridhall.apps.metering.models import NetworkBalance
from gridhall.apps.metering.queries import get_store
from gridhall.apps.metering.tests.conftest import AT
from gridhall.apps.metering.tests.test_import import held, rows_of
from gridhall.core.clock import nightly
from gridhall.core.models import Event
from gridhall.core.periods import Month


@pytest.mark.django_db(transaction=True)
def test_files_become_jobs_once_and_are_brought_in(settings):
    from gridhall.apps.metering.tests.conftest import make_town

    _, meter = make_town().metered("M1")
    folder = actions.DropFolder(Path(settings.GRIDHALL_DROP_FOLDER))
    path = folder.root / "in" / "a.csv"
    path.write_text("\n".join(["meter,timestamp,kwh", *rows_of("M1", date(2026, 1, 5), [0.25] * 96)]))
    os.utime(path, (time.time() - 60,) * 2)
    for _ in range(2):
        tasks.scan_drop_folder(0)
    jobs = ProcrastinateJob.objects.filter(task_name="metering.import_dropped")
    assert [job.args for job in jobs] == [{"name": "a.csv"}]
    tasks.import_dropped(name="../in/a.csv")
    assert not path.exists()
    assert int(held(meter.series_id).import_wh.sum()) == 24_000
    tasks.validate_recent(0)
    assert Event.objects.filter(kind="ReadsValidated").count() == 2  # on arrival, and at night


@pytest.mark.django_db
def test_the_night_brings_a_month_into_one_file_and_changes_no_read(town, csv_file):
    _, meter = town.metered("M1")
    for day in (5, 6, 7):
        rows = rows_of("M1", date(2026, 1, day), [0.25] * 96)
        actions.import_reads(path=csv_file(f"{day}.csv", rows), at=AT + timedelta(hours=day), actor="test")
    late = rows_of("M1", date(2026, 1, 6), [0.5] * 4)
    actions.import_reads(path=csv_file("late.csv", late), at=AT + timedelta(days=1), actor="test")
    before = held(meter.series_id)
    tasks.compact_reads(0)
    after, manifest = held(meter.series_id), get_store().state(Month(2026, 1)).manifest
    assert ([part.day for part in manifest.parts], len(manifest.history)) == ([-1], 1)
    assert (after.import_wh == before.import_wh).all() and (after.quality == before.quality).all()
    assert get_store().read_month(meter.series_id, Month(2026, 1), as_of=AT + timedelta(hours=9)).import_wh[5, 0] == 250
    tasks.compact_reads(0)  # the next night there is nothing to do
    assert get_store().state(Month(2026, 1)).manifest == manifest
    assert Event.objects.filter(kind="ReadsCompacted").count() == 1
    actions.import_reads(
        path=csv_file("8.csv", rows_of("M1", date(2026, 1, 8), [0.125] * 96)), at=AT + timedelta(days=2), actor="test"
    )
    assert held(meter.series_id).import_wh[6:8].tolist() == [[250] * 96, [125] * 96]


@pytest.mark.django_db
def test_the_night_balances_what_changed(town, csv_file):
    town.metered("M1")
    rows = rows_of("M1", date(2026, 1, 5), [0.25] * 96)
    actions.import_reads(path=csv_file("5.csv", rows), at=AT, actor="test")
    tasks.balance_network(0)
    kept = NetworkBalance.objects.get(transformer=town.transformer)
    assert (str(kept.balanced_month), kept.delivered_kwh) == ("2026-01", 24)
    tasks.balance_network(0)  # the next night there is nothing to do
    assert NetworkBalance.objects.get(transformer=town.transformer).pk == kept.pk


def test_what_happens_at_night_happens_at_night_here():
    crons = {task.task.name: task for task in app.periodic_registry.periodic_tasks.values()}
    noon = datetime(2026, 7, 1, 4, tzinfo=UTC).timestamp()
    for name, expected in (
        ("metering.validate_recent", "02:30"),
        ("metering.compact_reads", "03:30"),
        ("metering.balance_network", "04:30"),
    ):
        moment = datetime.fromtimestamp(crons[name].croniter.get_next(ret_type=float, start_time=noon), UTC)
        assert f"{moment.astimezone(ZoneInfo('Asia/Shanghai')):%H:%M}" == expected


def test_the_company_says_when_its_night_begins(settings):
    settings.GRIDHALL_NIGHT_HOUR = 23
    assert nightly(30) == "30 15 * * *" and nightly(90) == "30 16 * * *"
    settings.TIME_ZONE = "UTC"
    assert nightly(0) == "0 23 * * *"
