"""The clock looks into the drop folder, gives each file a job once, and validates at night."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from gridhall.apps.metering import actions, tasks
from gridhall.apps.metering.tests.test_import import held, rows_of
from gridhall.core.models import Event


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
